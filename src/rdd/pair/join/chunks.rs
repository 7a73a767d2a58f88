//! Rows of both sides in files.

use std::sync::Arc;

use crate::spill::{RowReader, SpillFile};

/// Rows of both sides that may meet, and how often they were divided.
pub(super) struct Files {
    pub(super) left: Option<Arc<SpillFile>>,
    pub(super) right: Option<Arc<SpillFile>>,
    pub(super) level: u32,
}

/// Files of which the right one does not fit and cannot be divided.
pub(super) struct Chunks<K, W> {
    pub(super) left: Option<Arc<SpillFile>>,
    /// The rows of the right side that come after those at hand, and how many.
    pub(super) rest: RowReader<(K, W)>,
    pub(super) left_over: u64,
    /// Bits of the left side's rows that met some of the right.
    pub(super) met: Vec<u64>,
}

impl<K, W> Chunks<K, W> {
    pub(super) fn has_met(&self, row: u64) -> bool {
        self.met.get((row / 64) as usize).is_some_and(|bits| (bits >> (row % 64)) & 1 == 1)
    }

    pub(super) fn meets(&mut self, row: u64) {
        if let Some(bits) = self.met.get_mut((row / 64) as usize) {
            *bits |= 1 << (row % 64);
        }
    }
}
