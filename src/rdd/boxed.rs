//! `boxed`: one type for many chains, for loops and struct fields.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use super::{Compute, Deferred, KeyOrder, PartitionerInfo, PlanError, Rdd};
use crate::{
    code::{CodeRef, Decodable, DecodeError, from_bytes, sealed::Sealed, to_bytes},
    context::CallSite,
    task::{TaskContext, TaskError},
};

/// An operator chain whose type is erased.
trait DynCompute<T>: Send + Sync {
    fn num_partitions(&self) -> Result<usize, PlanError>;
    fn known_num_partitions(&self) -> Option<usize>;
    fn split(&self, index: usize) -> Result<Vec<u8>, PlanError>;
    fn compute(
        &self,
        split: &[u8],
        task: &Arc<TaskContext>,
    ) -> Result<Box<dyn Iterator<Item = T>>, TaskError>;
    fn partitioner(&self) -> Option<PartitionerInfo>;
    fn key_order(&self) -> Option<KeyOrder>;
    fn preferred_locations(&self, index: usize) -> Vec<String>;
    fn boxed_levels(&self) -> usize;
    fn encode(&self) -> Result<(CodeRef, serde_bytes::ByteBuf), String>;
}

struct Erased<P>(P);

impl<P: Compute> DynCompute<P::Item> for Erased<P> {
    fn num_partitions(&self) -> Result<usize, PlanError> {
        self.0.num_partitions()
    }

    fn known_num_partitions(&self) -> Option<usize> {
        self.0.known_num_partitions()
    }

    fn split(&self, index: usize) -> Result<Vec<u8>, PlanError> {
        encode_split(&self.0, index)
    }

    fn compute(
        &self,
        split: &[u8],
        task: &Arc<TaskContext>,
    ) -> Result<Box<dyn Iterator<Item = P::Item>>, TaskError> {
        Ok(Box::new(self.0.compute(decode_split::<P>(split, task)?, task)?))
    }

    fn partitioner(&self) -> Option<PartitionerInfo> {
        self.0.partitioner()
    }

    fn key_order(&self) -> Option<KeyOrder> {
        self.0.key_order()
    }

    fn preferred_locations(&self, index: usize) -> Vec<String> {
        self.0.preferred_locations(index)
    }

    fn boxed_levels(&self) -> usize {
        self.0.boxed_levels()
    }

    fn encode(&self) -> Result<(CodeRef, serde_bytes::ByteBuf), String> {
        let bytes = to_bytes(&self.0).map_err(|error| with_causes(&error))?;
        Ok((CodeRef::of::<Erased<P>>(), serde_bytes::ByteBuf::from(bytes)))
    }
}

impl<P> Sealed for Erased<P> {}

impl<P: Compute> Decodable for Erased<P> {
    type Object = Shared<P::Item>;

    fn decode(bytes: &[u8]) -> Result<Box<Shared<P::Item>>, DecodeError> {
        let op: P = from_bytes(bytes)?;
        Ok(Box::new(Shared(Arc::new(Erased(op)))))
    }
}

/// A shared erased chain.
struct Shared<T>(Arc<dyn DynCompute<T>>);

/// An operator chain of any type with items of type `T`; made by [`Rdd::boxed`]. Costs a virtual call per
/// item at its border.
pub struct Boxed<T: 'static>(Arc<Deferred<Shared<T>>>);

impl<T> Boxed<T> {
    pub(crate) fn new<P: Compute<Item = T>>(op: P) -> Self {
        let chain = Shared(Arc::new(Erased(op)) as Arc<dyn DynCompute<T>>);
        Boxed(Arc::new(Deferred::new(chain)))
    }
}

impl<T> Clone for Boxed<T> {
    fn clone(&self) -> Self {
        Boxed(self.0.clone())
    }
}

impl<T: 'static> Serialize for Boxed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.0.encode().map_err(ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de, T: 'static> Deserialize<'de> for Boxed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (code, bytes) = <(CodeRef, serde_bytes::ByteBuf)>::deserialize(deserializer)?;
        let chain =
            code.decode::<Shared<T>>(&bytes).map_err(|error| de::Error::custom(with_causes(&error)))?;
        Ok(Boxed(Arc::new(Deferred::new(*chain))))
    }
}

impl<T: 'static> Compute for Boxed<T> {
    type Item = T;
    type Split = serde_bytes::ByteBuf;
    type Iter = Box<dyn Iterator<Item = T>>;

    fn num_partitions(&self) -> Result<usize, PlanError> {
        self.0.0.num_partitions()
    }

    fn known_num_partitions(&self) -> Option<usize> {
        self.0.0.known_num_partitions()
    }

    fn split(&self, index: usize) -> Result<Self::Split, PlanError> {
        self.0.0.split(index).map(serde_bytes::ByteBuf::from)
    }

    fn compute(&self, split: Self::Split, task: &Arc<TaskContext>) -> Result<Self::Iter, TaskError> {
        self.0.0.compute(&split, task)
    }

    fn partitioner(&self) -> Option<PartitionerInfo> {
        self.0.0.partitioner()
    }

    fn key_order(&self) -> Option<KeyOrder> {
        self.0.0.key_order()
    }

    fn preferred_locations(&self, index: usize) -> Vec<String> {
        self.0.0.preferred_locations(index)
    }

    fn boxed_levels(&self) -> usize {
        self.0.0.boxed_levels() + 1
    }
}

/// An error in one text with its causes: serde takes no other.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// A partition's bytes, as they travel with its task.
pub(crate) fn encode_split<P: Compute>(op: &P, index: usize) -> Result<Vec<u8>, PlanError> {
    let split = op.split(index)?;
    to_bytes(&split).map_err(|error| PlanError::PartitionNotSerializable {
        rdd: std::any::type_name::<P::Item>().to_owned(),
        partition: index,
        reason: std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string),
    })
}

/// The partition of a task from its bytes.
pub(crate) fn decode_split<P: Compute>(bytes: &[u8], task: &TaskContext) -> Result<P::Split, TaskError> {
    from_bytes(bytes).map_err(|error| TaskError::Partition {
        partition: task.partition_id(),
        reason: std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string),
    })
}

impl<P: Compute> Rdd<P> {
    /// The same RDD with its type erased, so that chains of different operators have one type.
    ///
    /// ```
    /// use firesteel::rdd::{Boxed, Rdd};
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let mut numbers: Rdd<Boxed<i64>> = context.range(0..5, 1, 2).boxed();
    /// for step in 1..=3 {
    ///     numbers = numbers.map_with(step, |step, x| x + step).boxed();
    /// }
    /// assert_eq!(numbers.collect()?, [6, 7, 8, 9, 10]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn boxed(&self) -> Rdd<Boxed<P::Item>> {
        self.narrow(CallSite::here("boxed"), Boxed::new(self.op.clone()))
    }
}
