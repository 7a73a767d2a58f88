//! Why a task was not running, ran again, or failed.

use super::Asked;
use crate::{
    StageId, TaskId,
    message::{Message, SubmitTasks},
    trace::{Attempt, Waited, text::duration},
};

impl Asked<'_> {
    pub(super) fn task(&mut self, task: TaskId) -> Option<()> {
        let attempt = self.run.attempts.get(&task)?;
        self.attempt(attempt);
        Some(())
    }

    pub(super) fn partition(&mut self, stage: StageId, of: Option<u32>, partition: u32) -> Option<()> {
        let run = self.run;
        let wanted = run.stage(stage).filter(|(attempt, _)| of.is_none_or(|of| of == *attempt));
        let attempts: Vec<&Attempt> = wanted
            .flat_map(|(attempt, _)| run.tasks(stage, attempt))
            .filter(|attempt| attempt.partition == Some(partition))
            .collect();
        for attempt in &attempts {
            self.attempt(attempt);
        }
        (!attempts.is_empty()).then_some(())
    }

    fn attempt(&mut self, attempt: &Attempt) {
        let (task, run) = (attempt.task, self.run);
        let at = self.at.unwrap_or(run.end);
        if let Some(ready) = attempt.ready.filter(|ready| ready.time > at) {
            self.say(format!("task {task} was not there yet: it was ready at {}", ready.time), [ready]);
            return;
        }
        self.again(attempt);
        if let (Some(ready), Some(chosen)) = (attempt.ready, attempt.chosen)
            && (self.at.is_none() || chosen.time > at)
        {
            let waited = run.waited_for(self.messages, attempt);
            let what = waited.map_or_else(|| "waited for an offer".to_owned(), |waited| waited.to_string());
            let (from, to) = (ready.time, chosen.time);
            let text = match waited {
                Some(Waited::Nothing) if from == to => {
                    format!("task {task} was given a core at {to}, as soon as it was ready")
                }
                _ => {
                    let lasted = duration(to.since(from));
                    format!("task {task} was ready at {from} and given a core at {to}: for {lasted} {what}")
                }
            };
            self.say(text, [ready, chosen]);
            if waited == Some(Waited::Locality) {
                self.place_of_data(attempt);
            }
            if chosen.time > at {
                self.in_use(at);
            }
        }
        match (attempt.began, attempt.ended) {
            _ if !self.is_past(attempt.chosen) => {}
            (Some(began), ended)
                if self.is_past(Some(began)) && ended.is_none_or(|ended| ended.time > at) =>
            {
                let since = duration(at.since(began.time));
                self.say(format!("task {task} was running, for {since}"), [began]);
            }
            (began, _) if !self.is_past(began) => {
                self.say(format!("task {task} had a core but had not begun to run"), attempt.received);
            }
            _ => {}
        }
        let asked = self.at;
        for kill in attempt.kills.iter().filter(|kill| asked.is_none_or(|at| kill.at.time <= at)) {
            let why = kill.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            self.say(format!("the kill of task {task} was asked for{why}"), [kill.at]);
        }
        if self.is_past(attempt.completed) {
            let end = attempt.end().unwrap_or_default();
            self.say(format!("task {task} ended: {end}"), attempt.completed);
        }
    }

    /// Where a task's data is, and where it went in the end.
    fn place_of_data(&mut self, attempt: &Attempt) {
        let life = self.run.stages.get(&(attempt.stage, attempt.stage_attempt));
        let Some(ready) = life.and_then(|life| life.ready) else { return };
        let message = self.messages.get(ready.message).and_then(|record| record.message.as_ref());
        let Some(set) = message.and_then(Message::get::<SubmitTasks>) else { return };
        let mut tasks = set.task_set.tasks.iter();
        let Some(task) = tasks.find(|task| Some(task.partition_id) == attempt.partition) else { return };
        let mut places: Vec<String> = task.locations.iter().map(ToString::to_string).collect();
        places.dedup();
        let executor =
            attempt.executor.and_then(|executor| Some((executor, self.run.executors.get(&executor)?)));
        let went = executor.map(|(executor, life)| {
            let host = life.host.as_ref().map(|host| format!(" on {host}")).unwrap_or_default();
            format!("; it was launched on executor {executor}{host}")
        });
        let text = format!(
            "the data of task {} is on {}{}",
            attempt.task,
            places.join(", "),
            went.unwrap_or_default()
        );
        self.say(text, [ready]);
    }

    /// Why there is an attempt that is not the first of its partition.
    fn again(&mut self, attempt: &Attempt) {
        let task = attempt.task;
        if attempt.speculative {
            let text =
                format!("task {task} is a speculative copy: another attempt of its partition took long");
            self.say(text, attempt.ready);
            return;
        }
        let before = self
            .run
            .tasks(attempt.stage, attempt.stage_attempt)
            .take_while(|other| other.task != task)
            .filter(|other| other.partition == attempt.partition && other.partition.is_some())
            .last();
        let Some(before) = before else { return };
        let end = match (before.output_lost, before.end()) {
            (Some(_), _) => "succeeded, but its output was lost with its executor".to_owned(),
            (None, Some(end)) => format!("ended: {end}"),
            (None, None) => "has no end in the trace".to_owned(),
        };
        let text =
            format!("task {task} is attempt {} of its partition: task {} {end}", attempt.number, before.task);
        self.say(text, before.output_lost.or(before.completed));
    }
}
