//! How attempts end: success, another try, or the end of the set (`spark-semantics` section 10).

use super::{
    TaskSchedulerCore, TaskSetId,
    attempts::{Attempt, Phase},
};
use crate::{
    TaskId, Time,
    core::Outbox,
    message::{
        AbortTaskSet, AccumUpdate, CompletionEvent, DagScheduler, DriverEndpoint, ExceptionFailure,
        HandleFailedTask, HandleSuccessfulTask, KillTask, ReviveOffers, TaskEndReason, TaskMetrics,
        TaskOutput, TaskSetFailed, TaskState,
    },
};

/// What is told of an attempt's end.
struct End {
    reason: TaskEndReason,
    output: Option<TaskOutput>,
    metrics: Box<TaskMetrics>,
    accum_updates: Vec<AccumUpdate>,
}

impl TaskSchedulerCore {
    pub(super) fn on_successful_task(&mut self, now: Time, success: HandleSuccessfulTask, out: &mut Outbox) {
        let HandleSuccessfulTask { task_id, output, metrics, accum_updates } = success;
        if self.is_too_late(task_id) {
            let reason = "Finish but did not commit due to another attempt succeeded";
            return self.on_failed_task(now, task_id, TaskEndReason::killed(reason), out);
        }
        let Some((attempt, others)) = self.take_out(task_id) else { return };
        let Some(set) = self.task_sets.get_mut(&attempt.set) else { return };
        set.succeeded(now, &attempt, &metrics);
        self.kill_others(&attempt, &others, out);
        let end = End { reason: TaskEndReason::Success, output: Some(output), metrics, accum_updates };
        self.tell_end(now, &attempt, end, out);
    }

    /// Another attempt has succeeded, and this one was told to end, but ended well before it heard of it: its result
    /// does not count (SPARK-13343).
    fn is_too_late(&mut self, task_id: TaskId) -> bool {
        let Some(attempt) = self.attempts.get(task_id) else { return false };
        let Some(set) = self.task_sets.get_mut(&attempt.set) else { return false };
        if !attempt.killed_by_other_attempt || !set.tasks.is_successful(attempt.info.index) {
            return false;
        }
        if let Phase::GettingResult { size } = attempt.phase {
            set.total_result_size = set.total_result_size.saturating_sub(size);
            set.results = set.results.saturating_sub(1);
        }
        true
    }

    fn kill_others(&mut self, attempt: &Attempt, others: &[TaskId], out: &mut Outbox) {
        for other in others {
            let Some(other) = self.attempts.get_mut(*other) else { continue };
            other.killed_by_other_attempt = true;
            if other.phase != Phase::Running {
                continue;
            }
            let (task_id, executor_id) = (other.info.task_id, other.info.executor_id);
            tracing::info!(
                "Killing attempt {} for task {}.{} (TID {task_id}) as the attempt {} succeeded on {}",
                other.info.attempt_number,
                attempt.info.index,
                attempt.set.0,
                attempt.info.attempt_number,
                attempt.host
            );
            let reason = "another attempt succeeded".to_owned();
            out.send(DriverEndpoint, KillTask { task_id, executor_id, interrupt_thread: true, reason });
        }
    }

    /// A result could not be had. No core has become free by that, so it may be that no offer follows.
    pub(super) fn on_handle_failed_task(&mut self, now: Time, failed: HandleFailedTask, out: &mut Outbox) {
        self.on_failed_task(now, failed.task_id, failed.reason, out);
        self.watch_excluded(now, out);
    }

    /// An attempt failed; cores are asked for if its task is tried again.
    pub(super) fn on_failed_task(
        &mut self,
        now: Time,
        task_id: TaskId,
        reason: TaskEndReason,
        out: &mut Outbox,
    ) {
        if self.fail_task(now, task_id, reason, out) {
            out.send(DriverEndpoint, ReviveOffers {});
        }
    }

    /// An attempt failed; whether its task waits again, for which the caller asks for cores.
    pub(super) fn fail_task(
        &mut self,
        now: Time,
        task_id: TaskId,
        reason: TaskEndReason,
        out: &mut Outbox,
    ) -> bool {
        let Some((attempt, _)) = self.take_out(task_id) else { return false };
        self.log_failure(now, &attempt, &reason);
        let Some(set) = self.task_sets.get_mut(&attempt.set) else { return false };
        set.failed(&attempt);
        // Marked before the DAGScheduler is told (SPARK-19868).
        if let TaskEndReason::FetchFailed { executor_id, .. } = &reason {
            // It runs the stage again, so this set is over.
            set.complete(attempt.info.index);
            set.zombie = true;
            if let (Some(health), Some(executor_id)) = (&mut self.health, *executor_id)
                && let Some(host) = self.executors.host_of(executor_id).or(health.host_of_lost(executor_id))
            {
                health.update_for_fetch_failure(now, &host.clone(), executor_id, out);
            }
        }
        // The tasks of a barrier fail together. A failure that ends the set for good comes to that by itself.
        set.zombie |= set.stage.is_barrier && !reason.is_fatal();
        let metrics = match &reason {
            TaskEndReason::ExceptionFailure(failure) => failure.metrics.clone(),
            _ => Box::default(),
        };
        // What failed attempts added is in the reason.
        let end = End { reason: reason.clone(), output: None, metrics, accum_updates: Vec::new() };
        self.tell_end(now, &attempt, end, out);
        self.try_again(now, &attempt, reason, out)
    }

