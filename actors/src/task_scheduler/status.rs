//! What executors tell of their tasks (`spark-semantics` sections 12 and 15).

use super::TaskSchedulerCore;
use crate::{
    TaskId, Time,
    core::Outbox,
    message::{
        DagScheduler, DriverEndpoint, EnqueueSuccessfulTask, ExecutorLost, HandleSuccessfulTask,
        ResultGetter, ReviveOffers, StatusUpdate, TaskEndReason, TaskExecutorLost, TaskKind, TaskOutput,
        TaskResult, TaskState, TaskStatus, TaskValue,
    },
};

impl TaskSchedulerCore {
    pub(super) fn on_status_update(&mut self, now: Time, update: StatusUpdate, out: &mut Outbox) {
        let StatusUpdate { task_id, status, .. } = update;
        let set = self.task_id_to_set.get(&task_id).and_then(|id| self.task_sets.get_mut(id));
        let Some(attempt) =
            set.and_then(|set| set.attempts.get_mut(&task_id)).filter(|attempt| !attempt.getting_result)
        else {
            tracing::debug!(
                "Ignoring update with state {} for TID {task_id} because its task set is gone",
                status.state()
            );
            return;
        };
        match status {
            TaskStatus::Running => attempt.info.outcome = Some(TaskState::Running),
            TaskStatus::Finished(result) => {
                attempt.getting_result = true;
                self.on_finished(now, task_id, result, out);
            }
            TaskStatus::Failed(reason) | TaskStatus::Killed(reason) => {
                self.on_failed_task(now, task_id, *reason, out);
            }
        }
    }

    fn on_finished(&mut self, now: Time, task_id: TaskId, result: Box<TaskResult>, out: &mut Outbox) {
        if let TaskValue::MapStatus(status) = result.value {
            // There is nothing to decode.
            let output = TaskOutput::MapStatus(status);
            return self.on_successful_task(
                now,
                HandleSuccessfulTask {
                    task_id,
                    output,
                    metrics: result.metrics,
                    accum_updates: result.accum_updates,
                },
                out,
            );
        }
        let id = self.task_id_to_set.get(&task_id).copied();
        let Some(set) = id.and_then(|id| self.task_sets.get_mut(&id)) else { return };
        set.total_result_size = set.total_result_size.saturating_add(result.value.size());
        set.results += 1;
        let limit = self.config.driver_max_result_size;
        if limit > 0 && set.total_result_size > limit && set.stage.kind == TaskKind::Result {
            let reason = format!(
                "Total size of serialized results of {} tasks ({} bytes) is bigger than spark.driver.maxResultSize \
                 ({limit} bytes)",
                set.results, set.total_result_size
            );
            let killed = TaskEndReason::killed("Tasks result size has exceeded maxResultSize");
            if let Some(id) = id {
                self.abort(id, reason, None, out);
            }
            return self.on_failed_task(now, task_id, killed, out);
        }
        let Some(attempt) = set.attempts.get(&task_id) else { return };
        let get = EnqueueSuccessfulTask {
            task_id,
            stage: set.stage.clone(),
            output_id: set.output_id(attempt.info.index),
            executor_id: attempt.info.executor_id,
            result,
        };
        out.send(ResultGetter, get);
    }

    /// Its running tasks failed. The DAGScheduler hears of it after that, so that it sees their ends first.
    pub(super) fn on_executor_lost(&mut self, now: Time, lost: &TaskExecutorLost, out: &mut Outbox) {
        let executor_id = lost.executor_id;
        self.executors.remove(&executor_id);
        let on_it: Vec<_> = self
            .task_sets
            .values()
            .flat_map(|set| &set.attempts)
            .filter(|(_, attempt)| attempt.info.executor_id == executor_id && !attempt.getting_result)
            .map(|(task_id, attempt)| (*task_id, attempt.info.outcome.is_some()))
            .collect();
        for (task_id, has_run) in on_it {
            let reason = TaskEndReason::ExecutorLostFailure {
                executor_id,
                // One that never said RUNNING cannot have caused it (SPARK-39955).
                exit_caused_by_app: has_run && lost.reason.exit_caused_by_app(),
                reason: Some(lost.reason.to_string()),
            };
            self.on_failed_task(now, task_id, reason, out);
        }
        out.send(DagScheduler, ExecutorLost { executor_id, reason: lost.reason.clone() });
        out.send(DriverEndpoint, ReviveOffers {});
    }
}
