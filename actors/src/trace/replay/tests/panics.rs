//! An actor that panics is an error that names the message, wherever cores are driven.

use super::panic_at;
use crate::{
    ActorId,
    message::{DagSchedulerMessage, JobCancelled},
    sim::{Exported, Profile},
    trace::{Cores, DifferenceKind, Record, ReplayError, Timeline, WhatIfChange, check, replay, what_if},
};

/// A run, and the first message of it on which a job's tasks are submitted.
fn run() -> (Exported, Record) {
    let run = Profile::named("calm").unwrap().export(1);
    let submit = run.messages.iter().find(|record| record.kind == "SubmitTasks").unwrap().clone();
    (run, submit)
}

/// That the message is named, and what the panic said.
fn names(error: &ReplayError, at: &Record) {
    let ReplayError::Differs(difference) = error else { panic!("{error}") };
    assert_eq!(difference.kind, DifferenceKind::Panicked("a bug".to_owned()));
    assert_eq!((difference.id, difference.number), (at.head.id, Some(at.number)));
    let text = error.to_string();
    let expected = format!("an actor panics while it handles {}: a bug (message {}", at.head.id, at.number);
    assert!(text.starts_with(&expected) && text.contains("SubmitTasks"), "{text}");
}

#[test]
fn a_panic_ends_a_replay_and_a_check() {
    let (run, at) = run();
    panic_at(at.head.id);
    let records = || run.messages.iter().cloned().map(Ok);
    names(&replay(run.setup.clone(), records()).unwrap_err(), &at);
    names(&check(run.setup.clone(), records()).unwrap_err(), &at);
}

#[test]
fn a_panic_on_the_way_to_a_moment_is_an_error_and_what_is_before_is_still_reached() {
    let (run, at) = run();
    let mut timeline = Timeline::new(run.setup.clone(), &run.messages);
    timeline.snapshots().set(4, usize::MAX);
    panic_at(at.head.id);
    names(&timeline.at_end().unwrap_err(), &at);
    names(&timeline.after(at.number + 1).unwrap_err(), &at);
    let before = timeline.after(at.number).unwrap();
    let mut cores = Cores::new(std::sync::Arc::new(run.setup.clone()));
    for record in run.messages.iter().take(at.number as usize) {
        cores.take(record.clone()).unwrap();
    }
    assert_eq!(before.state(ActorId::DagScheduler), cores.state(ActorId::DagScheduler));
    names(&cores.take(at.clone()).unwrap_err(), &at);
}

#[test]
fn a_panic_in_a_run_that_goes_on_otherwise_is_an_error() {
    let (run, at) = run();
    let start = run.messages.iter().find(|record| record.kind == "JobStart").unwrap();
    let cancel = JobCancelled { job_id: start.ids.job.unwrap(), reason: None };
    let message = Box::new(DagSchedulerMessage::from(cancel).into());
    let injected = WhatIfChange::Inject { after: start.head.id, to: ActorId::DagScheduler, message };
    let id = "Host-4294967295#1".parse().unwrap();
    panic_at(id);
    let error = what_if(run.setup.clone(), &run.messages, &injected).unwrap_err();
    let ReplayError::InBranch(difference) = &error else { panic!("{error}") };
    assert_eq!((difference.id, difference.number), (id, None));
    let text = error.to_string();
    let expected =
        "in the run that goes on otherwise, an actor panics while it handles Host-4294967295#1: a bug\n";
    assert!(text.starts_with(expected) && text.contains("JobCancelled"), "{text}");
    // On the way to the moment it is one of the recording.
    panic_at(at.head.id);
    let after = run.messages.iter().next_back().unwrap().head.id;
    let later = what_if(run.setup.clone(), &run.messages, &WhatIfChange::Nothing { after });
    names(&later.unwrap_err(), &at);
}
