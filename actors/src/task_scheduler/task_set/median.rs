//! The median of numbers that come one by one.

use std::{cmp::Reverse, collections::BinaryHeap};

/// Two heaps: the lower half of the numbers, and the upper half with the median as its least.
#[derive(Clone, Debug, Default)]
pub(super) struct Median {
    lower: BinaryHeap<u64>,
    upper: BinaryHeap<Reverse<u64>>,
}

impl Median {
    pub(super) fn len(&self) -> usize {
        self.lower.len() + self.upper.len()
    }

    /// Adds a number, in time that grows with the logarithm of their count.
    pub(super) fn insert(&mut self, number: u64) {
        if self.upper.len() > self.lower.len() {
            self.upper.push(Reverse(number));
            if let Some(Reverse(least)) = self.upper.pop() {
                self.lower.push(least);
            }
        } else {
            self.lower.push(number);
            if let Some(greatest) = self.lower.pop() {
                self.upper.push(Reverse(greatest));
            }
        }
    }

    /// The median, the upper one of two; `None` of nothing.
    pub(super) fn get(&self) -> Option<u64> {
        self.upper.peek().map(|Reverse(median)| *median)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_middle_of_the_sorted_numbers() {
        let mut median = Median::default();
        assert_eq!((median.get(), median.len()), (None, 0));
        let mut numbers = Vec::new();
        for step in 0_u64..200 {
            let number = step.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 50;
            median.insert(number);
            numbers.push(number);
            numbers.sort_unstable();
            assert_eq!(median.get(), Some(numbers[numbers.len() / 2]), "{numbers:?}");
        }
        assert_eq!(median.len(), 200);
    }
}
