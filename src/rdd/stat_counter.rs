//! [`StatCounter`] and [`Number`]: what numeric actions count with.

use serde::{Deserialize, Serialize};

/// A number that can be counted with as a floating point number.
pub trait Number: Copy + Send + 'static {
    /// It as an `f64`; a large integer is rounded.
    fn to_f64(self) -> f64;
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl Number for $number {
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
        })*
    };
}

numbers!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64);

/// How many numbers there are, their mean, variance, minimum and maximum: found in one pass, and merged without much loss
/// of precision. As Spark's class of this name.
///
/// ```
/// let context = firesteel::Context::builder().master("local[2]").start()?;
/// let stats = context.range(1..5, 1, 2).stats()?;
/// assert_eq!((stats.count(), stats.mean(), stats.variance()), (4, 2.5, 1.25));
/// assert_eq!((stats.min(), stats.max()), (1.0, 4.0));
/// # Ok::<(), firesteel::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatCounter {
    count: u64,
    mean: f64,
    /// The sum of the squares of the distances to the mean.
    squares: f64,
    min: f64,
    max: f64,
}

impl Default for StatCounter {
    fn default() -> Self {
        StatCounter { count: 0, mean: 0.0, squares: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl StatCounter {
    /// Of no numbers.
    pub fn new() -> Self {
        StatCounter::default()
    }

    /// Adds a number.
    #[inline]
    pub fn add(&mut self, value: f64) {
        let distance = value - self.mean;
        self.count += 1;
        self.mean += distance / self.count as f64;
        self.squares += distance * (value - self.mean);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Adds the numbers of another.
    pub fn merge(&mut self, other: &StatCounter) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = *other;
            return;
        }
        let (mine, others) = (self.count as f64, other.count as f64);
        let distance = other.mean - self.mean;
        let all = mine + others;
        self.mean += distance * others / all;
        self.squares += other.squares + distance * distance * mine * others / all;
        self.count += other.count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// How many numbers there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their mean; 0 of none.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Their sum, from the mean: [`Rdd::sum`](crate::Rdd::sum) adds them up.
    pub fn sum(&self) -> f64 {
        self.mean * self.count as f64
    }

    /// The smallest; infinity of none.
    pub fn min(&self) -> f64 {
        self.min
    }

    /// The largest; minus infinity of none.
    pub fn max(&self) -> f64 {
        self.max
    }

    /// Their variance as all there are (Spark's `popVariance`); not a number of none.
    pub fn variance(&self) -> f64 {
        if self.count == 0 { f64::NAN } else { self.squares / self.count as f64 }
    }

    /// Their variance as a sample of more (divided by one less); not a number of less than two.
    pub fn sample_variance(&self) -> f64 {
        if self.count < 2 { f64::NAN } else { self.squares / (self.count - 1) as f64 }
    }

    /// The square root of [`variance`](Self::variance).
    pub fn stdev(&self) -> f64 {
        self.variance().sqrt()
    }

    /// The square root of [`sample_variance`](Self::sample_variance).
    pub fn sample_stdev(&self) -> f64 {
        self.sample_variance().sqrt()
    }
}

impl FromIterator<f64> for StatCounter {
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> Self {
        numbers.into_iter().fold(StatCounter::new(), |mut stats, number| {
            stats.add(number);
            stats
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_merged_to_what_all_are() {
        let numbers: Vec<f64> = (0..1_000).map(|x| 1e6 + f64::from(x * x % 97)).collect();
        let all: StatCounter = numbers.iter().copied().collect();
        let mut merged = StatCounter::new();
        for part in [&numbers[..1], &numbers[1..1], &numbers[1..700], &numbers[700..]] {
            merged.merge(&part.iter().copied().collect());
        }
        assert_eq!((merged.count(), merged.min(), merged.max()), (1_000, all.min(), all.max()));
        assert!((merged.mean() - all.mean()).abs() < 1e-6);
        assert!((merged.variance() - all.variance()).abs() < 1e-6);
        let mean = numbers.iter().sum::<f64>() / 1_000.0;
        let variance = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1_000.0;
        assert!((all.variance() - variance).abs() < 1e-6);
        assert!((all.sample_variance() - variance * 1_000.0 / 999.0).abs() < 1e-6);
    }

    #[test]
    fn of_no_numbers_there_is_no_variance() {
        let none = StatCounter::new();
        assert_eq!((none.count(), none.sum(), none.mean()), (0, 0.0, 0.0));
        assert!(none.variance().is_nan() && none.sample_stdev().is_nan());
        assert_eq!((none.min(), none.max()), (f64::INFINITY, f64::NEG_INFINITY));
    }
}
