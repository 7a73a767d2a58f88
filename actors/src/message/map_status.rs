//! Where a map task's output is and how large.

use serde::{Deserialize, Serialize};

use crate::{ExecutorId, TaskId};

/// The result of a map task: location, and the size of each reducer's part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapStatus {
    /// The executor that holds the output.
    pub executor_id: ExecutorId,
    /// The attempt that made it.
    pub map_id: TaskId,
    /// Per reduce partition, compressed as Spark does it; see [`MapStatus::size_of`].
    #[serde(with = "serde_bytes")]
    pub sizes: Vec<u8>,
}

const LOG_BASE: f64 = 1.1;

impl MapStatus {
    /// The status of an output whose parts have these sizes in bytes.
    pub fn new(executor_id: ExecutorId, map_id: TaskId, sizes: impl IntoIterator<Item = u64>) -> Self {
        MapStatus { executor_id, map_id, sizes: sizes.into_iter().map(compress).collect() }
    }

    /// The size of a reducer's part in bytes, at most 10 % off (Spark's one-byte logarithm to base 1.1);
    /// 0 exactly if it is empty.
    pub fn size_of(&self, reduce: usize) -> u64 {
        match self.sizes.get(reduce) {
            None | Some(0) => 0,
            Some(&code) => LOG_BASE.powi(i32::from(code)) as u64,
        }
    }
}

fn compress(size: u64) -> u8 {
    match size {
        0 => 0,
        1 => 1,
        _ => ((size as f64).ln() / LOG_BASE.ln()).ceil().min(255.0) as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_at_most_ten_percent_off() {
        for size in [0, 1, 2, 10, 1_000, 123_456_789, 30_000_000_000] {
            let status = MapStatus::new(ExecutorId::DRIVER, TaskId(0), [size]);
            let read = status.size_of(0);
            assert!(
                read >= size.saturating_sub(1) && read as f64 <= size as f64 * 1.1 + 1.0,
                "{size} {read}"
            );
        }
        assert_eq!(MapStatus::new(ExecutorId::DRIVER, TaskId(0), []).size_of(7), 0);
    }
}
