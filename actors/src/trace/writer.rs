//! Writes every message of a system to a file.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{
    TraceError,
    format::{Header, MAGIC, VERSION, append},
};
use crate::{
    carrier::{Observed, Observer},
    lineage::Blob,
};

/// Bytes that are gathered before they go to the file's thread.
const BUFFER: usize = 256 << 10;

/// Full buffers that may wait; then the system waits for the disk (back-pressure: nothing is left out).
const WAITING: usize = 16;

/// Writes every message that it observes to a file, in the order in which they are handled. If the disk fails,
/// the run goes on, an error is logged, and the trace ends there: [`TraceWriter::close`] and the report of the system's stop tell it.
///
/// ```no_run
/// # fn f(system: &firesteel_actors::carrier::SystemHandle) -> Result<(), Box<dyn std::error::Error>> {
/// use firesteel_actors::trace::TraceWriter;
/// let trace = std::sync::Arc::new(TraceWriter::create("run.trace".as_ref(), false)?);
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
    keeps_blobs: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    buffer: Vec<u8>,
    /// `None` once it has ended.
    to_file: Option<SyncSender<Vec<u8>>>,
    file_thread: Option<JoinHandle<io::Result<()>>>,
}

impl TraceWriter {
    /// Begins a trace in a new file (an older one of that name is replaced). With `keeps_blobs` the bytes of
    /// results and partitions are written as well, not only their length and digest.
    ///
    /// # Errors
    /// [`TraceError::Io`] if the file cannot be made.
    pub fn create(path: &Path, keeps_blobs: bool) -> Result<Self, TraceError> {
        let io = |source| TraceError::Io { action: "create", path: path.to_owned(), source };
        let begun = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let header = Header {
            firesteel: env!("CARGO_PKG_VERSION").to_owned(),
            begun_unix_ms: u64::try_from(begun.as_millis()).unwrap_or(u64::MAX),
            program: std::env::args().next().unwrap_or_default(),
            keeps_blobs,
        };
        let header = rmp_serde::to_vec_named(&header).map_err(|error| io(io::Error::other(error)))?;
        let mut file = File::create(path).map_err(io)?;
        let mut start = MAGIC.to_vec();
        start.extend_from_slice(&VERSION.to_le_bytes());
        start.extend_from_slice(&(header.len() as u32).to_le_bytes());
        start.extend_from_slice(&header);
        file.write_all(&start).map_err(io)?;
        let (to_file, buffers) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("firesteel-trace".to_owned());
        let file_thread = thread.spawn(move || write_buffers(file, &buffers)).map_err(io)?;
        Ok(TraceWriter {
            path: path.to_owned(),
            keeps_blobs,
            state: Mutex::new(State {
                buffer: Vec::with_capacity(BUFFER + (BUFFER >> 3)),
                to_file: Some(to_file),
                file_thread: Some(file_thread),
            }),
        })
    }

    /// Ends the trace: everything is in the file when this returns. Later messages are not recorded.
    ///
    /// # Errors
    /// [`TraceError::Io`] if the disk failed at any time: the trace ends before that.
    pub fn close(&self) -> Result<(), TraceError> {
        let mut state = self.lock();
        let last = std::mem::take(&mut state.buffer);
        if let Some(to_file) = state.to_file.take() {
            to_file.send(last).ok();
        }
        let Some(thread) = state.file_thread.take() else { return Ok(()) };
        drop(state);
        let written = thread.join().unwrap_or_else(|_| Err(io::Error::other("its thread panicked")));
        written.map_err(|source| TraceError::Io { action: "write", path: self.path.clone(), source })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for TraceWriter {
    fn message(&self, observed: Observed<'_>) {
        let mut state = self.lock();
        if state.to_file.is_none() {
            return;
        }
        let buffer = &mut state.buffer;
        let written = if self.keeps_blobs {
            Blob::keeping_bytes(|| append(buffer, &observed))
        } else {
            append(buffer, &observed)
        };
        if let Err(error) = written {
            tracing::error!("message {} is not in the trace: {error}", observed.head.id);
        }
        if state.buffer.len() >= BUFFER {
            let full = std::mem::replace(&mut state.buffer, Vec::with_capacity(BUFFER + (BUFFER >> 3)));
            if state.to_file.as_ref().is_some_and(|to_file| to_file.send(full).is_err()) {
                // Its thread has ended: the disk failed.
                tracing::error!("trace {} ends here: the file cannot be written", self.path.display());
                state.to_file = None;
            }
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
        if let Err(error) = self.finish() {
            tracing::error!("{error}");
        }
    }
}

fn write_buffers(mut file: File, buffers: &Receiver<Vec<u8>>) -> io::Result<()> {
    for buffer in buffers {
        file.write_all(&buffer)?;
    }
    file.flush()
}
