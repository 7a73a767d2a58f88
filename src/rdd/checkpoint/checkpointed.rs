//! [`Checkpointed`]: the operator that reads a checkpoint.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use firesteel_actors::RddId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

use super::{
    Place,
    data::{CheckpointData, Kind},
    part_name,
};
use crate::{
    context::CallSite,
    rdd::{Boxed, Compute, Data, PartitionerInfo, PlanError, Rdd, RddNode},
    spill::SpillFile,
    storage::{BlockId, CachedIter, FileRows, get_block},
    task::{TaskContext, TaskError},
};

/// The operator of [`Rdd::checkpoint`] and [`Rdd::local_checkpoint`]. Of its parent it names the items only.
pub struct Checkpointed<T: 'static> {
    rdd: RddId,
    source: Source<T>,
}

enum Source<T: 'static> {
    Driver(CheckpointData<T>, Option<PartitionerInfo>),
    Executor(Place),
}

impl<T> Clone for Checkpointed<T> {
    fn clone(&self) -> Self {
        let source = match &self.source {
            Source::Driver(data, partitioner) => Source::Driver(data.clone(), partitioner.clone()),
            Source::Executor(place) => Source::Executor(place.clone()),
        };
        Checkpointed { rdd: self.rdd, source }
    }
}

impl<T> fmt::Debug for Checkpointed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checkpointed({})", self.rdd)
    }
}

impl<T> Serialize for Checkpointed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = match &self.source {
            Source::Driver(data, _) => data.place(),
            Source::Executor(place) => Some(place),
        };
        let place = place.ok_or_else(|| ser::Error::custom("the checkpoint is not written yet"))?;
        (self.rdd, place).serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Checkpointed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (rdd, place) = <(RddId, Place)>::deserialize(deserializer)?;
        Ok(Checkpointed { rdd, source: Source::Executor(place) })
    }
}

impl<T> Checkpointed<T> {
    /// What only the driver has.
    fn data(&self) -> Option<&CheckpointData<T>> {
        match &self.source {
            Source::Driver(data, _) => Some(data),
            Source::Executor(_) => None,
        }
    }
}

impl<T: Data> Compute for Checkpointed<T> {
    type Item = T;
    type Split = u32;
    type Iter = CachedIter<T>;

    fn num_partitions(&self) -> Result<usize, PlanError> {
        self.data().map_or(Ok(0), CheckpointData::num_partitions)
    }

    fn known_num_partitions(&self) -> Option<usize> {
        self.data()?.known_num_partitions()
    }

    fn split(&self, index: usize) -> Result<u32, PlanError> {
        Ok(index as u32)
    }

    fn compute(&self, partition: u32, task: &Arc<TaskContext>) -> Result<CachedIter<T>, TaskError> {
        let id = BlockId { rdd: self.rdd, partition };
        let not_found = || TaskError::CheckpointBlockNotFound { block: id.to_string() };
        let place = match &self.source {
            Source::Driver(data, _) => data.place(),
            Source::Executor(place) => Some(place),
        };
        match place {
            Some(Place::Files(directory)) => read_file(directory, partition, task),
            Some(Place::Blocks) => get_block(id, task)?.ok_or_else(not_found),
            None => Err(not_found()),
        }
    }

    fn partitioner(&self) -> Option<PartitionerInfo> {
        match &self.source {
            Source::Driver(_, partitioner) => partitioner.clone(),
            Source::Executor(_) => None,
        }
    }

    fn boxed_levels(&self) -> usize {
        self.data().map_or(0, CheckpointData::boxed_levels)
    }
}

fn read_file<T: Data>(
    directory: &Path,
    partition: u32,
    task: &Arc<TaskContext>,
) -> Result<CachedIter<T>, TaskError> {
    let file = SpillFile::open_shared(directory.join(part_name(partition))).map_err(TaskError::Checkpoint)?;
    FileRows::of_checkpoint(&file, task, None).map(CachedIter::of)
}

impl<P: Compute> Rdd<P>
where
    P::Item: Data,
{
    /// The same RDD, written to files once: at the first action that needs it, by a job of its own, which computes it from
    /// the beginning (so persist what is expensive). From then on it is read from there, and what it was made from is let
    /// go: for long iterations, whose lineage would grow without end.
    ///
    /// The files are in the directory that [`Context::set_checkpoint_dir`](crate::Context::set_checkpoint_dir) says, and
    /// stay there. As with [`persist`](Self::persist), the result is the RDD to go on with. A file that is damaged fails
    /// its task: there is nothing left to compute it from.
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// context.set_checkpoint_dir(dir.path())?;
    /// let sums = context.range(0..100, 1, 4).map(|x| (x % 3, x)).reduce_by_key_n(2, |a, b| a + b);
    /// let sums = sums.checkpoint();
    /// assert!(!sums.is_checkpointed());
    /// assert_eq!(sums.count()?, 3);
    /// assert!(sums.is_checkpointed() && sums.checkpoint_file().is_some());
    /// assert_eq!(sums.to_debug_string().lines().count(), 1); // nothing but the checkpoint
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn checkpoint(&self) -> Rdd<Checkpointed<P::Item>> {
        self.checkpointed(CallSite::here("checkpoint"), Kind::Reliable)
    }

    /// As [`checkpoint`](Self::checkpoint), but in the executors' storage (memory, and disk for what does not fit): faster,
    /// and not safe from the loss of an executor, nor from [`unpersist`](Self::unpersist).
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let mut numbers = context.range(0..10, 1, 2).local_checkpoint();
    /// for _ in 0..3 {
    ///     numbers = numbers.map(|x| x + 1).local_checkpoint();
    ///     numbers.count()?; // writes it, and lets the one before go
    /// }
    /// assert_eq!(numbers.first()?, 3);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn local_checkpoint(&self) -> Rdd<Checkpointed<P::Item>> {
        let level = self.storage_level().of_local_checkpoint();
        self.checkpointed(CallSite::here("local_checkpoint"), Kind::Local(level))
    }

    fn checkpointed(&self, call_site: CallSite, kind: Kind) -> Rdd<Checkpointed<P::Item>> {
        let context = &self.context;
        // The same node: erasing its type is no step of the program's.
        let op = Boxed::new(self.op.clone());
        let parent = Rdd { context: context.clone(), node: self.node.clone(), op };
        let id = context.next_rdd_id();
        let data = CheckpointData::new(id, call_site, kind, parent);
        let source = Source::Driver(data.clone(), self.op.partitioner());
        let op = Checkpointed { rdd: id, source };
        let counted = data.clone();
        let (name, level) = match kind {
            Kind::Reliable => ("ReliableCheckpointRDD", None),
            Kind::Local(level) => ("LocalCheckpointRDD", Some(level)),
        };
        let count = Box::new(move || counted.num_partitions());
        let mut node = RddNode::new(id, context.key(), name, call_site.text(), Vec::new(), count);
        node.persisted = level.map(|level| context.persisted(id, level));
        node.checkpoint = Some(Arc::new(data));
        Rdd { context: context.clone(), node: Arc::new(node), op }
    }
}

impl<P: Compute> Rdd<P> {
    /// Whether it is a checkpoint that has been written.
    pub fn is_checkpointed(&self) -> bool {
        self.node.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.is_ready())
    }

    /// The directory of its files, if it is a checkpoint with files that has been written (Spark's `getCheckpointFile`).
    pub fn checkpoint_file(&self) -> Option<PathBuf> {
        self.node.checkpoint.as_ref()?.directory()
    }
}
