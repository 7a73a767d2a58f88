//! The HeartbeatReceiver: watches the executors' heartbeats (`spark-messages` section 5).
//!
//! Talks to: each ExecutorBackend (HeartbeatResponse), the TaskScheduler (what running tasks measure), the
//! DriverEndpoint and the ClusterManager (executors that are silent for too long). Hears from the DriverEndpoint who
//! is there, and from the ExecutorBackends. Does not: know an executor that the DriverEndpoint does not know, or
//! notice a connection that ends; the transport does.
//!
//! # Cost
//! A check costs the executors that are there. While there are none, nothing is checked.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::{
    ActorId, Config, ExecutorId, Time,
    config::HeartbeatConfig,
    core::{Core, Outbox},
    message::{
        ClusterManager, DriverEndpoint, EndExecutors, ExecutorBackend, ExecutorHeartbeatReceived,
        ExecutorLossReason, ExpireDeadHosts, Heartbeat, HeartbeatReceiver, HeartbeatReceiverMessage,
        HeartbeatResponse, RemoveExecutor, TaskScheduler,
    },
};

/// The HeartbeatReceiver's state.
#[derive(Clone, Debug)]
pub struct HeartbeatReceiverCore {
    config: HeartbeatConfig,
    /// When each executor was last heard of.
    last_seen: BTreeMap<ExecutorId, Time>,
    /// An ExpireDeadHosts is on its way.
    is_checking: bool,
}

impl HeartbeatReceiverCore {
    /// One that knows nothing yet.
    pub fn new(config: Config) -> Self {
        HeartbeatReceiverCore { config: config.heartbeat, last_seen: BTreeMap::new(), is_checking: false }
    }

    fn on_executor_registered(&mut self, now: Time, executor_id: ExecutorId, out: &mut Outbox) {
        self.last_seen.insert(executor_id, now);
        if !self.is_checking {
            self.check_later(out);
        }
    }

    fn on_heartbeat(&mut self, now: Time, heartbeat: Heartbeat, out: &mut Outbox) {
        let Heartbeat { executor_id, task_metrics } = heartbeat;
        let seen = self.last_seen.get_mut(&executor_id);
        let reregister = seen.is_none();
        if let Some(seen) = seen {
            *seen = now;
            out.send(TaskScheduler, ExecutorHeartbeatReceived { executor_id, task_metrics });
        } else {
            tracing::debug!("Received heartbeat from unknown executor {executor_id}");
        }
        out.send(ExecutorBackend(executor_id), HeartbeatResponse { reregister });
    }

    /// An executor that is silent for too long is lost, and the cluster manager is to end what is left of it. It is
    /// forgotten, so that this is said once.
    fn on_expire_dead_hosts(&mut self, now: Time, out: &mut Outbox) {
        let mut expired = Vec::new();
        for (&executor_id, &seen) in &self.last_seen {
            let silence = now.since(seen);
            if silence > self.config.timeout {
                let message = format!("Executor heartbeat timed out after {} ms", silence.as_millis());
                tracing::warn!("Removing executor {executor_id} with no recent heartbeats: {message}");
                let reason = ExecutorLossReason::process_lost(message);
                out.send(DriverEndpoint, RemoveExecutor { executor_id, reason });
                expired.push(executor_id);
            }
        }
        for executor_id in &expired {
            self.last_seen.remove(executor_id);
        }
        if !expired.is_empty() {
            out.send(ClusterManager, EndExecutors { executor_ids: expired });
        }
        self.is_checking = false;
        if !self.last_seen.is_empty() {
            self.check_later(out);
        }
    }

    fn check_later(&mut self, out: &mut Outbox) {
        self.is_checking = true;
        out.send_after(self.config.check_interval, HeartbeatReceiver, ExpireDeadHosts {});
    }
}

impl Core for HeartbeatReceiverCore {
    type Message = HeartbeatReceiverMessage;

    fn actor(&self) -> ActorId {
        ActorId::HeartbeatReceiver
    }

    fn handle(&mut self, now: Time, message: HeartbeatReceiverMessage, out: &mut Outbox) {
        use HeartbeatReceiverMessage as M;
        match message {
            M::Heartbeat(heartbeat) => self.on_heartbeat(now, *heartbeat, out),
            M::ExecutorRegistered(registered) => {
                self.on_executor_registered(now, registered.executor_id, out);
            }
            M::ExecutorRemoved(removed) => {
                self.last_seen.remove(&removed.executor_id);
            }
            M::ExpireDeadHosts(_) => self.on_expire_dead_hosts(now, out),
        }
    }

    /// What it knows of executors belongs to no job.
    fn is_idle(&self) -> bool {
        true
    }
}
