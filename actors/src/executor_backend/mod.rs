//! The ExecutorBackend: the actor of one executor. Registers with the driver, hands tasks to the task
//! threads and passes on what they report.
//!
//! Talks to: the DriverEndpoint (RegisterExecutor, StatusUpdate, ...) and its TaskRunner (LaunchTask,
//! KillTask, StopTaskRunner). Hears from both. Does not: run user code; that is the task threads' work.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::{
    ActorId, ExecutorId, TaskId, Time,
    core::{Core, Outbox},
    message::{
        DriverEndpoint, ExecutorBackendMessage, ExecutorLossReason, KillTask, LaunchTask, LaunchedExecutor,
        RegisterExecutor, RemoveExecutor, StatusUpdate, StopTaskRunner, TaskRunner,
    },
    resources::{ProfileId, Resources},
};

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Registering,
    Registered,
    Stopped,
}

/// An ExecutorBackend's state.
#[derive(Debug)]
pub struct ExecutorBackendCore {
    executor_id: ExecutorId,
    hostname: String,
    cores: u32,
    phase: Phase,
    running: BTreeSet<TaskId>,
}

impl ExecutorBackendCore {
    /// An executor with this many cores, on this host, that has not registered.
    pub fn new(executor_id: ExecutorId, hostname: impl Into<String>, cores: u32) -> Self {
        ExecutorBackendCore {
            executor_id,
            hostname: hostname.into(),
            cores,
            phase: Phase::Registering,
            running: BTreeSet::new(),
        }
    }

    fn on_launch_task(&mut self, launch: LaunchTask, out: &mut Outbox) {
        match self.phase {
            Phase::Registered => {
                tracing::info!("Got assigned task {}", launch.task.task_id);
                self.running.insert(launch.task.task_id);
                out.send(TaskRunner(self.executor_id), launch);
            }
            Phase::Registering => self.give_up("Received LaunchTask command but executor was null", out),
            // The driver knows that it stops; the loss of the executor speaks for the task.
            Phase::Stopped => {}
        }
    }

    fn on_kill_task(&mut self, kill: KillTask, out: &mut Outbox) {
        match self.phase {
            Phase::Registering => self.give_up("Received KillTask command but executor was null", out),
            _ if self.running.contains(&kill.task_id) => out.send(TaskRunner(self.executor_id), kill),
            // It has ended meanwhile.
            _ => {}
        }
    }

    fn on_status_update(&mut self, update: StatusUpdate, out: &mut Outbox) {
        let known = if update.status.is_terminal() {
            self.running.remove(&update.task_id)
        } else {
            self.running.contains(&update.task_id)
        };
        if known {
            out.send(DriverEndpoint, update);
        }
    }

    /// Where Spark's process would exit with status 1: within a host's process the executor ends alone.
    fn give_up(&mut self, reason: &str, out: &mut Outbox) {
        tracing::error!("{reason}");
        self.stop(out);
        let reason = ExecutorLossReason::ExecutorExited {
            exit_code: 1,
            exit_caused_by_app: false,
            reason: reason.to_owned(),
        };
        out.send(DriverEndpoint, RemoveExecutor { executor_id: self.executor_id, reason });
    }

    fn stop(&mut self, out: &mut Outbox) {
        if self.phase != Phase::Stopped {
            self.phase = Phase::Stopped;
            out.send(TaskRunner(self.executor_id), StopTaskRunner {});
        }
    }
}

impl Core for ExecutorBackendCore {
    type Message = ExecutorBackendMessage;

    fn actor(&self) -> ActorId {
        ActorId::ExecutorBackend(self.executor_id)
    }

    fn start(&mut self, _now: Time, out: &mut Outbox) {
        let (executor_id, hostname, cores) = (self.executor_id, self.hostname.clone(), self.cores);
        let (resources, profile_id) = (Resources::new(), ProfileId::DEFAULT);
        out.send(DriverEndpoint, RegisterExecutor { executor_id, hostname, cores, resources, profile_id });
    }

    fn handle(&mut self, _now: Time, message: ExecutorBackendMessage, out: &mut Outbox) {
        use ExecutorBackendMessage as M;
        match message {
            M::RegisteredExecutor(_) if self.phase == Phase::Registering => {
                tracing::info!("Successfully registered with driver");
                self.phase = Phase::Registered;
                out.send(DriverEndpoint, LaunchedExecutor { executor_id: self.executor_id });
            }
            M::RegisteredExecutor(_) => {}
            // It was accepted: the refusal is for another that wants its id.
            M::RegisterExecutorFailed(_) if self.phase == Phase::Registered => {}
            M::RegisterExecutorFailed(failed) => {
                // The driver has another executor of this id: that one must not be removed.
                tracing::error!("Slave registration failed: {}", failed.message);
                self.stop(out);
            }
            M::LaunchTask(launch) => self.on_launch_task(launch, out),
            M::KillTask(kill) => self.on_kill_task(kill, out),
            M::StatusUpdate(update) => self.on_status_update(update, out),
            M::StopExecutor(_) => {
                tracing::info!("Driver commanded a shutdown");
                self.stop(out);
            }
            _ => {}
        }
    }

    fn is_idle(&self) -> bool {
        self.running.is_empty()
    }
}
