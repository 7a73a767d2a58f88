//! No task is launched on an executor or a host that is excluded, for the application or for the task's stage.

use std::{collections::BTreeSet, sync::Arc};

use super::{Check, Invariant, View};
use crate::{
    ActorId, ExecutorId, StageId,
    core::Sending,
    message::{DriverEndpointMessage, Message, SparkListenerEvent, TaskDescription},
};

#[derive(Clone, Debug, Default)]
pub(super) struct Excluded {
    executors: BTreeSet<ExecutorId>,
    hosts: BTreeSet<Arc<str>>,
    executors_for_stage: BTreeSet<(StageId, u32, ExecutorId)>,
    hosts_for_stage: BTreeSet<(StageId, u32, Arc<str>)>,
}

impl Excluded {
    fn heard(&mut self, event: &SparkListenerEvent) {
        match event {
            SparkListenerEvent::ExecutorExcluded(event) => {
                self.executors.insert(event.executor_id);
            }
            SparkListenerEvent::ExecutorUnexcluded(event) => {
                self.executors.remove(&event.executor_id);
            }
            SparkListenerEvent::NodeExcluded(event) => {
                self.hosts.insert(event.host.clone());
            }
            SparkListenerEvent::NodeUnexcluded(event) => {
                self.hosts.remove(&event.host);
            }
            SparkListenerEvent::ExecutorExcludedForStage(event) => {
                let excluded = (event.stage_id, event.stage_attempt_id, event.executor_id);
                self.executors_for_stage.insert(excluded);
            }
            SparkListenerEvent::NodeExcludedForStage(event) => {
                let excluded = (event.stage_id, event.stage_attempt_id, event.host.clone());
                self.hosts_for_stage.insert(excluded);
            }
            _ => {}
        }
    }

    fn check(&self, view: &View<'_>, task: &TaskDescription) -> Check {
        let (id, stage) = (task.executor_id, (task.stage.stage_id, task.stage.stage_attempt_id));
        let Some(host) = view.scene.executor(id).map(|executor| executor.host) else { return Ok(()) };
        let by = if self.executors.contains(&id) {
            "it"
        } else if self.hosts.contains(host) {
            "its host"
        } else if self.executors_for_stage.contains(&(stage.0, stage.1, id)) {
            "it, for this stage,"
        } else if self.hosts_for_stage.contains(&(stage.0, stage.1, host.into())) {
            "its host, for this stage,"
        } else {
            return Ok(());
        };
        Err(format!("{} is launched on executor {id}, though {by} is excluded", task.name()))
    }
}

impl Invariant for Excluded {
    fn name(&self) -> &'static str {
        "excluded"
    }

    fn sent(&mut self, view: &View<'_>, from: ActorId, sending: &Sending) -> Check {
        match &sending.message {
            Message::ListenerBus(event) if from == ActorId::TaskScheduler => self.heard(event),
            Message::DriverEndpoint(DriverEndpointMessage::LaunchTasks(launch)) => {
                return launch.tasks.iter().try_for_each(|task| self.check(view, task));
            }
            _ => {}
        }
        Ok(())
    }
}
