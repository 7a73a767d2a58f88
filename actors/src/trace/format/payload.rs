//! What messages say, as the [codec](crate::codec) writes it.

use serde::de::{DeserializeOwned, Error as _};

use crate::{
    ActorId,
    codec::{self, CodecError, Compact},
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
        ActorId::DagScheduler => Message::DagScheduler(whole(bytes)?),
        ActorId::TaskScheduler => Message::TaskScheduler(whole(bytes)?),
        ActorId::DriverEndpoint => Message::DriverEndpoint(whole(bytes)?),
        ActorId::ExecutorBackend(_) => Message::ExecutorBackend(whole(bytes)?),
        ActorId::TaskRunner(_) => Message::TaskRunner(whole(bytes)?),
        ActorId::ResultGetter => Message::ResultGetter(whole(bytes)?),
        ActorId::JobWaiter(_) => Message::JobWaiter(whole(bytes)?),
        ActorId::ListenerBus => Message::ListenerBus(whole(bytes)?),
        ActorId::Host(_) => Message::Host(whole(bytes)?),
        ActorId::HeartbeatReceiver => Message::HeartbeatReceiver(whole(bytes)?),
        ActorId::MapOutputTracker => Message::MapOutputTracker(whole(bytes)?),
        ActorId::BarrierCoordinator => Message::BarrierCoordinator(whole(bytes)?),
        ActorId::ExecutorAllocation => Message::ExecutorAllocation(whole(bytes)?),
        ActorId::ClusterManager => Message::ClusterManager(whole(bytes)?),
    })
}

/// Reads a value from all of `bytes`.
fn whole<T: DeserializeOwned>(mut bytes: &[u8]) -> Result<T, CodecError> {
    let value = codec::decode::<Compact, T>(&mut bytes)?;
    match bytes.len() {
        0 => Ok(value),
        left => Err(CodecError::custom(format_args!("{left} bytes too many in a message"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Schedule;

    #[test]
    fn a_message_is_all_of_its_bytes() {
        let message = Message::ExecutorAllocation(Schedule {}.into());
        let mut bytes = Vec::new();
        assert_eq!(encode(&mut bytes, message.as_ref()), Ok(1));
        assert_eq!(decode(ActorId::ExecutorAllocation, &bytes), Ok(message));
        bytes.push(0);
        let error = decode(ActorId::ExecutorAllocation, &bytes).unwrap_err();
        assert_eq!(error.to_string(), "1 bytes too many in a message");
    }
}
