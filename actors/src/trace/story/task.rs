//! The life of a task attempt, and of all attempts of a partition.

use super::{Chapter, Steps, Teller, Told, attempts};
use crate::{
    ExecutorId, StageId, TaskId, Time,
    trace::{Attempt, Waited, text::duration},
};

impl Teller<'_> {
    pub(super) fn task(&self, task: TaskId) -> Told {
        let attempt = self.run.attempts.get(&task)?;
        let others = self.run.tasks(attempt.stage, attempt.stage_attempt).filter(|other| {
            other.task != task && attempt.partition.is_some() && other.partition == attempt.partition
        });
        let notes = others.map(|other| {
            let end = other.end().unwrap_or_else(|| "the trace does not tell its end".to_owned());
            let copy = if other.speculative { ", a speculative copy" } else { "" };
            format!("task {} is attempt {} of the same partition{copy}: {end}", other.task, other.number)
        });
        Some((vec![self.attempt(attempt)], notes.collect()))
    }

    pub(super) fn partition(&self, stage: StageId, of: Option<u32>, partition: u32) -> Told {
        let wanted = self.run.stage(stage).filter(|(attempt, _)| of.is_none_or(|of| of == *attempt));
        let tasks = wanted.flat_map(|(attempt, _)| self.run.tasks(stage, attempt));
        let chapters: Vec<Chapter> = tasks
            .filter(|attempt| attempt.partition == Some(partition))
            .map(|attempt| self.attempt(attempt))
            .collect();
        let notes = vec![format!("{} of partition {partition}", attempts(chapters.len()))];
        (!chapters.is_empty()).then_some((chapters, notes))
    }

    /// One task attempt.
    fn attempt(&self, attempt: &Attempt) -> Chapter {
        let mut steps = Steps::default();
        let waited = self.run.waited_for(self.messages, attempt);
        let executor = executor(attempt.executor);
        steps.add(attempt.ready, ready(attempt));
        steps.add(attempt.chosen, format!("given a core of {executor}"));
        steps.add(attempt.received, format!("received by {executor}"));
        steps.add(attempt.queued, "handed to the task threads");
        steps.add(attempt.began, "began to run");
        let state = attempt.state.unwrap_or("ended");
        steps.add(attempt.ended, format!("its thread ended it: {state}"));
        steps.add(attempt.reported, "its end reached the TaskScheduler");
        steps.add(attempt.fetching, "its result was handed to the result getter");
        steps.add(attempt.fetched, "its result reached the TaskScheduler");
        let end = attempt.end().unwrap_or_else(|| "ended".to_owned());
        steps.add(attempt.completed, format!("the DAGScheduler counted it: {end}"));
        steps.add(attempt.output_lost, "its output was lost with its executor");
        for kill in &attempt.kills {
            let why = kill.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            steps.add(Some(kill.at), format!("its kill was asked for{why}"));
        }
        let steps = steps.in_order(|from, _| phase(attempt, waited, from));
        Chapter { title: self.title(attempt), steps }
    }

    fn title(&self, attempt: &Attempt) -> String {
        let job = attempt.job.map(|job| format!(" of job {job}")).unwrap_or_default();
        let number = match (attempt.number, attempt.speculative) {
            (number, true) => format!(", attempt {number}, a speculative copy"),
            (0, false) => String::new(),
            (number, false) => format!(", attempt {number}"),
        };
        let on = attempt.executor.map(|executor| format!(", on executor {executor}")).unwrap_or_default();
        let outcome = attempt.outcome.or(attempt.state).unwrap_or("not ended");
        let took = match (attempt.ready, attempt.completed) {
            (Some(ready), Some(end)) => format!(" after {}", duration(end.time.since(ready.time))),
            _ => String::new(),
        };
        format!("{}{job}{number}{on}: {outcome}{took}", attempt.name())
    }
}

fn executor(executor: Option<ExecutorId>) -> String {
    match executor {
        Some(executor) => format!("executor {executor}"),
        None => "its executor".to_owned(),
    }
}

fn ready(attempt: &Attempt) -> &'static str {
    match (attempt.number, attempt.speculative) {
        (_, true) => "a speculative copy was wanted",
        (0, false) => "the TaskScheduler had it with its stage's tasks",
        (_, false) => "the attempt before it had failed",
    }
}

/// What an attempt does from this moment on.
fn phase(attempt: &Attempt, waited: Option<Waited>, at: Time) -> Option<String> {
    let offers = || waited.map_or_else(|| "waited for an offer".to_owned(), |waited| waited.to_string());
    let phases = [
        (attempt.ready, offers()),
        (attempt.chosen, "in mailboxes".to_owned()),
        (attempt.queued, "in the executor's queue".to_owned()),
        (attempt.began, "running".to_owned()),
        (attempt.ended, "in mailboxes".to_owned()),
        (attempt.fetching, "result fetch".to_owned()),
        (attempt.fetched, "in mailboxes".to_owned()),
        (attempt.completed, "done".to_owned()),
    ];
    let began = |(moment, name): (Option<crate::trace::Moment>, String)| {
        moment.is_some_and(|moment| moment.time <= at).then_some(name)
    };
    phases.into_iter().rev().find_map(began)
}
