//! What messages say, as the [codec](crate::codec) writes it.

use crate::{
    ActorId,
    codec::{self, CodecError},
    message::{Message, MessageRef},
};

/// Appends a message without its receiver, which the head names. A message that does not serialize (none of ours
/// does that) leaves the buffer as it was.
pub(in crate::trace) fn encode(buffer: &mut Vec<u8>, message: MessageRef<'_>) -> Result<usize, CodecError> {
    let start = buffer.len();
    match message.write(buffer) {
        Ok(()) => Ok(buffer.len() - start),
        Err(error) => {
            buffer.truncate(start);
            Err(error)
        }
    }
}

/// Reads a message to this receiver.
pub(in crate::trace) fn decode(to: ActorId, bytes: &[u8]) -> Result<Message, CodecError> {
    Ok(match to {
        ActorId::DagScheduler => Message::DagScheduler(codec::decode(bytes)?),
        ActorId::TaskScheduler => Message::TaskScheduler(codec::decode(bytes)?),
        ActorId::DriverEndpoint => Message::DriverEndpoint(codec::decode(bytes)?),
        ActorId::ExecutorBackend(_) => Message::ExecutorBackend(codec::decode(bytes)?),
        ActorId::TaskRunner(_) => Message::TaskRunner(codec::decode(bytes)?),
        ActorId::ResultGetter => Message::ResultGetter(codec::decode(bytes)?),
        ActorId::JobWaiter(_) => Message::JobWaiter(codec::decode(bytes)?),
        ActorId::ListenerBus => Message::ListenerBus(codec::decode(bytes)?),
        ActorId::Host(_) => Message::Host(codec::decode(bytes)?),
        ActorId::HeartbeatReceiver => Message::HeartbeatReceiver(codec::decode(bytes)?),
        ActorId::MapOutputTracker => Message::MapOutputTracker(codec::decode(bytes)?),
        ActorId::BarrierCoordinator => Message::BarrierCoordinator(codec::decode(bytes)?),
        ActorId::ExecutorAllocation => Message::ExecutorAllocation(codec::decode(bytes)?),
        ActorId::ClusterManager => Message::ClusterManager(codec::decode(bytes)?),
    })
}
