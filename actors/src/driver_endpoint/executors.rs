//! Executors that come, work and go (`spark-messages` section 3).

use super::DriverEndpointCore;
use crate::{
    ExecutorId, Time,
    core::Outbox,
    message::{
        ExecutorBackend, KillTask, ListenerBus, RegisterExecutor, RegisterExecutorFailed, RegisteredExecutor,
        RemoveExecutor, SparkListenerExecutorAdded, SparkListenerExecutorRemoved, StatusUpdate, StopExecutor,
        TaskExecutorLost, TaskScheduler,
    },
};

/// An executor's cores.
#[derive(Debug, Default)]
pub(super) struct ExecutorData {
    /// 0 until the executor says that it is ready.
    pub(super) total: u32,
    pub(super) free: u32,
    pub(super) leased: u32,
    pub(super) used: u32,
    cores: u32,
}

impl ExecutorData {
    pub(super) fn adds_up(&self) -> bool {
        self.free + self.leased + self.used == self.total
    }

    /// What is neither leased nor used is free.
    pub(super) fn settle(&mut self) {
        self.free = self.total.saturating_sub(self.leased).saturating_sub(self.used);
    }

    pub(super) fn is_idle(&self) -> bool {
        self.leased == 0 && self.used == 0
    }
}

impl DriverEndpointCore {
    pub(super) fn on_register_executor(&mut self, now: Time, register: RegisterExecutor, out: &mut Outbox) {
        let RegisterExecutor { executor_id, hostname, cores, .. } = register;
        let backend = ExecutorBackend(executor_id);
        if self.executors.contains_key(&executor_id) {
            let message = format!("Duplicate executor ID: {executor_id}");
            return out.send(backend, RegisterExecutorFailed { message });
        }
        tracing::info!("Registered executor {executor_id} on {hostname} with {cores} cores");
        self.executors.insert(executor_id, ExecutorData { cores, ..ExecutorData::default() });
        out.send(ListenerBus, SparkListenerExecutorAdded { executor_id, hostname, cores, time: now });
        out.send(backend, RegisteredExecutor {});
    }

    pub(super) fn on_launched_executor(&mut self, executor_id: ExecutorId, out: &mut Outbox) {
        let Some(data) = self.executors.get_mut(&executor_id).filter(|data| data.total == 0) else { return };
        data.total = data.cores;
        data.free = data.cores;
        self.offer_wanted.insert(executor_id);
        self.make_offers(out);
    }

    pub(super) fn on_status_update(&mut self, update: StatusUpdate, out: &mut Outbox) {
        let StatusUpdate { executor_id, task_id, ref status, task_cpus } = update;
        let terminal = status.is_terminal();
        match self.executors.get_mut(&executor_id) {
            Some(data) if terminal => {
                data.used = data.used.saturating_sub(task_cpus);
                data.settle();
                self.offer_wanted.insert(executor_id);
            }
            Some(_) => {}
            None => {
                tracing::warn!(
                    "Ignored task status update ({task_id} state {}) from unknown executor with ID {executor_id}",
                    status.state()
                );
                return;
            }
        }
        out.send(TaskScheduler, update);
        if terminal {
            self.make_offers(out);
        }
    }

    pub(super) fn on_kill_task(&mut self, kill: KillTask, out: &mut Outbox) {
        if self.executors.contains_key(&kill.executor_id) {
            out.send(ExecutorBackend(kill.executor_id), kill);
        } else {
            tracing::warn!(
                "Attempted to kill task {} for unknown executor {}.",
                kill.task_id,
                kill.executor_id
            );
        }
    }

    /// The one way by which an executor leaves. If its cores are on lease, tasks may be on their way to it:
    /// the TaskScheduler fails them when it hears of the loss, which it does after it answered the round.
    pub(super) fn on_remove_executor(&mut self, now: Time, remove: RemoveExecutor, out: &mut Outbox) {
        let RemoveExecutor { executor_id, reason } = remove;
        if self.executors.remove(&executor_id).is_none() {
            tracing::info!("Asked to remove non-existent executor {executor_id}");
            return;
        }
        tracing::warn!("Lost executor {executor_id}: {reason}");
        self.offer_wanted.remove(&executor_id);
        out.send(ExecutorBackend(executor_id), StopExecutor {});
        out.send(TaskScheduler, TaskExecutorLost { executor_id, reason: reason.clone() });
        out.send(ListenerBus, SparkListenerExecutorRemoved { executor_id, reason, time: now });
    }

    pub(super) fn on_stop_executors(&mut self, out: &mut Outbox) {
        for executor_id in self.executors.keys() {
            out.send(ExecutorBackend(*executor_id), StopExecutor {});
        }
    }
}
