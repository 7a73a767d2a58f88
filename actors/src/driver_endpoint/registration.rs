//! Executors that come (`spark-messages` section 3).

use std::sync::Arc;

use super::{DriverEndpointCore, executor_data::ExecutorData, share::Share};
use crate::{
    ExecutorId, Time,
    core::Outbox,
    message::{
        ExecutorBackend, ExecutorRegistered, HeartbeatReceiver, ListenerBus, RegisterExecutor,
        RegisterExecutorFailed, RegisteredExecutor, SparkListenerExecutorAdded, UpdateDelegationTokens,
    },
};

impl DriverEndpointCore {
    /// An executor that was given up and is there after all registers anew: it has no tasks that count here.
    pub(super) fn on_register_executor(&mut self, now: Time, register: RegisterExecutor, out: &mut Outbox) {
        let RegisterExecutor { executor_id, hostname, cores, resources, profile_id } = register;
        let backend = ExecutorBackend(executor_id);
        if let Some(message) = self.refusal(executor_id, &hostname) {
            tracing::info!("Refused executor {executor_id} on {hostname}: {message}");
            return out.send(backend, RegisterExecutorFailed { message });
        }
        tracing::info!("Registered executor {executor_id} on {hostname} with {cores} cores");
        let host = self.add_to_host(executor_id, &hostname);
        let data = ExecutorData::new(host, profile_id, Share::new(cores, resources.clone()));
        self.executors.insert(executor_id, data);
        out.send(
            ListenerBus,
            SparkListenerExecutorAdded { executor_id, hostname, cores, resources, time: now },
        );
        out.send(backend, RegisteredExecutor {});
        if self.config.heartbeat.enabled {
            out.send(HeartbeatReceiver, ExecutorRegistered { executor_id });
        }
        if let Some(tokens) = self.delegation_tokens.clone() {
            out.send(backend, UpdateDelegationTokens { tokens });
        }
        self.replay_decommission(executor_id, out);
    }

    fn refusal(&self, executor_id: ExecutorId, host: &str) -> Option<String> {
        if self.executors.contains_key(&executor_id) {
            Some(format!("Duplicate executor ID: {executor_id}"))
        } else if self.excluded_nodes.contains(host) {
            Some(format!("Executor is excluded due to failures: {executor_id}"))
        } else {
            None
        }
    }

    /// The host's name, one copy for all its executors.
    fn add_to_host(&mut self, executor_id: ExecutorId, hostname: &str) -> Arc<str> {
        let host =
            self.hosts.get_key_value(hostname).map_or_else(|| Arc::from(hostname), |(host, _)| host.clone());
        self.hosts.entry(host.clone()).or_default().insert(executor_id);
        host
    }

    pub(super) fn on_launched_executor(&mut self, executor_id: ExecutorId, out: &mut Outbox) {
        if self.executors.get_mut(&executor_id).is_some_and(ExecutorData::get_ready) {
            self.offer_executor(executor_id, out);
        }
    }
}
