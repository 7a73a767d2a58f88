//! In what order the members of a pool get their turns (`spark-semantics` section 8).

use std::sync::Arc;

use super::super::TaskSetId;
use crate::{JobId, config::SchedulingMode};

/// A member's place among the members of its pool; the least comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// By job, then by stage and attempt.
    Fifo(JobId, TaskSetId),
    /// By need.
    Fair {
        /// Whether it runs as many tasks as its minimum share, or more.
        satisfied: bool,
        /// Running tasks by minimum share if it is needy, else by weight: the bits of a float that is not
        /// negative, which are in the floats' order.
        ratio: u64,
        /// Ties: by name, compared as a text.
        name: Arc<str>,
    },
}

/// What the rank of a member depends on.
#[derive(Clone, Debug)]
pub(super) struct Share {
    pub(super) name: Arc<str>,
    pub(super) running: u32,
    pub(super) min_share: u32,
    pub(super) weight: u32,
    /// A pool among others counts as job 0.
    pub(super) job_id: JobId,
    pub(super) set: TaskSetId,
}

impl Share {
    pub(super) fn rank(&self, mode: SchedulingMode) -> Rank {
        match mode {
            SchedulingMode::Fifo => Rank::Fifo(self.job_id, self.set),
            SchedulingMode::Fair => {
                let satisfied = self.running >= self.min_share;
                let part = if satisfied { self.weight.max(1) } else { self.min_share.max(1) };
                let ratio = f64::from(self.running) / f64::from(part);
                Rank::Fair { satisfied, ratio: ratio.to_bits(), name: self.name.clone() }
            }
        }
    }
}
