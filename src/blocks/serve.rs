//! How each request is answered.

use std::sync::Arc;

use firesteel_actors::{ShuffleId, TaskId};
use thiserror::Error;

use super::protocol::{Item, MESSAGE_LEN, PartHead, Refusal, Wanted, begin_answer, end_answer, push_item};
use crate::{
    task::{ExecutorEnv, TaskError},
    transport::TransportError,
};

/// Why an answer could not be completed. The connection is of no use any more.
#[derive(Debug, Error)]
pub(super) enum AnswerError {
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error("cannot read a block that is being sent: {0}")]
    Block(#[from] TaskError),
}

/// Sends a message, waiting as long as the other side is slow.
type Send<'s> = dyn FnMut(&[u8]) -> Result<(), TransportError> + 's;

/// An answer, sent as messages of at most [`MESSAGE_LEN`] bytes while it is made.
pub(super) struct Answer<'s> {
    send: &'s mut Send<'s>,
    id: u64,
    message: Vec<u8>,
}

impl<'s> Answer<'s> {
    pub(super) fn new(send: &'s mut Send<'s>, id: u64) -> Self {
        let mut message = Vec::new();
        begin_answer(&mut message, id);
        Answer { send, id, message }
    }

    fn item(&mut self, item: &Item) -> Result<(), AnswerError> {
        let mut head = Vec::new();
        push_item(&mut head, item);
        self.data(&head)
    }

    fn data(&mut self, mut bytes: &[u8]) -> Result<(), AnswerError> {
        while !bytes.is_empty() {
            let room = MESSAGE_LEN.saturating_sub(self.message.len());
            let (some, rest) = bytes.split_at(room.min(bytes.len()));
            self.message.extend_from_slice(some);
            bytes = rest;
            if self.message.len() >= MESSAGE_LEN {
                (self.send)(&self.message)?;
                begin_answer(&mut self.message, self.id);
            }
        }
        Ok(())
    }

    pub(super) fn end(mut self) -> Result<(), AnswerError> {
        end_answer(&mut self.message);
        Ok((self.send)(&self.message)?)
    }
}

pub(super) fn answer(
    env: &Arc<ExecutorEnv>,
    wanted: Wanted,
    answer: &mut Answer<'_>,
) -> Result<(), AnswerError> {
    match wanted {
        Wanted::Parts { shuffle_id, reduce, maps } => {
            maps.into_iter().try_for_each(|map| part(env, shuffle_id, reduce as usize, map, answer))
        }
        Wanted::TaskResult { task_id } => match env.results.get(task_id) {
            Some(bytes) => {
                send_bytes(&bytes, answer)?;
                // Not before: if the connection failed meanwhile, it is asked for again.
                env.results.take(task_id);
                Ok(())
            }
            None => answer.item(&Item::Refused(Refusal::NoResult)),
        },
        Wanted::Broadcast { id, asks } => match env.broadcasts.info(id, asks) {
            Ok(info) => answer.item(&Item::Broadcast(info)),
            Err(refusal) => answer.item(&Item::Refused(refusal)),
        },
        Wanted::Piece { id, piece } => match env.broadcasts.piece(id, piece) {
            Some(bytes) => send_bytes(&bytes, answer),
            None => answer.item(&Item::Refused(Refusal::NoBroadcast)),
        },
    }
}

fn send_bytes(bytes: &[u8], answer: &mut Answer<'_>) -> Result<(), AnswerError> {
    answer.item(&Item::Bytes(bytes.len() as u64))?;
    answer.data(bytes)
}

fn part(
    env: &ExecutorEnv,
    shuffle_id: ShuffleId,
    reduce: usize,
    (map_index, map_id): (u32, TaskId),
    answer: &mut Answer<'_>,
) -> Result<(), AnswerError> {
    let block = match env.shuffles.block(shuffle_id, map_index) {
        Some((made_by, block)) if made_by == map_id => block,
        // The output of another attempt may be cut differently.
        Some((made_by, _)) => return answer.item(&Item::Refused(Refusal::OtherAttempt(made_by))),
        None => return answer.item(&Item::Refused(Refusal::NoOutput)),
    };
    let served = match block.serve(reduce, &env.local_dirs) {
        Ok(served) => served,
        Err(error) => return answer.item(&Item::Refused(unreadable(&error))),
    };
    // Before the head is sent: then a file that is gone is a refusal.
    if let Err(error) = served.check() {
        return answer.item(&Item::Refused(unreadable(&error)));
    }
    let parts = served.parts.iter().map(|part| (part.stored, part.rows, part.raw)).collect();
    let codec = served.compression.id();
    let (first, count) = (served.first as u64, served.count as u32);
    answer.item(&Item::Part(PartHead { codec, first, count, parts }))?;
    served.read(|bytes| answer.data(bytes))
}

fn unreadable(error: &TaskError) -> Refusal {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    Refusal::Unreadable(format!("{error}{cause}"))
}
