//! Distributing by ranges of keys, found by sampling, so that the partitions of a sort follow one another.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use firesteel_actors::{JobError, carrier::panic_text};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::gather::Distribute;
use crate::{
    Context, Error,
    context::{CallSite, SharedRun},
    error::JobFailure,
    random::Random,
    rdd::{Compute, Data, PlanError, Prepare, Rdd, action::ResultFunction, partitioning::PartitionCount},
    task::{TaskContext, TaskError},
};

/// Keys sampled for each reduce partition, as in Spark.
const SAMPLE_PER_REDUCE: usize = 20;
/// Keys sampled at most.
const MAX_SAMPLE: usize = 1_000_000;
/// Each partition gives this many times its share, for partitions differ in size.
const OVERSAMPLE: usize = 3;

/// The upper bounds of all ranges but the last. Known after sampling; tasks get them with their stage.
pub(crate) struct RangeBounds<K> {
    ascending: bool,
    bounds: Arc<OnceLock<Vec<K>>>,
    /// Only on the driver.
    sampler: Option<Arc<dyn Prepare>>,
}

impl<K: Data + Ord> RangeBounds<K> {
    /// Bounds for the keys of `parent`, which is sampled when they are needed.
    pub(crate) fn of<P, V>(
        parent: &Rdd<P>,
        ascending: bool,
        count: PartitionCount,
        call_site: CallSite,
    ) -> Self
    where
        P: Compute<Item = (K, V)>,
        V: 'static,
    {
        let bounds = Arc::new(OnceLock::new());
        let parent = Mutex::new(Some(parent.clone()));
        let sampling = SharedRun::default();
        let sampler = Arc::new(Sampler { parent, count, call_site, bounds: bounds.clone(), sampling });
        RangeBounds { ascending, bounds, sampler: Some(Arc::new(sampler)) }
    }
}

impl<K> Clone for RangeBounds<K> {
    fn clone(&self) -> Self {
        RangeBounds { ascending: self.ascending, bounds: self.bounds.clone(), sampler: self.sampler.clone() }
    }
}

impl<K: Serialize> Serialize for RangeBounds<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.ascending, self.bounds.get()).serialize(serializer)
    }
}

impl<'de, K: Deserialize<'de>> Deserialize<'de> for RangeBounds<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (ascending, bounds) = <(bool, Option<Vec<K>>)>::deserialize(deserializer)?;
        let bounds = bounds.map(OnceLock::from).unwrap_or_default();
        Ok(RangeBounds { ascending, bounds: Arc::new(bounds), sampler: None })
    }
}

impl<K: Data + Ord> Distribute<K> for RangeBounds<K> {
    fn reducer(&self, key: &K, num_reduces: usize) -> usize {
        let bounds = self.bounds.get().map_or(&[][..], Vec::as_slice);
        let range = bounds.partition_point(|bound| bound < key);
        if self.ascending { range } else { num_reduces.saturating_sub(1).saturating_sub(range) }
    }

    fn prepare(&self) -> Option<&dyn Prepare> {
        self.sampler.as_deref()
    }
}

struct Sampler<P: Compute, K> {
    /// `None` when the bounds are known: what keeps them keeps no lineage.
    parent: Mutex<Option<Rdd<P>>>,
    count: PartitionCount,
    call_site: CallSite,
    bounds: Arc<OnceLock<Vec<K>>>,
    /// Two actions at a time sample once.
    sampling: SharedRun,
}

impl<K: Data + Ord, V: 'static, P: Compute<Item = (K, V)>> Sampler<P, K> {
    fn lock_parent(&self) -> MutexGuard<'_, Option<Rdd<P>>> {
        self.parent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn sample(self: Arc<Self>) -> Result<(), Error> {
        let parent = self.lock_parent().clone();
        let Some(parent) = parent else { return Ok(()) };
        let num_maps = parent.num_partitions()?;
        let num_reduces = self.count.get()?;
        let bounds = if num_reduces == 1 || num_maps == 0 {
            Vec::new()
        } else {
            let wanted = (SAMPLE_PER_REDUCE * num_reduces).min(MAX_SAMPLE);
            let sample = SampleKeys { per_partition: (OVERSAMPLE * wanted).div_ceil(num_maps) };
            let mut samples: Vec<(u64, Vec<K>)> = Vec::with_capacity(num_maps);
            let sampled = parent.run(sample, None, self.call_site, |_, part| samples.push(part)).await;
            sampled.map_err(sampling_error)?;
            try_determine_bounds(samples, num_reduces)?
        };
        self.bounds.get_or_init(|| bounds);
        // Outside of the lock: a whole lineage may go.
        let lineage = self.lock_parent().take();
        drop(lineage);
        Ok(())
    }
}

impl<K: Data + Ord, V: 'static, P: Compute<Item = (K, V)>> Prepare for Arc<Sampler<P, K>> {
    fn is_ready(&self) -> bool {
        self.bounds.get().is_some()
    }

    fn run(&self, _context: &Context) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send>> {
        let sampler = self.clone();
        Box::pin(self.sampling.clone().join(move || Box::pin(sampler.clone().sample())))
    }
}

