//! [`Forgotten`]: ids of what there was once and never will be again.

use std::collections::BTreeMap;

/// A set of ids, kept as ranges: ids are given in turn, so there are about as many ranges as there are ids still in use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forgotten {
    /// First and last.
    ranges: BTreeMap<u64, u64>,
}

impl Forgotten {
    pub(crate) fn contains(&self, id: u64) -> bool {
        self.ranges.range(..=id).next_back().is_some_and(|(_, last)| id <= *last)
    }

    pub(crate) fn insert(&mut self, id: u64) {
        if self.contains(id) {
            return;
        }
        let before = self.ranges.range(..id).next_back().filter(|(_, last)| **last + 1 == id);
        let first = before.map_or(id, |(first, _)| *first);
        let after = id.checked_add(1).and_then(|next| self.ranges.remove(&next));
        self.ranges.insert(first, after.unwrap_or(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_follow_each_other_are_one_range() {
        let mut forgotten = Forgotten::default();
        for id in [5, 3, 0, 4, u64::MAX, 9, 3] {
            forgotten.insert(id);
        }
        assert_eq!(forgotten.ranges, BTreeMap::from([(0, 0), (3, 5), (9, 9), (u64::MAX, u64::MAX)]));
        let found: Vec<u64> = (0..12).filter(|id| forgotten.contains(*id)).collect();
        assert_eq!(found, [0, 3, 4, 5, 9]);
        assert!(forgotten.contains(u64::MAX));
    }
}
