//! [`PartitionerInfo`].

use std::{
    any::{Any, TypeId},
    fmt,
    sync::Arc,
};

use super::{AnyPartitioner, PartitionCount};
use crate::{
    code::to_bytes,
    rdd::Deferred,
    shuffle::{By, Distribute, HashPartitioner, Partitioner},
};

/// By what an RDD's keys are partitioned: equal infos mean that equal keys are in partitions of the same index, so
/// that what brings them together needs no shuffle.
///
/// Partitioners are known by value: two of one type that serialize to the same bytes are equal. Those that
/// [`sort_by_key`](crate::Rdd::sort_by_key) finds are equal to none but themselves.
///
/// ```
/// use firesteel::HashPartitioner;
/// let context = firesteel::Context::builder().master("local[2]").start()?;
/// let numbers = context.range(0..100, 1, 4).map(|x| (x % 10, x));
/// let (placed, sums) = (numbers.partition_by(HashPartitioner::new(3)), numbers.reduce_by_key_n(3, |a, b| a + b));
/// assert!(numbers.partitioner().is_none());
/// assert_eq!(placed.partitioner(), sums.partitioner());
/// // So this shuffles no more:
/// assert_eq!(placed.join(&sums).partitioner(), sums.partitioner());
/// // The keys of a map may be others.
/// assert!(sums.map(|pair| pair).partitioner().is_none());
/// # Ok::<(), firesteel::Error>(())
/// ```
#[derive(Clone)]
pub struct PartitionerInfo {
    count: PartitionCount,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Hash,
    /// `Deferred`, for the partitioner of a sort holds the RDD that it samples until it has.
    Other(Arc<Deferred<Other>>),
}

struct Other {
    /// Type and bytes, if it is known by them.
    value: Option<(TypeId, Vec<u8>)>,
    /// An [`AnyPartitioner`] of the type of the keys.
    partitioner: Box<dyn Any + Send + Sync>,
}

impl PartitionerInfo {
    /// By [`HashPartitioner`]: for operators of your own.
    pub fn hash(num_partitions: usize) -> Self {
        PartitionerInfo::by_hash(PartitionCount::given("hash partitioner", num_partitions))
    }

    pub(crate) fn by_hash(count: PartitionCount) -> Self {
        PartitionerInfo { count, kind: Kind::Hash }
    }

    /// By a partitioner of the user's choice.
    pub(crate) fn by<K: 'static, R: Partitioner<K>>(operation: &'static str, partitioner: &R) -> Self {
        let count = PartitionCount::given(operation, partitioner.num_partitions());
        if TypeId::of::<R>() == TypeId::of::<HashPartitioner>() {
            return PartitionerInfo::by_hash(count);
        }
        // One that does not serialize fails its job; until then it is like no other.
        let value = to_bytes(partitioner).ok().map(|bytes| (TypeId::of::<R>(), bytes));
        let partitioner = Box::new(AnyPartitioner::<K>::new(By(partitioner.clone())));
        PartitionerInfo { count, kind: Kind::Other(Arc::new(Deferred::new(Other { value, partitioner }))) }
    }

    /// By a partitioner that is like no other.
    pub(crate) fn unique<K: 'static, D: Distribute<K>>(count: PartitionCount, distribute: D) -> Self {
        let partitioner = Box::new(AnyPartitioner::<K>::new(distribute));
        PartitionerInfo {
            count,
            kind: Kind::Other(Arc::new(Deferred::new(Other { value: None, partitioner }))),
        }
    }

    /// How many partitions it has, if that is known yet: the number of files is found out by the first action.
    pub fn num_partitions(&self) -> Option<usize> {
        self.count.known()
    }

    pub(crate) fn count(&self) -> &PartitionCount {
        &self.count
    }

    /// The partitioner, for other pairs with keys of its type. `None`: it is one of other keys.
    pub(crate) fn partitioner<K: 'static>(&self) -> Option<AnyPartitioner<K>> {
        match &self.kind {
            Kind::Hash => Some(AnyPartitioner::Hash),
            Kind::Other(other) => other.partitioner.downcast_ref::<AnyPartitioner<K>>().cloned(),
        }
    }

    /// The partitioner, for pairs with keys of a type. It is one of other keys only where a program claimed falsely that it
    /// kept them.
    pub(crate) fn of_keys<K: 'static>(&self) -> AnyPartitioner<K> {
        self.partitioner().unwrap_or(AnyPartitioner::Hash)
    }

    /// Whether it goes by hashes.
    pub(crate) fn is_by_hash(&self) -> bool {
        matches!(self.kind, Kind::Hash)
    }
}

impl PartialEq for PartitionerInfo {
    fn eq(&self, other: &Self) -> bool {
        self.count.is_same(&other.count)
            && match (&self.kind, &other.kind) {
                (Kind::Hash, Kind::Hash) => true,
                (Kind::Other(a), Kind::Other(b)) => {
                    Arc::ptr_eq(a, b) || a.value.is_some() && a.value == b.value
                }
                _ => false,
            }
    }
}

impl fmt::Debug for PartitionerInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::Hash => "Hash",
            Kind::Other(_) => "Other",
        };
        write!(f, "{kind}({:?})", self.count)
    }
}
