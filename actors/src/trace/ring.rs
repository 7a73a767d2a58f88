//! The last messages of a system, in memory.

use std::{
    collections::VecDeque,
    fs::File,
    io::Write,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    Messages, RecordOptions, TraceError, TraceReader,
    format::{BLOCK_HEAD, BlockBuilder, BlockHead, Filled, Index, IndexEntry, write_header},
};
use crate::carrier::{Observed, Observer};

/// Blocks of which a full ring of messages consists: what is forgotten is forgotten a block at a time.
const BLOCKS: u64 = 8;
/// The same of a ring of bytes.
const BLOCKS_OF_BYTES: usize = 32;
/// What is being filled, the spare and the scratch take the memory of so many blocks: buffers grow by doubling.
const BLOCKS_BESIDE: usize = 6;

/// Holds the last messages that it observed, so that they can be looked at when something odd was seen.
///
/// ```
/// use firesteel_actors::trace::{RecordOptions, TraceRing};
/// let ring = TraceRing::of_messages(100_000, RecordOptions::heads());
/// assert!(ring.messages()?.is_empty());
/// # Ok::<(), firesteel_actors::trace::TraceError>(())
/// ```
#[derive(Debug)]
pub struct TraceRing {
    options: RecordOptions,
    /// Messages of a block, and bytes.
    block: (u64, usize),
    /// Messages that are kept at least, and bytes at most.
    limit: (u64, usize),
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    filling: BlockBuilder,
    /// Takes the place of what is being filled, so that nothing grows anew on the actors' thread.
    spare: Filled,
    /// A block's bytes before they are kept.
    scratch: Vec<u8>,
    blocks: VecDeque<Block>,
    messages: u64,
    bytes: usize,
}

/// A block as a file has it.
#[derive(Clone, Debug)]
struct Block {
    bytes: Arc<[u8]>,
    count: u32,
}

impl TraceRing {
    /// Keeps the last `messages`, and up to an eighth more: so many it forgets at a time.
    pub fn of_messages(messages: u64, options: RecordOptions) -> Self {
        TraceRing::new(options, (messages.max(1), usize::MAX))
    }

    /// Keeps as many of the last messages as go into so many bytes of memory. A single message that is larger is kept
    /// alone.
    pub fn of_bytes(bytes: usize, options: RecordOptions) -> Self {
        TraceRing::new(options, (u64::MAX, bytes.max(1)))
    }

    fn new(options: RecordOptions, limit: (u64, usize)) -> Self {
        let block = (limit.0.div_ceil(BLOCKS), limit.1.div_ceil(BLOCKS_OF_BYTES).min(256 << 10));
        // What is beside the blocks counts as well.
        let limit = (limit.0, limit.1.saturating_sub(BLOCKS_BESIDE * block.1));
        let state = State {
            filling: BlockBuilder::new(),
            spare: Filled::default(),
            scratch: Vec::new(),
            blocks: VecDeque::new(),
            messages: 0,
            bytes: 0,
        };
        TraceRing { options, block, limit, state: Mutex::new(state) }
    }

    /// What it holds now.
    ///
    /// # Errors
    /// As [`Messages::collect`].
    pub fn messages(&self) -> Result<Messages, TraceError> {
        Messages::collect(TraceReader::from_bytes(self.bytes()?)?)
    }

    /// Writes what it holds now to a trace file. Messages keep the numbers that they have in the ring.
    ///
    /// # Errors
    /// [`TraceError::Io`] if the file cannot be written.
    pub fn dump(&self, path: &Path) -> Result<(), TraceError> {
        let io = |source| TraceError::Io { action: "write", path: path.to_owned(), source };
        let bytes = self.bytes()?;
        File::create(path).and_then(|mut file| file.write_all(&bytes)).map_err(io)
    }

    /// The bytes of a trace of what it holds now. Who is observed waits for no more than the block that is being filled.
    fn bytes(&self) -> Result<Vec<u8>, TraceError> {
        let mut bytes = write_header(&self.options.header())
            .map_err(|error| TraceError::memory("write", std::io::Error::other(error)))?;
        let mut index = Index::default();
        let blocks = {
            let mut state = self.lock();
            state.close_block(self.options.compress, self.limit);
            state.blocks.clone()
        };
        for Block { bytes: block, .. } in &blocks {
            if let Some(Ok(head)) = block.first_chunk::<BLOCK_HEAD>().map(BlockHead::parse) {
                index.entries.push(IndexEntry::of(bytes.len() as u64, &head));
            }
            bytes.extend_from_slice(block);
        }
        bytes.extend_from_slice(&index.write(bytes.len() as u64));
        Ok(bytes)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Ends the block that is being filled, and forgets what is too much then.
    fn close_block(&mut self, compress: bool, limit: (u64, usize)) {
        if self.filling.count() > 0 {
            let full = self.filling.take(std::mem::take(&mut self.spare));
            full.write(compress, &mut self.scratch);
            self.messages += u64::from(full.count);
            self.bytes += self.scratch.len();
            self.blocks.push_back(Block { bytes: Arc::from(&*self.scratch), count: full.count });
            self.spare = full;
        }
        self.forget(limit);
    }

    /// Forgets the oldest blocks as far as there is more than wanted.
    fn forget(&mut self, (messages, bytes): (u64, usize)) {
        while let Some(oldest) = self.blocks.front() {
            let (count, size) = (u64::from(oldest.count), oldest.bytes.len());
            let is_too_much = self.bytes > bytes && self.blocks.len() > 1;
            if !is_too_much && self.messages - count < messages {
                return;
            }
            self.messages -= count;
            self.bytes -= size;
            self.blocks.pop_front();
        }
    }
}

impl Observer for TraceRing {
    fn message(&self, observed: Observed<'_>) {
        if !self.options.wants(&observed) {
            return;
        }
        let mut state = self.lock();
        self.options.append(&mut state.filling, &observed);
        let (messages, bytes) = self.block;
        if state.filling.is_full(bytes) || u64::from(state.filling.count()) >= messages {
            state.close_block(self.options.compress, self.limit);
        }
    }
}
