//! The thread that writes a trace's file: full blocks as they come, and others when they grow old.

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::{
        Arc, Mutex, TryLockError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender},
    },
    time::Duration,
};

use super::format::{BLOCK_HEAD, BlockBuilder, BlockHead, Filled, Index, IndexEntry};

/// How soon it is tried again to take a block that is being filled just now.
const AGAIN: Duration = Duration::from_millis(1);

/// What the thread works with.
pub(super) struct FileThread<W> {
    pub(super) path: PathBuf,
    pub(super) file: W,
    /// Where the file ends.
    pub(super) offset: u64,
    pub(super) compress: bool,
    pub(super) flush_after: Duration,
    /// The block that is being filled.
    pub(super) block: Arc<Mutex<BlockBuilder>>,
    /// Blocks to be written.
    pub(super) filled: Receiver<Filled>,
    /// Blocks that were, to be used again: as many as it has room for.
    pub(super) empty: SyncSender<Filled>,
    /// One that takes the place of a block that has grown old.
    pub(super) spare: Filled,
}

impl<W: Write> FileThread<W> {
    /// Writes until the recorder is closed, then the index. The first error ends it: the recorder notices that it
    /// is gone.
    pub(super) fn run(mut self) -> io::Result<()> {
        let (mut index, mut bytes) = (Index::default(), Vec::new());
        let outcome = self.write_all(&mut index, &mut bytes);
        if let Err(error) = &outcome {
            tracing::error!("trace {} ends here: {error}", self.path.display());
        }
        outcome
    }

    fn write_all(&mut self, index: &mut Index, bytes: &mut Vec<u8>) -> io::Result<()> {
        let mut patience = self.flush_after;
        loop {
            match self.filled.recv_timeout(patience) {
                Ok(filled) => {
                    self.write(&filled, index, bytes)?;
                    self.empty.try_send(filled).ok();
                }
                Err(RecvTimeoutError::Timeout) => {
                    patience = if self.write_started(index, bytes)? { self.flush_after } else { AGAIN };
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.file.write_all(&index.write(self.offset))?;
        self.file.flush()
    }

    /// Writes the block that is being filled; gives whether it could be had. It never waits for it: who fills it may
    /// wait for this thread.
    fn write_started(&mut self, index: &mut Index, bytes: &mut Vec<u8>) -> io::Result<bool> {
        let (before, started) = {
            let mut block = match self.block.try_lock() {
                Ok(block) => block,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => return Ok(false),
            };
            // Blocks that were filled meanwhile come first.
            let before: Vec<Filled> = self.filled.try_iter().collect();
            (before, (block.count() > 0).then(|| block.take(std::mem::take(&mut self.spare))))
        };
        before.into_iter().try_for_each(|filled| {
            self.write(&filled, index, bytes)?;
            self.empty.try_send(filled).ok();
            Ok::<(), io::Error>(())
        })?;
        if let Some(started) = started {
            self.write(&started, index, bytes)?;
            self.spare = started;
        }
        Ok(true)
    }

    fn write(&mut self, filled: &Filled, index: &mut Index, bytes: &mut Vec<u8>) -> io::Result<()> {
        if filled.count > 0 {
            filled.write(self.compress, bytes);
            self.file.write_all(bytes)?;
            if let Some(Ok(head)) = bytes.first_chunk::<BLOCK_HEAD>().map(BlockHead::parse) {
                index.entries.push(IndexEntry::of(self.offset, &head));
            }
            self.offset += bytes.len() as u64;
        }
        Ok(())
    }
}
