//! What tasks add to accumulators. The values are the program's; here they are bytes.

use serde::{Deserialize, Serialize};

use crate::lineage::Blob;

/// What one task added to one accumulator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccumUpdate {
    /// The accumulator, as the context counts them.
    pub id: u64,
    /// The encoded partial value.
    pub value: Blob,
    /// Whether it counts also when the task fails (`spark-semantics` 3.1).
    pub counts_failed: bool,
}
