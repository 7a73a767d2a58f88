//! The driver's actors: one of each in every system.

use crate::{
    Config, allocation::ExecutorAllocationCore, barrier::BarrierCoordinatorCore,
    dag_scheduler::DagSchedulerCore, driver_endpoint::DriverEndpointCore, heartbeat::HeartbeatReceiverCore,
    map_outputs::MapOutputTrackerCore, task_scheduler::TaskSchedulerCore,
};

/// The driver's cores, before a carrier takes them apart.
pub(super) struct ControlPlane {
    pub(super) dag_scheduler: DagSchedulerCore,
    pub(super) task_scheduler: TaskSchedulerCore,
    pub(super) driver_endpoint: DriverEndpointCore,
    pub(super) heartbeat_receiver: HeartbeatReceiverCore,
    pub(super) map_output_tracker: MapOutputTrackerCore,
    pub(super) barrier_coordinator: BarrierCoordinatorCore,
    pub(super) executor_allocation: ExecutorAllocationCore,
}

impl ControlPlane {
    pub(super) fn new(config: &Config) -> Self {
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
