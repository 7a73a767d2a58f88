//! Tests of counts.

use super::{By, Distribution, Stats, StatsReport};
use crate::{
    message::Ids,
    trace::{
        Messages,
        sample::{DAG, ENDPOINT, EVENTS, HOST, Sample, TASKS, id, sample},
    },
};

fn report(messages: &Messages, first: By, second: Option<By>) -> StatsReport {
    let mut stats = Stats::new(first, second);
    messages.iter().for_each(|record| stats.see(record, true));
    stats.report()
}

fn counts(report: &StatsReport) -> Vec<(String, u64)> {
    report.rows.iter().map(|row| (row.names.join(" "), row.count)).collect()
}

fn named<const N: usize>(rows: [(&str, u64); N]) -> Vec<(String, u64)> {
    rows.map(|(name, count)| (name.to_owned(), count)).to_vec()
}

#[test]
fn messages_are_counted_by_what_is_asked_for() {
    let by = |first, second| counts(&report(&sample(), first, second));
    assert_eq!(
        by(By::Class, None),
        named([
            ("DriverEndpoint", 3),
            ("Executor", 3),
            ("TaskScheduler", 2),
            ("DAGScheduler", 1),
            ("HeartbeatReceiver", 1),
            ("ListenerBus", 1),
        ])
    );
    assert_eq!(by(By::Actor, None).iter().filter(|(name, _)| name.starts_with("Executor")).count(), 2);
    assert_eq!(by(By::Executor, None), named([("-", 5), ("1", 3), ("2", 3)]));
    assert_eq!(by(By::Stage, None), named([("0.0", 6), ("-", 5)]));
    assert_eq!(
        by(By::Class, Some(By::Kind))[..2],
        named([("DriverEndpoint StatusUpdate", 2), ("Executor LaunchTask", 2)])
    );
}

#[test]
fn waits_are_of_messages_between_actors_only() {
    let report = report(&sample(), By::Kind, None);
    let row = |kind: &str| report.rows.iter().find(|row| row.names == [kind]).unwrap();
    assert_eq!(row("SendHeartbeat").waited, None);
    assert_eq!(
        row("LaunchTask").waited,
        Some(Distribution {
            count: 2,
            min: 7_000,
            median: 7_039,
            p95: 11_000,
            p99: 11_000,
            max: 11_000,
            mean: 9_000
        })
    );
    assert_eq!(report.total.waited.map(|waited| (waited.count, waited.max)), Some((10, 5_000_000)));
}

#[test]
fn a_handling_is_measured_if_the_next_message_was_there_before_its_end() {
    let mut to = Sample::default();
    let none = Ids::default();
    to.head(id(HOST, 1), None, DAG, (0, 10), "JobSubmitted", none);
    // At the edge: not on the actors' thread.
    to.head(id(DAG, 1), Some(id(HOST, 1)), EVENTS, (10, 11), "JobStart", none);
    to.head(id(DAG, 2), Some(id(HOST, 1)), TASKS, (10, 15), "SubmitTasks", none);
    // Sent after that was handled: who knows how long the thread slept.
    to.head(id(HOST, 2), None, ENDPOINT, (20, 25), "ReviveOffers", none);
    // A timer that was set long ago.
    to.head(id(DAG, 3), None, DAG, (0, 40), "ResubmitFailedStages", none);
    to.head(id(HOST, 3), None, DAG, (30, 47), "JobCancelled", none);
    let report = report(&to.messages, By::Kind, None);
    let handling = |kind: &str| {
        let row = report.rows.iter().find(|row| row.names == [kind]).unwrap();
        row.handling.map(|handling| (handling.count, handling.max))
    };
    assert_eq!(handling("JobSubmitted"), Some((1, 5_000)));
    assert_eq!(handling("JobStart"), None);
    assert_eq!(handling("SubmitTasks"), None);
    assert_eq!(handling("ReviveOffers"), None);
    assert_eq!(handling("ResubmitFailedStages"), Some((1, 7_000)));
    assert_eq!(handling("JobCancelled"), None);
    assert_eq!(report.total.handling.map(|handling| handling.count), Some(2));
}

#[test]
fn messages_that_do_not_count_still_end_a_handling() {
    let mut stats = Stats::new(By::Kind, None);
    let messages = sample();
    for record in &messages {
        stats.see(record, record.kind == "JobSubmitted");
    }
    let report = stats.report();
    assert_eq!(counts(&report), named([("JobSubmitted", 1)]));
    assert_eq!(report.rows[0].handling.map(|handling| handling.max), Some(6_000));
    assert_eq!(report.rows[0].per_second, 0.0);
}

#[test]
fn the_table_is_to_the_letter() {
    assert_eq!(
        report(&sample(), By::Stage, None).to_string(),
        "stage  count   per s  waited: min  median     p95     p99     max  handling: min  median     p95     p99     max
0.0        6   750.4       1.00µs  6.01µs  5.00ms  5.00ms  5.00ms         1.00µs  3.00µs  4.00µs  4.00µs  4.00µs
-          5   625.3          0ns  3.00µs   100µs   100µs   100µs         6.00µs  7.03µs   100µs   100µs   100µs
all       11  1375.7          0ns  4.03µs  5.00ms  5.00ms  5.00ms         1.00µs  4.03µs   100µs   100µs   100µs
from 0.001004 s to 0.009000 s
handling is estimated: until the next message is handled, if that was waiting"
    );
}

#[test]
fn no_message_is_a_table_too() {
    let empty = report(&Messages::default(), By::Class, Some(By::Kind)).to_string();
    assert_eq!(empty.lines().count(), 2);
    assert!(empty.starts_with("class  kind  count  per s") && empty.ends_with("\nno message"), "{empty}");
}

#[test]
fn what_cannot_be_counted_by_is_told_with_the_nearest() {
    for by in By::ALL {
        assert_eq!(by.name().parse(), Ok(by));
    }
    let error = |text: &str| text.parse::<By>().unwrap_err().to_string();
    assert_eq!(error("stag"), "cannot count by `stag`; did you mean `stage`?");
    assert_eq!(error("weather"), "cannot count by `weather`, but by class, actor, kind, executor, stage");
}
