//! When all attempts of a stage are to be killed, every one that runs is sent a KillTask; and nothing runs on unkilled
//! that nobody needs: another attempt of a task whose result counts, and any attempt of a stage of which all
//! jobs have ended.

use std::collections::BTreeSet;

use super::{Check, Invariant, View};
use crate::{
    ActorId, TaskId, Time,
    core::Sending,
    message::{
        DagSchedulerMessage, DriverEndpointMessage, Message, SparkListenerEvent, TaskEndReason,
        TaskSchedulerMessage,
    },
};

#[derive(Clone, Debug, Default)]
pub(super) struct Kills {
    /// Attempts that are to be killed while the present event is handled.
    due: BTreeSet<TaskId>,
    /// Attempts that nobody needs since this moment.
    needless: BTreeSet<TaskId>,
    since: Time,
    /// Attempts that were sent a KillTask.
    killed: BTreeSet<TaskId>,
}

impl Kills {
    /// The DAGScheduler and the TaskScheduler hear of it at once, so nothing may be left when time goes on.
    fn check_needless(&mut self, view: &View<'_>) -> Check {
        if self.needless.is_empty() || view.scene.now() == self.since {
            return Ok(());
        }
        let mut left = std::mem::take(&mut self.needless).into_iter();
        match left.find(|task| view.known.running.contains_key(task) && !self.killed.contains(task)) {
            Some(task) => {
                Err(format!("task {task} runs for jobs that have ended, and was not sent KillTask"))
            }
            None => Ok(()),
        }
    }

    fn note_needless(&mut self, view: &View<'_>) {
        self.since = view.scene.now();
        // The end of a job is an event of its own, behind which nothing of it may run.
        let next = view.scene.next_seq();
        let of_ended =
            view.known.running.iter().filter(|(_, task)| view.known.stage_is_over(task.stage, next));
        self.needless.extend(of_ended.map(|(task, _)| *task));
    }
}

impl Invariant for Kills {
    fn name(&self) -> &'static str {
        "kills"
    }

    fn message(&mut self, view: &View<'_>, _to: ActorId, message: &Message) -> Check {
        self.check_needless(view)?;
        match message {
            Message::TaskScheduler(TaskSchedulerMessage::KillAllTaskAttempts(kill)) => {
                let of_stage = view.known.running.iter().filter(|(_, task)| task.stage == kill.stage_id);
                self.due.extend(of_stage.map(|(task, _)| *task));
            }
            Message::ListenerBus(SparkListenerEvent::JobEnd(_)) if view.scene.world().is_some() => {
                self.note_needless(view)
            }
            _ => {}
        }
        Ok(())
    }

    fn sent(&mut self, view: &View<'_>, from: ActorId, sending: &Sending) -> Check {
        match &sending.message {
            Message::DriverEndpoint(DriverEndpointMessage::KillTask(kill)) => {
                self.killed.insert(kill.task_id);
            }
            Message::DagScheduler(DagSchedulerMessage::CompletionEvent(event))
                if from == ActorId::TaskScheduler && event.reason == TaskEndReason::Success =>
            {
                let index = (event.stage.stage_id, event.stage.stage_attempt_id, event.task_info.index);
                if view.known.attempts.contains_key(&index) {
                    let others = view.known.running.iter().filter(|(_, task)| task.index == index);
                    self.due.extend(others.map(|(task, _)| *task));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn after_event(&mut self, _view: &View<'_>) -> Check {
        let due = std::mem::take(&mut self.due);
        match due.difference(&self.killed).next() {
            Some(task) => {
                Err(format!("task {task} runs, its stage is to be killed, and it was not sent KillTask"))
            }
            None => Ok(()),
        }
    }
}
