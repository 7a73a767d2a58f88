//! [`CheckpointData`]: a checkpoint as the driver holds it.

use std::{
    fs,
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use firesteel_actors::RddId;

use super::{
    Checkpoint, Place,
    write::{Drain, WritePartition},
};
use crate::{
    Context, Error, StorageLevel,
    context::{CallSite, SharedRun},
    output::OutputError,
    rdd::{Boxed, Compute, Data, Deferred, PlanError, Prepare, Rdd, RddNode, op::Cached},
};

/// Where a checkpoint is to be.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Reliable,
    Local(StorageLevel),
}

/// A checkpoint that is to be written, or is.
pub(super) struct CheckpointData<T: 'static>(Arc<State<T>>);

struct State<T: 'static> {
    rdd: RddId,
    call_site: CallSite,
    kind: Kind,
    /// `None` when it is written.
    parent: Mutex<Option<Deferred<Rdd<Boxed<T>>>>>,
    count: OnceLock<usize>,
    place: OnceLock<Place>,
    /// Two jobs at a time could mix two versions of what is not computed twice alike.
    writing: SharedRun,
}

impl<T> Clone for CheckpointData<T> {
    fn clone(&self) -> Self {
        CheckpointData(self.0.clone())
    }
}

impl<T: Data> CheckpointData<T> {
    pub(super) fn new(rdd: RddId, call_site: CallSite, kind: Kind, parent: Rdd<Boxed<T>>) -> Self {
        CheckpointData(Arc::new(State {
            rdd,
            call_site,
            kind,
            parent: Mutex::new(Some(Deferred::new(parent))),
            count: OnceLock::new(),
            place: OnceLock::new(),
            writing: SharedRun::default(),
        }))
    }

    async fn write(self, context: Context) -> Result<(), Error> {
        let state = &*self.0;
        let Some(parent) = state.parent() else { return Ok(()) };
        let place = match state.kind {
            Kind::Reliable => {
                let directory = context.checkpoint_dir().ok_or(PlanError::NoCheckpointDir)?;
                let directory = NewDirectory::make(directory.join(format!("rdd-{}", state.rdd)))?;
                let write = WritePartition { directory: directory.0.clone() };
                parent.run(write, None, state.call_site, |_, ()| {}).await?;
                let directory = directory.finish();
                tracing::info!("Done checkpointing RDD {} to {}", state.rdd, directory.display());
                Place::Files(directory)
            }
            Kind::Local(level) => {
                // What was unpersisted before it was there would be lost with its lineage.
                context.persist_again(state.rdd, level);
                let op = Cached::new(state.rdd, parent.op.clone());
                let blocks = Rdd { context: context.clone(), node: parent.node.clone(), op };
                blocks.run(Drain, None, state.call_site, |_, ()| {}).await?;
                Place::Blocks
            }
        };
        state.num_partitions()?;
        state.place.get_or_init(|| place);
        // Outside of the lock: a whole lineage may go.
        let lineage = state.lock_parent().take();
        drop(lineage);
        Ok(())
    }
}

impl<T> CheckpointData<T> {
    /// Where it is; `None`: not written yet.
    pub(super) fn place(&self) -> Option<&Place> {
        self.0.place.get()
    }

    pub(super) fn num_partitions(&self) -> Result<usize, PlanError> {
        self.0.num_partitions()
    }

    pub(super) fn known_num_partitions(&self) -> Option<usize> {
        let count = || self.0.parent()?.op.known_num_partitions();
        self.0.count.get().copied().or_else(count)
    }

    pub(super) fn boxed_levels(&self) -> usize {
        self.0.parent().map_or(0, |parent| parent.op.boxed_levels())
    }
}

impl<T> State<T> {
    fn lock_parent(&self) -> MutexGuard<'_, Option<Deferred<Rdd<Boxed<T>>>>> {
        self.parent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn parent(&self) -> Option<Rdd<Boxed<T>>> {
        self.lock_parent().as_deref().cloned()
    }

    /// An error is not remembered: the file may be there next time.
    fn num_partitions(&self) -> Result<usize, PlanError> {
        if let Some(count) = self.count.get() {
            return Ok(*count);
        }
        // Without a parent it was written, and its count is known.
        let count = self.parent().map_or(Ok(0), |parent| parent.op.num_partitions())?;
        Ok(*self.count.get_or_init(|| count))
    }
}

impl<T: Data> Prepare for CheckpointData<T> {
    fn is_ready(&self) -> bool {
        self.0.place.get().is_some()
    }

    fn run(&self, context: &Context) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send>> {
        let (data, context) = (self.clone(), context.clone());
        let writing = data.0.writing.clone();
        Box::pin(writing.join(move || Box::pin(data.clone().write(context.clone()))))
    }
}

impl<T: Data> Checkpoint for CheckpointData<T> {
    fn parent(&self) -> Option<Arc<RddNode>> {
        self.0.lock_parent().as_deref().map(|parent| parent.node.clone())
    }

    fn directory(&self) -> Option<PathBuf> {
        match self.place() {
            Some(Place::Files(directory)) => Some(directory.clone()),
            Some(Place::Blocks) | None => None,
        }
    }
}

/// A directory that is being filled; dropped without `finish`, it is removed.
struct NewDirectory(PathBuf);

impl NewDirectory {
    fn make(path: PathBuf) -> Result<Self, OutputError> {
        // What an earlier attempt could not remove.
        Self::remove(&path);
        match fs::create_dir(&path) {
            Ok(()) => Ok(NewDirectory(path)),
            Err(source) => Err(OutputError::Io { action: "make", path, source }),
        }
    }

    fn remove(path: &Path) {
        if let Err(error) = fs::remove_dir_all(path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!("cannot remove {}: {error}", path.display());
        }
    }

    fn finish(mut self) -> PathBuf {
        std::mem::take(&mut self.0)
    }
}

impl Drop for NewDirectory {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            Self::remove(&self.0);
        }
    }
}
