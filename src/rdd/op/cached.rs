//! `persist` and `cache`: partitions that executors keep between jobs.

use std::sync::Arc;

use firesteel_actors::RddId;
use serde::{Deserialize, Serialize};

use super::as_parent;
use crate::{
    StorageLevel,
    context::CallSite,
    rdd::{Compute, Data, Deferred, NodeDependency, PlanError, Rdd, RddNode},
    storage::{BlockId, CachedIter, get_or_compute},
    task::{TaskContext, TaskError},
};

/// The operator of [`Rdd::persist`] and [`Rdd::cache`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "P: Compute")]
pub struct Cached<P> {
    /// Names its blocks.
    rdd: RddId,
    parent: P,
}

impl<P> Cached<P> {
    pub(crate) fn new(rdd: RddId, parent: P) -> Self {
        Cached { rdd, parent }
    }
}

impl<P: Compute> Compute for Cached<P>
where
    P::Item: Data,
{
    type Item = P::Item;
    /// Which partition, and the parent's, in case that it has to be computed.
    type Split = (u32, P::Split);
    type Iter = CachedIter<P::Item>;

    as_parent!();
    as_parent!(partitioner);

    fn split(&self, index: usize) -> Result<Self::Split, PlanError> {
        Ok((index as u32, self.parent.split(index)?))
    }

    fn compute(
        &self,
        (partition, split): Self::Split,
        task: &Arc<TaskContext>,
    ) -> Result<Self::Iter, TaskError> {
        let id = BlockId { rdd: self.rdd, partition };
        get_or_compute(id, task, || self.parent.compute(split, task))
    }
}

impl<P: Compute> Rdd<P>
where
    P::Item: Data,
{
    /// The same RDD, of which executors keep each partition in memory when it is first computed:
    /// [`persist`](Self::persist) with Spark's default, [`StorageLevel::MEMORY_ONLY`].
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let squares = context.range(0..4, 1, 2).map(|x| x * x).cache();
    /// assert_eq!(squares.count()?, 4); // computes and keeps
    /// assert_eq!(squares.reduce(|a, b| a + b)?, 14); // reads what was kept
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn cache(&self) -> Rdd<Cached<P>> {
        self.persisted(CallSite::here("cache"), StorageLevel::MEMORY_ONLY)
    }

    /// The same RDD, of which executors keep each partition when it is first computed, so that later jobs need not
    /// compute it again. What was kept makes room for other RDDs' partitions and for running tasks, longest unused first;
    /// what is gone is computed again.
    ///
    /// Spark's `persist` marks the RDD it is called on. Here the result is the persisted one, and this one stays as it is:
    /// write `let numbers = numbers.persist(level)`. It lasts until [`unpersist`](Self::unpersist), or until the last RDD
    /// that was made from it is dropped.
    ///
    /// ```
    /// use firesteel::StorageLevel;
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let squares = context.range(0..100, 1, 4).map(|x| x * x).persist(StorageLevel::DISK_ONLY);
    /// assert_eq!(squares.storage_level(), StorageLevel::DISK_ONLY);
    /// assert_eq!((squares.count()?, squares.collect()?[9]), (100, 81));
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn persist(&self, level: StorageLevel) -> Rdd<Cached<P>> {
        self.persisted(CallSite::here("persist"), level)
    }

    fn persisted(&self, call_site: CallSite, level: StorageLevel) -> Rdd<Cached<P>> {
        let context = &self.context;
        let id = context.next_rdd_id();
        let op = Cached { rdd: id, parent: self.op.clone() };
        let counted = op.clone();
        let mut node = RddNode::new(
            id,
            context.key(),
            "MapPartitionsRDD",
            call_site.text(),
            vec![NodeDependency::OneToOne(Deferred::new(self.node.clone()))],
            Box::new(move || counted.num_partitions()),
        );
        node.persisted = Some(context.persisted(id, level));
        Rdd { context: context.clone(), node: Arc::new(node), op }
    }
}

impl<P: Compute> Rdd<P> {
    /// Frees what executors keep of this RDD, at once, and keeps nothing of it any more; without effect on one that is
    /// not persisted.
    ///
    /// ```
    /// use firesteel::StorageLevel;
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let numbers = context.range(0..100, 1, 4).cache();
    /// numbers.count()?;
    /// numbers.unpersist();
    /// assert_eq!(numbers.storage_level(), StorageLevel::NONE);
    /// assert!(context.rdd_storage_info().is_empty());
    /// assert_eq!(numbers.count()?, 100);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    pub fn unpersist(&self) {
        if let Some(persisted) = &self.node.persisted {
            tracing::info!("Removing RDD {} from persistence list", self.node.id);
            persisted.unpersist();
        }
    }

    /// How executors keep this RDD (Spark's `getStorageLevel`); [`StorageLevel::NONE`] if they do not.
    pub fn storage_level(&self) -> StorageLevel {
        self.node.persisted.as_ref().map_or(StorageLevel::NONE, |persisted| persisted.level())
    }
}
