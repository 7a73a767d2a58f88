//! The driver's actors: one of each in every system.

use crate::{
    Config, allocation::ExecutorAllocationCore, barrier::BarrierCoordinatorCore,
    dag_scheduler::DagSchedulerCore, driver_endpoint::DriverEndpointCore, heartbeat::HeartbeatReceiverCore,
    map_outputs::MapOutputTrackerCore, task_scheduler::TaskSchedulerCore,
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
}
