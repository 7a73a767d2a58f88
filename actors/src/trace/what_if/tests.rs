//! Branches of recorded runs.

use std::time::Duration;

use super::{Change, WhatIf, what_if};
use crate::{
    ActorId, JobId,
    message::{DagSchedulerMessage, JobCancelled, MessageId},
    sim::{Exported, Profile},
};

fn run() -> Exported {
    Profile::named("calm").unwrap().export(1)
}

/// The first message of a kind, to an actor.
fn first(run: &Exported, kind: &str, to: ActorId) -> MessageId {
    let mut records = run.messages.iter();
    records.find(|record| (record.kind, record.head.to) == (kind, to)).unwrap().head.id
}

fn branch(run: &Exported, change: &Change) -> WhatIf {
    what_if(run.setup.clone(), &run.messages, change).unwrap()
}

#[test]
fn without_a_change_the_run_comes_out_alike() {
    for seed in 0..5 {
        let run = Profile::named("calm").unwrap().export(seed);
        for part in 1..5 {
            let at = run.messages.len() * part / 6;
            let after = run.messages.iter().nth(at).unwrap().head.id;
            let result = branch(&run, &Change::Nothing { after });
            let ends = |jobs: &std::collections::BTreeMap<JobId, super::JobOutcome>| {
                jobs.iter().map(|(id, job)| (*id, job.ended.is_some(), job.failed)).collect::<Vec<_>>()
            };
            assert_eq!(ends(&result.recorded.jobs), ends(&result.branch.jobs), "{seed} {part}: {result}");
            assert_eq!(result.recorded.launched, result.branch.launched, "{seed} {part}: {result}");
        }
    }
}

#[test]
fn the_same_question_gets_the_same_answer() {
    let run = run();
    let change = Change::Drop(first(&run, "ReviveOffers", ActorId::DriverEndpoint));
    let [one, two] = [branch(&run, &change), branch(&run, &change)];
    assert!(one.messages.iter().eq(two.messages.iter()));
}

#[test]
fn a_lost_submission_is_a_job_that_never_starts() {
    let run = run();
    let result = branch(&run, &Change::Drop(first(&run, "JobSubmitted", ActorId::DagScheduler)));
    assert_eq!(result.recorded.jobs.len(), result.branch.jobs.len() + 1, "{result}");
    assert!(result.to_string().contains("-> never started"), "{result}");
}

#[test]
fn a_lost_end_of_a_task_is_a_job_that_does_not_end() {
    let run = run();
    let lost = run.messages.iter().rfind(|record| record.kind == "CompletionEvent").unwrap().head.id;
    let result = branch(&run, &Change::Drop(lost));
    assert!(result.to_string().contains("-> does not end"), "{result}");
}

#[test]
fn a_message_that_comes_later_makes_its_job_longer() {
    let run = run();
    let submitted = first(&run, "JobSubmitted", ActorId::DagScheduler);
    let result = branch(&run, &Change::Delay(submitted, Duration::from_secs(2)));
    let last = result.branch.jobs.values().filter_map(|job| job.ended).max().unwrap();
    assert!(last.since(result.recorded.end) > Duration::from_millis(500), "{result}");
    assert!(result.branch.jobs.values().all(|job| job.ended.is_some()), "{result}");
}

#[test]
fn a_cancel_that_is_injected_fails_its_job() {
    let run = run();
    let start = run.messages.iter().find(|record| record.kind == "JobStart").unwrap();
    let job_id = start.ids.job.unwrap();
    let cancel = JobCancelled { job_id, reason: Some("what if".to_owned()) };
    let message = Box::new(DagSchedulerMessage::from(cancel).into());
    let change = Change::Inject { after: start.head.id, to: ActorId::DagScheduler, message };
    let result = branch(&run, &change);
    assert!(result.branch.jobs[&job_id].failed && !result.recorded.jobs[&job_id].failed, "{result}");
}

#[test]
fn a_branch_of_trouble_ends() {
    for profile in ["chaos", "leaving", "allocation", "speculation", "barrier"] {
        for seed in 0..3 {
            let run = Profile::named(profile).unwrap().export(seed);
            let after = run.messages.iter().nth(run.messages.len() / 3).unwrap().head.id;
            let result = branch(&run, &Change::Nothing { after });
            assert!(result.branch.messages > run.messages.len() / 3, "{profile} {seed}: {result}");
        }
    }
}
