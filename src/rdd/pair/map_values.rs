//! `map_values`: a function of each value; keys, and so the partitioner, stay.

use serde::{Deserialize, Serialize};

use crate::{
    code::Fun,
    context::CallSite,
    rdd::{
        Apply, Compute, Data, Rdd, With,
        op::{MapIter, as_parent},
    },
    task::{TaskContext, TaskError},
};

/// The operator of [`Rdd::map_values`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "P: Compute, G: Serialize + serde::de::DeserializeOwned")]
pub struct MapValues<P, G> {
    parent: P,
    function: OfValue<G>,
}

/// A function of the value, as one of the pair.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "G: Serialize + serde::de::DeserializeOwned")]
pub struct OfValue<G>(G);

impl<P, G> MapValues<P, G> {
    pub(crate) fn of(parent: P, function: G) -> Self {
        MapValues { parent, function: OfValue(function) }
    }
}

impl<K, V, G: Apply<V>> Apply<(K, V)> for OfValue<G> {
    type Out = (K, G::Out);

    #[inline(always)]
    fn apply(&self, (key, value): (K, V)) -> (K, G::Out) {
        (key, self.0.apply(value))
    }
}

impl<K: 'static, V, P: Compute<Item = (K, V)>, G: Apply<V>> Compute for MapValues<P, G>
where
    G::Out: 'static,
{
    type Item = (K, G::Out);
    type Split = P::Split;
    type Iter = MapIter<P::Iter, OfValue<G>>;

    as_parent!();
    as_parent!(split);
    as_parent!(partitioner);

    fn compute(&self, split: P::Split, task: &std::sync::Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        Ok(MapIter::new(self.parent.compute(split, task)?, self.function.clone()))
    }
}

impl<K: 'static, V: 'static, P: Compute<Item = (K, V)>> Rdd<P> {
    /// A function of each value; the keys stay.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let ages = context.parallelize(vec![('a', 41), ('b', 19)], 2).map_values(|age| age + 1);
    /// assert_eq!(ages.collect()?, [('a', 42), ('b', 20)]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn map_values<U: 'static, F>(&self, function: F) -> Rdd<MapValues<P, Fun<F>>>
    where
        F: Fn(V) -> U + Copy + Send + Sync + 'static,
    {
        let function = OfValue(Fun::new(function));
        self.narrow(CallSite::here("map_values"), MapValues { parent: self.op.clone(), function })
    }

    /// As [`map_values`](Self::map_values), with data that travels beside the function.
    #[track_caller]
    pub fn map_values_with<E: Data, U: 'static, F>(
        &self,
        data: E,
        function: F,
    ) -> Rdd<MapValues<P, With<E, F>>>
    where
        F: Fn(&E, V) -> U + Copy + Send + Sync + 'static,
    {
        let function = OfValue(With::new(data, function));
        self.narrow(CallSite::here("map_values_with"), MapValues { parent: self.op.clone(), function })
    }
}
