//! `sample` and `random_split`: elements chosen by chance, the same ones for the same seed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::as_parent;
use crate::{
    context::CallSite,
    random::Random,
    rdd::{Compute, PlanError, Rdd},
    task::{TaskContext, TaskError},
};

/// Up to this chance it is cheaper to draw how many elements are passed over.
const LARGEST_GAP_CHANCE: f64 = 0.4;
/// How often an element may come on average: nobody would see the end of more.
const LARGEST_MEAN: f64 = 1e6;
/// The mean that one product of numbers is good for.
const LARGEST_POISSON_STEP: f64 = 16.0;

/// The operator of [`Rdd::sample`] and [`Rdd::random_split`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "P: Compute")]
pub struct Sampled<P> {
    parent: P,
    chance: Chance,
    seed: u64,
    /// Why there can be no such sample.
    #[serde(skip)]
    invalid: Option<PlanError>,
}

/// How often each element is chosen.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Chance {
    /// Once, with this chance.
    Bernoulli(f64),
    /// Once, if its number from 0 to 1 is within these.
    Cell { from: f64, to: f64 },
    /// Any number of times, so often on average.
    Poisson(f64),
}

impl<P: Compute> Compute for Sampled<P>
where
    P::Item: Clone,
{
    type Item = P::Item;
    type Split = (usize, P::Split);
    type Iter = SampledIter<P::Iter>;

    fn num_partitions(&self) -> Result<usize, PlanError> {
        match &self.invalid {
            Some(error) => Err(error.clone()),
            None => self.parent.num_partitions(),
        }
    }

    fn known_num_partitions(&self) -> Option<usize> {
        self.parent.known_num_partitions()
    }

    fn split(&self, index: usize) -> Result<Self::Split, PlanError> {
        Ok((index, self.parent.split(index)?))
    }

    fn compute(&self, (index, split): Self::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let chooser = Chooser::new(self.chance, Random::of_partition(self.seed, index));
        Ok(SampledIter::new(self.parent.compute(split, task)?, chooser))
    }

    fn preferred_locations(&self, index: usize) -> Vec<String> {
        self.parent.preferred_locations(index)
    }

    fn boxed_levels(&self) -> usize {
        self.parent.boxed_levels()
    }

    as_parent!(partitioner);
}

/// Says of one element after the other how often it is chosen.
pub trait Choose<T> {
    /// How often this one is.
    fn copies(&mut self, item: &T) -> u64;
}

/// Chooses all elements with the same chance.
#[derive(Clone, Debug)]
pub struct Chooser {
    chance: Chance,
    random: Random,
    /// How many elements to pass over.
    gap: u64,
}

impl Chooser {
    fn new(chance: Chance, random: Random) -> Self {
        let mut chooser = Chooser { chance, random, gap: 0 };
        if let Chance::Bernoulli(chance) = chance {
            chooser.draw_gap(chance);
        }
        chooser
    }

    fn draw_gap(&mut self, chance: f64) {
        // 1 - x is never 0. Too large a gap is one without end.
        let gap = (1.0 - self.random.next_f64()).ln() / (-chance).ln_1p();
        self.gap = if chance <= 0.0 { u64::MAX } else { gap as u64 };
    }

    #[inline]
    fn draw(&mut self) -> u64 {
        match self.chance {
            Chance::Bernoulli(chance) if chance > LARGEST_GAP_CHANCE => {
                u64::from(self.random.next_f64() < chance)
            }
            Chance::Bernoulli(_) if self.gap > 0 => {
                self.gap -= 1;
                0
            }
            Chance::Bernoulli(chance) => {
                self.draw_gap(chance);
                1
            }
            Chance::Cell { from, to } => u64::from((from..to).contains(&self.random.next_f64())),
            Chance::Poisson(mean) => poisson(&mut self.random, mean),
        }
    }
}

impl<T> Choose<T> for Chooser {
    #[inline]
    fn copies(&mut self, _: &T) -> u64 {
        self.draw()
    }
}

/// A number of Poisson's distribution. Sums of such numbers are such numbers, so a large mean goes in steps.
pub(crate) fn poisson(random: &mut Random, mean: f64) -> u64 {
    let (mut left, mut count) = (mean, 0);
    while left > 0.0 {
        let least = (-left.min(LARGEST_POISSON_STEP)).exp();
        let mut product = random.next_f64();
        while product > least {
            count += 1;
            product *= random.next_f64();
        }
        left -= LARGEST_POISSON_STEP;
    }
    count
}

/// The iterator of [`Sampled`] and of samples by key.
#[derive(Clone, Debug)]
pub struct SampledIter<I: Iterator, C = Chooser> {
    items: I,
    /// An element that comes again, and how often.
    again: Option<(I::Item, u64)>,
    chooser: C,
}

impl<I: Iterator, C> SampledIter<I, C> {
    pub(crate) fn new(items: I, chooser: C) -> Self {
        SampledIter { items, again: None, chooser }
    }
}

