//! The driver's actors: one of each in every system.

use crate::{
    Config, Time,
    allocation::ExecutorAllocationCore,
    barrier::BarrierCoordinatorCore,
    core::{Core, Outbox},
    dag_scheduler::DagSchedulerCore,
    driver_endpoint::DriverEndpointCore,
    heartbeat::HeartbeatReceiverCore,
    map_outputs::MapOutputTrackerCore,
    message::Message,
    task_scheduler::TaskSchedulerCore,
};

/// The driver's cores: a carrier takes them apart, the simulator keeps them together.
#[derive(Clone, Debug)]
pub(crate) struct ControlPlane {
    pub(crate) dag_scheduler: DagSchedulerCore,
    pub(crate) task_scheduler: TaskSchedulerCore,
    pub(crate) driver_endpoint: DriverEndpointCore,
    pub(crate) heartbeat_receiver: HeartbeatReceiverCore,
    pub(crate) map_output_tracker: MapOutputTrackerCore,
    pub(crate) barrier_coordinator: BarrierCoordinatorCore,
    pub(crate) executor_allocation: ExecutorAllocationCore,
}

impl ControlPlane {
    pub(crate) fn new(config: &Config) -> Self {
        ControlPlane {
            dag_scheduler: DagSchedulerCore::new(config.clone()),
            task_scheduler: TaskSchedulerCore::new(config.clone()),
            driver_endpoint: DriverEndpointCore::new(config.clone()),
            heartbeat_receiver: HeartbeatReceiverCore::new(config.clone()),
            map_output_tracker: MapOutputTrackerCore::new(),
            barrier_coordinator: BarrierCoordinatorCore::new(config.clone()),
            executor_allocation: ExecutorAllocationCore::new(config.clone()),
        }
    }
    /// Lets the core that a message is for handle it; gives it back if it is for none of these.
    pub(crate) fn handle(&mut self, now: Time, message: Message, out: &mut Outbox) -> Result<(), Message> {
        match message {
            Message::DagScheduler(message) => self.dag_scheduler.handle(now, message, out),
            Message::TaskScheduler(message) => self.task_scheduler.handle(now, message, out),
            Message::DriverEndpoint(message) => self.driver_endpoint.handle(now, message, out),
            Message::HeartbeatReceiver(message) => self.heartbeat_receiver.handle(now, message, out),
            Message::MapOutputTracker(message) => self.map_output_tracker.handle(now, message, out),
            Message::BarrierCoordinator(message) => self.barrier_coordinator.handle(now, message, out),
            Message::ExecutorAllocation(message) => self.executor_allocation.handle(now, message, out),
            other => return Err(other),
        }
        Ok(())
    }
}
