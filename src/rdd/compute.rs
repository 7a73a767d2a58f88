//! [`Compute`]: the five properties of an RDD, as a type that travels.

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};

use super::{KeyOrder, PartitionerInfo, PlanError};
use crate::task::{TaskContext, TaskError};

/// An operator with all that it is computed from: Spark's five properties of an RDD.
///
/// 1. Its partitions: [`num_partitions`](Compute::num_partitions) and, for each, a [`Split`](Compute::Split),
///    which is what one task needs to know of its partition (a slice of a collection, a piece of a file).
/// 2. [`compute`](Compute::compute) makes a partition's iterator.
/// 3. Its dependencies: the fields of the type itself; the driver keeps them beside it as lineage.
/// 4. Its [`partitioner`](Compute::partitioner), if its keys are partitioned.
/// 5. Its [`preferred_locations`](Compute::preferred_locations).
///
/// The type is serialized once per stage and sent to each executor. What only the driver needs is skipped by
/// serde. Iterators should implement `fold`, for that is how a chain is driven.
pub trait Compute: Clone + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// What it is a collection of.
    type Item: 'static;
    /// What a task needs to know of its partition.
    type Split: Serialize + DeserializeOwned + Send + 'static;
    /// The iterator of a partition. It owns what it needs.
    type Iter: Iterator<Item = Self::Item> + 'static;

    /// How many partitions there are. Called on the driver only.
    ///
    /// # Errors
    /// [`PlanError`] if that cannot be told (a missing input file) or is out of bounds.
    fn num_partitions(&self) -> Result<usize, PlanError>;

    /// How many partitions there are, if that is known without a look at files or the like. Called on the driver
    /// only, by transformations: these do no I/O.
    fn known_num_partitions(&self) -> Option<usize> {
        None
    }

    /// What the task of partition `index` needs to know. Called on the driver only.
    ///
    /// # Errors
    /// [`PlanError`] as for [`num_partitions`](Compute::num_partitions).
    fn split(&self, index: usize) -> Result<Self::Split, PlanError>;

    /// The elements of a partition.
    ///
    /// # Errors
    /// [`TaskError`] if the partition cannot be begun. Errors further on are raised by
    /// [`TaskContext::fail`].
    fn compute(&self, split: Self::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError>;

    /// By what its keys are partitioned, if they are.
    fn partitioner(&self) -> Option<PartitionerInfo> {
        None
    }

    /// Whether its pairs are in the order of their keys, over all partitions and within each: upwards or downwards.
    fn key_order(&self) -> Option<KeyOrder> {
        None
    }

    /// Hosts on which a partition is best computed, best first; none by default.
    fn preferred_locations(&self, index: usize) -> Vec<String> {
        let _ = index;
        Vec::new()
    }

    /// How many boxed operators are nested in it.
    #[doc(hidden)]
    fn boxed_levels(&self) -> usize {
        0
    }
}
