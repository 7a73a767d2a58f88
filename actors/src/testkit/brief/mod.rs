//! Messages as short texts that name every field: one file per receiver, and what they share.

mod barrier_coordinator;
mod dag_scheduler;
mod driver_endpoint;
mod executor_backend;
mod job_waiter;
mod listener;
mod map_output_tracker;
mod parts;
mod result_getter;
mod task_runner;
mod task_scheduler;
mod tasks;

pub(crate) use parts::reasons;

use crate::{
    core::Sending,
    message::{ExecutorAllocationMessage as Allocation, Explanation, HostMessage as Host, Message},
};

/// `after 200ms, Receiver: what`.
pub(crate) fn brief(sending: &Sending) -> String {
    let what = match &sending.message {
        Message::DagScheduler(message) => dag_scheduler::brief(message),
        Message::TaskScheduler(message) => task_scheduler::brief(message),
        Message::DriverEndpoint(message) => driver_endpoint::brief(message),
        Message::ExecutorBackend(message) => executor_backend::brief(message),
        Message::TaskRunner(message) => task_runner::brief(message),
        Message::ResultGetter(message) => result_getter::brief(message),
        Message::JobWaiter(message) => job_waiter::brief(message),
        Message::ListenerBus(event) => listener::brief(event),
        Message::HeartbeatReceiver(message) => format!("{message:?}"),
        Message::MapOutputTracker(message) => map_output_tracker::brief(message),
        Message::BarrierCoordinator(message) => barrier_coordinator::brief(message),
        Message::ExecutorAllocation(Allocation::Schedule(_)) => "schedule".to_owned(),
        Message::ExecutorAllocation(message) => format!("{message:?}"),
        Message::ClusterManager(message) => format!("{message:?}"),
        Message::Host(Host::Explanation(answer)) => {
            let Explanation { request, subject, reasons: told } = &**answer;
            format!("#{request} {subject:?}: {}", reasons(told))
        }
        Message::Host(Host::JobsCancelled(answer)) => {
            format!("#{} cancelled {:?}", answer.request, answer.job_ids)
        }
    };
    let after = sending.after.map(|after| format!("after {after:?}, ")).unwrap_or_default();
    format!("{after}{}: {what}", sending.to)
}
