//! The answer to a request for parts of map outputs.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Acquire},
        mpsc::Sender,
    },
};

use firesteel_actors::{ExecutorId, ShuffleId, TaskId};

use super::{
    FetchError,
    answer::{Answered, Items, StreamReader},
    landing::{Held, Landing, Place},
    protocol::{Item, PartHead, Refusal},
};
use crate::spill::{Compression, Part, SpillFile};

/// What a fetch hears of a request.
pub(super) struct Event {
    /// Which request.
    pub(super) serial: u64,
    pub(super) what: What,
}

pub(super) enum What {
    /// A block has come.
    Came {
        block: usize,
        file: SpillFile,
        bytes: u64,
        held: Option<Held>,
    },
    Refused {
        block: usize,
        refusal: Refusal,
    },
    /// Nothing more comes.
    Ended(Result<(), FetchError>),
}

/// Reads parts and hands them to the task that waits.
pub(super) struct PartsAnswer {
    pub(super) stream: StreamReader,
    pub(super) parts: PartsReader,
}

pub(super) struct PartsReader {
    pub(super) serial: u64,
    pub(super) executor_id: ExecutorId,
    pub(super) shuffle_id: ShuffleId,
    pub(super) reduce: usize,
    /// Those that are to come, the next one last.
    pub(super) blocks: Vec<(usize, u32, TaskId)>,
    pub(super) current: Option<Current>,
    pub(super) landing: Arc<Landing>,
    pub(super) events: Sender<Event>,
    pub(super) abandoned: Arc<AtomicBool>,
}

/// The block that comes.
pub(super) struct Current {
    block: usize,
    map_index: u32,
    compression: Compression,
    parts: Vec<Part>,
    place: Place,
    count: usize,
    length: u64,
}

impl Answered for PartsAnswer {
    fn stream(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        self.stream.read(bytes, &mut self.parts)
    }

    fn end(self: Box<Self>, result: Result<(), FetchError>) {
        let PartsAnswer { stream, parts } = *self;
        let is_whole = stream.is_between_items() && parts.blocks.is_empty();
        let result = match result {
            Ok(()) if !is_whole => Err(stream.malformed("the number of blocks")),
            result => result,
        };
        parts.tell(What::Ended(result));
    }

    fn is_abandoned(&self) -> bool {
        self.parts.abandoned.load(Acquire)
    }
}

impl PartsReader {
    fn tell(&self, what: What) {
        // Whoever has waited may be gone.
        self.events.send(Event { serial: self.serial, what }).ok();
    }

    fn malformed(&self, what: &'static str) -> FetchError {
        FetchError::Malformed { executor_id: self.executor_id, what }
    }

    fn part(&mut self, (block, map_index): (usize, u32), head: &PartHead) -> Result<u64, FetchError> {
        let compression = Compression::of_id(head.codec).ok_or_else(|| self.malformed("the codec"))?;
        let count = head.count as usize;
        let runs = head.parts.len().checked_div(count).unwrap_or(0);
        let first = self.reduce.checked_mul(count).map(|first| first as u64);
        if Some(head.first) != first || runs * count != head.parts.len() {
            return Err(self.malformed("the number of parts"));
        }
        let length = head.stored().ok_or_else(|| self.malformed("the length of a block"))?;
        let mut offset = 0;
        let parts = head.parts.iter().map(|(stored, rows, raw)| {
            let part = Part { offset, stored: *stored, rows: *rows, raw: *raw };
            offset += stored;
            part
        });
        let (parts, place) = (parts.collect(), self.landing.place(length)?);
        self.current = Some(Current { block, map_index, compression, parts, place, count, length });
        Ok(length)
    }
}

impl Items for PartsReader {
    fn item(&mut self, item: Item) -> Result<u64, FetchError> {
        let (block, map_index, _) =
            self.blocks.pop().ok_or_else(|| self.malformed("the number of blocks"))?;
        match item {
            Item::Part(head) => self.part((block, map_index), &head),
            Item::Refused(refusal) => {
                self.tell(What::Refused { block, refusal });
                Ok(0)
            }
            Item::Bytes(_) | Item::Broadcast(_) => Err(self.malformed("an item")),
        }
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        match &mut self.current {
            Some(current) => Ok(current.place.write(bytes)?),
            None => Err(self.malformed("data")),
        }
    }

    fn item_end(&mut self) -> Result<(), FetchError> {
        let Some(Current { block, map_index, compression, mut parts, place, count, length }) =
            self.current.take()
        else {
            return Ok(());
        };
        let shape = (self.reduce * count, count);
        let (file, held) = match place {
            Place::Memory { bytes, held } => {
                let name = format!(
                    "the part for reducer {} of map output {map_index} of shuffle {} from executor {}",
                    self.reduce, self.shuffle_id, self.executor_id
                );
                (SpillFile::fetched(PathBuf::from(name), compression, shape, parts, bytes), Some(held))
            }
            Place::File { scratch, start, .. } => {
                parts.iter_mut().for_each(|part| part.offset += start);
                (SpillFile::fetched_to(scratch, compression, shape, parts), None)
            }
        };
        self.tell(What::Came { block, file, bytes: length, held });
        Ok(())
    }
}
