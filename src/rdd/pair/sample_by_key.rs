//! `sample_by_key`: pairs chosen by chance, with a chance for each key.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

use crate::{
    context::CallSite,
    random::Random,
    rdd::{
        Compute, Key, PlanError, Rdd,
        op::{Choose, SampledIter, invalid_fraction, poisson},
    },
    task::{TaskContext, TaskError},
};

/// The operator of [`Rdd::sample_by_key`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "P: Compute, K: Key")]
pub struct SampledByKey<P, K> {
    parent: P,
    fractions: Arc<Vec<(K, f64)>>,
    with_replacement: bool,
    seed: u64,
    /// Why there can be no such sample.
    #[serde(skip)]
    invalid: Option<PlanError>,
}

/// Chooses each pair with the chance of its key.
#[derive(Clone, Debug)]
pub struct KeyChooser<K> {
    fractions: HashMap<K, f64, FixedState>,
    with_replacement: bool,
    random: Random,
}

impl<K: Key, V> Choose<(K, V)> for KeyChooser<K> {
    #[inline]
    fn copies(&mut self, (key, _): &(K, V)) -> u64 {
        let fraction = self.fractions.get(key).copied().unwrap_or(0.0);
        if self.with_replacement {
            poisson(&mut self.random, fraction)
        } else {
            u64::from(self.random.next_f64() < fraction)
        }
    }
}

impl<K: Key, V: Clone + 'static, P: Compute<Item = (K, V)>> Compute for SampledByKey<P, K> {
    type Item = (K, V);
    type Split = (usize, P::Split);
    type Iter = SampledIter<P::Iter, KeyChooser<K>>;

    fn num_partitions(&self) -> Result<usize, PlanError> {
        self.invalid.clone().map_or_else(|| self.parent.num_partitions(), Err)
    }

    fn known_num_partitions(&self) -> Option<usize> {
        self.parent.known_num_partitions()
    }

    fn split(&self, index: usize) -> Result<Self::Split, PlanError> {
        Ok((index, self.parent.split(index)?))
    }

    fn compute(&self, (index, split): Self::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        let chooser = KeyChooser {
            fractions: self.fractions.iter().cloned().collect(),
            with_replacement: self.with_replacement,
            random: Random::of_partition(self.seed, index),
        };
        Ok(SampledIter::new(self.parent.compute(split, task)?, chooser))
    }

    fn preferred_locations(&self, index: usize) -> Vec<String> {
        self.parent.preferred_locations(index)
    }

    fn boxed_levels(&self) -> usize {
        self.parent.boxed_levels()
    }

    fn partitioner(&self) -> Option<crate::rdd::PartitionerInfo> {
        self.parent.partitioner()
    }

    fn key_order(&self) -> Option<crate::rdd::KeyOrder> {
        self.parent.key_order()
    }
}

impl<K: Key, V: Clone + 'static, P: Compute<Item = (K, V)>> Rdd<P> {
    /// Some pairs, chosen by chance: as [`sample`](Self::sample), with a fraction for each key. Pairs of keys without one are
    /// left out.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let pairs = context.range(0..10_000, 1, 4).map(|x| (x % 2, x));
    /// let some = pairs.sample_by_key(false, [(0, 0.1), (1, 0.8)], 42).count_by_key()?;
    /// assert!((430..570).contains(&some[&0]) && (3_900..4_100).contains(&some[&1]));
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn sample_by_key(
        &self,
        with_replacement: bool,
        fractions: impl IntoIterator<Item = (K, f64)>,
        seed: u64,
    ) -> Rdd<SampledByKey<P, K>> {
        let fractions: Vec<(K, f64)> = fractions.into_iter().collect();
        let invalid =
            fractions.iter().find_map(|(_, fraction)| invalid_fraction(*fraction, with_replacement));
        let (parent, fractions) = (self.op.clone(), Arc::new(fractions));
        let op = SampledByKey { parent, fractions, with_replacement, seed, invalid };
        self.narrow_order_sensitive("MapPartitionsRDD", CallSite::here("sample_by_key"), op)
    }
}
