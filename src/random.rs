//! Numbers that look random and are the same for the same seed (splitmix64): for samples, never for secrets.

/// A sequence of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// The sequence of a partition: those of neighbours have nothing in common.
    pub(crate) fn of_partition(seed: u64, partition: usize) -> Self {
        let base = Random(seed).next_u64();
        Random(Random(base.wrapping_add(partition as u64)).next_u64())
    }

    #[inline]
    pub(crate) fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 (included) to 1 (not included).
    #[inline]
    pub(crate) fn next_f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Puts elements into another order, each order with the same chance.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, (self.next_u64() % (last as u64 + 1)) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_even() {
        let mut random = Random::of_partition(7, 3);
        let numbers: Vec<f64> = (0..10_000).map(|_| random.next_f64()).collect();
        assert!(numbers.iter().all(|x| (0.0..1.0).contains(x)));
        assert!((numbers.iter().sum::<f64>() / 10_000.0 - 0.5).abs() < 0.02);
    }

    #[test]
    fn partitions_have_sequences_of_their_own() {
        let first = |partition| Random::of_partition(1, partition).next_u64();
        assert_eq!(first(1), first(1));
        assert_ne!(first(1), first(2));
    }

    #[test]
    fn a_shuffled_list_has_the_same_elements() {
        let mut items: Vec<u32> = (0..100).collect();
        Random::new(5).shuffle(&mut items);
        assert!(!items.is_sorted());
        items.sort();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
