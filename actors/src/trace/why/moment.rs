//! What a stage attempt did at a moment, and what its tasks waited for.

use std::collections::BTreeMap;

use super::{Asked, served::StageAttempt};
use crate::{
    StageId, Time,
    trace::{Attempt, StageLife, text::count},
};

impl Asked<'_> {
    /// Stage attempts that were active at a moment; if some had tasks that waited, for whom, and who had the cores.
    pub(super) fn active<'b>(
        &mut self,
        stages: impl IntoIterator<Item = (StageAttempt, &'b StageLife)>,
        at: Time,
    ) {
        let mut waiting = Vec::new();
        for (stage, life) in stages {
            if self.moment(stage, life, at) {
                waiting.push((stage, life));
            }
        }
        if !waiting.is_empty() {
            self.served_before(&waiting, at);
            self.in_use(at);
        }
    }

    /// A stage attempt that was active at this moment; whether it had tasks that waited.
    fn moment(&mut self, (stage, attempt): StageAttempt, life: &StageLife, at: Time) -> bool {
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
            return false;
        }
        let next = tasks
            .iter()
            .filter(|task| task.chosen.is_some_and(|chosen| chosen.time > at))
            .find(|task| task.ready.is_some_and(|ready| ready.time <= at));
        match next {
            Some(next) => self.next(next),
            None => self.say(format!("no task of stage {stage}.{attempt} was given a core after that"), []),
        }
        true
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
