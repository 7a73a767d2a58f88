//! How attempts end: success, another try, or the end of the set (`spark-semantics` section 10).

use super::{TaskSchedulerCore, TaskSetId};
use crate::{
    TaskId, Time,
    core::Outbox,
    message::{
        AbortTaskSet, AccumUpdate, CompletionEvent, DagScheduler, DriverEndpoint, HandleSuccessfulTask,
        ReviveOffers, TaskEndReason, TaskMetrics, TaskOutput, TaskSetFailed, TaskState,
    },
};

/// An attempt that has ended, out of all tables.
struct Ended {
    set: TaskSetId,
    index: u32,
    attempt: u32,
}

impl TaskSchedulerCore {
    pub(super) fn on_successful_task(&mut self, now: Time, success: HandleSuccessfulTask, out: &mut Outbox) {
        let HandleSuccessfulTask { task_id, output, metrics, accum_updates } = success;
        let end = End { reason: TaskEndReason::Success, output: Some(output), metrics, accum_updates };
        let mark = |set: &mut super::TaskSetManager, index| set.succeed(index);
        if let Some(ended) = self.end_attempt(now, task_id, end, mark, out) {
            self.settle(ended.set);
        }
    }

    pub(super) fn on_failed_task(
        &mut self,
        now: Time,
        task_id: TaskId,
        reason: TaskEndReason,
        out: &mut Outbox,
    ) {
        let text = reason.to_string();
        let counts = reason.counts_towards_task_failures();
        let fatal = matches!(&reason, TaskEndReason::ExceptionFailure(failure) if failure.fatal);
        let fetch_failed = matches!(reason, TaskEndReason::FetchFailed { .. });
        let metrics = match &reason {
            TaskEndReason::ExceptionFailure(failure) => failure.metrics.clone(),
            _ => TaskMetrics::default(),
        };
        let cause = Some(reason.clone());
        let accum_updates = reason.accum_updates().to_vec();
        let end = End { reason, output: None, metrics, accum_updates };
        // The DAGScheduler runs the stage again, so this set is over (set before it is told, SPARK-19868).
        let mark = |set: &mut super::TaskSetManager, index| {
            if fetch_failed {
                set.succeed(index);
                set.zombie = true;
            }
        };
        let Some(Ended { set: id, index, attempt }) = self.end_attempt(now, task_id, end, mark, out) else {
            return;
        };
        tracing::warn!("Lost task {index}.{attempt} in stage {}.{} (TID {task_id}): {text}", id.0, id.1);
        let Some(set) = self.task_sets.get_mut(&id) else { return };
        if !set.zombie {
            let failures = if counts { set.count_failure(index) } else { 0 };
            let stage = format!("{}.{}", id.0, id.1);
            if fatal {
                let reason = format!(
                    "Task {index} in stage {stage} (TID {task_id}) cannot succeed; not retrying: {text}"
                );
                self.abort(id, reason, cause, out);
            } else if failures >= self.config.task_max_failures {
                let reason = format!(
                    "Task {index} in stage {stage} failed {failures} times, most recent failure: Lost task {index}.{attempt} \
                     in stage {stage} (TID {task_id}): {text}"
                );
                self.abort(id, reason, cause, out);
            } else {
                set.add_pending(index);
                out.send(DriverEndpoint, ReviveOffers {});
            }
        }
        self.settle(id);
    }

    pub(super) fn on_abort_task_set(&mut self, now: Time, abort: AbortTaskSet, out: &mut Outbox) {
        let AbortTaskSet { task_id, reason } = abort;
        let killed = TaskEndReason::killed(reason.as_str());
        let metrics = TaskMetrics::default();
        let end = End { reason: killed, output: None, metrics, accum_updates: Vec::new() };
        if let Some(ended) = self.end_attempt(now, task_id, end, |_, _| {}, out) {
            self.abort(ended.set, reason, None, out);
            self.settle(ended.set);
        }
    }

    /// Gives a set up, once.
    pub(super) fn abort(
        &mut self,
        id: TaskSetId,
        reason: String,
        cause: Option<TaskEndReason>,
        out: &mut Outbox,
    ) {
        let Some(set) = self.task_sets.get_mut(&id).filter(|set| !set.zombie) else { return };
        set.zombie = true;
        tracing::error!("Aborting task set {}.{}: {reason}", id.0, id.1);
        out.send(DagScheduler, TaskSetFailed { stage_id: id.0, stage_attempt_id: id.1, reason, cause });
    }

    /// Takes an attempt out of all tables, marks its set, and tells the DAGScheduler, in this order.
    fn end_attempt(
        &mut self,
        now: Time,
        task_id: TaskId,
        end: End,
        mark: impl FnOnce(&mut super::TaskSetManager, u32),
        out: &mut Outbox,
    ) -> Option<Ended> {
        let id = self.task_id_to_set.remove(&task_id)?;
        let set = self.task_sets.get_mut(&id)?;
        let mut task_info = set.end(task_id)?;
        let (index, attempt) = (task_info.index, task_info.attempt_number);
        task_info.finish_time = Some(now);
        task_info.outcome = Some(match end.reason {
            TaskEndReason::Success => TaskState::Finished,
            TaskEndReason::TaskKilled { .. } | TaskEndReason::TaskCommitDenied { .. } => TaskState::Killed,
            _ => TaskState::Failed,
        });
        mark(set, index);
        let output_id = set.output_id(index);
        let End { reason, output, metrics, accum_updates } = end;
        let stage = set.stage.clone();
        let end = CompletionEvent { stage, output_id, reason, output, metrics, accum_updates, task_info };
        out.send(DagScheduler, end);
        Some(Ended { set: id, index, attempt })
    }
}

struct End {
    reason: TaskEndReason,
    output: Option<TaskOutput>,
    metrics: TaskMetrics,
    accum_updates: Vec<AccumUpdate>,
}
