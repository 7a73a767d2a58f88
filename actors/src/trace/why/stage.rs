//! Why a stage was not running, ran again, or failed; and executors.

use super::Asked;
use crate::{
    ExecutorId, StageId,
    trace::{Moment, StageLife, text::duration},
};

impl Asked<'_> {
    pub(super) fn stage(&mut self, stage: StageId, of: Option<u32>) -> Option<()> {
        let run = self.run;
        let wanted: Vec<(u32, &StageLife)> =
            run.stage(stage).filter(|(attempt, _)| of.is_none_or(|of| of == *attempt)).collect();
        let (_, first) = wanted.first()?;
        if let (Some(at), Some(submitted)) = (self.at, first.submitted)
            && at < submitted.time
        {
            let parents: Vec<String> = first.parents.iter().map(ToString::to_string).collect();
            let waits = if parents.is_empty() {
                String::new()
            } else {
                format!("; it needs the outputs of stage {}", parents.join(", "))
            };
            let came = self.came_of(submitted);
            self.say(
                format!("it had not been submitted: that was at {}{came}{waits}", submitted.time),
                [submitted],
            );
            return Some(());
        }
        for (attempt, life) in wanted {
            if !self.is_past(life.submitted) {
                continue;
            }
            if attempt > 0 {
                self.stage_again(stage, attempt, life);
            }
            self.stage_state(stage, attempt, life);
            self.bad_ends(run.tasks(stage, attempt));
        }
        Some(())
    }

    fn stage_state(&mut self, stage: StageId, attempt: u32, life: &StageLife) {
        let at = self.at.unwrap_or(self.run.end);
        match life.ended.filter(|ended| ended.time <= at) {
            Some(ended) => {
                let took =
                    life.submitted.map(|from| duration(ended.time.since(from.time))).unwrap_or_default();
                let end = match (life.failed, &life.failure) {
                    (true, Some(failure)) => format!("failed after {took}: {failure}"),
                    (true, None) => format!("failed after {took}"),
                    (false, _) => format!("had ended well after {took}"),
                };
                self.say(format!("stage {stage}.{attempt} {end}"), [ended]);
                if life.failed
                    && let Some(origin) = self.end_of_task(ended)
                {
                    self.say(origin.0, [origin.1]);
                }
            }
            None => self.active([((stage, attempt), life)], at),
        }
    }

    /// Why an attempt was submitted that is not the first.
    pub(super) fn stage_again(&mut self, stage: StageId, attempt: u32, life: &StageLife) {
        let Some(submitted) = life.submitted else { return };
        let because = match &life.cause {
            Some(cause) => format!("because {cause}"),
            None => self.end_of_task(submitted).map_or_else(
                || "for a reason that the trace does not tell".to_owned(),
                |(text, _)| format!("after {text}"),
            ),
        };
        self.say(
            format!("stage {stage}.{attempt} was submitted at {} {because}", submitted.time),
            [submitted],
        );
    }

    /// The end of a task that led to what happened.
    fn end_of_task(&self, happened: Moment) -> Option<(String, Moment)> {
        let mut at = self.messages.get(happened.message)?;
        for _ in 0..self.messages.len() {
            at = self.messages.cause(at)?;
            if at.kind == "CompletionEvent" {
                let attempt = self.run.attempts.get(&at.ids.task?)?;
                let text = format!("{} ended: {}", attempt.name(), attempt.end().unwrap_or_default());
                return Some((text, Moment::handled(at)));
            }
        }
        None
    }

    /// The end of a task because of which something was submitted, for the end of a sentence.
    fn came_of(&self, submitted: Moment) -> String {
        self.end_of_task(submitted).map(|(text, _)| format!(", when {text}")).unwrap_or_default()
    }

    pub(super) fn executor(&mut self, executor: ExecutorId) -> Option<()> {
        let life = self.run.executors.get(&executor)?;
        for event in &life.events {
            if self.is_past(Some(event.at)) {
                self.say(format!("at {} {}", event.at.time, event.what), [event.at]);
            }
        }
        let at = self.at.unwrap_or(self.run.end);
        let tasks = life.attempts.iter().filter_map(|task| self.run.attempts.get(task));
        let running: Vec<String> =
            tasks.filter(|task| task.is_under_way(at)).map(|task| task.name()).collect();
        let what = if running.is_empty() { "no task was".to_owned() } else { running.join(", ") };
        self.say(format!("{what} under way on it"), []);
        Some(())
    }
}
