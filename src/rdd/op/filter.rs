//! `filter`: the elements for which a condition holds.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::as_parent;
use crate::{
    code::Fun,
    context::CallSite,
    rdd::{Compute, Data, Predicate, Rdd, With},
    task::{TaskContext, TaskError},
};

/// The operator of [`Rdd::filter`]. Keys stay where they are, so the partitioner stays.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "P: Compute, G: Serialize + serde::de::DeserializeOwned")]
pub struct Filter<P, G> {
    parent: P,
    condition: G,
}

impl<P: Compute, G: Predicate<P::Item>> Compute for Filter<P, G> {
    type Item = P::Item;
    type Split = P::Split;
    type Iter = FilterIter<P::Iter, G>;

    as_parent!();
    as_parent!(split);
    as_parent!(partitioner);

    fn compute(&self, split: P::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        Ok(FilterIter { parent: self.parent.compute(split, task)?, condition: self.condition.clone() })
    }
}

/// The iterator of [`Filter`].
#[derive(Clone, Debug)]
pub struct FilterIter<I, G> {
    parent: I,
    condition: G,
}

impl<I, G> FilterIter<I, G> {
    pub(crate) fn new(parent: I, condition: G) -> Self {
        FilterIter { parent, condition }
    }
}

impl<I: Iterator, G: Predicate<I::Item>> Iterator for FilterIter<I, G> {
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        self.parent.find(|item| self.condition.test(item))
    }

    #[inline]
    fn fold<B, F: FnMut(B, I::Item) -> B>(self, init: B, mut f: F) -> B {
        let FilterIter { parent, condition } = self;
        parent.fold(init, move |sum, item| if condition.test(&item) { f(sum, item) } else { sum })
    }
}

impl<P: Compute> Rdd<P> {
    /// The elements for which a condition holds.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// assert_eq!(context.range(0..10, 1, 3).filter(|x| x % 4 == 0).collect()?, [0, 4, 8]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn filter<F>(&self, condition: F) -> Rdd<Filter<P, Fun<F>>>
    where
        F: Fn(&P::Item) -> bool + Copy + Send + Sync + 'static,
    {
        self.narrow(
            CallSite::here("filter"),
            Filter { parent: self.op.clone(), condition: Fun::new(condition) },
        )
    }

    /// As [`filter`](Self::filter), with data that travels beside the condition.
    #[track_caller]
    pub fn filter_with<E: Data, F>(&self, data: E, condition: F) -> Rdd<Filter<P, With<E, F>>>
    where
        F: Fn(&E, &P::Item) -> bool + Copy + Send + Sync + 'static,
    {
        let condition = With::new(data, condition);
        self.narrow(CallSite::here("filter_with"), Filter { parent: self.op.clone(), condition })
    }
}
