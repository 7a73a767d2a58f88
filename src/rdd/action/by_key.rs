//! Actions on pairs: `lookup`, `count_by_key`, `collect_as_map` and their like.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{ResultFunction, action};
use crate::{
    JobFuture,
    code::Fun,
    context::CallSite,
    rdd::{
        Apply, Compute, Data, Key, Rdd,
        op::Map,
        pair::{AsKey, MapValues},
    },
    shuffle::Distribute,
    task::{TaskContext, TaskError},
};

/// The values of one key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "K: Data")]
struct Lookup<K> {
    key: K,
}

impl<K: Key, V: Data, I: Iterator<Item = (K, V)>> ResultFunction<I> for Lookup<K> {
    type Out = Vec<V>;

    fn run(&self, pairs: I, _task: &Arc<TaskContext>) -> Result<Vec<V>, TaskError> {
        let mut values = Vec::new();
        pairs.for_each(|(key, value)| {
            if key == self.key {
                values.push(value);
            }
        });
        Ok(values)
    }
}

/// The values of each key, brought together by a function.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(serialize = "", deserialize = "F: Copy + Send + Sync + 'static"))]
struct ReduceLocally<F>(Fun<F>);

/// Adds a pair to a map.
fn reduce_into<K: Key, V>(map: &mut HashMap<K, V>, key: K, value: V, function: impl Fn(V, V) -> V) {
    match map.entry(key) {
        Entry::Vacant(vacant) => {
            vacant.insert(value);
        }
        Entry::Occupied(occupied) => {
            // Out of the map while the user's function runs.
            let (key, known) = occupied.remove_entry();
            map.insert(key, function(known, value));
        }
    }
}

impl<K: Key, V: Data, I: Iterator<Item = (K, V)>, F> ResultFunction<I> for ReduceLocally<F>
where
    F: Fn(V, V) -> V + Copy + Send + Sync + 'static,
{
    type Out = Vec<(K, V)>;

    fn run(&self, pairs: I, _task: &Arc<TaskContext>) -> Result<Vec<(K, V)>, TaskError> {
        let mut map = HashMap::new();
        pairs.for_each(|(key, value)| reduce_into(&mut map, key, value, self.0.get()));
        Ok(map.into_iter().collect())
    }
}

/// One, whatever it is one of.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct One;

impl<T> Apply<T> for One {
    type Out = u64;

    #[inline(always)]
    fn apply(&self, _: T) -> u64 {
        1
    }
}

impl<K: Key, V: Data, P: Compute<Item = (K, V)>> Rdd<P> {
    action! {
        /// The values of a key. If the keys are partitioned, only the one partition is computed that may have it.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let pairs = context.range(0..100, 1, 4).map(|x| (x % 10, x)).reduce_by_key(|a, b| a + b);
        /// assert_eq!(pairs.lookup(3)?, [480]);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error`](crate::Error) if the job cannot be planned or fails, or if the partitioner puts the key where there
        /// is no partition.
        lookup, lookup_async = lookup_job (key: K) -> Vec<V>
    }

    fn lookup_job(&self, call_site: CallSite, key: K) -> JobFuture<Vec<V>> {
        let rdd = self.clone();
        JobFuture::new(&self.context, async move {
            let mut partitions = None;
            if let Some(info) = rdd.op.partitioner()
                && let Some(partitioner) = info.partitioner::<K>()
            {
                // The ranges of a sort may have to be found out.
                rdd.context.prepare(&rdd.node).await?;
                partitions = Some(vec![partitioner.reducer(&key, info.count().get()?)]);
            }
            let mut parts: Vec<(usize, Vec<V>)> = Vec::new();
            rdd.run(Lookup { key }, partitions, call_site, |position, part| parts.push((position, part)))
                .await?;
            parts.sort_by_key(|part| part.0);
            Ok(parts.into_iter().flat_map(|part| part.1).collect())
        })
    }

    action! {
        /// All pairs as a map; of several values of a key the last in the order of the partitions.
        ///
        /// # Errors
        /// [`Error`](crate::Error) if the job cannot be planned or fails.
        collect_as_map, collect_as_map_async = collect_as_map_job () -> HashMap<K, V>
    }

    fn collect_as_map_job(&self, call_site: CallSite) -> JobFuture<HashMap<K, V>> {
        let pairs = self.collect_job(call_site);
        JobFuture::new(&self.context, async move { Ok(pairs.await?.into_iter().collect()) })
    }

    action! {
        /// The values of each key brought together by a function, as a map on the driver. Without a shuffle: each
        /// partition's keys are sent to the driver, which merges them in the order in which partitions end.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let sums = context.range(0..100, 1, 4).map(|x| (x % 2, x)).reduce_by_key_locally(|a, b| a + b)?;
        /// assert_eq!(sums[&1], 2500);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error`](crate::Error) if the job cannot be planned or fails.
        reduce_by_key_locally, reduce_by_key_locally_async = reduce_by_key_locally_job
            [F] (function: F) -> HashMap<K, V>
        where F: Fn(V, V) -> V + Copy + Send + Sync + 'static
    }

    fn reduce_by_key_locally_job<F>(&self, call_site: CallSite, function: F) -> JobFuture<HashMap<K, V>>
    where
        F: Fn(V, V) -> V + Copy + Send + Sync + 'static,
    {
        let rdd = self.clone();
        JobFuture::new(&self.context, async move {
            let mut all = HashMap::new();
            rdd.run(ReduceLocally(Fun::new(function)), None, call_site, |_, part: Vec<(K, V)>| {
                part.into_iter().for_each(|(key, value)| reduce_into(&mut all, key, value, function));
            })
            .await?;
            Ok(all)
        })
    }
}

impl<K: Key, V: 'static, P: Compute<Item = (K, V)>> Rdd<P> {
    action! {
        /// How many values each key has, as a map on the driver.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let counts = context.parallelize(vec![('a', 1), ('b', 2), ('a', 3)], 2).count_by_key()?;
        /// assert_eq!((counts[&'a'], counts[&'b']), (2, 1));
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error`](crate::Error) if the job cannot be planned or fails.
        count_by_key, count_by_key_async = count_by_key_job () -> HashMap<K, u64>
    }

    fn count_by_key_job(&self, call_site: CallSite) -> JobFuture<HashMap<K, u64>> {
        let ones = self.narrow(call_site, MapValues::of(self.op.clone(), One));
        ones.counted("count_by_key", call_site).collect_as_map_job(call_site)
    }
}

impl<P: Compute> Rdd<P>
where
    P::Item: Key,
{
    action! {
        /// How many times each element is there, as a map on the driver.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// let counts = context.parallelize("banana".chars().collect(), 2).count_by_value()?;
        /// assert_eq!((counts[&'a'], counts[&'n']), (3, 2));
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error`](crate::Error) if the job cannot be planned or fails.
        count_by_value, count_by_value_async = count_by_value_job () -> HashMap<P::Item, u64>
    }

    fn count_by_value_job(&self, call_site: CallSite) -> JobFuture<HashMap<P::Item, u64>> {
        let keys = self.narrow(call_site, Map::new(self.op.clone(), AsKey));
        let ones = keys.narrow(call_site, MapValues::of(keys.op.clone(), One));
        ones.counted("count_by_value", call_site).collect_as_map_job(call_site)
    }
}
