//! `flat_map_values`: any number of values from each value; keys, and so the partitioner, stay.

use std::{iter::Zip, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    code::Fun,
    context::CallSite,
    rdd::{
        Apply, Compute, Data, Rdd, With,
        op::{FlatMapIter, as_parent},
    },
    task::{TaskContext, TaskError},
};

/// The operator of [`Rdd::flat_map_values`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "P: Compute, G: Serialize + serde::de::DeserializeOwned")]
pub struct FlatMapValues<P, G> {
    parent: P,
    function: ValuesOfPair<G>,
}

/// A function of the value, as one of the pair.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "G: Serialize + serde::de::DeserializeOwned")]
pub struct ValuesOfPair<G>(G);

impl<K: Clone, V, G: Apply<V>> Apply<(K, V)> for ValuesOfPair<G>
where
    G::Out: IntoIterator,
{
    type Out = Zip<std::iter::Repeat<K>, <G::Out as IntoIterator>::IntoIter>;

    #[inline(always)]
    fn apply(&self, (key, value): (K, V)) -> Self::Out {
        std::iter::repeat(key).zip(self.0.apply(value))
    }
}

impl<K, V, P, G> Compute for FlatMapValues<P, G>
where
    K: Clone + 'static,
    P: Compute<Item = (K, V)>,
    G: Apply<V>,
    G::Out: IntoIterator,
    <G::Out as IntoIterator>::IntoIter: 'static,
    <G::Out as IntoIterator>::Item: 'static,
{
    type Item = (K, <G::Out as IntoIterator>::Item);
    type Split = P::Split;
    type Iter =
        FlatMapIter<P::Iter, Zip<std::iter::Repeat<K>, <G::Out as IntoIterator>::IntoIter>, ValuesOfPair<G>>;

    as_parent!();
    as_parent!(split);
    as_parent!(partitioner);

    fn compute(&self, split: P::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        Ok(FlatMapIter::new(self.parent.compute(split, task)?, self.function.clone()))
    }
}

impl<K: Clone + 'static, V: 'static, P: Compute<Item = (K, V)>> Rdd<P> {
    /// All values that a function makes of each value, each with the key.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let pairs = context.parallelize(vec![('a', 2), ('b', 1)], 2).flat_map_values(|most| 0..=most);
    /// assert_eq!(pairs.collect()?, [('a', 0), ('a', 1), ('a', 2), ('b', 0), ('b', 1)]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn flat_map_values<U, F>(&self, function: F) -> Rdd<FlatMapValues<P, Fun<F>>>
    where
        U: IntoIterator,
        U::IntoIter: 'static,
        U::Item: 'static,
        F: Fn(V) -> U + Copy + Send + Sync + 'static,
    {
        let function = ValuesOfPair(Fun::new(function));
        self.narrow(CallSite::here("flat_map_values"), FlatMapValues { parent: self.op.clone(), function })
    }

    /// As [`flat_map_values`](Self::flat_map_values), with data that travels beside the function.
    #[track_caller]
    pub fn flat_map_values_with<E: Data, U, F>(
        &self,
        data: E,
        function: F,
    ) -> Rdd<FlatMapValues<P, With<E, F>>>
    where
        U: IntoIterator,
        U::IntoIter: 'static,
        U::Item: 'static,
        F: Fn(&E, V) -> U + Copy + Send + Sync + 'static,
    {
        let function = ValuesOfPair(With::new(data, function));
        let call_site = CallSite::here("flat_map_values_with");
        self.narrow(call_site, FlatMapValues { parent: self.op.clone(), function })
    }
}
