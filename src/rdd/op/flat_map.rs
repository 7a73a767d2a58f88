//! `flat_map`: any number of elements from each element.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::as_parent;
use crate::{
    code::Fun,
    context::CallSite,
    rdd::{Apply, Compute, Data, Rdd, With},
    task::{TaskContext, TaskError},
};

/// The operator of [`Rdd::flat_map`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "P: Compute, G: Serialize + serde::de::DeserializeOwned")]
pub struct FlatMap<P, G> {
    parent: P,
    function: G,
}

impl<P: Compute, G: Apply<P::Item>> Compute for FlatMap<P, G>
where
    G::Out: IntoIterator,
    <G::Out as IntoIterator>::IntoIter: 'static,
    <G::Out as IntoIterator>::Item: 'static,
{
    type Item = <G::Out as IntoIterator>::Item;
    type Split = P::Split;
    type Iter = FlatMapIter<P::Iter, <G::Out as IntoIterator>::IntoIter, G>;

    as_parent!();
    as_parent!(split);

    fn compute(&self, split: P::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        Ok(FlatMapIter::new(self.parent.compute(split, task)?, self.function.clone()))
    }
}

/// The iterator of [`FlatMap`].
#[derive(Clone, Debug)]
pub struct FlatMapIter<I, U, G> {
    parent: I,
    front: Option<U>,
    function: G,
}

impl<I, U, G> FlatMapIter<I, U, G> {
    pub(crate) fn new(parent: I, function: G) -> Self {
        FlatMapIter { parent, front: None, function }
    }
}

impl<I, U, G> Iterator for FlatMapIter<I, U, G>
where
    I: Iterator,
    U: Iterator,
    G: Apply<I::Item>,
    G::Out: IntoIterator<IntoIter = U, Item = U::Item>,
{
    type Item = U::Item;

    #[inline]
    fn next(&mut self) -> Option<U::Item> {
        loop {
            if let Some(item) = self.front.as_mut().and_then(Iterator::next) {
                return Some(item);
            }
            self.front = Some(self.function.apply(self.parent.next()?).into_iter());
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, U::Item) -> B>(self, init: B, mut f: F) -> B {
        let FlatMapIter { parent, front, function } = self;
        let begun = front.into_iter().flatten().fold(init, &mut f);
        parent.fold(begun, move |sum, item| function.apply(item).into_iter().fold(sum, &mut f))
    }
}

impl<P: Compute> Rdd<P> {
    /// All elements of what a function makes from each element.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let digits = context.parallelize(vec![12u32, 34], 2).flat_map(|number| [number / 10, number % 10]);
    /// assert_eq!(digits.collect()?, [1, 2, 3, 4]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn flat_map<U, F>(&self, function: F) -> Rdd<FlatMap<P, Fun<F>>>
    where
        U: IntoIterator,
        U::IntoIter: 'static,
        U::Item: 'static,
        F: Fn(P::Item) -> U + Copy + Send + Sync + 'static,
    {
        let function = Fun::new(function);
        self.narrow(CallSite::here("flat_map"), FlatMap { parent: self.op.clone(), function })
    }

    /// As [`flat_map`](Self::flat_map), with data that travels beside the function.
    #[track_caller]
    pub fn flat_map_with<E: Data, U, F>(&self, data: E, function: F) -> Rdd<FlatMap<P, With<E, F>>>
    where
        U: IntoIterator,
        U::IntoIter: 'static,
        U::Item: 'static,
        F: Fn(&E, P::Item) -> U + Copy + Send + Sync + 'static,
    {
        let function = With::new(data, function);
        self.narrow(CallSite::here("flat_map_with"), FlatMap { parent: self.op.clone(), function })
    }
}