impl<I: Iterator, C: Choose<I::Item>> Iterator for SampledIter<I, C>
where
    I::Item: Clone,
{
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        if let Some((item, left)) = self.again.take() {
            if left > 1 {
                self.again = Some((item.clone(), left - 1));
            }
            return Some(item);
        }
        loop {
            let item = self.items.next()?;
            match self.chooser.copies(&item) {
                0 => {}
                1 => return Some(item),
                copies => {
                    self.again = Some((item.clone(), copies - 1));
                    return Some(item);
                }
            }
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, I::Item) -> B>(self, init: B, mut f: F) -> B {
        let SampledIter { items, again, mut chooser } = self;
        let mut repeat = |mut sum, item: I::Item, copies: u64| {
            for _ in 1..copies {
                sum = f(sum, item.clone());
            }
            if copies > 0 { f(sum, item) } else { sum }
        };
        let sum = match again {
            Some((item, left)) => repeat(init, item, left),
            None => init,
        };
        items.fold(sum, |sum, item| {
            let copies = chooser.copies(&item);
            repeat(sum, item, copies)
        })
    }
}

/// Why there can be no sample of a fraction.
pub(crate) fn invalid_fraction(fraction: f64, with_replacement: bool) -> Option<PlanError> {
    let largest = if with_replacement { LARGEST_MEAN } else { 1.0 };
    (!(0.0..=largest).contains(&fraction)).then_some(PlanError::Fraction { fraction, with_replacement })
}

impl<P: Compute> Rdd<P>
where
    P::Item: Clone,
{
    /// Some elements, chosen by chance; the same ones for the same seed. Without replacement each is chosen at most
    /// once, with the chance `fraction` (0 to 1); with replacement it is chosen `fraction` times (up to a million) on average. Elements
    /// stay in their partitions and in their order, and so the partitioner stays.
    ///
    /// If the order of elements can change when a partition is computed again, another sample comes of it; a lost part
    /// then means that all of it is made again (`spark-semantics` section 5).
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let numbers = context.range(0..10_000, 1, 4);
    /// let some = numbers.sample(false, 0.1, 42);
    /// assert!((900..1_100).contains(&some.count()?));
    /// assert_eq!(some.collect()?, numbers.sample(false, 0.1, 42).collect()?);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn sample(&self, with_replacement: bool, fraction: f64, seed: u64) -> Rdd<Sampled<P>> {
        self.sampled(CallSite::here("sample"), with_replacement, fraction, seed)
    }

    pub(crate) fn sampled(
        &self,
        call_site: CallSite,
        with_replacement: bool,
        fraction: f64,
        seed: u64,
    ) -> Rdd<Sampled<P>> {
        let chance = if with_replacement { Chance::Poisson(fraction) } else { Chance::Bernoulli(fraction) };
        let invalid = invalid_fraction(fraction, with_replacement);
        let op = Sampled { parent: self.op.clone(), chance, seed, invalid };
        self.narrow_order_sensitive("PartitionwiseSampledRDD", call_site, op)
    }

    /// Divides the elements by chance: each RDD gets about its weight's share of them, and no two RDDs the same element.
    /// Weights need not sum up to 1.
    ///
    /// If the order of elements can change when a partition is computed again, an element may end in two RDDs or in none:
    /// persist this RDD then.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let parts = context.range(0..1_000, 1, 4).random_split(&[0.8, 0.2], 7);
    /// let (training, test) = (parts[0].count()?, parts[1].count()?);
    /// assert_eq!(training + test, 1_000);
    /// assert!((750..850).contains(&training));
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn random_split(&self, weights: &[f64], seed: u64) -> Vec<Rdd<Sampled<P>>> {
        let call_site = CallSite::here("random_split");
        let sum: f64 = weights.iter().sum();
        let is_valid = sum > 0.0 && sum.is_finite() && weights.iter().all(|weight| *weight >= 0.0);
        let invalid = (!is_valid).then(|| PlanError::Weights { weights: weights.to_vec() });
        let mut passed = 0.0;
        let last = weights.len().saturating_sub(1);
        let cells = weights.iter().enumerate().map(|(place, weight)| {
            let from = passed / sum;
            passed += weight;
            // The last has what rounding leaves.
            let to = if place == last { 1.0 } else { passed / sum };
            let chance = Chance::Cell { from, to };
            let op = Sampled { parent: self.op.clone(), chance, seed, invalid: invalid.clone() };
            self.narrow_order_sensitive("MapPartitionsRDD", call_site, op)
        });
        cells.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copies(chance: Chance) -> Vec<u64> {
        let partition = |index| {
            let mut chooser = Chooser::new(chance, Random::of_partition(3, index));
            (0..20_000).map(move |_| chooser.draw())
        };
        (0..20).flat_map(partition).collect()
    }

    #[test]
    fn a_small_and_a_large_chance_are_kept() {
        for chance in [0.0, 0.001, 0.1, 0.4, 0.41, 0.9, 1.0] {
            let copies = copies(Chance::Bernoulli(chance));
            let share = copies.iter().sum::<u64>() as f64 / copies.len() as f64;
            assert!((share - chance).abs() < 0.015, "{share} of {chance}");
            assert!(copies.iter().all(|count| *count <= 1));
        }
    }

    #[test]
    fn elements_are_chosen_several_times_as_poisson_says() {
        for mean in [0.0, 0.1, 1.0, 40.0] {
            let copies = copies(Chance::Poisson(mean));
            let found = copies.iter().sum::<u64>() as f64 / copies.len() as f64;
            let variance =
                copies.iter().map(|count| (*count as f64 - found).powi(2)).sum::<f64>() / copies.len() as f64;
            assert!((found - mean).abs() <= 0.05 * mean, "{found} of {mean}");
            assert!((variance - mean).abs() <= 0.08 * mean, "{variance} of {mean}");
        }
    }
}
