//! Which reducer a key belongs to.

use std::hash::Hash;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::hash::{bucket, hash_key};

/// Says which partition a key belongs to. The same key must always get the same one.
pub trait Partitioner<K>: Clone + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// How many partitions there are.
    fn num_partitions(&self) -> usize;

    /// The partition of a key, below [`num_partitions`](Partitioner::num_partitions).
    fn partition(&self, key: &K) -> usize;
}

/// Partitions by the hash of the key.
///
/// ```
/// use firesteel::{HashPartitioner, Partitioner};
/// let partitioner = HashPartitioner::new(4);
/// assert_eq!(partitioner.partition(&"word"), partitioner.partition(&"word"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashPartitioner {
    num_partitions: usize,
}

impl HashPartitioner {
    /// With this many partitions.
    pub fn new(num_partitions: usize) -> Self {
        HashPartitioner { num_partitions }
    }
}

impl<K: Hash> Partitioner<K> for HashPartitioner {
    fn num_partitions(&self) -> usize {
        self.num_partitions
    }

    #[inline]
    fn partition(&self, key: &K) -> usize {
        bucket(hash_key(key), self.num_partitions)
    }
}
