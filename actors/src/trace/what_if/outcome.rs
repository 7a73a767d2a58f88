//! How a run came out, and how another did.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::{
    ActorId, JobId, Time,
    trace::{Messages, text::duration},
};

/// How a job came out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JobOutcome {
    /// When it started.
    pub started: Time,
    /// When it ended; `None` if it did not.
    pub ended: Option<Time>,
    /// Whether it failed.
    pub failed: bool,
}

/// How a run came out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// By job.
    pub jobs: BTreeMap<JobId, JobOutcome>,
    /// Attempts of stages that were submitted.
    pub stage_attempts: usize,
    /// Task attempts that were launched.
    pub launched: usize,
    /// Task attempts that ended without success.
    pub unsuccessful: usize,
    /// Messages.
    pub messages: usize,
    /// When the last message was handled.
    pub end: Time,
}

/// A recorded run, and how it would have gone.
#[derive(Clone, Debug)]
pub struct WhatIf {
    /// The place in the trace from which on the recording is not used.
    pub parts_at: u64,
    /// What was recorded.
    pub recorded: Outcome,
    /// What comes instead.
    pub branch: Outcome,
    /// The messages of the run that came instead, with those before the moment.
    pub messages: Messages,
}

impl Outcome {
    /// How the run of these messages came out.
    pub(super) fn of(messages: &Messages) -> Self {
        let mut outcome = Outcome { messages: messages.len(), ..Outcome::default() };
        for record in messages {
            outcome.end = record.handled;
            match (record.kind, record.head.to) {
                ("JobStart", _) => {
                    if let Some(job) = record.ids.job {
                        outcome.jobs.entry(job).or_default().started = record.handled;
                    }
                }
                ("JobEnd", _) => {
                    if let Some(job) = record.ids.job.and_then(|job| outcome.jobs.get_mut(&job)) {
                        job.ended = Some(record.handled);
                        job.failed = record.ids.note == Some("JobFailed");
                    }
                }
                ("StageSubmitted", _) => outcome.stage_attempts += 1,
                ("LaunchTask", ActorId::TaskRunner(_)) => outcome.launched += 1,
                ("TaskEnd", _) => outcome.unsuccessful += usize::from(record.ids.note != Some("Success")),
                _ => {}
            }
        }
        outcome
    }
}

impl fmt::Display for WhatIf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WhatIf { parts_at, recorded, branch, .. } = self;
        writeln!(f, "from message {parts_at} on:  recorded -> what if")?;
        let mut jobs: Vec<&JobId> = recorded.jobs.keys().chain(branch.jobs.keys()).collect();
        jobs.sort_unstable();
        jobs.dedup();
        for job in jobs {
            let (before, after) = (recorded.jobs.get(job), branch.jobs.get(job));
            writeln!(f, "job {job}: {} -> {}{}", said(before), said(after), longer(before, after))?;
        }
        let rows = [
            ("stage attempts", recorded.stage_attempts, branch.stage_attempts),
            ("tasks launched", recorded.launched, branch.launched),
            ("of them without success", recorded.unsuccessful, branch.unsuccessful),
            ("messages", recorded.messages, branch.messages),
        ];
        rows.iter().try_for_each(|(what, before, after)| writeln!(f, "{what}: {before} -> {after}"))?;
        write!(f, "end: {} -> {}", recorded.end, branch.end)
    }
}

fn said(job: Option<&JobOutcome>) -> String {
    match job {
        None => "never started".to_owned(),
        Some(JobOutcome { ended: None, .. }) => "does not end".to_owned(),
        Some(JobOutcome { ended: Some(ended), failed, .. }) => {
            format!("{} at {ended}", if *failed { "failed" } else { "succeeded" })
        }
    }
}

fn longer(before: Option<&JobOutcome>, after: Option<&JobOutcome>) -> String {
    let took = |job: &JobOutcome| Some(job.ended?.since(job.started));
    match (before.and_then(took), after.and_then(took)) {
        (Some(before), Some(after)) => {
            let sign = if after < before { '-' } else { '+' };
            format!(" ({sign}{})", duration(after.abs_diff(before)))
        }
        _ => String::new(),
    }
}
