//! [`Accumulate`]: what an accumulator adds up, and the three that Spark has.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::rdd::Data;

/// Something that values are added to, and that is merged with another of its kind; the order must not matter.
///
/// ```
/// use firesteel::accumulator::Accumulate;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Default, Serialize, Deserialize)]
/// struct Longest(String);
///
/// impl Accumulate for Longest {
///     type Input = String;
///     type Output = String;
///     fn is_zero(&self) -> bool {
///         self.0.is_empty()
///     }
///     fn add(&mut self, text: String) {
///         if text.len() > self.0.len() {
///             self.0 = text;
///         }
///     }
///     fn merge(&mut self, other: Self) {
///         self.add(other.0);
///     }
///     fn value(&self) -> String {
///         self.0.clone()
///     }
/// }
///
/// let context = firesteel::Context::builder().master("local[2]").start()?;
/// let longest = context.accumulator::<Longest>("longest");
/// let words = context.parallelize(vec!["a".to_owned(), "word".to_owned()], 2);
/// words.for_each_with(longest.clone(), |longest, word| longest.add(word))?;
/// assert_eq!(longest.value(), "word");
/// # Ok::<(), firesteel::Error>(())
/// ```
pub trait Accumulate: Data + Default {
    /// What is added.
    type Input;
    /// What is read.
    type Output;

    /// Whether nothing has been added, as in [`Default`].
    fn is_zero(&self) -> bool;

    /// Adds a value.
    fn add(&mut self, value: Self::Input);

    /// Adds what another has added up.
    fn merge(&mut self, other: Self);

    /// What it has added up.
    fn value(&self) -> Self::Output;
}

macro_rules! sums {
    ($(#[$meta:meta] $name:ident: $number:ty, $add:expr;)*) => {$(
        #[$meta]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            sum: $number,
            count: u64,
        }

        impl $name {
            /// The sum of what was added.
            pub fn sum(&self) -> $number {
                self.sum
            }

            /// How many values were added.
            pub fn count(&self) -> u64 {
                self.count
            }

            /// The mean of what was added; not a number if nothing was.
            pub fn avg(&self) -> f64 {
                self.sum as f64 / self.count as f64
            }
        }

        impl Accumulate for $name {
            type Input = $number;
            type Output = $number;

            fn is_zero(&self) -> bool {
                self.count == 0
            }

            fn add(&mut self, value: $number) {
                self.merge($name { sum: value, count: 1 });
            }

            fn merge(&mut self, other: Self) {
                self.sum = $add(self.sum, other.sum);
                self.count += other.count;
            }

            fn value(&self) -> $number {
                self.sum
            }
        }
    )*};
}

sums! {
    /// The sum and the count of integers. As in Spark the sum wraps around at the ends of its range.
    LongSum: i64, i64::wrapping_add;
    /// The sum and the count of floating point numbers.
    DoubleSum: f64, |a: f64, b| a + b;
}

/// Everything that was added, in no certain order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "T: Serialize + DeserializeOwned")]
pub struct Collected<T>(Vec<T>);

impl<T> Default for Collected<T> {
    fn default() -> Self {
        Collected(Vec::new())
    }
}

impl<T: Data> Accumulate for Collected<T> {
    type Input = T;
    type Output = Vec<T>;

    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, value: T) {
        self.0.push(value);
    }

    fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    fn value(&self) -> Vec<T> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accv2_001_a_long_adds_counts_averages_and_merges() {
        let mut long = LongSum::default();
        assert!(long.is_zero() && long.avg().is_nan());
        long.add(0);
        assert!(!long.is_zero(), "a zero was added");
        long.add(2);
        assert_eq!((long.sum(), long.count(), long.avg(), long.value()), (2, 2, 1.0, 2));
        let copy = long;
        long.merge(LongSum { sum: i64::MAX, count: 1 });
        assert_eq!((long.sum(), long.count()), (i64::MIN + 1, 3));
        assert_eq!((copy.sum(), copy.count()), (2, 2));
    }

    #[test]
    fn accv2_002_a_double_adds_counts_averages_and_merges() {
        let mut double = DoubleSum::default();
        assert!(double.is_zero() && double.avg().is_nan());
        double.add(0.5);
        double.add(2.0);
        double.merge(DoubleSum { sum: 0.5, count: 2 });
        assert_eq!((double.sum(), double.count(), double.avg(), double.value()), (3.0, 4, 0.75, 3.0));
    }

    #[test]
    fn accv2_003_a_list_adds_and_merges() {
        let mut list = Collected::default();
        assert!(list.is_zero());
        list.add('a');
        list.merge(Collected(vec!['b', 'a']));
        assert_eq!(list.value(), ['a', 'b', 'a']);
        assert!(!list.is_zero() && Collected::<char>::default().is_zero());
    }
}
