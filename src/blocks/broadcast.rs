//! Fetching a broadcast value: piece by piece, from whoever has them.

use std::{
    collections::VecDeque,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use firesteel_actors::ExecutorId;
use xxhash_rust::xxh3::xxh3_64;

use super::{
    FetchError, Remote,
    call::Pending,
    protocol::{BroadcastInfo, Item, Refusal, Wanted},
};
use crate::{
    broadcast::{BroadcastError, Pieces},
    random::Random,
    task::TaskContext,
};

/// Pieces on their way at one time.
const AT_ONCE: usize = 4;
/// Pieces of a value, at most.
const MAX_PIECES: u64 = 1 << 20;

impl Remote {
    /// The bytes of a broadcast value. Its pieces are kept, for other executors.
    pub(crate) fn fetch_broadcast(&self, id: u64, task: &TaskContext) -> Result<Vec<u8>, BroadcastError> {
        let is_killed = || task.is_interrupted();
        let error = |error: FetchError| match error {
            FetchError::Refused { refusal: Refusal::Destroyed(call_site), .. } => {
                BroadcastError::Destroyed { id, call_site }
            }
            FetchError::Refused { refusal: Refusal::NoBroadcast, .. } => BroadcastError::Gone(id),
            error => BroadcastError::NotFetched { id, reason: error.to_string() },
        };
        let asks = self.executor_id;
        let (item, _) =
            self.call(ExecutorId::DRIVER, &Wanted::Broadcast { id, asks }, 0, &is_killed).map_err(error)?;
        let malformed = || error(FetchError::Malformed { executor_id: ExecutorId::DRIVER, what: "an item" });
        let Item::Broadcast(info) = item else { return Err(malformed()) };
        let pieces = info.length.checked_div(info.piece_length.max(1)).unwrap_or(0);
        if pieces > MAX_PIECES
            || pieces + u64::from(info.length % info.piece_length.max(1) > 0) != info.sums.len() as u64
        {
            return Err(malformed());
        }
        let pieces = task.env.broadcasts.begin(id, &info).ok_or(BroadcastError::Gone(id))?;
        self.fetch_pieces(id, &info, &pieces, &is_killed).map_err(error)?;
        pieces.join().ok_or(BroadcastError::Gone(id))
    }

    /// Fetches the pieces that are not there, in random order, so that executors which begin at the same time get different
    /// ones first, and then from each other.
    fn fetch_pieces(
        &self,
        id: u64,
        info: &BroadcastInfo,
        pieces: &Pieces,
        is_killed: &dyn Fn() -> bool,
    ) -> Result<(), FetchError> {
        let mut random = Random::new(RandomState::new().hash_one((id, self.executor_id)));
        let mut missing = pieces.missing();
        random.shuffle(&mut missing);
        let is_good =
            |executor: &ExecutorId| *executor != self.executor_id && self.directory.is_known(*executor);
        let holders: Vec<ExecutorId> =
            info.holders.iter().copied().filter(is_good).chain([ExecutorId::DRIVER]).collect();
        let mut on_way: VecDeque<(u32, ExecutorId, Pending)> = VecDeque::new();
        let mut missing = missing.into_iter();
        loop {
            while on_way.len() < AT_ONCE
                && let Some(piece) = missing.next()
            {
                let from = random.next_u64() as usize % holders.len().max(1);
                let from = holders.get(from).copied().unwrap_or(ExecutorId::DRIVER);
                on_way.push_back((
                    piece,
                    from,
                    self.begin(from, Wanted::Piece { id, piece }, info.piece_length),
                ));
            }
            let Some((piece, from, pending)) = on_way.pop_front() else { return Ok(()) };
            let got = pending.wait(is_killed).and_then(|(_, bytes)| check(info, piece, bytes, from));
            let bytes = match got {
                Ok(bytes) => bytes,
                Err(FetchError::Killed) => return Err(FetchError::Killed),
                // The driver has all of them.
                Err(_) => {
                    let wanted = Wanted::Piece { id, piece };
                    let (_, bytes) = self.call(ExecutorId::DRIVER, &wanted, info.piece_length, is_killed)?;
                    check(info, piece, bytes, ExecutorId::DRIVER)?
                }
            };
            pieces.put(piece, Arc::new(bytes));
        }
    }
}

fn check(
    info: &BroadcastInfo,
    piece: u32,
    bytes: Vec<u8>,
    executor_id: ExecutorId,
) -> Result<Vec<u8>, FetchError> {
    if info.sums.get(piece as usize) == Some(&xxh3_64(&bytes)) {
        Ok(bytes)
    } else {
        Err(FetchError::Malformed { executor_id, what: "the checksum of a piece" })
    }
}
