//! Why a job was not running, had stages run again, or failed.

use std::collections::BTreeMap;

use super::Asked;
use crate::{
    ExecutorId, JobId,
    trace::{
        Attempt, JobLife, Moment, Record,
        text::{count, duration},
    },
};

impl Asked<'_> {
    pub(super) fn job(&mut self, job: JobId) -> Option<()> {
        let run = self.run;
        let life = run.jobs.get(&job)?;
        if let (Some(at), Some(submitted)) = (self.at, life.submitted)
            && at < submitted.time
        {
            self.say(format!("it had not been submitted: it came at {}", submitted.time), [submitted]);
            return Some(());
        }
        match life.ended.filter(|_| self.is_past(life.ended)) {
            Some(ended) => {
                self.job_ended(life, ended);
                let stages: Vec<_> =
                    run.stages_of(job).map(|(stage, attempt, of)| ((stage, attempt), of)).collect();
                self.served_before(&stages, ended.time);
            }
            None => self.job_not_ended(job, life),
        }
        for (stage, attempt, of) in run.stages_of(job) {
            if attempt > 0 && self.is_past(of.submitted) {
                self.stage_again(stage, attempt, of);
            }
        }
        let attempts = run.stages_of(job).flat_map(|(stage, attempt, _)| run.tasks(stage, attempt));
        self.bad_ends(attempts);
        Some(())
    }

    fn job_ended(&mut self, life: &JobLife, ended: Moment) {
        let took = life.submitted.map(|from| format!(" after {}", duration(ended.time.since(from.time))));
        let took = took.unwrap_or_default();
        if life.outcome != Some("JobFailed") {
            self.say(format!("it had ended well{took}"), [ended]);
            return;
        }
        let failure = life.failure.as_ref().map(|failure| format!(": {failure}")).unwrap_or_default();
        self.say(format!("it failed{took}{failure}"), [ended]);
        let mut chain = Vec::new();
        let mut at = self.messages.get(ended.message);
        while let Some(cause) = at.and_then(|at| self.messages.cause(at)) {
            chain.push(cause);
            at = Some(cause);
            if is_origin(cause) || chain.len() > self.messages.len() {
                break;
            }
        }
        let names: Vec<String> = chain.iter().map(|record| named(record)).collect();
        if !names.is_empty() {
            let evidence: Vec<Moment> = chain.iter().map(|record| Moment::handled(record)).collect();
            self.say(format!("that came of {}", names.join(", which came of ")), evidence);
        }
    }

    fn job_not_ended(&mut self, job: JobId, life: &JobLife) {
        let at = self.at.unwrap_or(self.run.end);
        let active: Vec<_> = self
            .run
            .stages_of(job)
            .filter(|(_, _, of)| of.submitted.is_some_and(|submitted| submitted.time <= at))
            .filter(|(_, _, of)| of.ended.is_none_or(|ended| ended.time > at))
            .map(|(stage, attempt, of)| ((stage, attempt), of))
            .collect();
        if active.is_empty() {
            self.say("no stage of it was active", life.started);
        }
        self.active(active, at);
        for (stage, attempt, of) in self.run.stages_of(job) {
            let is_later = of.submitted.is_some_and(|submitted| submitted.time > at);
            if is_later && attempt == 0 && !of.parents.is_empty() {
                let parents: Vec<String> = of.parents.iter().map(ToString::to_string).collect();
                self.say(
                    format!("stage {stage} waited for the outputs of stage {}", parents.join(", ")),
                    of.submitted,
                );
            }
        }
    }

    /// How often tasks ended badly, how, and the first of them.
    pub(super) fn bad_ends<'b>(&mut self, attempts: impl Iterator<Item = &'b Attempt>) {
        let bad: Vec<&Attempt> =
            attempts.filter(|attempt| attempt.failed() && self.is_past(attempt.completed)).collect();
        let Some(first) = bad.iter().min_by_key(|attempt| attempt.completed.map(|end| end.time)) else {
            return;
        };
        let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
        let mut places: BTreeMap<ExecutorId, usize> = BTreeMap::new();
        for attempt in &bad {
            *ends.entry(attempt.outcome.unwrap_or_default()).or_default() += 1;
            if let Some(executor) = attempt.executor {
                *places.entry(executor).or_default() += 1;
            }
        }
        let ends: Vec<String> = ends.into_iter().map(|(end, number)| format!("{number} {end}")).collect();
        let place = match places.first_key_value() {
            Some((executor, _)) if places.len() == 1 => format!(", all on executor {executor}"),
            _ => String::new(),
        };
        let text = format!(
            "{} ended badly{place} ({}); the first: {}, {}",
            count(bad.len(), "task attempt"),
            ends.join(", "),
            first.name(),
            first.end().unwrap_or_default()
        );
        self.say(text, first.completed);
    }
}

/// Whether a failure began with this message.
fn is_origin(record: &Record) -> bool {
    record.kind == "StatusUpdate" || record.kind.ends_with("Cancelled") || record.head.cause.is_none()
}

fn named(record: &Record) -> String {
    let about = record.ids.to_string();
    let gap = if about.is_empty() { "" } else { " " };
    format!("{}{gap}{about}", record.kind)
}
