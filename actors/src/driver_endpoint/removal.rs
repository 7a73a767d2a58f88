//! Executors that go (`spark-messages` section 3).

use super::DriverEndpointCore;
use crate::{
    ExecutorId, Time,
    core::Outbox,
    message::{
        ClusterManager, EndExecutors, ExecutorBackend, ExecutorLossReason, ExecutorRemoved,
        HeartbeatReceiver, KillExecutors, ListenerBus, RemoveExecutor, SparkListenerExecutorRemoved,
        StopExecutor, TaskExecutorLost, TaskScheduler,
    },
};

impl DriverEndpointCore {
    pub(super) fn on_remove_executor(&mut self, now: Time, remove: RemoveExecutor, out: &mut Outbox) {
        let RemoveExecutor { executor_id, reason } = remove;
        if reason == ExecutorLossReason::LossReasonPending {
            return self.on_loss_reason_pending(executor_id, out);
        }
        let Some(data) = self.executors.get(&executor_id) else {
            tracing::info!("Asked to remove non-existent executor {executor_id}");
            // Listeners may still know it (SPARK-35011).
            return out.send(ListenerBus, SparkListenerExecutorRemoved { executor_id, reason, time: now });
        };
        let reason = match &data.decommission {
            // It was to leave, and has left, whatever it was seen to die of; its host may have been seen to die as well.
            Some(info) => ExecutorLossReason::ExecutorDecommission {
                worker_host: info.worker_host.as_ref().or(reason.worker_host()).cloned(),
                reason: info.reason.clone(),
            },
            None => reason,
        };
        self.lose(now, executor_id, reason, out);
    }

    /// It gets no offers, and the TaskScheduler lets its tasks wait, until the reason is known.
    fn on_loss_reason_pending(&mut self, executor_id: ExecutorId, out: &mut Outbox) {
        let data = self.executors.get_mut(&executor_id);
        let Some(data) = data.filter(|data| !data.is_reason_pending) else { return };
        data.is_reason_pending = true;
        self.note_free(executor_id);
        let reason = ExecutorLossReason::LossReasonPending;
        out.send(TaskScheduler, TaskExecutorLost { executor_id, reason });
    }

    /// The one way by which an executor leaves. It is told to stop first (SPARK-13519). If its cores are on lease,
    /// tasks may be on their way to it: the TaskScheduler fails them when it hears of the loss, which it does after
    /// it answered the round.
    fn lose(&mut self, now: Time, executor_id: ExecutorId, reason: ExecutorLossReason, out: &mut Outbox) {
        let Some(data) = self.executors.remove(&executor_id) else { return };
        tracing::warn!("Lost executor {executor_id} on {}: {reason}", data.host);
        self.note_free(executor_id);
        self.kill_wanted.remove(&executor_id);
        if let Some(on_host) = self.hosts.get_mut(&data.host) {
            on_host.remove(&executor_id);
            if on_host.is_empty() {
                self.hosts.remove(&data.host);
            }
        }
        out.send(ExecutorBackend(executor_id), StopExecutor {});
        out.send(TaskScheduler, TaskExecutorLost { executor_id, reason: reason.clone() });
        out.send(ListenerBus, SparkListenerExecutorRemoved { executor_id, reason, time: now });
        if self.config.heartbeat.enabled {
            out.send(HeartbeatReceiver, ExecutorRemoved { executor_id });
        }
    }

    /// Spark keeps a killed executor as pending until the cluster manager has ended it. Here it leaves at once: it
    /// takes no more tasks from now on, and nobody may be there to end it.
    ///
    /// Without force only idle ones are killed. Of one whose cores are on lease nobody knows: tasks may have been chosen
    /// for it, for which Spark takes it as busy. It is decided when the round is answered.
    pub(super) fn on_kill_executors(&mut self, now: Time, kill: KillExecutors, out: &mut Outbox) {
        let mut killed = Vec::new();
        for executor_id in kill.executor_ids {
            match self.executors.get(&executor_id) {
                None => tracing::warn!("Executor to kill {executor_id} does not exist!"),
                Some(data) if data.is_busy() && !kill.force => {}
                Some(data) if data.has_lease() && !kill.force => {
                    self.kill_wanted.insert(executor_id);
                }
                Some(_) => {
                    self.lose(now, executor_id, ExecutorLossReason::ExecutorKilled, out);
                    killed.push(executor_id);
                }
            }
        }
        if !killed.is_empty() {
            out.send(ClusterManager, EndExecutors { executor_ids: killed });
        }
    }

    /// The open round has been answered: those that were to be killed if they are idle, and have no task, are.
    pub(super) fn kill_what_stayed_idle(&mut self, now: Time, out: &mut Outbox) {
        let executor_ids: Vec<_> = std::mem::take(&mut self.kill_wanted).into_iter().collect();
        if !executor_ids.is_empty() {
            self.on_kill_executors(now, KillExecutors { executor_ids, force: false }, out);
        }
    }

    pub(super) fn on_kill_executors_on_host(&mut self, now: Time, host: &str, out: &mut Outbox) {
        let executor_ids = self.executors_on(host);
        self.on_kill_executors(now, KillExecutors { executor_ids, force: true }, out);
    }

    pub(super) fn on_stop_executors(&mut self, out: &mut Outbox) {
        for executor_id in self.executors.keys() {
            out.send(ExecutorBackend(*executor_id), StopExecutor {});
        }
    }
}
