//! A stage as an executor runs it, and how it is encoded on the driver.

use std::sync::Arc;

use firesteel_actors::lineage::{BinaryError, Blob};
use serde::Serialize;

use super::{TaskContext, TaskError};
use crate::code::{CodeRef, Decodable, to_bytes};

/// What a task of a stage makes.
#[derive(Debug)]
pub(crate) enum StageOutput {
    /// The encoded result.
    Result(Vec<u8>),
    /// The sizes of its shuffle output, by reducer.
    MapOutput(Vec<u64>),
}

/// A decoded stage.
pub(crate) trait StageCode: Send + Sync {
    /// Computes one partition, given its bytes.
    fn run(&self, partition: &[u8], task: &Arc<TaskContext>) -> Result<StageOutput, TaskError>;
}

/// Encodes a stage: which code, and its operators.
pub(crate) fn encode_stage<T>(stage: &T) -> Result<Blob, BinaryError>
where
    T: Decodable<Object = dyn StageCode> + Serialize,
{
    let not_serializable = |error: &dyn std::error::Error| {
        let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
        BinaryError::NotSerializable(format!("{error}{source}"))
    };
    let operators = to_bytes(stage).map_err(|error| not_serializable(&error))?;
    let code = CodeRef::of::<T>();
    to_bytes(&(code, serde_bytes::Bytes::new(&operators)))
        .map(Blob::from)
        .map_err(|error| not_serializable(&error))
}
