//! What executors tell of their tasks (`spark-semantics` sections 10 and 15).

use super::{
    TaskSchedulerCore, TaskSetId,
    attempts::{Attempt, Phase},
};
use crate::{
    TaskId, Time,
    core::Outbox,
    message::{
        DagScheduler, EnqueueSuccessfulTask, GettingResultEvent, HandleSuccessfulTask, ResultGetter,
        StatusUpdate, TaskEndReason, TaskKind, TaskOutput, TaskResult, TaskState, TaskStatus, TaskValue,
    },
    units,
};

impl TaskSchedulerCore {
    pub(super) fn on_status_update(&mut self, now: Time, update: StatusUpdate, out: &mut Outbox) {
        let StatusUpdate { task_id, status, .. } = update;
        let Some(attempt) = self.attempts.get_mut(task_id).filter(|attempt| attempt.phase == Phase::Running)
        else {
            tracing::error!(
                "Ignoring update with state {} for TID {task_id} because its task set is gone (this is likely the result of \
                 receiving duplicate task finished status updates) or its executor has been marked as failed.",
                status.state()
            );
            return;
        };
        match status {
            TaskStatus::Running => attempt.info.outcome = Some(TaskState::Running),
            TaskStatus::Finished(result) => self.on_finished(now, task_id, result, out),
            TaskStatus::Failed(reason) | TaskStatus::Killed(reason) => {
                self.on_failed_task(now, task_id, *reason, out);
            }
        }
    }

    fn on_finished(&mut self, now: Time, task_id: TaskId, result: Box<TaskResult>, out: &mut Outbox) {
        if let TaskValue::MapStatus(status) = &result.value {
            // There is nothing to decode.
            let output = TaskOutput::MapStatus(status.clone());
            let TaskResult { metrics, accum_updates, .. } = *result;
            let success = HandleSuccessfulTask { task_id, output, metrics, accum_updates };
            return self.on_successful_task(now, success, out);
        }
        self.stop_running(task_id);
        let Some(attempt) = self.attempts.get_mut(task_id) else { return };
        let size = result.value.size();
        attempt.phase = Phase::GettingResult { size };
        let (id, index, executor_id) = (attempt.set, attempt.info.index, attempt.info.executor_id);
        if matches!(result.value, TaskValue::Indirect { .. })
            && let Some(executor) = self.executors.at_mut(attempt.executor_slot)
        {
            executor.fetching.insert(task_id);
        }
        self.changed.push(id);
        if !self.can_fetch_more_results(id, size, out) {
            let killed = TaskEndReason::killed("Tasks result size has exceeded maxResultSize");
            return self.on_failed_task(now, task_id, killed, out);
        }
        let Some(set) = self.task_sets.get(&id) else { return };
        let (stage, output_id) = (set.stage.clone(), set.tasks.output_id(index));
        out.send(ResultGetter, EnqueueSuccessfulTask { task_id, stage, output_id, executor_id, result });
    }

    /// Counts a result; false, and the set gives up, if all are too large together.
    fn can_fetch_more_results(&mut self, id: TaskSetId, size: u64, out: &mut Outbox) -> bool {
        let Some(set) = self.task_sets.get_mut(&id) else { return false };
        set.total_result_size = set.total_result_size.saturating_add(size);
        set.results += 1;
        let limit = self.config.driver_max_result_size;
        if limit == 0 || set.total_result_size <= limit || set.stage.kind != TaskKind::Result {
            return true;
        }
        let reason = format!(
            "Total size of serialized results of {} tasks ({}) is bigger than spark.driver.maxResultSize ({})",
            set.results,
            units::size(set.total_result_size),
            units::size(limit)
        );
        self.abort(id, reason, None, out);
        false
    }

    pub(super) fn on_getting_result(&mut self, now: Time, task_id: TaskId, out: &mut Outbox) {
        let attempt = self.attempts.get_mut(task_id);
        let Some(attempt) = attempt.filter(|attempt| attempt.phase != Phase::Running) else { return };
        attempt.info.getting_result_time = Some(now);
        let (stage_id, stage_attempt_id) = attempt.set;
        let task_info = attempt.info;
        out.send(DagScheduler, GettingResultEvent { stage_id, stage_attempt_id, task_info });
    }

    /// Takes an attempt that has ended on its executor out of the lists of what runs.
    pub(super) fn stop_running(&mut self, task_id: TaskId) {
        let Some(attempt) = self.attempts.get(task_id).filter(|attempt| attempt.phase == Phase::Running)
        else {
            return;
        };
        let Attempt { set, executor_slot, place_in_executor, place_in_set, .. } = attempt;
        let (set, executor_slot) = (*set, *executor_slot);
        let (in_executor, in_set) = (*place_in_executor, *place_in_set);
        if let Some(executor) = self.executors.at_mut(executor_slot) {
            self.attempts.leave(&mut executor.running, in_executor, |moved| &mut moved.place_in_executor);
        }
        if let Some(set) = self.task_sets.get_mut(&set) {
            self.attempts.leave(&mut set.running, in_set, |moved| &mut moved.place_in_set);
        }
    }
}
