//! The simulated result getter: it decodes results, or fetches them first, in threads that overtake each other.

use std::time::Duration;

use super::world::{Event, Happening, World};
use crate::{
    ActorId,
    message::{
        EnqueueSuccessfulTask, HandleFailedTask, HandleSuccessfulTask, HandleTaskGettingResult,
        TaskEndReason, TaskOutput, TaskResult, TaskSchedulerMessage, TaskValue,
    },
};

impl World {
    /// A result is to be decoded.
    pub(super) fn on_result(&mut self, task: Box<EnqueueSuccessfulTask>) {
        let about = [0x66, task.task_id.0];
        let mut takes = self.dice.duration((Duration::ZERO, Duration::from_micros(300)), &about);
        if matches!(task.result.value, TaskValue::Indirect { .. }) {
            let getting = HandleTaskGettingResult { task_id: task.task_id };
            self.got_result(TaskSchedulerMessage::from(getting));
            takes += self.dice.duration(self.plan.link, &about) * 2;
        }
        self.queue.push(self.now + takes, Event::World(Happening::Decoded(task)));
    }

    pub(super) fn decoded(&mut self, task: EnqueueSuccessfulTask) {
        let EnqueueSuccessfulTask { task_id, result, executor_id, .. } = task;
        let is_gone = matches!(result.value, TaskValue::Indirect { .. })
            && (self.tasks.lost.contains(&task_id)
                || self.executors.get(&executor_id).is_none_or(|executor| !executor.alive));
        if is_gone {
            let reason = TaskEndReason::TaskResultLost;
            return self.got_result(TaskSchedulerMessage::from(HandleFailedTask { task_id, reason }));
        }
        let TaskResult { accum_updates, metrics, .. } = *result;
        let output = TaskOutput::Decoded;
        let success = HandleSuccessfulTask { task_id, output, metrics, accum_updates };
        self.got_result(TaskSchedulerMessage::from(success));
    }

    fn got_result(&mut self, message: TaskSchedulerMessage) {
        let now = self.now;
        self.route(ActorId::ResultGetter, ActorId::TaskScheduler, now, message.into());
    }
}
