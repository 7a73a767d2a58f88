//! Where a map task's output is and how large.

use std::sync::Arc;

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
    #[serde(with = "shared_bytes")]
    pub sizes: Arc<[u8]>,
}

const LOG_BASE: f64 = 1.1;

/// The size that each code stands for: they are read by the million.
static SIZES: [u64; 256] = sizes();

const fn sizes() -> [u64; 256] {
    let mut sizes = [0; 256];
    let (mut code, mut size) = (1, LOG_BASE);
    while code < 256 {
        sizes[code] = size as u64;
        size *= LOG_BASE;
        code += 1;
    }
    sizes
}

impl MapStatus {
    /// The status of an output whose parts have these sizes in bytes.
    pub fn new(executor_id: ExecutorId, map_id: TaskId, sizes: impl IntoIterator<Item = u64>) -> Self {
        MapStatus { executor_id, map_id, sizes: sizes.into_iter().map(compress).collect() }
    }

    /// The size of a reducer's part in bytes, at most 10 % off (Spark's one-byte logarithm to base 1.1);
    /// 0 exactly if it is empty.
    pub fn size_of(&self, reduce: usize) -> u64 {
        self.sizes.get(reduce).and_then(|code| SIZES.get(usize::from(*code))).copied().unwrap_or(0)
    }
}

fn compress(size: u64) -> u8 {
    match size {
        0 => 0,
        1 => 1,
        _ => ((size as f64).ln() / LOG_BASE.ln()).ceil().min(255.0) as u8,
    }
}

/// Bytes that copies share, as bytes.
mod shared_bytes {
    use std::sync::Arc;

    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &Arc<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<[u8]>, D::Error> {
        serde_bytes::deserialize::<Vec<u8>, D>(deserializer).map(Arc::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::compact;

    #[test]
    fn traces_have_a_byte_for_each_size() {
        let status = |executor_id, map_id, sizes| MapStatus { executor_id, map_id: TaskId(map_id), sizes };
        let none = status(ExecutorId(0), 251, Arc::from([]));
        compact::assert_bytes(&none, &[0, 251, 251, 0, 0]);
        let three = status(ExecutorId::DRIVER, 7, Arc::from([0, 251, 255]));
        compact::assert_bytes(&three, &[252, 255, 255, 255, 255, 7, 3, 0, 251, 255]);
    }

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

    #[test]
    fn each_code_stands_for_a_power_of_the_base() {
        for code in 1..=u8::MAX {
            let power = LOG_BASE.powi(i32::from(code));
            assert!((SIZES[usize::from(code)] as f64 - power).abs() <= 1.0 + power * 1e-12, "{code}");
        }
        assert_eq!(SIZES[0], 0);
    }

    #[test]
    fn copies_share_their_sizes() {
        let status = MapStatus::new(ExecutorId::DRIVER, TaskId(0), [1, 2, 3]);
        assert!(Arc::ptr_eq(&status.sizes, &status.clone().sizes));
        let bytes = rmp_serde::to_vec(&status).unwrap();
        assert_eq!(rmp_serde::from_slice::<MapStatus>(&bytes).unwrap(), status);
    }
}
