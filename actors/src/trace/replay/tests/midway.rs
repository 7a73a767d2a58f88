//! A trace that does not begin with its system is refused, with what it is still good for.

use crate::{
    ActorId,
    carrier::{Observed, Observer},
    sim::{Exported, Profile},
    trace::{
        Messages, Record, RecordOptions, ReplayError, Timeline, TraceReader, TraceRing, check, replay,
        replay_trace,
    },
};

fn run() -> Exported {
    Profile::named("default").unwrap().export(4)
}

/// The reason of a refusal, whose text has advice.
fn why<T: std::fmt::Debug>(result: Result<T, ReplayError>) -> String {
    let error = result.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("`story`") && text.contains("from the start of the system"), "{text}");
    let ReplayError::Midway { why } = error else { panic!("{error}") };
    why
}

/// As an observer would have numbered them that came later.
fn from(run: &Exported, first: usize) -> Vec<Record> {
    let later = run.messages.iter().skip(first).cloned();
    later.enumerate().map(|(number, record)| Record { number: number as u64, ..record }).collect()
}

#[test]
fn a_range_of_a_trace_is_refused_by_its_first_number() {
    let run = run();
    let part = || run.messages.iter().skip(50).cloned().map(Ok);
    let expected = "its first message has the number 50";
    assert_eq!(why(replay(run.setup.clone(), part())), expected);
    assert_eq!(why(check(run.setup.clone(), part())), expected);
    let mut messages = Messages::default();
    run.messages.iter().skip(50).for_each(|record| messages.push(record.clone()));
    assert_eq!(why(Timeline::new(run.setup.clone(), &messages).at_end()), expected);
    assert_eq!(why(Timeline::new(run.setup.clone(), &messages).after(3)), expected);
}

#[test]
fn the_dump_of_a_ring_is_refused_unless_it_still_has_all() {
    let run = run();
    for (size, is_whole) in [(10_000, true), (100, false)] {
        let ring = TraceRing::of_messages(size, RecordOptions::payloads());
        for record in &run.messages {
            let message = record.message.as_ref().unwrap().as_ref();
            ring.message(Observed { head: &record.head, handled: record.handled, message });
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dump");
        ring.dump(&path).unwrap();
        let replayed = replay_trace(run.setup.clone(), &mut TraceReader::open(&path).unwrap());
        if is_whole {
            assert_eq!(replayed.unwrap().messages, run.messages.len() as u64);
        } else {
            let why = why(replayed);
            assert!(why.starts_with("its first message has the number "), "{why}");
        }
    }
}

#[test]
fn an_observer_that_came_later_is_known_by_the_first_cause_or_by_the_first_numbers() {
    let run = run();
    let (mut by_cause, mut by_number) = (0, 0);
    for first in (20..run.messages.len() - 20).step_by(7) {
        let records = from(&run, first);
        let has_cause = records[0].head.cause.is_some();
        match replay(run.setup.clone(), records.into_iter().map(Ok)) {
            Err(ReplayError::Midway { why }) if has_cause => {
                assert!(why.ends_with("which it does not have"), "{why}");
                by_cause += 1;
            }
            Err(ReplayError::Midway { why }) => {
                assert!(why.starts_with("the first message of "), "{why}");
                by_number += 1;
            }
            other => panic!("from {first}: {other:?}"),
        }
    }
    assert!(by_cause > 5, "{by_cause} {by_number}");
}

#[test]
fn an_observer_that_came_before_a_job_is_known_by_the_first_numbers() {
    let runs = (0..).map(|seed| Profile::named("default").unwrap().export(seed));
    // One whose second job came while nothing was handled.
    let second = |run: Exported| {
        let place = run.messages.iter().filter(|record| record.kind == "JobSubmitted").nth(1)?.number;
        Some((from(&run, place as usize), run))
    };
    let (records, run) = runs.take(50).find_map(second).unwrap();
    let why = why(replay(run.setup, records.into_iter().map(Ok)));
    assert!(why.starts_with("the first message of "), "{why}");
}

#[test]
fn the_messages_of_one_actor_may_begin_with_any_cause() {
    let run = run();
    let of_one = run.messages.iter().filter(|record| record.to() == ActorId::TaskScheduler);
    let records: Vec<Record> =
        of_one.cloned().enumerate().map(|(n, r)| Record { number: n as u64, ..r }).collect();
    assert!(records[0].head.cause.is_some());
    let setup = run.setup.only([ActorId::TaskScheduler]);
    replay(setup, records.into_iter().map(Ok)).unwrap();
}
