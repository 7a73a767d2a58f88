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

/// What comes from one executor.
pub(super) struct Incoming<'a> {
    pub(super) executor_id: ExecutorId,
    /// Whether it was asked to show what it handles.
    pub(super) is_observed: bool,
    pub(super) system: &'a SystemHandle,
}

impl Incoming<'_> {
    /// Passes it on, until the connection ends. `Ok`: the executor ended it in order.
    pub(super) fn pass_on(&self, receiver: &mut Receiver) -> Result<(), ClusterError> {
        while let Some(frame) = receiver.receive()? {
            match protocol::read(frame, "executor")? {
                FromExecutor::Message(head, message) => self.message(head, message)?,
                FromExecutor::Observed(head, handled, message) => self.observed(&head, handled, &message)?,
                FromExecutor::Hello(_) => return Err(broken("it said hello twice".to_owned())),
            }
        }
        Ok(())
    }

    fn message(&self, head: Head, message: Message) -> Result<(), ClusterError> {
        if !may_send(self.executor_id, &head, &message) {
            let (id, to) = (head.id, head.to);
            return Err(broken(format!("executor {} sent what it may not: {id} to {to}", self.executor_id)));
        }
        let head = Head { sent: head.sent.min(self.system.now()), ..head };
        // A system that has stopped takes nothing any more.
        self.system.receive(head, Addressed { to: head.to, message }).ok();
        Ok(())
    }

    /// A message that its actor or its task threads have handled.
    fn observed(&self, head: &Head, handled: Time, message: &Message) -> Result<(), ClusterError> {
        if !self.is_observed || !is_of(self.executor_id, head.to) || !message.is_for(head.to) {
            return Err(broken(format!("executor {} shows what it may not: {}", self.executor_id, head.id)));
        }
        let handled = handled.min(self.system.now());
        self.system.observed(Observed { head, handled, message: message.as_ref() });
        Ok(())
    }
}

fn broken(problem: String) -> ClusterError {
    ClusterError::Protocol { side: "executor", problem }
}

/// Whether this is the executor's actor, or its task threads.
fn is_of(executor_id: ExecutorId, actor: ActorId) -> bool {
    actor == ActorId::ExecutorBackend(executor_id) || actor == ActorId::TaskRunner(executor_id)
}

/// Whether the executor may send this: in its own name, and about itself.
pub(in crate::cluster) fn may_send(executor_id: ExecutorId, head: &Head, message: &Message) -> bool {
    use DriverEndpointMessage as Endpoint;
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
    is_of(executor_id, head.id.actor) && about == executor_id && message.is_for(head.to)
}
