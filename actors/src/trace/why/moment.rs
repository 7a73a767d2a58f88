//! What a stage attempt did at a moment, and what its tasks waited for.

use std::collections::BTreeMap;

use super::Asked;
use crate::{
    StageId, Time,
    trace::{Attempt, Run, StageLife, text::count},
};

impl Asked<'_> {
    /// A stage attempt that was active at this moment.
    pub(super) fn moment(&mut self, stage: StageId, attempt: u32, life: &StageLife, at: Time) {
        let run = self.run;
        let tasks: Vec<&Attempt> = run.tasks(stage, attempt).collect();
        let running = tasks.iter().filter(|task| task.is_under_way(at)).count();
        let done = tasks.iter().filter(|task| {
            task.outcome == Some("Success") && task.completed.is_some_and(|end| end.time <= at)
        });
        let done = done.count();
        let of = life.tasks.map(|of| format!(" of {of}")).unwrap_or_default();
        self.say(
            format!("stage {stage}.{attempt} had {} under way, {done}{of} done", count(running, "task")),
            life.ready.or(life.submitted),
        );
        let waits = life.tasks.is_none_or(|of| (running + done) < of as usize);
        if !waits {
            return;
        }
        let next = tasks
            .iter()
            .filter(|task| task.chosen.is_some_and(|chosen| chosen.time > at))
            .find(|task| task.ready.is_some_and(|ready| ready.time <= at));
        match next {
            Some(next) => self.next(next),
            None => self.say(format!("no task of stage {stage}.{attempt} was given a core after that"), []),
        }
        self.served_before(stage, attempt, life, at);
        self.in_use(at);
    }

    /// The next of a stage's waiting tasks that got a core.
    fn next(&mut self, next: &Attempt) {
        let Some(chosen) = next.chosen else { return };
        let what = match self.run.waited_for(self.messages, next) {
            Some(waited) => waited.to_string(),
            None => "waited for an offer".to_owned(),
        };
        let text = format!("the next that got a core, {} at {}, {what}", next.name(), chosen.time);
        self.say(text, [chosen]);
    }

    /// Tasks of other stages that were launched while this one had none.
    pub(super) fn served_before(&mut self, stage: StageId, attempt: u32, life: &StageLife, at: Time) {
        let run = self.run;
        let Some(ready) = life.ready else { return };
        let first = run.tasks(stage, attempt).filter_map(|task| task.chosen).map(|chosen| chosen.time).min();
        let until = first.unwrap_or(at).min(at);
        let mut others: BTreeMap<(StageId, u32), usize> = BTreeMap::new();
        for other in run.attempts.values() {
            let since = other.chosen.is_some_and(|chosen| chosen.time >= ready.time && chosen.time < until);
            if since && (other.stage, other.stage_attempt) != (stage, attempt) {
                *others.entry((other.stage, other.stage_attempt)).or_default() += 1;
            }
        }
        let own = pool_of(run, life);
        for ((other, of), number) in others {
            let life = run.stages.get(&(other, of));
            let job = life.and_then(|life| life.job).map(|job| format!(" of job {job}")).unwrap_or_default();
            let pool = life.map(|life| pool_of(run, life)).unwrap_or_default();
            let text = format!(
                "{} of stage {other}.{of}{job}{pool} got cores first, while stage {stage}.{attempt}{own} waited",
                count(number, "task")
            );
            self.say(text, []);
        }
    }

    /// Who had the cores at a moment.
    pub(super) fn in_use(&mut self, at: Time) {
        let run = self.run;
        let mut by_stage: BTreeMap<(StageId, u32), usize> = BTreeMap::new();
        for task in run.attempts.values().filter(|task| task.is_under_way(at)) {
            *by_stage.entry((task.stage, task.stage_attempt)).or_default() += 1;
        }
        let users: Vec<String> = by_stage
            .into_iter()
            .map(|((stage, attempt), number)| format!("{} of stage {stage}.{attempt}", count(number, "task")))
            .collect();
        let cores: u32 = run
            .executors
            .values()
            .filter(|life| {
                let last = life.events.iter().rfind(|event| event.at.time <= at);
                life.ready.iter().any(|ready| ready.time <= at) && last.is_none_or(|last| !last.is_loss)
            })
            .filter_map(|life| life.cores)
            .sum();
        let of = if cores > 0 { format!(" of {}", count(cores as usize, "core")) } else { String::new() };
        let text = match &users[..] {
            [] => format!("no task{of} was under way anywhere"),
            users => format!("in use{of}: {}", users.join(", ")),
        };
        self.say(text, []);
    }
}

/// Such as ` in pool reports`, if the job asked for one.
fn pool_of(run: &Run, life: &StageLife) -> String {
    let pool = life.job.and_then(|job| run.jobs.get(&job)?.pool.as_ref());
    pool.map(|pool| format!(" in pool {pool}")).unwrap_or_default()
}
