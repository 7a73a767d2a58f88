//! What messages say, as the [codec](crate::codec) writes it.

use serde::de::{DeserializeOwned, Error as _};

use crate::{
    ActorId,
    codec::{self, CodecError, Compact},
    message::{
        BarrierCoordinatorMessage, ClusterManagerMessage, DagSchedulerMessage, DriverEndpointMessage,
        ExecutorAllocationMessage, ExecutorBackendMessage, HeartbeatReceiverMessage, HostMessage,
        JobWaiterMessage, MapOutputTrackerMessage, Message, MessageRef, ResultGetterMessage,
        SparkListenerEvent, TaskRunnerMessage, TaskSchedulerMessage,
    },
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

/// Of texts and other small parts, so many bytes of memory for each that is written.
const MEMORY_PER_BYTE: usize = 3;

/// Reads a message to this receiver; also about how many bytes it takes beside itself in memory.
pub(in crate::trace) fn decode(to: ActorId, mut bytes: &[u8]) -> Result<(Message, usize), CodecError> {
    let (length, from) = (bytes.len(), &mut bytes);
    let (message, counted) = match to {
        ActorId::DagScheduler => take::<DagSchedulerMessage>(from)?,
        ActorId::TaskScheduler => take::<TaskSchedulerMessage>(from)?,
        ActorId::DriverEndpoint => take::<DriverEndpointMessage>(from)?,
        ActorId::ExecutorBackend(_) => take::<ExecutorBackendMessage>(from)?,
        ActorId::TaskRunner(_) => take::<TaskRunnerMessage>(from)?,
        ActorId::ResultGetter => take::<ResultGetterMessage>(from)?,
        ActorId::JobWaiter(_) => take::<JobWaiterMessage>(from)?,
        ActorId::ListenerBus => take::<SparkListenerEvent>(from)?,
        ActorId::Host(_) => take::<HostMessage>(from)?,
        ActorId::HeartbeatReceiver => take::<HeartbeatReceiverMessage>(from)?,
        ActorId::MapOutputTracker => take::<MapOutputTrackerMessage>(from)?,
        ActorId::BarrierCoordinator => take::<BarrierCoordinatorMessage>(from)?,
        ActorId::ExecutorAllocation => take::<ExecutorAllocationMessage>(from)?,
        ActorId::ClusterManager => take::<ClusterManagerMessage>(from)?,
    };
    match bytes.len() {
        0 => Ok((message, counted + length * MEMORY_PER_BYTE)),
        left => Err(CodecError::custom(format_args!("{left} bytes too many in a message"))),
    }
}

/// Takes a value, as a message.
fn take<T: DeserializeOwned + Into<Message>>(from: &mut &[u8]) -> Result<(Message, usize), CodecError> {
    let (value, memory) = codec::decode_counted::<Compact, T>(from)?;
    Ok((value.into(), memory))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{codec::CodecErrorKind, message::Schedule};

    #[test]
    fn a_message_is_all_of_its_bytes() {
        let message = Message::ExecutorAllocation(Schedule {}.into());
        let mut bytes = Vec::new();
        assert_eq!(encode(&mut bytes, message.as_ref()), Ok(1));
        assert_eq!(decode(ActorId::ExecutorAllocation, &bytes), Ok((message, 3)));
        bytes.push(0);
        let error = decode(ActorId::ExecutorAllocation, &bytes).unwrap_err();
        assert_eq!(error.to_string(), "1 bytes too many in a message");
    }
    /// A sign of life of so many tasks that have measured nothing.
    fn heartbeat(tasks: u32) -> Vec<u8> {
        [&[0, 1, 252][..], &tasks.to_le_bytes(), &vec![0; 2 * tasks as usize][..]].concat()
    }

    #[test]
    fn a_message_that_is_a_hundred_times_as_large_in_memory_is_refused_if_it_is_long() {
        let (message, memory) = decode(ActorId::HeartbeatReceiver, &heartbeat(10_000)).unwrap();
        let Message::HeartbeatReceiver(HeartbeatReceiverMessage::Heartbeat(heartbeat_of)) = &message else {
            panic!("{message:?}");
        };
        let takes = size_of_val(&heartbeat_of.task_metrics[..]);
        assert!((takes..takes + takes / 10).contains(&memory), "{memory} {takes}");
        let bytes = heartbeat(1 << 20);
        let error = decode(ActorId::HeartbeatReceiver, &bytes).unwrap_err();
        assert_eq!(*error.kind(), CodecErrorKind::TooMuchMemory((16 << 20) + 16 * bytes.len()));
    }
}
