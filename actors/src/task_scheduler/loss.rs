//! Executors that are lost, or are about to leave (`spark-semantics` section 12).

use super::TaskSchedulerCore;
use crate::{
    ExecutorId, Time,
    core::Outbox,
    message::{
        CompletionEvent, DagScheduler, DriverEndpoint, ExecutorDecommission, ExecutorLossReason,
        ExecutorLost, ReviveOffers, TaskEndReason, TaskExecutorLost, TaskWorkerRemoved, WorkerRemoved,
    },
};

impl TaskSchedulerCore {
    /// Its running tasks failed, and map outputs are made again. The DAGScheduler hears of it after that, so that it
    /// sees their ends first.
    pub(super) fn on_executor_lost(&mut self, now: Time, lost: TaskExecutorLost, out: &mut Outbox) {
        let TaskExecutorLost { executor_id, reason } = lost;
        if self.executors.get(executor_id).is_none() {
            // It has never offered a core, or its loss was told before.
            tracing::info!("Lost an executor {executor_id} (already removed): {reason}");
            return;
        }
        if reason == ExecutorLossReason::LossReasonPending {
            // Only its offers stop; its tasks wait for the reason.
            self.executors.await_loss_reason(executor_id);
            self.recompute_locality();
            self.watch_excluded(now, out);
            // What preferred it may be allowed elsewhere now.
            return out.send(DriverEndpoint, ReviveOffers {});
        }
        let reason = self.with_decommission(executor_id, reason);
        tracing::error!("Lost executor {executor_id}: {reason}");
        self.resubmit_lost_outputs(executor_id, &reason, out);
        self.fail_running(now, executor_id, &reason, out);
        let host = self.executors.host_of(executor_id).cloned();
        self.executors.remove(executor_id);
        if let Some(health) = &mut self.health {
            health.executor_removed(executor_id, host.as_ref());
        }
        self.recompute_locality();
        out.send(DagScheduler, ExecutorLost { executor_id, reason });
        out.send(DriverEndpoint, ReviveOffers {});
        self.watch_excluded(now, out);
    }

    /// A process that was to leave is not lost through the program's fault, and its host may be lost with it.
    fn with_decommission(&self, executor_id: ExecutorId, reason: ExecutorLossReason) -> ExecutorLossReason {
        match (reason, self.executors.decommission_state(executor_id)) {
            (ExecutorLossReason::ExecutorProcessLost { message, worker_host, .. }, Some(state)) => {
                ExecutorLossReason::ExecutorProcessLost {
                    message,
                    worker_host: worker_host.or_else(|| state.worker_host.clone()),
                    caused_by_app: false,
                }
            }
            (reason, _) => reason,
        }
    }

    /// The outputs of map tasks that succeeded there are gone, unless a shuffle service has them.
    fn resubmit_lost_outputs(
        &mut self,
        executor_id: ExecutorId,
        reason: &ExecutorLossReason,
        out: &mut Outbox,
    ) {
        let takes_outputs_along = matches!(reason, ExecutorLossReason::ExecutorDecommission { .. });
        if self.config.shuffle.service_enabled && !takes_outputs_along {
            return;
        }
        for (id, set) in &mut self.task_sets {
            let lost = set.lose_outputs(executor_id, &mut self.executors.hosts);
            if !lost.is_empty() {
                self.changed.push(*id);
            }
            for task_info in lost {
                out.send(
                    DagScheduler,
                    CompletionEvent {
                        stage: set.stage.clone(),
                        output_id: set.tasks.output_id(task_info.index),
                        reason: TaskEndReason::Resubmitted,
                        output: None,
                        metrics: Box::default(),
                        accum_updates: Vec::new(),
                        task_info,
                    },
                );
            }
        }
    }

    /// What ran there failed, and so did the tasks whose results would have to be fetched from there (TSI-050).
    ///
    /// A direct result came with the task's last word: nothing of it was lost. Spark fails those tasks too if they are
    /// not decoded yet. Here they count: to run them again would only cost, and could fail a job that is done.
    fn fail_running(
        &mut self,
        now: Time,
        executor_id: ExecutorId,
        reason: &ExecutorLossReason,
        out: &mut Outbox,
    ) {
        let Some(executor) = self.executors.get(executor_id) else { return };
        let mut lost = executor.running.clone();
        lost.extend(&executor.fetching);
        lost.sort_unstable();
        for task_id in lost {
            let Some(attempt) = self.attempts.get(task_id) else { continue };
            // One that never said RUNNING cannot have caused it (SPARK-39955).
            let has_run = attempt.info.outcome.is_some();
            let failure = TaskEndReason::ExecutorLostFailure {
                executor_id,
                exit_caused_by_app: has_run && reason.exit_caused_by_app(),
                reason: Some(reason.to_string()),
            };
            // Cores are asked for once, after all of it.
            self.fail_task(now, task_id, failure, out);
        }
    }

    pub(super) fn on_executor_decommission(
        &mut self,
        now: Time,
        leaving: ExecutorDecommission,
        out: &mut Outbox,
    ) {
        let executor_id = leaving.executor_id;
        tracing::info!("Executor {executor_id} is decommissioned: {}", leaving.reason);
        // One that has never offered a core has no outputs, and its loss is not told either.
        if self.executors.decommission(now, executor_id, leaving.worker_host.clone()) {
            self.recompute_locality();
            out.send(DagScheduler, leaving);
        }
        out.send(DriverEndpoint, ReviveOffers {});
    }

    pub(super) fn on_worker_removed(&mut self, removed: TaskWorkerRemoved, out: &mut Outbox) {
        let TaskWorkerRemoved { worker_id, host, message } = removed;
        tracing::info!("Handle removed worker {worker_id}: {message}");
        out.send(DagScheduler, WorkerRemoved { worker_id, host, message });
    }

    /// The executors have changed: sets may have other locality levels.
    pub(super) fn recompute_locality(&mut self) {
        for set in self.task_sets.values_mut() {
            #[cfg(test)]
            crate::testkit::visit();
            set.recompute_locality(&self.executors);
        }
    }
}
