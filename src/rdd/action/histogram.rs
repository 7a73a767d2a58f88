//! `histogram`: how many numbers are in each bucket.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ResultFunction, action};
use crate::{
    Error, JobFuture,
    context::CallSite,
    rdd::{Compute, Number, PlanError, Rdd},
    task::{TaskContext, TaskError},
};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Histogram {
    /// Bounds of the buckets, one more than there are buckets.
    bounds: Vec<f64>,
}

impl Histogram {
    /// With bounds that can be.
    fn new(bounds: Vec<f64>) -> Result<Self, PlanError> {
        let reason = if bounds.len() < 2 {
            "buckets array must have at least two elements"
        } else if !bounds.is_sorted_by(|a, b| a <= b) {
            "bounds must be in ascending order"
        } else {
            return Ok(Histogram { bounds });
        };
        Err(PlanError::Histogram { reason })
    }

    fn num_buckets(&self) -> usize {
        self.bounds.len().saturating_sub(1)
    }

    /// The last bucket has its upper bound too, the others do not.
    fn bucket(&self, value: f64) -> Option<usize> {
        let at_or_below = self.bounds.partition_point(|bound| *bound <= value);
        if at_or_below == self.bounds.len() {
            return (self.bounds.last() == Some(&value)).then(|| at_or_below.saturating_sub(2));
        }
        // Not a number is below all.
        at_or_below.checked_sub(1)
    }
}

impl<T: Number, I: Iterator<Item = T>> ResultFunction<I> for Histogram {
    type Out = Vec<u64>;

    fn run(&self, items: I, _task: &Arc<TaskContext>) -> Result<Vec<u64>, TaskError> {
        let mut counts = vec![0; self.num_buckets()];
        items.for_each(|item| {
            if let Some(count) = self.bucket(item.to_f64()).and_then(|bucket| counts.get_mut(bucket)) {
                *count += 1;
            }
        });
        Ok(counts)
    }
}

/// Bounds of even buckets from the smallest number to the largest; of equal numbers one bucket.
fn even_bounds(min: f64, max: f64, num_buckets: usize) -> Result<Vec<f64>, PlanError> {
    let reason = if num_buckets == 0 {
        "it has no buckets"
    } else if !min.is_finite() || !max.is_finite() {
        "Histogram on either an empty RDD or RDD containing +/-infinity or NaN"
    } else if min == max {
        return Ok(vec![min, max]);
    } else {
        let width = max / num_buckets as f64 - min / num_buckets as f64;
        let bounds = (0..num_buckets).map(|place| (min + place as f64 * width).min(max));
        return Ok(bounds.chain([max]).collect());
    };
    Err(PlanError::Histogram { reason })
}

impl<P: Compute> Rdd<P>
where
    P::Item: Number,
{
    action! {
        /// The bounds of this many even buckets from the smallest number to the largest, and how many numbers each has.
        /// A bucket has its lower bound but not its upper one; the last has both. If all numbers are equal there is one
        /// bucket. Takes two jobs: one finds the bounds.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let (bounds, counts) = context.range(0..51, 1, 3).histogram(2)?;
        /// assert_eq!((bounds, counts), (vec![0.0, 25.0, 50.0], vec![25, 26]));
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`PlanError::Histogram`] for no buckets, no numbers, or numbers that are not finite; [`Error`] if a job cannot
        /// be planned or fails.
        histogram, histogram_async = histogram_job (num_buckets: usize) -> (Vec<f64>, Vec<u64>)
    }

    fn histogram_job(&self, call_site: CallSite, num_buckets: usize) -> JobFuture<(Vec<f64>, Vec<u64>)> {
        let rdd = self.clone();
        JobFuture::new(&self.context, async move {
            let stats = rdd.counted_stats(call_site).await?;
            // Minimum and maximum pass over what is not a number; the mean does not.
            let min = if stats.mean().is_nan() { f64::NAN } else { stats.min() };
            let bounds = even_bounds(min, stats.max(), num_buckets)?;
            let counts = rdd.counted_buckets(call_site, Histogram::new(bounds.clone())?).await?;
            Ok((bounds, counts))
        })
    }

    action! {
        /// How many numbers there are in each bucket between two of these bounds, which ascend. A bucket has its lower
        /// bound but not its upper one; the last has both. Numbers outside are not counted.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let numbers = context.parallelize(vec![1.0, 9.9, 10.0, 20.0, 21.0], 2);
        /// assert_eq!(numbers.histogram_bounds(&[1.0, 10.0, 20.0])?, [2, 2]);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`PlanError::Histogram`] for less than two bounds, or bounds that do not ascend; [`Error`] if the job cannot be
        /// planned or fails.
        histogram_bounds, histogram_bounds_async = histogram_bounds_job (bounds: &[f64]) -> Vec<u64>
    }

    fn histogram_bounds_job(&self, call_site: CallSite, bounds: &[f64]) -> JobFuture<Vec<u64>> {
        let (rdd, bounds) = (self.clone(), bounds.to_vec());
        JobFuture::new(
            &self.context,
            async move { rdd.counted_buckets(call_site, Histogram::new(bounds)?).await },
        )
    }

    async fn counted_buckets(&self, call_site: CallSite, histogram: Histogram) -> Result<Vec<u64>, Error> {
        let mut counts = vec![0; histogram.num_buckets()];
        self.run(histogram, None, call_site, |_, part: Vec<u64>| {
            counts.iter_mut().zip(part).for_each(|(count, more)| *count += more);
        })
        .await?;
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_bucket_has_its_upper_bound() {
        let histogram = Histogram::new(vec![0.0, 1.0, 3.0]).unwrap();
        let buckets = [-0.1, 0.0, 0.9, 1.0, 3.0, 3.1, f64::NAN].map(|value| histogram.bucket(value));
        assert_eq!(buckets, [None, Some(0), Some(0), Some(1), Some(1), None, None]);
        assert_eq!(Histogram::new(vec![2.0, 2.0]).unwrap().bucket(2.0), Some(0));
    }

    #[test]
    fn bounds_must_ascend() {
        assert!(Histogram::new(vec![1.0]).is_err());
        assert!(Histogram::new(vec![2.0, 1.0]).is_err());
        assert!(Histogram::new(vec![1.0, f64::NAN]).is_err());
    }

    #[test]
    fn even_bounds_end_at_the_maximum() {
        assert_eq!(even_bounds(0.0, 1.0, 3).unwrap().last(), Some(&1.0));
        assert_eq!(even_bounds(-f64::MAX, f64::MAX, 2).unwrap(), [-f64::MAX, 0.0, f64::MAX]);
        assert!(even_bounds(f64::INFINITY, f64::NEG_INFINITY, 3).is_err());
    }
}
