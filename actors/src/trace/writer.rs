//! Writes every message of a system to a file.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

use super::{
    RecordOptions, TraceError,
    file_thread::FileThread,
    format::{BlockBuilder, Filled, write_header},
};
use crate::carrier::{Observed, Observer};

/// Bytes of a block before it goes to the file's thread.
const BLOCK: usize = 256 << 10;

/// Written blocks that are kept to be filled again.
const KEPT: usize = 2;

/// Full blocks that may wait; then the system waits for the disk (back-pressure: nothing is left out).
const WAITING: usize = 16;

/// Writes the messages that it observes to a file, in the order in which they are handled.
///
/// If the disk fails, the run goes on, an error is logged, and the trace ends there: [`TraceWriter::close`] and the
/// report of the system's stop tell it.
///
/// ```no_run
/// # fn f(system: &firesteel_actors::carrier::SystemHandle) -> Result<(), Box<dyn std::error::Error>> {
/// use firesteel_actors::trace::{RecordOptions, TraceWriter};
/// let trace = std::sync::Arc::new(TraceWriter::create("run.trace".as_ref(), RecordOptions::payloads())?);
/// let to = trace.clone();
/// let subscription = system.observe(move |observed: firesteel_actors::carrier::Observed<'_>| {
///     firesteel_actors::carrier::Observer::message(&*to, observed);
/// });
/// // ... run jobs ...
/// drop(subscription);
/// trace.close()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TraceWriter {
    path: PathBuf,
    options: RecordOptions,
    /// Whether it was closed or the disk failed.
    has_ended: AtomicBool,
    block: Arc<Mutex<BlockBuilder>>,
    /// Taken after the block, if both are.
    link: Mutex<Link>,
}

/// The way to the file's thread.
#[derive(Debug)]
struct Link {
    /// `None` once the trace has ended.
    filled: Option<SyncSender<Filled>>,
    /// Blocks that were written, to be used again.
    empty: Receiver<Filled>,
    thread: Option<JoinHandle<io::Result<()>>>,
    /// What the disk said, for everybody who asks.
    failure: Option<(io::ErrorKind, String)>,
}

impl TraceWriter {
    /// Begins a trace in a new file; an older one of that name is replaced.
    ///
    /// # Errors
    /// [`TraceError::Io`] if the file cannot be made.
    pub fn create(path: &Path, options: RecordOptions) -> Result<Self, TraceError> {
        let io = |source| TraceError::Io { action: "create", path: path.to_owned(), source };
        let file = File::create(path).map_err(io)?;
        TraceWriter::to(path, options, file).map_err(io)
    }

    /// As [`create`](Self::create), to anything that takes bytes; `path` is what errors call it.
    ///
    /// # Errors
    /// What the taker of bytes says of the header, or that a thread cannot be had.
    pub fn to(
        path: &Path,
        options: RecordOptions,
        mut file: impl Write + Send + 'static,
    ) -> io::Result<Self> {
        let header = write_header(&options.header()).map_err(io::Error::other)?;
        file.write_all(&header)?;
        let (filled, blocks) = sync_channel(WAITING);
        let (written, empty) = sync_channel(KEPT);
        let block = Arc::new(Mutex::new(BlockBuilder::new()));
        let thread = FileThread {
            path: path.to_owned(),
            file,
            offset: header.len() as u64,
            compress: options.compress,
            flush_after: options.flush_after,
            block: block.clone(),
            filled: blocks,
            empty: written,
            spare: Filled::default(),
        };
        let builder = std::thread::Builder::new().name("firesteel-trace".to_owned());
        let thread = builder.spawn(move || thread.run())?;
        let link = Mutex::new(Link { filled: Some(filled), empty, thread: Some(thread), failure: None });
        Ok(TraceWriter { path: path.to_owned(), options, has_ended: AtomicBool::new(false), block, link })
    }

    /// Ends the trace: everything is in the file when this returns. Later messages are not recorded.
    ///
    /// # Errors
    /// [`TraceError::Io`] if the disk failed at any time: the trace ends before that.
    pub fn close(&self) -> Result<(), TraceError> {
        let mut block = lock(&self.block);
        self.has_ended.store(true, Ordering::Relaxed);
        let mut link = lock(&self.link);
        let last = block.take(Filled::default());
        if let Some(filled) = link.filled.take() {
            filled.send(last).ok();
        }
        drop(block);
        // Whoever else closes it waits for the same end.
        if let Some(thread) = link.thread.take() {
            let written = thread.join().unwrap_or_else(|_| Err(io::Error::other("its thread panicked")));
            link.failure = written.err().map(|error| (error.kind(), error.to_string()));
        }
        let Some((kind, text)) = &link.failure else { return Ok(()) };
        let source = io::Error::new(*kind, text.clone());
        Err(TraceError::Io { action: "write", path: self.path.clone(), source })
    }

    /// Hands a full block to the file's thread, and waits if too many wait already.
    #[cold]
    fn hand_over(&self, block: &mut BlockBuilder) {
        let link = lock(&self.link);
        let full = block.take(link.empty.try_recv().unwrap_or_default());
        // An error says that the disk failed; the thread has logged it.
        if link.filled.as_ref().is_some_and(|filled| filled.send(full).is_err()) {
            self.has_ended.store(true, Ordering::Relaxed);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Observer for TraceWriter {
    fn message(&self, observed: Observed<'_>) {
        if !self.options.wants(&observed) {
            return;
        }
        let mut block = lock(&self.block);
        if self.has_ended.load(Ordering::Relaxed) {
            return;
        }
        self.options.append(&mut block, &observed);
        if block.is_full(BLOCK) {
            self.hand_over(&mut block);
        }
    }

    fn finish(&self) -> Result<(), String> {
        self.close().map_err(|error| {
            let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
            format!("{error}{}; the trace ends there", source.unwrap_or_default())
        })
    }
}

impl Drop for TraceWriter {
    fn drop(&mut self) {
        let is_open = lock(&self.link).thread.is_some();
        if is_open && let Err(error) = self.finish() {
            tracing::error!("{error}");
        }
    }
}
