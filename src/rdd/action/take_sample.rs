//! `take_sample`: a given number of elements, chosen by chance.

use super::action;
use crate::{
    Error, JobFuture,
    context::CallSite,
    random::Random,
    rdd::{Compute, Data, Rdd},
};

/// What share of `total` elements to sample so that it is at least `wanted` in all but few cases, as in Spark.
fn fraction_for(wanted: usize, total: u64, with_replacement: bool) -> f64 {
    let (wanted, total) = (wanted as f64, total as f64);
    if with_replacement {
        // So many standard deviations of a Poisson number.
        let deviations = match wanted {
            ..6.0 => 12.0,
            6.0..16.0 => 9.0,
            _ => 6.0,
        };
        return (wanted + deviations * wanted.sqrt()).max(1e-10) / total;
    }
    // A bound of the binomial distribution, wrong once in 10,000 times.
    let (fraction, gamma) = (wanted / total, -1e-4f64.ln() / total);
    (fraction + gamma + (gamma * gamma + 2.0 * gamma * fraction).sqrt()).clamp(1e-10, 1.0)
}

impl<P: Compute> Rdd<P>
where
    P::Item: Data,
{
    action! {
        /// `count` elements chosen by chance, in an order of chance; the same ones for the same seed. Without replacement
        /// no element comes twice, and if there are fewer all of them come. One job counts the elements; then they are
        /// sampled, again if too few came.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let numbers = context.range(0..100, 1, 4);
        /// assert_eq!(numbers.take_sample(false, 10, 42)?.len(), 10);
        /// assert_eq!(numbers.take_sample(false, 200, 42)?.len(), 100);
        /// assert_eq!(numbers.take_sample(true, 200, 42)?.len(), 200);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error`] if a job cannot be planned or fails.
        take_sample, take_sample_async = take_sample_job
            (with_replacement: bool, count: usize, seed: u64) -> Vec<P::Item>
    }

    fn take_sample_job(
        &self,
        call_site: CallSite,
        with_replacement: bool,
        count: usize,
        seed: u64,
    ) -> JobFuture<Vec<P::Item>> {
        let rdd = self.clone();
        JobFuture::new(&self.context, async move {
            let mut random = Random::new(seed);
            let mut taken = rdd.sample_of(call_site, with_replacement, count, &mut random).await?;
            random.shuffle(&mut taken);
            taken.truncate(count);
            Ok(taken)
        })
    }

    /// At least `count` elements, or all.
    async fn sample_of(
        &self,
        call_site: CallSite,
        with_replacement: bool,
        count: usize,
        random: &mut Random,
    ) -> Result<Vec<P::Item>, Error> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let total = self.counted_elements(call_site).await?;
        if total == 0 {
            return Ok(Vec::new());
        }
        if !with_replacement && count as u64 >= total {
            return self.collected(call_site).await;
        }
        let fraction = fraction_for(count, total, with_replacement);
        loop {
            let sample = self.sampled(call_site, with_replacement, fraction, random.next_u64());
            let taken = sample.collected(call_site).await?;
            if taken.len() >= count {
                return Ok(taken);
            }
            tracing::warn!("Needed to re-sample due to insufficient sample size.");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_sampled_than_is_wanted() {
        assert!((0.1..0.2).contains(&fraction_for(1_000, 10_000, false)));
        assert!((0.1..0.2).contains(&fraction_for(1_000, 10_000, true)));
        assert_eq!(fraction_for(99, 100, false), 1.0);
        assert!(fraction_for(1, 100, true) > 0.1);
    }
}
