//! `checkpoint` and `local_checkpoint`: partitions that are written once, and a lineage that ends there.
//!
//! A checkpoint is written at the first action that needs it, by a job of its own, and remembered ([`Prepare`]). Then its
//! parents are let go. [`data`] is what the driver holds of it, [`checkpointed`] the operator that reads it.
//!
//! [`Prepare`]: super::Prepare

mod checkpointed;
mod data;
mod write;

use std::{path::PathBuf, sync::Arc};

pub use checkpointed::Checkpointed;
use serde::{Deserialize, Serialize};

use super::{Prepare, RddNode};

/// A checkpoint without its type, as lineages hold it.
pub(crate) trait Checkpoint: Prepare {
    /// What it is made from, until it is written.
    fn parent(&self) -> Option<Arc<RddNode>>;

    /// Where its files are, if it has files and they are written.
    fn directory(&self) -> Option<PathBuf>;
}

/// Where a checkpoint is.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Place {
    /// In a directory, one file per partition.
    Files(PathBuf),
    /// In the executors' storage.
    Blocks,
}

/// The name of a partition's file, as in Spark.
fn part_name(partition: u32) -> String {
    format!("part-{partition:05}")
}
