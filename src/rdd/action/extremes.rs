//! `max` and `min`.

use super::action;
use crate::{
    JobFuture,
    context::CallSite,
    rdd::{Compute, Data, Rdd},
};

impl<P: Compute> Rdd<P>
where
    P::Item: Data + Ord,
{
    action! {
        /// The largest element. Floating point numbers have no such order: see [`stats`](Self::stats).
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let numbers = context.parallelize(vec![3, 9, 1], 2);
        /// assert_eq!((numbers.max()?, numbers.min()?), (9, 1));
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error::EmptyCollection`](crate::Error) if there is none; [`Error`](crate::Error) if the job cannot be planned
        /// or fails.
        max, max_async = max_job () -> P::Item
    }

    fn max_job(&self, call_site: CallSite) -> JobFuture<P::Item> {
        self.reduce_job(call_site, std::cmp::max::<P::Item>)
    }

    action! {
        /// The smallest element.
        ///
        /// # Errors
        /// [`Error::EmptyCollection`](crate::Error) if there is none; [`Error`](crate::Error) if the job cannot be planned
        /// or fails.
        min, min_async = min_job () -> P::Item
    }

    fn min_job(&self, call_site: CallSite) -> JobFuture<P::Item> {
        self.reduce_job(call_site, std::cmp::min::<P::Item>)
    }
}
