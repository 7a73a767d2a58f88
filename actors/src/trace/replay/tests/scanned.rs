//! A replay from a reader compares bytes, and comes to the same as one of decoded messages.

use crate::{
    carrier::{Observed, Observer},
    message::{Message, TaskSchedulerMessage},
    sim::{Exported, Profile},
    trace::{
        DifferenceKind, Record, RecordOptions, Replay, ReplayError, Report, TraceReader, TraceRing, replay,
        replay_trace,
    },
};

/// The bytes of a trace of these messages.
fn traced(records: &[Record], options: RecordOptions) -> TraceReader {
    let ring = TraceRing::of_messages(records.len() as u64, options);
    for Record { head, handled, message, .. } in records {
        let message = message.as_ref().unwrap().as_ref();
        ring.message(Observed { head, handled: *handled, message });
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace");
    ring.dump(&path).unwrap();
    TraceReader::from_bytes(std::fs::read(path).unwrap()).unwrap()
}

fn run() -> (Exported, Vec<Record>) {
    let run = Profile::named("default").unwrap().export(4);
    let records = run.messages.iter().cloned().collect();
    (run, records)
}

/// What both ways come to, which is the same.
fn both(run: &Exported, records: &[Record], options: RecordOptions) -> Result<Report, ReplayError> {
    let scanned = replay_trace(run.setup.clone(), &mut traced(records, options.clone()));
    let decoded = replay(run.setup.clone(), traced(records, options));
    match (&scanned, &decoded) {
        (Ok(one), Ok(other)) => assert_eq!(one, other),
        (one, other) => assert_eq!(format!("{one:?}"), format!("{other:?}")),
    }
    scanned
}

#[test]
fn the_same_is_found_whether_messages_are_decoded_or_not() {
    for profile in ["calm", "chaos", "allocation", "barrier", "indeterminate"] {
        for seed in 0..3 {
            let run = Profile::named(profile).unwrap().export(seed);
            let records: Vec<Record> = run.messages.iter().cloned().collect();
            let report = both(&run, &records, RecordOptions::payloads()).unwrap();
            assert!(report.same > 10, "{profile} {seed}: {report}");
        }
    }
}

#[test]
fn blobs_that_were_recorded_with_their_bytes_make_no_difference() {
    let (run, records) = run();
    both(&run, &records, RecordOptions::payloads().with_blobs()).unwrap();
}

#[test]
fn what_is_the_same_is_not_decoded_whether_the_trace_keeps_blobs_or_not() {
    let (run, records) = run();
    let same = |options| {
        let (mut replay, mut reader) = (Replay::new(run.setup.clone()), traced(&records, options));
        while let Some(scanned) = reader.next_head() {
            replay.take_scanned(scanned.unwrap()).unwrap();
        }
        replay.comparison.same_bytes
    };
    let without = same(RecordOptions::payloads());
    assert!(without > 10, "{without}");
    assert_eq!(same(RecordOptions::payloads().with_blobs()), without);
}

#[test]
fn a_message_that_is_not_the_same_is_shown_with_its_fields() {
    let (run, mut records) = run();
    let at = records.iter().position(|record| record.kind == "SubmitTasks").unwrap();
    let Some(Message::TaskScheduler(TaskSchedulerMessage::SubmitTasks(submit))) = &mut records[at].message
    else {
        panic!("no SubmitTasks");
    };
    std::sync::Arc::make_mut(&mut submit.task_set.stage).stage_attempt_id += 7;
    let error = both(&run, &records, RecordOptions::payloads()).unwrap_err();
    let ReplayError::Differs(difference) = error else { panic!("{error}") };
    let DifferenceKind::Fields(fields) = difference.kind else { panic!("{difference}") };
    assert_eq!(fields[0].path, "task_set.stage.stage_attempt_id");
}

#[test]
fn another_cause_is_a_difference_though_the_bytes_are_the_same() {
    let (run, mut records) = run();
    let at = records.iter().position(|record| record.kind == "SubmitTasks").unwrap();
    records[at].head.cause = Some(records[at].head.id);
    let error = both(&run, &records, RecordOptions::payloads()).unwrap_err();
    assert!(matches!(error, ReplayError::Differs(_)), "{error}");
}

#[test]
fn heads_alone_are_refused() {
    let (run, records) = run();
    let error = both(&run, &records, RecordOptions::heads()).unwrap_err();
    assert!(matches!(error, ReplayError::NoPayload { .. }), "{error}");
}

#[test]
fn a_message_may_be_taken_either_way() {
    let (run, records) = run();
    let mut replay = Replay::new(run.setup.clone());
    let mut reader = traced(&records, RecordOptions::payloads());
    while let Some(scanned) = reader.next_head() {
        let scanned = scanned.unwrap();
        if scanned.head().number.is_multiple_of(2) {
            replay.take_scanned(scanned).unwrap();
        } else {
            replay.take(scanned.into_record().unwrap()).unwrap();
        }
    }
    assert_eq!(replay.finish().unwrap().messages, records.len() as u64);
}
