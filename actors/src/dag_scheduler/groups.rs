//! Job groups whose future jobs are refused (`spark-semantics` section 20).

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

/// Cancelled groups, the oldest forgotten first.
#[derive(Clone, Debug, Default)]
pub(super) struct CancelledGroups {
    groups: BTreeSet<Arc<str>>,
    by_age: VecDeque<Arc<str>>,
}

impl CancelledGroups {
    /// Remembers a group; at most `limit` are.
    pub(super) fn add(&mut self, group: Arc<str>, limit: u32) {
        if self.groups.insert(group.clone()) {
            self.by_age.push_back(group);
        }
        while self.by_age.len() > limit as usize
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.groups.remove(&oldest);
        }
    }

    /// Whether jobs of a group are refused.
    pub(super) fn contains(&self, group: &str) -> bool {
        self.groups.contains(group)
    }
}
