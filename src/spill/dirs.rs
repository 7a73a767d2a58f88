//! [`LocalDirs`]: where an executor's files are.

use std::{
    fs::{self, OpenOptions},
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use firesteel_actors::config::SpillConfig;
use tempfile::TempDir;

use super::{Compression, SpillError, SpillWriter};

/// The directories of one executor. They are made for the first file and removed, with all that is in them, at
/// [`close`](LocalDirs::close) or with the last owner.
#[derive(Debug)]
pub(crate) struct LocalDirs {
    /// Where they are made; empty: in the system's directory for temporary files.
    roots: Vec<PathBuf>,
    shuffle: Compression,
    spill: Compression,
    dirs: Mutex<Dirs>,
    next: AtomicU64,
    /// Bytes that may still be written.
    #[cfg(test)]
    pub(super) room: AtomicU64,
}

#[derive(Debug)]
enum Dirs {
    NotYet,
    Made(Vec<TempDir>),
    Closed,
}

impl LocalDirs {
    pub(crate) fn new(config: &SpillConfig) -> Arc<Self> {
        let roots = config.local_dir.iter().flat_map(|list| list.split(','));
        let compression = |wanted: bool| if wanted { Compression::of(config) } else { Compression::None };
        Arc::new(LocalDirs {
            roots: roots.map(str::trim).filter(|root| !root.is_empty()).map(PathBuf::from).collect(),
            shuffle: compression(config.shuffle_compress),
            spill: compression(config.spill_compress),
            dirs: Mutex::new(Dirs::NotYet),
            next: AtomicU64::new(0),
            #[cfg(test)]
            room: AtomicU64::new(u64::MAX),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Dirs> {
        self.dirs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file for a map output, of runs with `parts` parts each.
    pub(crate) fn create_output(
        self: &Arc<Self>,
        name: &str,
        parts: usize,
    ) -> Result<SpillWriter, SpillError> {
        self.create(name, parts, self.shuffle)
    }

    /// A file for what a task reads back itself.
    pub(crate) fn create_spill(
        self: &Arc<Self>,
        name: &str,
        parts: usize,
    ) -> Result<SpillWriter, SpillError> {
        self.create(name, parts, self.spill)
    }

    fn create(
        self: &Arc<Self>,
        name: &str,
        parts: usize,
        compression: Compression,
    ) -> Result<SpillWriter, SpillError> {
        let number = self.next.fetch_add(1, Relaxed);
        let mut dirs = self.lock();
        let path = self.directory(&mut dirs, number)?.join(format!("{name}-{number}.rows"));
        // Under the lock: the directory must not be removed between, nor get a file while it is.
        self.create_file(path, parts, compression)
    }

    /// A map output's part that is written to memory, to be sent as it would lie in a file.
    #[cfg(feature = "cluster")]
    pub(crate) fn create_in_memory(self: &Arc<Self>, name: &str, parts: usize) -> SpillWriter {
        SpillWriter::in_memory(self.clone(), PathBuf::from(name), parts, self.shuffle)
    }

    /// A file for what is fetched.
    #[cfg(feature = "cluster")]
    pub(crate) fn create_scratch(&self, name: &str) -> Result<Arc<super::ScratchFile>, SpillError> {
        let number = self.next.fetch_add(1, Relaxed);
        let mut dirs = self.lock();
        let path = self.directory(&mut dirs, number)?.join(format!("{name}-{number}.rows"));
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
        let file = file.map_err(|error| SpillError::io("create", &path, error))?;
        let path = super::writer::OwnedPath { path, stays: false };
        Ok(Arc::new(super::ScratchFile::new(path, file)))
    }

    /// A file elsewhere, compressed as what a task reads back itself.
    pub(crate) fn create_at(
        self: &Arc<Self>,
        path: PathBuf,
        parts: usize,
    ) -> Result<SpillWriter, SpillError> {
        self.create_file(path, parts, self.spill)
    }

    fn create_file(
        self: &Arc<Self>,
        path: PathBuf,
        parts: usize,
        compression: Compression,
    ) -> Result<SpillWriter, SpillError> {
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = file.map_err(|error| SpillError::io("create", &path, error))?;
        SpillWriter::new(self.clone(), path, file, parts, compression)
    }

    /// One of the directories, in turn.
    fn directory(&self, dirs: &mut Dirs, number: u64) -> Result<PathBuf, SpillError> {
        if matches!(*dirs, Dirs::NotYet) {
            *dirs = Dirs::Made(self.make()?);
        }
        let Dirs::Made(made) = dirs else { return Err(SpillError::Stopped) };
        let dir = made.get((number % made.len().max(1) as u64) as usize);
        dir.map(|dir| dir.path().to_owned()).ok_or(SpillError::Stopped)
    }

    fn make(&self) -> Result<Vec<TempDir>, SpillError> {
        let make = |root: PathBuf| {
            let made = fs::create_dir_all(&root).and_then(|()| TempDir::with_prefix_in("firesteel-", &root));
            made.map_err(|error| SpillError::io("make a directory in", &root, error))
        };
        if self.roots.is_empty() {
            return Ok(vec![make(std::env::temp_dir())?]);
        }
        self.roots.iter().cloned().map(make).collect()
    }

    /// Removes the directories. Files that readers have open can be read to their end; new ones are refused.
    pub(crate) fn close(&self) {
        let dirs = std::mem::replace(&mut *self.lock(), Dirs::Closed);
        // Outside of the lock: there may be much to remove.
        drop(dirs);
    }

    /// Takes bytes of the room that there is.
    #[cfg(test)]
    pub(super) fn take_room(&self, bytes: u64) -> std::io::Result<()> {
        let taken = self.room.fetch_update(Relaxed, Relaxed, |room| room.checked_sub(bytes));
        taken.map(|_| ()).map_err(|_| std::io::ErrorKind::StorageFull.into())
    }

    /// Lets the disk be full after so many bytes.
    #[cfg(test)]
    pub(crate) fn set_room(&self, bytes: u64) {
        self.room.store(bytes, Relaxed);
    }

    /// All files that there are.
    #[cfg(test)]
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let dirs = self.lock();
        let Dirs::Made(dirs) = &*dirs else { return Vec::new() };
        let entries = dirs.iter().flat_map(|dir| fs::read_dir(dir.path()).unwrap());
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}