    /// How the failure of an attempt is told, in the log and as the reason for giving its set up.
    fn failure_text(attempt: &Attempt, reason: &TaskEndReason) -> String {
        let Attempt { set: (stage, stage_attempt), info, host, .. } = attempt;
        format!(
            "Lost task {}.{} in stage {stage}.{stage_attempt} (TID {}) ({host} executor {}): {reason}",
            info.index, info.attempt_number, info.task_id, info.executor_id
        )
    }

    /// Counts a failure, and lets the task wait again unless that was one too many; whether it waits.
    fn try_again(&mut self, now: Time, attempt: &Attempt, reason: TaskEndReason, out: &mut Outbox) -> bool {
        let (id, index) = (attempt.set, attempt.info.index);
        let Some(set) = self.task_sets.get_mut(&id).filter(|set| !set.zombie) else { return false };
        let stage = format!("{}.{}", id.0, id.1);
        let task_id = attempt.info.task_id;
        if let TaskEndReason::ExceptionFailure(failure) = &reason
            && failure.fatal
        {
            let why = &failure.description;
            let text = format!(
                "Task {index} in stage {stage} (TID {task_id}) had a not serializable result: {why}; not retrying"
            );
            self.abort(id, text, Some(reason), out);
            return false;
        }
        if reason.counts_towards_task_failures() {
            let failure = Self::failure_text(attempt, &reason);
            // Before the task waits again: the next offer must know.
            if let Some(exclusion) = &mut set.exclusion {
                let (host, executor_id) = (&attempt.host, attempt.info.executor_id);
                exclusion.update_for_failed_task(now, host, executor_id, index, &failure, out);
                self.excluding.insert(id);
            }
            let failures = set.count_failure(index);
            if failures >= self.config.task_max_failures {
                let text = format!(
                    "Task {index} in stage {stage} failed {failures} times, most recent failure: {failure}"
                );
                self.abort(id, text, Some(reason), out);
                return false;
            }
        }
        if set.tasks.is_successful(index) {
            tracing::info!(
                "Task {index} in stage {stage} (TID {task_id}) failed, but the task will not be re-executed: a different \
                 copy of it has already succeeded."
            );
            return false;
        }
        set.add_pending(index, &mut self.executors.hosts);
        true
    }

    pub(super) fn on_abort_task_set(&mut self, now: Time, abort: AbortTaskSet, out: &mut Outbox) {
        let AbortTaskSet { task_id, reason } = abort;
        let Some((attempt, _)) = self.take_out(task_id) else { return };
        let end = End {
            reason: TaskEndReason::killed(reason.as_str()),
            output: None,
            metrics: Box::default(),
            accum_updates: Vec::new(),
        };
        self.tell_end(now, &attempt, end, out);
        self.abort(attempt.set, reason, None, out);
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
        self.changed.push(id);
        tracing::error!("Aborting task set {}.{}: {reason}", id.0, id.1);
        out.send(DagScheduler, TaskSetFailed { stage_id: id.0, stage_attempt_id: id.1, reason, cause });
    }

    /// Takes an attempt out of all tables; with those of the same task that run beside it.
    fn take_out(&mut self, task_id: TaskId) -> Option<(Attempt, Vec<TaskId>)> {
        self.stop_running(task_id);
        let attempt = self.attempts.remove(task_id)?;
        if let Some(executor) = self.executors.at_mut(attempt.executor_slot) {
            executor.fetching.remove(&task_id);
        }
        self.changed.push(attempt.set);
        let others = self.task_sets.get_mut(&attempt.set)?.ended(&attempt);
        Some((attempt, others))
    }

    fn tell_end(&self, now: Time, attempt: &Attempt, end: End, out: &mut Outbox) {
        let Some(set) = self.task_sets.get(&attempt.set) else { return };
        let End { reason, output, metrics, accum_updates } = end;
        let mut task_info = attempt.info;
        task_info.finish_time = Some(now);
        task_info.outcome = Some(match reason {
            TaskEndReason::Success => TaskState::Finished,
            TaskEndReason::TaskKilled { .. } | TaskEndReason::TaskCommitDenied { .. } => TaskState::Killed,
            _ => TaskState::Failed,
        });
        let (stage, output_id) = (set.stage.clone(), set.tasks.output_id(task_info.index));
        out.send(
            DagScheduler,
            CompletionEvent { stage, output_id, reason, output, metrics, accum_updates, task_info },
        );
    }

    /// An error that a set has again and again is in the log in full only now and then.
    fn log_failure(&mut self, now: Time, attempt: &Attempt, reason: &TaskEndReason) {
        let Attempt { set: (stage, stage_attempt), info, host, .. } = attempt;
        let task =
            format_args!("task {}.{} in stage {stage}.{stage_attempt}", info.index, info.attempt_number);
        let task_id = info.task_id;
        match reason {
            TaskEndReason::ExceptionFailure(failure) => {
                let ExceptionFailure { class_name, description, .. } = &**failure;
                let set = self.task_sets.get_mut(&attempt.set);
                match set.and_then(|set| set.exceptions.count(now, description)) {
                    None => tracing::warn!("{}", Self::failure_text(attempt, reason)),
                    Some(duplicates) => tracing::info!(
                        "Lost {task} (TID {task_id}) on {host}, executor {}: {class_name} ({description}) [duplicate \
                         {duplicates}]",
                        info.executor_id
                    ),
                }
            }
            TaskEndReason::ExecutorLostFailure { exit_caused_by_app: false, .. } => tracing::info!(
                "{task} (TID {task_id}) failed because while it was being computed, its executor exited for a reason \
                 unrelated to the task. Not counting this failure towards the maximum number of failures for the task."
            ),
            reason => tracing::warn!("{}", Self::failure_text(attempt, reason)),
        }
    }
}