/// A failure of the sampling job is one of the plan. A job that was ended from outside would have ended likewise in
/// any other phase of the sort, so its error stays as it is.
fn sampling_error(error: Error) -> Error {
    match &error {
        Error::Job(JobFailure {
            source: JobError::StageFailure { .. } | JobError::StageCreation { .. },
            ..
        }) => Error::Plan(PlanError::Sampling { operation: "sort_by_key", reason: error.to_string() }),
        _ => error,
    }
}

/// [`determine_bounds`] on the driver: the order of keys is the user's, and its panic is not to end the driver.
fn try_determine_bounds<K: Ord>(samples: Vec<(u64, Vec<K>)>, num_reduces: usize) -> Result<Vec<K>, Error> {
    catch_unwind(AssertUnwindSafe(|| determine_bounds(samples, num_reduces))).map_err(|payload| {
        let reason = format!("comparing keys panicked: {}", panic_text(&*payload));
        Error::Plan(PlanError::Sampling { operation: "sort_by_key", reason })
    })
}

/// Cuts weighted candidates into ranges of like weight: a key stands for as many as its partition has per
/// sampled key.
fn determine_bounds<K: Ord>(samples: Vec<(u64, Vec<K>)>, num_reduces: usize) -> Vec<K> {
    let weighted = samples.into_iter().flat_map(|(count, keys)| {
        let weight = count as f64 / keys.len().max(1) as f64;
        keys.into_iter().map(move |key| (key, weight))
    });
    let mut candidates: Vec<(K, f64)> = weighted.collect();
    candidates.sort_by(|a, b| a.0.cmp(&b.0));
    let step = candidates.iter().map(|(_, weight)| weight).sum::<f64>() / num_reduces as f64;
    let (mut passed, mut target) = (0.0, step);
    let mut bounds: Vec<K> = Vec::new();
    for (key, weight) in candidates {
        passed += weight;
        if passed >= target && bounds.len() + 1 < num_reduces && bounds.last().is_none_or(|last| *last < key)
        {
            bounds.push(key);
            target += step;
        }
    }
    bounds
}

/// The action that samples a partition: how many keys it has, and some of them, each with the same chance.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct SampleKeys {
    per_partition: usize,
}

impl<K: Data, V: 'static, I: Iterator<Item = (K, V)>> ResultFunction<I> for SampleKeys {
    type Out = (u64, Vec<K>);

    fn run(&self, pairs: I, task: &Arc<TaskContext>) -> Result<(u64, Vec<K>), TaskError> {
        let mut random = Random::new(u64::from(task.partition_id()));
        let mut count = 0u64;
        let mut keys: Vec<K> = Vec::new();
        pairs.for_each(|(key, _)| {
            count += 1;
            if keys.len() < self.per_partition {
                keys.push(key);
            } else if let Some(slot) = keys.get_mut((random.next_u64() % count) as usize) {
                *slot = key;
            }
        });
        Ok((count, keys))
    }
}

#[cfg(test)]
mod tests {
    use firesteel_actors::message::SparkListenerEvent;

    use super::*;

    #[test]
    fn bounds_cut_the_weight_evenly() {
        let samples = vec![(1_000, (0..100).collect()), (10, (1_000..1_010).collect::<Vec<i32>>())];
        let bounds = determine_bounds(samples, 4);
        assert_eq!(bounds.len(), 3);
        assert!(bounds.is_sorted() && bounds[2] < 100, "{bounds:?}");
    }

    #[test]
    fn equal_keys_make_no_empty_ranges_between_them() {
        assert_eq!(determine_bounds(vec![(9, vec![7; 9])], 4), [7]);
        assert!(determine_bounds::<i32>(Vec::new(), 4).is_empty());
    }

    /// Counts jobs.
    #[derive(Default)]
    struct Jobs(std::sync::atomic::AtomicU32);

    impl crate::SparkListener for Jobs {
        fn on_event(&self, event: &SparkListenerEvent) {
            if let SparkListenerEvent::JobStart(_) = event {
                self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            }
        }
    }

    #[test]
    fn two_sorts_at_a_time_sample_once() {
        let jobs = Arc::new(Jobs::default());
        let context = Context::builder().master("local[2]").listener(jobs.clone()).start().unwrap();
        let sorted = context.range(0..1_000, 1, 3).map(|x| (-x, ())).sort_by_key(true);
        let both = [sorted.count_async(), sorted.count_async()];
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(both.map(|job| runtime.block_on(job).unwrap()), [1_000, 1_000]);
        context.stop();
        assert_eq!(jobs.0.load(std::sync::atomic::Ordering::SeqCst), 3);
    }

    #[derive(PartialEq, Eq)]
    struct Unordered;

    impl PartialOrd for Unordered {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }

    impl Ord for Unordered {
        fn cmp(&self, _: &Self) -> std::cmp::Ordering {
            panic!("keys without an order")
        }
    }

    #[test]
    fn a_panic_of_the_order_of_keys_is_an_error_of_the_plan() {
        match try_determine_bounds(vec![(2, vec![Unordered, Unordered])], 2) {
            Err(Error::Plan(PlanError::Sampling { operation: "sort_by_key", reason })) => {
                assert_eq!(reason, "comparing keys panicked: keys without an order");
            }
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("nothing was compared"),
        }
    }
}
