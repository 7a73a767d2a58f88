//! A set of partitions: one bit each, with a count, so that a stage of a million tasks stays small.

use std::fmt;

/// A set of numbers below a fixed length.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct PartitionSet {
    words: Vec<u64>,
    count: usize,
}

impl PartitionSet {
    /// The empty set of numbers below `len`.
    pub(crate) fn new(len: usize) -> Self {
        PartitionSet { words: vec![0; len.div_ceil(64)], count: 0 }
    }

    /// Adds a number; false if it was there already or does not belong here.
    pub(crate) fn insert(&mut self, number: u32) -> bool {
        let Some(word) = self.words.get_mut(number as usize / 64) else { return false };
        let bit = 1 << (number % 64);
        let new = *word & bit == 0;
        *word |= bit;
        self.count += usize::from(new);
        new
    }

    /// Takes a number out; false if it was not there.
    pub(crate) fn remove(&mut self, number: u32) -> bool {
        let Some(word) = self.words.get_mut(number as usize / 64) else { return false };
        let bit = 1 << (number % 64);
        let there = *word & bit != 0;
        *word &= !bit;
        self.count -= usize::from(there);
        there
    }

    /// Whether a number is there.
    pub(crate) fn contains(&self, number: u32) -> bool {
        self.words.get(number as usize / 64).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    /// How many numbers are there.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Whether none is.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl fmt::Debug for PartitionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = (0..self.words.len() as u32 * 64).filter(|number| self.contains(*number));
        f.debug_set().entries(numbers).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_is_in_it() {
        let mut set = PartitionSet::new(70);
        assert!(set.insert(0) && set.insert(69) && !set.insert(69));
        assert!(!set.insert(128), "out of range");
        assert_eq!((set.len(), set.contains(69), set.contains(1)), (2, true, false));
        assert!(set.remove(69) && !set.remove(69) && set.remove(0) && set.is_empty());
    }
}
