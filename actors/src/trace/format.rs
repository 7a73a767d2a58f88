//! The bytes of a trace file; `docs/trace-format.md` says the same in prose.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::{
    ActorId, Time,
    carrier::Observed,
    message::{Describe, Head, Message, MessageId},
};

/// The first bytes of every trace.
pub(super) const MAGIC: &[u8; 7] = b"FSTRACE";

/// The version of the format. Another version is refused.
pub const VERSION: u16 = 1;

/// Longest record that is believed; a larger length is damage.
pub(super) const MAX_RECORD: u32 = 1 << 30;

/// What a trace says about its run, before the first message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of firesteel that wrote it.
    pub firesteel: String,
    /// Milliseconds since 1970 when the trace was begun. Times in records count from the system's start.
    pub begun_unix_ms: u64,
    /// Name of the program.
    pub program: String,
    /// Whether blobs keep their bytes, not only length and digest.
    pub keeps_blobs: bool,
}

/// An envelope as a row of numbers: sender, incarnation, number; the same of the cause, 0 for none; receiver; when
/// sent; how long after that handled. Senders and receivers by [`ActorId::code`].
#[derive(Serialize, Deserialize)]
struct HeadRow(u64, u32, u64, u64, u32, u64, u64, u64, u64);

/// Appends a record: length, envelope row, message in rmp. The message that does not serialize (no
/// message of ours does that) leaves the buffer as it was.
pub(super) fn append(buffer: &mut Vec<u8>, observed: &Observed<'_>) -> Result<(), rmp_serde::encode::Error> {
    let start = buffer.len();
    buffer.extend_from_slice(&[0; 4]);
    let Head { id, cause, to, sent } = *observed.head;
    let (cause_actor, cause_incarnation, cause_number) =
        cause.map_or((0, 0, 0), |cause| (cause.actor.code(), cause.incarnation, cause.number));
    let row = HeadRow(
        id.actor.code(),
        id.incarnation,
        id.number,
        cause_actor,
        cause_incarnation,
        cause_number,
        to.code(),
        sent.0,
        observed.handled.0.saturating_sub(sent.0),
    );
    let written = rmp_serde::encode::write(buffer, &row).and_then(|()| observed.message.write(buffer));
    if let Err(error) = written {
        buffer.truncate(start);
        return Err(error);
    }
    let length = (buffer.len() - start - 4) as u32;
    if let Some(prefix) = buffer.get_mut(start..start + 4) {
        prefix.copy_from_slice(&length.to_le_bytes());
    }
    Ok(())
}

/// Reads a record from its bytes.
pub(super) fn parse(number: u64, bytes: &[u8]) -> Result<Record, String> {
    let mut rest = bytes;
    let row: HeadRow = read(&mut rest)?;
    let HeadRow(actor, incarnation, count, cause_actor, cause_incarnation, cause_number, to, sent, waited) =
        row;
    let actor_of =
        |code: u64| ActorId::from_code(code).ok_or_else(|| format!("unknown actor code {code:#x}"));
    let to = actor_of(to)?;
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
    if !rest.is_empty() {
        return Err(format!("{} bytes too many in a record", rest.len()));
    }
    let cause = match cause_actor {
        0 => None,
        code => {
            Some(MessageId { actor: actor_of(code)?, incarnation: cause_incarnation, number: cause_number })
        }
    };
    let head = Head {
        id: MessageId { actor: actor_of(actor)?, incarnation, number: count },
        cause,
        to,
        sent: Time(sent),
    };
    let (kind, ids) = (message.as_ref().kind(), message.as_ref().ids());
    Ok(Record { number, head, handled: Time(sent.saturating_add(waited)), kind, ids, message: Some(message) })
}

fn read<T: serde::de::DeserializeOwned>(bytes: &mut &[u8]) -> Result<T, String> {
    let mut deserializer = rmp_serde::Deserializer::new(&mut *bytes);
    deserializer.set_max_depth(64);
    T::deserialize(&mut deserializer).map_err(|error| error.to_string())
}
