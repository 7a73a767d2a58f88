//! `map`: a function of each element.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::as_parent;
use crate::{
    code::Fun,
    context::CallSite,
    rdd::{Apply, Compute, Data, Rdd, With},
    task::{TaskContext, TaskError},
};

/// The operator of [`Rdd::map`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "P: Compute, G: Serialize + serde::de::DeserializeOwned")]
pub struct Map<P, G> {
    parent: P,
    function: G,
}

impl<P: Compute, G: Apply<P::Item>> Compute for Map<P, G>
where
    G::Out: 'static,
{
    type Item = G::Out;
    type Split = P::Split;
    type Iter = MapIter<P::Iter, G>;

    as_parent!();
    as_parent!(split);

    fn compute(&self, split: P::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        Ok(MapIter { parent: self.parent.compute(split, task)?, function: self.function.clone() })
    }
}

impl<P, G> Map<P, G> {
    pub(crate) fn new(parent: P, function: G) -> Self {
        Map { parent, function }
    }
}

/// The iterator of [`Map`].
#[derive(Clone, Debug)]
pub struct MapIter<I, G> {
    parent: I,
    function: G,
}

impl<I, G> MapIter<I, G> {
    pub(crate) fn new(parent: I, function: G) -> Self {
        MapIter { parent, function }
    }
}

impl<I: Iterator, G: Apply<I::Item>> Iterator for MapIter<I, G> {
    type Item = G::Out;

    #[inline]
    fn next(&mut self) -> Option<G::Out> {
        self.parent.next().map(|item| self.function.apply(item))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.parent.size_hint()
    }

    #[inline]
    fn fold<B, F: FnMut(B, G::Out) -> B>(self, init: B, mut f: F) -> B {
        let MapIter { parent, function } = self;
        parent.fold(init, move |sum, item| f(sum, function.apply(item)))
    }
}

impl<P: Compute> Rdd<P> {
    /// A function of each element.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// assert_eq!(context.parallelize(vec![1, 2, 3], 2).map(|x| x * 10).collect()?, [10, 20, 30]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn map<U: 'static, F>(&self, function: F) -> Rdd<Map<P, Fun<F>>>
    where
        F: Fn(P::Item) -> U + Copy + Send + Sync + 'static,
    {
        self.narrow(CallSite::here("map"), Map { parent: self.op.clone(), function: Fun::new(function) })
    }

    /// As [`map`](Self::map), with data that travels beside the function.
    #[track_caller]
    pub fn map_with<E: Data, U: 'static, F>(&self, data: E, function: F) -> Rdd<Map<P, With<E, F>>>
    where
        F: Fn(&E, P::Item) -> U + Copy + Send + Sync + 'static,
    {
        let function = With::new(data, function);
        self.narrow(CallSite::here("map_with"), Map { parent: self.op.clone(), function })
    }

    /// Each element with a key made from it, as pairs.
    #[track_caller]
    pub fn key_by<K: 'static, F>(&self, function: F) -> Rdd<Map<P, KeyBy<F>>>
    where
        F: Fn(&P::Item) -> K + Copy + Send + Sync + 'static,
    {
        self.keyed(CallSite::here("key_by"), function)
    }

    pub(crate) fn keyed<K: 'static, F>(&self, call_site: CallSite, function: F) -> Rdd<Map<P, KeyBy<F>>>
    where
        F: Fn(&P::Item) -> K + Copy + Send + Sync + 'static,
    {
        let function = KeyBy(Fun::new(function));
        self.narrow(call_site, Map { parent: self.op.clone(), function })
    }
}

/// Puts a key beside each element.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(serialize = "", deserialize = "F: Copy + Send + Sync + 'static"))]
pub struct KeyBy<F>(Fun<F>);

impl<T, K, F> Apply<T> for KeyBy<F>
where
    F: Fn(&T) -> K + Copy + Send + Sync + 'static,
{
    type Out = (K, T);

    #[inline(always)]
    fn apply(&self, item: T) -> (K, T) {
        ((self.0.get())(&item), item)
    }
}
