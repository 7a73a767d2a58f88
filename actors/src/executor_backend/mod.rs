//! The ExecutorBackend: the actor of one executor. Registers with the driver, hands tasks to the task
//! threads and passes on what they report, says that it lives, and leaves when it is told to.
//!
//! Talks to: the DriverEndpoint (RegisterExecutor, StatusUpdate, ...), the HeartbeatReceiver (Heartbeat) and its
//! TaskRunner (LaunchTask, KillTask, StopTaskRunner). Hears from all three. Does not: run user code; that is the
//! task threads' work.

mod heartbeats;
mod leaving;
mod tasks;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    ActorId, ExecutorId, TaskId, Time,
    config::HeartbeatConfig,
    core::{Core, Outbox},
    message::{
        DriverEndpoint, ExecutorBackendMessage, KillTask, LaunchedExecutor, RegisterExecutor,
        RegisterExecutorFailed, Secret, TaskRunner,
    },
    resources::{ProfileId, Resources},
};
use heartbeats::Heartbeats;

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Registering,
    Registered,
    Stopped,
}

/// An ExecutorBackend's state.
#[derive(Clone, Debug)]
pub struct ExecutorBackendCore {
    executor_id: ExecutorId,
    hostname: String,
    cores: u32,
    resources: Resources,
    profile_id: ProfileId,
    phase: Phase,
    /// The driver had forgotten it, so it asked once more.
    registers_again: bool,
    running: BTreeSet<TaskId>,
    /// Kills of tasks that are not here, with the moment until which they are kept: the task may come yet
    /// (SPARK-38916).
    kill_marks: BTreeMap<TaskId, (Time, KillTask)>,
    /// A ForgetKillMarks is on its way.
    forgets_kill_marks: bool,
    is_decommissioned: bool,
    heartbeats: Option<Heartbeats>,
    delegation_tokens: Option<Secret>,
}

impl ExecutorBackendCore {
    /// An executor with this many cores, on this host, that has not registered.
    pub fn new(executor_id: ExecutorId, hostname: impl Into<String>, cores: u32) -> Self {
        ExecutorBackendCore {
            executor_id,
            hostname: hostname.into(),
            cores,
            resources: Resources::new(),
            profile_id: ProfileId::DEFAULT,
            phase: Phase::Registering,
            registers_again: false,
            running: BTreeSet::new(),
            kill_marks: BTreeMap::new(),
            forgets_kill_marks: false,
            is_decommissioned: false,
            heartbeats: None,
            delegation_tokens: None,
        }
    }

    /// It has these resources too, and was started for this profile.
    #[must_use]
    pub fn with_resources(mut self, resources: Resources, profile_id: ProfileId) -> Self {
        self.resources = resources;
        self.profile_id = profile_id;
        self
    }

    /// It says regularly that it lives, if these settings want it.
    #[must_use]
    pub fn with_heartbeats(mut self, config: HeartbeatConfig) -> Self {
        self.heartbeats = config.enabled.then(|| Heartbeats::new(config));
        self
    }

    /// The latest credentials for storage that the driver has sent, for whoever reads storage on this executor.
    pub fn delegation_tokens(&self) -> Option<&Secret> {
        self.delegation_tokens.as_ref()
    }

    fn register(&self, out: &mut Outbox) {
        let register = RegisterExecutor {
            executor_id: self.executor_id,
            hostname: self.hostname.clone(),
            cores: self.cores,
            resources: self.resources.clone(),
            profile_id: self.profile_id,
        };
        out.send(DriverEndpoint, register);
    }

    fn on_registered(&mut self, out: &mut Outbox) {
        if self.phase == Phase::Registering {
            tracing::info!("Successfully registered with driver");
            self.phase = Phase::Registered;
            self.start_heartbeats(out);
        } else if self.phase == Phase::Registered && self.registers_again {
            self.kill_all("its executor was given up by the driver", out);
        } else {
            return;
        }
        self.registers_again = false;
        out.send(DriverEndpoint, LaunchedExecutor { executor_id: self.executor_id });
    }

    fn on_refused(&mut self, refused: &RegisterExecutorFailed, out: &mut Outbox) {
        // One that was accepted stays. The refusal is for another that wants its id, or it asked again and may be
        // accepted later.
        if self.phase != Phase::Registered {
            // The driver is not told: it may have another executor of this id, which must not be removed.
            tracing::error!("Slave registration failed: {}", refused.message);
            self.stop(out);
        }
    }

    /// Kills what runs for a driver that does not know of it any more.
    fn kill_all(&mut self, reason: &str, out: &mut Outbox) {
        for task_id in &self.running {
            let executor_id = self.executor_id;
            let kill = KillTask {
                task_id: *task_id,
                executor_id,
                interrupt_thread: true,
                reason: reason.to_owned(),
            };
            out.send(TaskRunner(executor_id), kill);
        }
    }
}

impl Core for ExecutorBackendCore {
    type Message = ExecutorBackendMessage;

    fn actor(&self) -> ActorId {
        ActorId::ExecutorBackend(self.executor_id)
    }

    fn start(&mut self, _now: Time, out: &mut Outbox) {
        self.register(out);
    }

    fn handle(&mut self, now: Time, message: ExecutorBackendMessage, out: &mut Outbox) {
        use ExecutorBackendMessage as M;
        match message {
            M::RegisteredExecutor(_) => self.on_registered(out),
            M::RegisterExecutorFailed(refused) => self.on_refused(&refused, out),
            M::LaunchTask(launch) => self.on_launch_task(launch, out),
            M::KillTask(kill) => self.on_kill_task(now, kill, out),
            M::StatusUpdate(update) => self.on_status_update(update, out),
            M::DecommissionExecutor(_) => self.on_decommission(out),
            M::ExecutorDecommissionSigReceived(_) => self.on_decommission_signal(out),
            M::CheckDecommission(_) => self.on_check_decommission(out),
            M::SendHeartbeat(_) => self.on_send_heartbeat(out),
            M::TaskMetricsReport(report) => self.on_task_metrics_report(report),
            M::HeartbeatResponse(response) => self.on_heartbeat_response(&response, out),
            M::UpdateDelegationTokens(update) => {
                tracing::info!("Received tokens of {} bytes", update.tokens.expose().len());
                self.delegation_tokens = Some(update.tokens);
            }
            M::ForgetKillMarks(_) => self.on_forget_kill_marks(now, out),
            M::StopExecutor(_) => {
                tracing::info!("Driver commanded a shutdown");
                self.stop(out);
            }
        }
    }

    fn is_idle(&self) -> bool {
        // Tasks that the threads drop while they end never say a last word.
        (self.phase == Phase::Stopped || self.running.is_empty())
            && self.kill_marks.is_empty()
            && self.heartbeats.as_ref().is_none_or(Heartbeats::is_idle)
    }
}
