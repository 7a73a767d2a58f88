//! Dynamic allocation never asks for more executors than it may or fewer than it must, and gives none back without
//! which fewer than the least would be left.

use std::collections::BTreeSet;

use super::{Check, Invariant, View};
use crate::{
    ActorId, ExecutorId,
    core::Sending,
    message::{
        ClusterManagerMessage, DriverEndpointMessage, ExecutorAllocationMessage, Message, SparkListenerEvent,
    },
};

#[derive(Clone, Debug, Default)]
pub(super) struct Allocation {
    /// Executors that the ExecutorAllocation knows of and has not given back.
    staying: BTreeSet<ExecutorId>,
}

impl Allocation {
    fn heard(&mut self, event: &SparkListenerEvent) {
        match event {
            SparkListenerEvent::SparkListenerExecutorAdded(event) => {
                self.staying.insert(event.executor_id);
            }
            SparkListenerEvent::SparkListenerExecutorRemoved(event) => {
                self.staying.remove(&event.executor_id);
            }
            _ => {}
        }
    }

    fn gives_back(&mut self, least: u32, executors: &[ExecutorId]) -> Check {
        for executor in executors {
            self.staying.remove(executor);
        }
        let left = self.staying.len();
        if left < least as usize {
            return Err(format!(
                "executors {executors:?} are given back, {left} are left of at least {least}"
            ));
        }
        Ok(())
    }
}

impl Invariant for Allocation {
    fn name(&self) -> &'static str {
        "allocation"
    }

    fn message(&mut self, view: &View<'_>, _to: ActorId, message: &Message) -> Check {
        let config = &view.scene.config().allocation;
        if !config.enabled {
            return Ok(());
        }
        let (least, most) = (config.min_executors, config.max_executors);
        match message {
            Message::ExecutorAllocation(ExecutorAllocationMessage::AllocationEvent(event)) => {
                self.heard(&event.event);
                Ok(())
            }
            Message::DriverEndpoint(DriverEndpointMessage::RequestExecutors(request))
                if !(least..=most).contains(&request.total) =>
            {
                Err(format!("{} executors are asked for; {least} to {most} are allowed", request.total))
            }
            Message::ClusterManager(ClusterManagerMessage::RequestTotalExecutors(request))
                if request.total > most =>
            {
                Err(format!("the cluster manager is to start {} executors of at most {most}", request.total))
            }
            _ => Ok(()),
        }
    }

    fn sent(&mut self, view: &View<'_>, from: ActorId, sending: &Sending) -> Check {
        if from != ActorId::ExecutorAllocation {
            return Ok(());
        }
        let least = view.scene.config().allocation.min_executors;
        match &sending.message {
            Message::DriverEndpoint(DriverEndpointMessage::DecommissionExecutors(leave)) => {
                self.gives_back(least, &leave.executor_ids)
            }
            Message::DriverEndpoint(DriverEndpointMessage::KillExecutors(kill)) => {
                self.gives_back(least, &kill.executor_ids)
            }
            _ => Ok(()),
        }
    }
}
