//! Effects and causes.

use super::accepted;
use crate::trace::{
    Messages, TraceError,
    filter::{Filter, causes::Causes},
    sample::{DAG, HOST, Sample, id, sample},
};

#[test]
fn below_is_what_a_message_caused_and_above_what_caused_it() {
    let messages = sample();
    for (filter, expected) in [
        ("below Host-0#1", &[0, 1, 2, 3, 4, 5, 8, 9, 10][..]),
        ("below DriverEndpoint#2", &[5, 8, 9]),
        ("below DriverEndpoint#2 and id != DriverEndpoint#2", &[8, 9]),
        ("above Executor-2#1", &[0, 2, 3, 5, 8]),
        ("above Host-0#1", &[0]),
        ("above DriverEndpoint#2 or below DriverEndpoint#2", &[0, 2, 3, 5, 8, 9]),
        ("above Executor-1#3 and above DriverEndpoint#3", &[0, 2, 3]),
        ("not below Host-0#1", &[6, 7]),
        ("below Host-7#1", &[]),
        ("above Host-7#1", &[]),
    ] {
        assert_eq!(accepted(filter, &messages), expected, "{filter}");
    }
}

#[test]
fn messages_that_are_not_in_the_trace_are_named() {
    let messages = sample();
    let mut filter: Filter =
        "below Host-7#1 or above Host-8#2 or below Host-0#1 or above Host-0#1".parse().unwrap();
    assert!(filter.needs_past() && filter.needs_preparation());
    filter.prepare(&messages).unwrap();
    for record in &messages {
        filter.accepts(record);
    }
    assert_eq!(filter.missing(), [id(crate::ActorId::Host(7), 1), id(crate::ActorId::Host(8), 2)]);
}

#[test]
fn the_same_message_may_be_judged_twice() {
    let messages = sample();
    let mut filter: Filter = "below DriverEndpoint#2".parse().unwrap();
    for record in &messages {
        assert_eq!(filter.judge(record), filter.judge(record), "{}", record.number);
    }
}

#[test]
fn causes_that_go_round_in_a_circle_end() {
    let mut to = Sample::default();
    let ids = crate::message::Ids::default();
    to.head(id(HOST, 1), Some(id(DAG, 1)), DAG, (1, 1), "JobSubmitted", ids);
    to.head(id(DAG, 1), Some(id(HOST, 1)), HOST, (1, 1), "JobStart", ids);
    assert_eq!(accepted("above DAGScheduler#1", &to.messages), [0, 1]);
    assert_eq!(accepted("below Host-0#1", &to.messages), [0, 1]);
}

#[test]
fn causes_are_looked_for_no_further_than_needed() {
    let messages = sample();
    let mut looked_at = 0;
    let mut causes = [Causes::new(id(DAG, 2))];
    Causes::find(&mut causes, messages.iter().inspect(|_| looked_at += 1)).unwrap();
    assert_eq!(looked_at, 3);
    assert!(causes[0].contains(id(HOST, 1)) && !causes[0].contains(id(DAG, 1)));
}

#[test]
fn a_filter_without_above_does_not_read_ahead() {
    let mut filter: Filter = "below DAGScheduler#2".parse().unwrap();
    assert!(!filter.needs_preparation());
    let never = std::iter::from_fn(|| -> Option<crate::trace::Record> { panic!("asked for a message") });
    assert!(matches!(filter.prepare(never), Ok::<(), TraceError>(())));
    assert!(Messages::default().is_empty());
}
