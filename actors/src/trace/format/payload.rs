//! What messages say, in rmp: structs as arrays, only variants are named.

use serde::de::DeserializeOwned;

use crate::{
    ActorId,
    message::{Message, MessageRef},
};

/// Appends a message without its receiver, which the head names. A message that does not serialize (none of ours
/// does that) leaves the buffer as it was.
pub(in crate::trace) fn encode(
    buffer: &mut Vec<u8>,
    message: MessageRef<'_>,
) -> Result<usize, rmp_serde::encode::Error> {
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
pub(in crate::trace) fn decode(to: ActorId, bytes: &[u8]) -> Result<Message, String> {
    let mut rest = bytes;
    let message = match to {
        ActorId::DagScheduler => Message::DagScheduler(read(&mut rest)?),
        ActorId::TaskScheduler => Message::TaskScheduler(read(&mut rest)?),
        ActorId::DriverEndpoint => Message::DriverEndpoint(read(&mut rest)?),
        ActorId::ExecutorBackend(_) => Message::ExecutorBackend(read(&mut rest)?),
        ActorId::TaskRunner(_) => Message::TaskRunner(read(&mut rest)?),
        ActorId::ResultGetter => Message::ResultGetter(read(&mut rest)?),
        ActorId::JobWaiter(_) => Message::JobWaiter(read(&mut rest)?),
        ActorId::ListenerBus => Message::ListenerBus(read(&mut rest)?),
        ActorId::Host(_) => Message::Host(read(&mut rest)?),
        ActorId::HeartbeatReceiver => Message::HeartbeatReceiver(read(&mut rest)?),
        ActorId::MapOutputTracker => Message::MapOutputTracker(read(&mut rest)?),
        ActorId::BarrierCoordinator => Message::BarrierCoordinator(read(&mut rest)?),
        ActorId::ExecutorAllocation => Message::ExecutorAllocation(read(&mut rest)?),
        ActorId::ClusterManager => Message::ClusterManager(read(&mut rest)?),
    };
    if rest.is_empty() { Ok(message) } else { Err(format!("{} bytes too many in a message", rest.len())) }
}

fn read<T: DeserializeOwned>(bytes: &mut &[u8]) -> Result<T, String> {
    let mut deserializer = rmp_serde::Deserializer::new(&mut *bytes);
    deserializer.set_max_depth(64);
    T::deserialize(&mut deserializer).map_err(|error| error.to_string())
}
