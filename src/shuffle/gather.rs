//! Distributing pairs over reducers without combining them.

use std::sync::Arc;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Partitioner,
    hash::{bucket, hash_key},
    map_stage::{ShuffleWriter, Written},
};
use crate::{
    rdd::{Data, Key, Prepare},
    task::{TaskContext, TaskError},
};

/// A map task's output: each reducer's pairs, in the order in which they came.
pub(crate) struct GatheredBlock<K, V> {
    parts: Vec<Vec<(K, V)>>,
}

impl<K, V> GatheredBlock<K, V> {
    /// A reducer's pairs.
    pub(crate) fn part(&self, reduce: usize) -> &[(K, V)] {
        self.parts.get(reduce).map_or(&[], Vec::as_slice)
    }
}

/// Which reducer a key goes to.
pub(crate) trait Distribute<K>: Clone + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// Below `num_reduces`, or the task fails.
    fn reducer(&self, key: &K, num_reduces: usize) -> usize;

    /// What has to be found out first, if anything.
    fn prepare(&self) -> Option<&dyn Prepare> {
        None
    }
}

/// By hash, whatever the number of reducers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct ByHash;

impl<K: Key> Distribute<K> for ByHash {
    #[inline]
    fn reducer(&self, key: &K, num_reduces: usize) -> usize {
        bucket(hash_key(key), num_reduces)
    }
}

/// By a partitioner of the user's choice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct By<R>(pub(crate) R);

impl<K, R: Partitioner<K>> Distribute<K> for By<R> {
    #[inline]
    fn reducer(&self, key: &K, _num_reduces: usize) -> usize {
        self.0.partition(key)
    }
}

/// The writer that only distributes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "D: Serialize + DeserializeOwned")]
pub(crate) struct Gather<D>(pub(crate) D);

impl<K: Data, V: Data, D: Distribute<K>> ShuffleWriter<(K, V)> for Gather<D> {
    fn write(
        &self,
        pairs: impl Iterator<Item = (K, V)>,
        num_reduces: usize,
        task: &Arc<TaskContext>,
    ) -> Result<Written, TaskError> {
        let mut parts: Vec<Vec<(K, V)>> = Vec::new();
        parts.resize_with(num_reduces, Vec::new);
        let mut records = 0u64;
        pairs.for_each(|(key, value)| {
            if records & 1023 == 0 {
                task.kill_task_if_interrupted();
            }
            records += 1;
            let partition = self.0.reducer(&key, num_reduces);
            match parts.get_mut(partition) {
                Some(part) => part.push((key, value)),
                None => task.fail(TaskError::PartitionOutOfRange { partition, num_partitions: num_reduces }),
            }
        });
        let sizes = parts.iter().map(|part| (part.len() * size_of::<(K, V)>()) as u64).collect();
        Ok(Written { block: Arc::new(GatheredBlock { parts }), sizes, records })
    }

    fn prepare(&self) -> Option<&dyn Prepare> {
        self.0.prepare()
    }
}
