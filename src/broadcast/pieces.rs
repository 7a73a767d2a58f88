//! Broadcast values as bytes, in pieces, as they travel to other processes.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use firesteel_actors::{ExecutorId, carrier::panic_text};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::{
    blocks::{BroadcastInfo, Refusal},
    code::to_bytes,
};

/// The least length of a piece.
const LEAST_LENGTH: u64 = 1 << 10;
/// How many executors are named to one that asks.
const MAX_HOLDERS: usize = 16;

/// A value's pieces: all of them on the driver, those that have come on an executor.
#[derive(Debug)]
pub(crate) struct Pieces {
    length: u64,
    piece_length: u64,
    sums: Vec<u64>,
    pieces: Vec<OnceLock<Arc<Vec<u8>>>>,
}

impl Pieces {
    fn of_bytes(bytes: &[u8], piece_length: u64) -> Self {
        let piece_length = piece_length.max(LEAST_LENGTH);
        let pieces = bytes.chunks(piece_length as usize);
        Pieces {
            length: bytes.len() as u64,
            piece_length,
            sums: pieces.clone().map(xxh3_64).collect(),
            pieces: pieces.map(|piece| OnceLock::from(Arc::new(piece.to_vec()))).collect(),
        }
    }

    /// Those that are described, none of which is there.
    pub(super) fn to_come(info: &BroadcastInfo) -> Self {
        let sums = info.sums.clone();
        let pieces = sums.iter().map(|_| OnceLock::new()).collect();
        Pieces { length: info.length, piece_length: info.piece_length, sums, pieces }
    }

    pub(super) fn piece(&self, piece: u32) -> Option<Arc<Vec<u8>>> {
        self.pieces.get(piece as usize)?.get().cloned()
    }

    /// A piece has come, whose checksum holds.
    pub(crate) fn put(&self, piece: u32, bytes: Arc<Vec<u8>>) {
        if let Some(place) = self.pieces.get(piece as usize) {
            // Another task may have been faster.
            place.set(bytes).ok();
        }
    }

    /// Which are not there.
    pub(crate) fn missing(&self) -> Vec<u32> {
        let pieces = (0u32..).zip(&self.pieces);
        pieces.filter(|(_, piece)| piece.get().is_none()).map(|(piece, _)| piece).collect()
    }

    /// All of them as one; `None` if one is missing or they are not as long as they should be.
    pub(crate) fn join(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        for piece in &self.pieces {
            bytes.extend_from_slice(piece.get()?);
        }
        (bytes.len() as u64 == self.length).then_some(bytes)
    }
}

/// A value of the driver's, encoded when the first process asks for it.
pub(super) struct Source {
    encode: Box<dyn Fn() -> Result<Vec<u8>, String> + Send + Sync>,
    pieces: OnceLock<Result<Pieces, String>>,
    /// Executors that have asked, the last one last.
    holders: Mutex<Vec<ExecutorId>>,
}

impl Source {
    pub(super) fn new<T: Serialize + Send + Sync + 'static>(value: Arc<T>) -> Self {
        let encode = move || {
            let encoded = catch_unwind(AssertUnwindSafe(|| to_bytes(&*value)));
            match encoded {
                Ok(Ok(bytes)) => Ok(bytes),
                Ok(Err(error)) => {
                    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
                    Err(format!("{error}{}", cause.unwrap_or_default()))
                }
                Err(payload) => Err(format!("its `Serialize` panicked: {}", panic_text(&*payload))),
            }
        };
        Source { encode: Box::new(encode), pieces: OnceLock::new(), holders: Mutex::default() }
    }

    /// What `asks` has to know to fetch it; it is a holder from now on.
    pub(super) fn info(&self, asks: ExecutorId, piece_length: u64) -> Result<BroadcastInfo, Refusal> {
        let pieces = self.pieces.get_or_init(|| Ok(Pieces::of_bytes(&(self.encode)()?, piece_length)));
        let pieces = pieces.as_ref().map_err(|error| Refusal::NotSerializable(error.clone()))?;
        let Pieces { length, piece_length, sums, .. } = pieces;
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        holders.retain(|holder| *holder != asks);
        let info = BroadcastInfo {
            length: *length,
            piece_length: *piece_length,
            sums: sums.clone(),
            holders: holders.clone(),
        };
        if holders.len() == MAX_HOLDERS {
            holders.remove(0);
        }
        holders.push(asks);
        Ok(info)
    }

    pub(super) fn piece(&self, piece: u32) -> Option<Arc<Vec<u8>>> {
        self.pieces.get()?.as_ref().ok()?.piece(piece)
    }
}
