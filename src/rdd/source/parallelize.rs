//! `parallelize`: a collection of the driver, cut into slices.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    Context,
    context::CallSite,
    rdd::{Compute, Data, PlanError, Rdd},
    task::{Interruptible, TaskContext, TaskError},
};

/// The operator of [`Context::parallelize`]. A task carries its own slice and no other.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "T: Data")]
pub struct Parallelize<T> {
    #[serde(skip)]
    items: Arc<Vec<T>>,
    num_slices: usize,
}

impl<T: Data> Compute for Parallelize<T> {
    type Item = T;
    type Split = Vec<T>;
    type Iter = Interruptible<std::vec::IntoIter<T>>;

    fn num_partitions(&self) -> Result<usize, PlanError> {
        PlanError::check_count("parallelize", self.num_slices)
    }

    fn known_num_partitions(&self) -> Option<usize> {
        Some(self.num_slices)
    }

    fn split(&self, index: usize) -> Result<Vec<T>, PlanError> {
        let at = |index: usize| (index as u128 * self.items.len() as u128 / self.num_slices as u128) as usize;
        Ok(self.items.get(at(index)..at(index + 1)).unwrap_or_default().to_vec())
    }

    fn compute(&self, split: Vec<T>, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        Ok(Interruptible::new(split.into_iter(), task))
    }
}

impl Context {
    /// An RDD of the elements of a collection, cut into `num_slices` partitions of like size. The whole
    /// collection is kept by the driver; each task is sent its slice.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let letters = context.parallelize(vec!['a', 'b', 'c'], 2);
    /// assert_eq!(letters.collect()?, ['a', 'b', 'c']);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn parallelize<T: Data>(&self, items: Vec<T>, num_slices: usize) -> Rdd<Parallelize<T>> {
        let op = Parallelize { items: Arc::new(items), num_slices };
        Rdd::new(self, "ParallelCollectionRDD", CallSite::here("parallelize"), Vec::new(), op)
    }
}
