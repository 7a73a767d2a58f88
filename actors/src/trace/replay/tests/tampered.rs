//! What is not as it was recorded is found, and told.

use std::sync::Arc;

use crate::{
    ActorId, Time,
    message::{DagSchedulerMessage, Message},
    sim::{Exported, Profile},
    trace::{Difference, DifferenceKind, Messages, Record, ReplayError, Setup, replay},
};

fn run() -> Exported {
    Profile::named("default").unwrap().export(4)
}

/// Replays what `change` makes of the messages.
fn tampered(change: impl Fn(&mut Vec<Record>)) -> Result<(), ReplayError> {
    let run = run();
    let mut records: Vec<Record> = run.messages.iter().cloned().collect();
    change(&mut records);
    replay(run.setup, records.into_iter().map(Ok)).map(|_| ())
}

fn difference(change: impl Fn(&mut Vec<Record>)) -> Difference {
    match tampered(change) {
        Err(ReplayError::Differs(difference)) => *difference,
        other => panic!("{other:?}"),
    }
}

fn place(records: &[Record], kind: &str) -> usize {
    records.iter().position(|record| record.kind == kind).unwrap()
}

#[test]
fn another_payload_is_shown_with_its_fields() {
    let difference = difference(|records| {
        let at = place(records, "SubmitTasks");
        let Some(Message::TaskScheduler(crate::message::TaskSchedulerMessage::SubmitTasks(submit))) =
            &mut records[at].message
        else {
            panic!("no SubmitTasks");
        };
        let stage = Arc::make_mut(&mut submit.task_set.stage);
        stage.stage_attempt_id += 7;
    });
    assert_eq!(difference.id.actor, ActorId::DagScheduler);
    let DifferenceKind::Fields(fields) = &difference.kind else { panic!("{difference}") };
    let paths: Vec<&str> = fields.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(paths, ["task_set.stage.stage_attempt_id"]);
    assert_eq!((fields[0].before.as_deref(), fields[0].after.as_deref()), (Some("7"), Some("0")));
    let text = difference.to_string();
    assert!(
        text.contains("is not the same in the replay (message ") && text.contains("recorded: "),
        "{text}"
    );
    assert!(text.ends_with("task_set.stage.stage_attempt_id: 7 -> 0"), "{text}");
}

#[test]
fn another_receiver_time_or_cause_is_a_difference() {
    let changed = |change: fn(&mut Record)| {
        let difference = difference(|records| {
            let at = place(records, "SubmitTasks");
            change(&mut records[at]);
        });
        let DifferenceKind::Fields(fields) = difference.kind else { panic!("{difference}") };
        fields.into_iter().map(|change| change.path).collect::<Vec<_>>()
    };
    assert_eq!(changed(|record| record.head.to = ActorId::Host(3)), ["receiver"]);
    assert_eq!(changed(|record| record.head.sent = Time(1)), ["sent"]);
    assert_eq!(changed(|record| record.head.cause = Some(record.head.id)), ["cause"]);
}

#[test]
fn a_message_that_no_core_sent_is_a_difference() {
    let difference = difference(|records| {
        let at = place(records, "SubmitTasks");
        records[at].head.id.number += 100_000;
    });
    assert_eq!(difference.kind, DifferenceKind::NotSent);
    assert!(difference.to_string().starts_with("the replay does not send DAGScheduler#1000"), "{difference}");
}

#[test]
fn an_input_that_is_missing_is_seen_in_what_follows() {
    let difference = difference(|records| {
        let at = place(records, "JobSubmitted");
        records.remove(at);
    });
    assert_eq!(difference.id.actor, ActorId::DagScheduler, "{difference}");
}

#[test]
fn a_message_to_an_endpoint_that_is_missing_is_a_difference() {
    let difference = difference(|records| {
        let at = place(records, "TaskStart");
        assert_eq!(records[at].head.to, ActorId::ListenerBus);
        records.remove(at);
    });
    assert_eq!(difference.kind, DifferenceKind::NotRecorded, "{difference}");
    assert!(difference.to_string().contains("which the trace does not have"), "{difference}");
}

#[test]
fn another_setting_is_found_out() {
    let run = run();
    let mut config = run.setup.config.clone();
    config.allocation.enabled = true;
    let setup = Setup { config, ..run.setup };
    let result = replay(setup, run.messages.iter().cloned().map(Ok));
    assert!(matches!(result, Err(ReplayError::Differs(_))), "{result:?}");
}

#[test]
fn heads_without_payloads_are_refused_with_what_still_works() {
    let error = tampered(|records| records.iter_mut().for_each(|record| record.message = None)).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("has no payload") && text.contains("`story`"), "{text}");
}

#[test]
fn a_trace_that_ends_early_is_replayed_up_to_there() {
    let run = run();
    for length in (0..run.messages.len()).step_by(37) {
        let report = replay(run.setup.clone(), run.messages.iter().take(length).cloned().map(Ok)).unwrap();
        assert_eq!(report.messages, length as u64);
    }
}

#[test]
fn one_actor_alone_is_replayed_from_what_it_was_told() {
    let run = run();
    let mut of_one = Messages::default();
    for record in run.messages.iter().filter(|record| record.head.to == ActorId::DagScheduler) {
        of_one.push(Record { number: of_one.len() as u64, ..record.clone() });
    }
    let setup = run.setup.only([ActorId::DagScheduler]);
    let report = replay(setup, of_one.iter().cloned().map(Ok)).unwrap();
    assert_eq!((report.messages, report.handled), (of_one.len() as u64, of_one.len() as u64));
    assert!(report.unhandled > 20, "what it sends was not recorded: {report}");
}

#[test]
fn executors_that_nobody_named_are_known_when_they_register() {
    let run = Profile::named("calm").unwrap().export(5);
    let setup = Setup { executors: Vec::new(), ..run.setup };
    replay(setup, run.messages.iter().cloned().map(Ok)).unwrap();
}

#[test]
fn a_message_for_an_executor_that_never_started_is_refused() {
    let run = Profile::named("calm").unwrap().export(5);
    let setup = Setup { executors: Vec::new(), ..run.setup };
    let records = run.messages.iter().filter(|record| record.kind != "RegisterExecutor").cloned();
    let records = records.enumerate().map(|(number, record)| Ok(Record { number: number as u64, ..record }));
    let error = replay(setup.only([ActorId::ExecutorBackend(crate::ExecutorId(1))]), records).unwrap_err();
    assert!(matches!(error, ReplayError::UnknownExecutor { .. }), "{error}");
}

#[test]
fn a_job_submitted_without_its_bytes_is_replayed() {
    // Nothing of what a core does depends on the bytes of a blob: as read from a trace they are not there.
    let run = run();
    let stripped = |record: &Record| {
        let mut record = record.clone();
        if let Some(Message::DagScheduler(DagSchedulerMessage::JobSubmitted(job))) = &mut record.message {
            let bytes = rmp_serde::to_vec(job).unwrap();
            *job = rmp_serde::from_slice(&bytes).unwrap();
            assert!(job.binary.as_ref().unwrap().code.bytes().is_none());
        }
        record
    };
    replay(run.setup, run.messages.iter().map(stripped).map(Ok)).unwrap();
}
