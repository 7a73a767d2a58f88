//! Many durations in little memory.

use std::collections::BTreeMap;

use serde::Serialize;

/// How many buckets there are between a power of two and the next: a bucket is 1/32 wide, about 3 %.
const BITS: u32 = 5;

/// Counts durations in buckets that grow with them. Only buckets that have something in them take memory, and there
/// are fewer than 2,000.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Histogram {
    buckets: BTreeMap<u32, u64>,
    count: u64,
    sum: u128,
    min: u64,
    max: u64,
}

/// A distribution of durations, in nanoseconds. Least, greatest and mean are exact; the others are at most 3 % too
/// large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Distribution {
    /// How many durations.
    pub count: u64,
    /// The least.
    pub min: u64,
    /// Half are at most this.
    pub median: u64,
    /// 95 of 100 are at most this.
    pub p95: u64,
    /// 99 of 100 are at most this.
    pub p99: u64,
    /// The greatest.
    pub max: u64,
    /// Their sum by their count.
    pub mean: u64,
}

impl Histogram {
    pub(super) fn add(&mut self, value: u64) {
        self.min = if self.count == 0 { value } else { self.min.min(value) };
        self.max = self.max.max(value);
        self.count += 1;
        self.sum += u128::from(value);
        *self.buckets.entry(bucket(value)).or_default() += 1;
    }

    /// What it is like; `None` if there is nothing in it.
    pub(super) fn distribution(&self) -> Option<Distribution> {
        let mean = self.sum.checked_div(u128::from(self.count))?;
        Some(Distribution {
            count: self.count,
            min: self.min,
            median: self.at_most(50),
            p95: self.at_most(95),
            p99: self.at_most(99),
            max: self.max,
            mean: mean as u64,
        })
    }

    /// The end of the bucket up to which there are so many of a hundred.
    fn at_most(&self, percent: u64) -> u64 {
        let wanted = (u128::from(self.count) * u128::from(percent)).div_ceil(100);
        let mut seen = 0;
        for (bucket, count) in &self.buckets {
            seen += u128::from(*count);
            if seen >= wanted {
                return last_of(*bucket).clamp(self.min, self.max);
            }
        }
        self.max
    }
}

/// Small values have a bucket each; larger ones share it with those that have the same first six bits.
fn bucket(value: u64) -> u32 {
    let width = 64 - value.leading_zeros();
    let dropped = width.saturating_sub(BITS + 1);
    (dropped << BITS) + (value >> dropped) as u32
}

/// The greatest value of a bucket.
fn last_of(bucket: u32) -> u64 {
    let dropped = (bucket >> BITS).saturating_sub(1);
    let first = u64::from(bucket - (dropped << BITS)) << dropped;
    first + ((1 << dropped) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_in_its_bucket_and_a_bucket_is_narrow() {
        let values = (0..200).chain((0..64).map(|bit| 1 << bit)).chain([u64::MAX, 1_000_000, 123_456_789]);
        for value in values {
            let last = last_of(bucket(value));
            assert!(last >= value && last - value <= value / 32, "{value} {last}");
            assert_eq!(bucket(last), bucket(value));
            if let Some(next) = last.checked_add(1) {
                assert_eq!(bucket(next), bucket(value) + 1, "{value}");
            }
        }
        assert!(bucket(u64::MAX) < 2_000);
    }

    #[test]
    fn percentiles_are_exact_where_buckets_are() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.distribution(), None);
        (1..=50).rev().for_each(|value| histogram.add(value));
        let expected = Distribution { count: 50, min: 1, median: 25, p95: 48, p99: 50, max: 50, mean: 25 };
        assert_eq!(histogram.distribution(), Some(expected));
    }

    #[test]
    fn no_percentile_is_beyond_the_greatest() {
        let mut histogram = Histogram::default();
        histogram.add(1_000_001);
        let expected = Distribution {
            count: 1,
            min: 1_000_001,
            median: 1_000_001,
            p95: 1_000_001,
            p99: 1_000_001,
            max: 1_000_001,
            mean: 1_000_001,
        };
        assert_eq!(histogram.distribution(), Some(expected));
    }
}
