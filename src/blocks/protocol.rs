//! What is said over a data connection.
//!
//! A message of a client is one [`Request`]. The answer is a stream, cut into messages of at most 1 MiB: each begins with the
//! request's number and says whether it is the last one. The stream is items one after the other: the length of a head (u32,
//! little endian), the head (an [`Item`]), and as many bytes of data as that says. So hundreds of small blocks come in one
//! message, and a large one in many. Requests and heads are MessagePack with names.

use firesteel_actors::{ExecutorId, ShuffleId, TaskId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;

/// Bytes of an answer's messages, at most.
pub(super) const MESSAGE_LEN: usize = 1 << 20;
/// Bytes of a message that is accepted: no request or answer is longer.
pub(super) const MAX_MESSAGE: usize = 4 << 20;
/// Bytes of a head, at most.
pub(super) const MAX_HEAD: usize = 16 << 20;
/// Blocks of a request, at most.
pub(super) const MAX_BLOCKS: usize = 16 << 10;
/// The request's number and whether the message is the answer's last.
const ANSWER_HEAD: usize = 9;

/// Asks for blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Request {
    /// The client's number for it.
    pub(super) id: u64,
    pub(super) wanted: Wanted,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Wanted {
    /// A reducer's parts of map outputs.
    Parts {
        shuffle_id: ShuffleId,
        reduce: u32,
        /// Map partitions, and the attempts that made their outputs.
        maps: Vec<(u32, TaskId)>,
    },
    /// A task's result, which is dropped when it was sent.
    TaskResult { task_id: TaskId },
    /// What is to be known of a broadcast value. Asked of the driver.
    Broadcast { id: u64, asks: ExecutorId },
    /// A piece of it.
    Piece { id: u64, piece: u32 },
}

/// The head of a part of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Item {
    /// A reducer's part of one map output; its frames follow.
    Part(PartHead),
    /// So many bytes follow.
    Bytes(u64),
    Broadcast(BroadcastInfo),
    /// One block of a request is not to be had.
    Refused(Refusal),
}

/// Where frames are in what follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PartHead {
    /// How frames are compressed.
    pub(super) codec: u8,
    /// The first part of a run.
    pub(super) first: u64,
    /// How many parts a run has.
    pub(super) count: u32,
    /// Stored bytes, rows and raw bytes of each part of each run.
    pub(super) parts: Vec<(u64, u64, u64)>,
}

impl PartHead {
    /// Bytes that follow; `None` if that is no number.
    pub(super) fn stored(&self) -> Option<u64> {
        self.parts.iter().try_fold(0u64, |sum, (stored, ..)| sum.checked_add(*stored))
    }
}

/// What is to be known of a broadcast value to fetch it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BroadcastInfo {
    pub(crate) length: u64,
    /// Of all pieces but the last one.
    pub(crate) piece_length: u64,
    /// xxh3 of each piece.
    pub(crate) sums: Vec<u64>,
    /// Executors that have asked before.
    pub(crate) holders: Vec<ExecutorId>,
}

/// Why a block is not to be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Error)]
pub(crate) enum Refusal {
    #[error("it has no such output")]
    NoOutput,
    #[error("it has the output of attempt {0} instead")]
    OtherAttempt(TaskId),
    #[error("it cannot read the output: {0}")]
    Unreadable(String),
    #[error("it does not have the task's result")]
    NoResult,
    #[error("it does not have the broadcast value")]
    NoBroadcast,
    #[error("the broadcast value was destroyed ({0})")]
    Destroyed(String),
    #[error("the broadcast value cannot be encoded: {0}")]
    NotSerializable(String),
}

pub(super) fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    // Plain data: nothing of it refuses, and a buffer takes everything.
    rmp_serde::to_vec_named(message).unwrap_or_default()
}

/// `None` if the bytes are anything but one message.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let mut input = rmp_serde::Deserializer::new(std::io::Cursor::new(bytes));
    let message = T::deserialize(&mut input).ok()?;
    (input.position() as usize == bytes.len()).then_some(message)
}

/// Begins a message of an answer.
pub(super) fn begin_answer(buffer: &mut Vec<u8>, id: u64) {
    buffer.clear();
    buffer.extend_from_slice(&id.to_le_bytes());
    buffer.push(0);
}

/// Says that a message is the answer's last.
pub(super) fn end_answer(buffer: &mut [u8]) {
    if let Some(last) = buffer.get_mut(ANSWER_HEAD - 1) {
        *last = 1;
    }
}

/// The request's number, whether this is the last message, and a piece of the stream.
pub(super) fn split_answer(message: &[u8]) -> Option<(u64, bool, &[u8])> {
    let (id, rest) = message.split_first_chunk()?;
    let (last, stream) = rest.split_first()?;
    (*last < 2).then_some((u64::from_le_bytes(*id), *last == 1, stream))
}

/// Appends an item's head to a stream.
pub(super) fn push_item(stream: &mut Vec<u8>, item: &Item) {
    let head = encode(item);
    stream.extend_from_slice(&(head.len() as u32).to_le_bytes());
    stream.extend_from_slice(&head);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_may_follow_a_message() {
        let request = Request { id: 7, wanted: Wanted::TaskResult { task_id: TaskId(3) } };
        let mut bytes = encode(&request);
        assert_eq!(decode::<Request>(&bytes), Some(request));
        assert_eq!(decode::<Request>(&bytes[..bytes.len() - 1]), None);
        bytes.push(0);
        assert_eq!(decode::<Request>(&bytes), None);
    }

    #[test]
    fn messages_of_answers_carry_their_number_and_their_end() {
        let mut message = Vec::new();
        begin_answer(&mut message, 1 << 40);
        message.extend_from_slice(b"stream");
        assert_eq!(split_answer(&message), Some((1 << 40, false, &b"stream"[..])));
        end_answer(&mut message);
        assert_eq!(split_answer(&message), Some((1 << 40, true, &b"stream"[..])));
        message[8] = 2;
        assert_eq!((split_answer(&message), split_answer(&message[..8])), (None, None));
    }
}
