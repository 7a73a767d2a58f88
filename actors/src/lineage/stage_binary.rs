//! What a stage's tasks run, made outside of the actors.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Blob;

/// Code and data of a stage, the same for all its tasks, and each task's own partition.
///
/// The code travels once per executor; a task carries only its partition's bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageBinary {
    /// The operator chain and the function at its end.
    pub code: Blob,
    /// By partition: that partition's bytes (a slice of a collection, a file split). Empty when no
    /// partition needs any.
    pub partitions: Arc<[Blob]>,
}

impl StageBinary {
    /// The bytes of one partition, empty if it needs none.
    pub fn partition(&self, index: u32) -> Blob {
        self.partitions.get(index as usize).cloned().unwrap_or_default()
    }
}

/// Why a stage has no binary; the job is aborted with this text (`spark-texts`, submitMissingTasks).
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum BinaryError {
    /// The operators do not serialize.
    #[error("Task not serializable: {0}")]
    NotSerializable(String),
    /// Anything else went wrong while making it.
    #[error("Task serialization failed: {0}")]
    Failed(String),
}
