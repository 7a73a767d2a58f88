//! What comes from an executor, and whether it may say that.

use firesteel_actors::{
    ActorId, ExecutorId, Time,
    carrier::{Observed, SystemHandle},
    message::{
        Addressed, BarrierCoordinatorMessage, DagSchedulerMessage, DriverEndpointMessage, Head,
        HeartbeatReceiverMessage, MapOutputTrackerMessage, Message,
    },
};

use crate::{
    cluster::{
        ClusterError,
        protocol::{self, FromExecutor},
    },
    transport::Receiver,
};

/// Passes on what an executor sends, until its connection ends. `Ok`: it ended it in order.
pub(super) fn pass_on(
    executor_id: ExecutorId,
    receiver: &mut Receiver,
    system: &SystemHandle,
) -> Result<(), ClusterError> {
    while let Some(frame) = receiver.receive()? {
        match protocol::read(frame, "executor")? {
            FromExecutor::Message(head, message) => {
                if !may_send(executor_id, &head, &message) {
                    let problem =
                        format!("executor {executor_id} sent what it may not: {} to {}", head.id, head.to);
                    return Err(ClusterError::Protocol { side: "executor", problem });
                }
                let head = Head { sent: head.sent.min(system.now()), ..head };
                // A system that has stopped takes nothing any more.
                system.receive(head, Addressed { to: head.to, message }).ok();
            }
            FromExecutor::Observed(head, handled, message) => show(&head, handled, &message, system),
            FromExecutor::Hello(_) => {
                let problem = "it said hello twice".to_owned();
                return Err(ClusterError::Protocol { side: "executor", problem });
            }
        }
    }
    Ok(())
}

fn show(head: &Head, handled: Time, message: &Message, system: &SystemHandle) {
    let handled = handled.min(system.now());
    system.observed(Observed { head, handled, message: message.as_ref() });
}

/// Whether the executor may send this: in its own name, and about itself.
pub(in crate::cluster) fn may_send(executor_id: ExecutorId, head: &Head, message: &Message) -> bool {
    use DriverEndpointMessage as Endpoint;
    let from = head.id.actor;
    let is_own = from == ActorId::ExecutorBackend(executor_id) || from == ActorId::TaskRunner(executor_id);
    let about = match message {
        Message::DriverEndpoint(Endpoint::RegisterExecutor(register)) => register.executor_id,
        Message::DriverEndpoint(Endpoint::LaunchedExecutor(launched)) => launched.executor_id,
        Message::DriverEndpoint(Endpoint::StatusUpdate(update)) => update.executor_id,
        Message::DriverEndpoint(Endpoint::RemoveExecutor(remove)) => remove.executor_id,
        Message::DriverEndpoint(Endpoint::ExecutorDecommissioning(decommissioning)) => {
            decommissioning.executor_id
        }
        Message::HeartbeatReceiver(HeartbeatReceiverMessage::Heartbeat(heartbeat)) => heartbeat.executor_id,
        Message::DagScheduler(DagSchedulerMessage::AskPermissionToCommitOutput(ask)) => ask.executor_id,
        Message::DagScheduler(DagSchedulerMessage::BlockUpdated(update)) => update.executor_id,
        Message::BarrierCoordinator(BarrierCoordinatorMessage::RequestToSync(request)) => request.executor_id,
        Message::MapOutputTracker(MapOutputTrackerMessage::GetMapOutputStatuses(get)) => get.executor_id,
        _ => return false,
    };
    is_own && about == executor_id && message.is_for(head.to)
}
