//! A partitioner whose type is erased, so that pairs of other types can be put where it puts its own.

use std::{marker::PhantomData, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use crate::{
    code::{CodeRef, Decodable, DecodeError, from_bytes, sealed::Sealed, to_bytes},
    rdd::{Key, Prepare, boxed::with_causes},
    shuffle::{ByHash, Distribute},
};

/// A partitioner of keys of type `K`.
pub(crate) enum AnyPartitioner<K> {
    Hash,
    /// Costs a virtual call per record.
    Other(Arc<dyn DynDistribute<K>>),
}

impl<K> Clone for AnyPartitioner<K> {
    fn clone(&self) -> Self {
        match self {
            AnyPartitioner::Hash => AnyPartitioner::Hash,
            AnyPartitioner::Other(other) => AnyPartitioner::Other(other.clone()),
        }
    }
}

impl<K: 'static> AnyPartitioner<K> {
    pub(super) fn new<D: Distribute<K>>(distribute: D) -> Self {
        AnyPartitioner::Other(Arc::new(Erased { distribute, key: PhantomData }))
    }
}

impl<K> AnyPartitioner<K> {
    /// The partition of a key, if the partitioner goes by something else than hashes.
    pub(crate) fn range(&self, key: &K, num_partitions: usize) -> Option<usize> {
        match self {
            AnyPartitioner::Hash => None,
            AnyPartitioner::Other(other) => Some(other.reducer(key, num_partitions)),
        }
    }
}

pub(crate) trait DynDistribute<K>: Send + Sync {
    fn reducer(&self, key: &K, num_reduces: usize) -> usize;
    fn prepare(&self) -> Option<&dyn Prepare>;
    fn encode(&self) -> Result<(CodeRef, serde_bytes::ByteBuf), String>;
}

struct Erased<K, D> {
    distribute: D,
    key: PhantomData<fn() -> K>,
}

impl<K: 'static, D: Distribute<K>> DynDistribute<K> for Erased<K, D> {
    fn reducer(&self, key: &K, num_reduces: usize) -> usize {
        self.distribute.reducer(key, num_reduces)
    }

    fn prepare(&self) -> Option<&dyn Prepare> {
        self.distribute.prepare()
    }

    fn encode(&self) -> Result<(CodeRef, serde_bytes::ByteBuf), String> {
        let bytes = to_bytes(&self.distribute).map_err(|error| with_causes(&error))?;
        Ok((CodeRef::of::<Erased<K, D>>(), serde_bytes::ByteBuf::from(bytes)))
    }
}

impl<K, D> Sealed for Erased<K, D> {}

impl<K: 'static, D: Distribute<K>> Decodable for Erased<K, D> {
    type Object = Decoded<K>;

    fn decode(bytes: &[u8]) -> Result<Box<Decoded<K>>, DecodeError> {
        let distribute: D = from_bytes(bytes)?;
        Ok(Box::new(Decoded(Arc::new(Erased { distribute, key: PhantomData }))))
    }
}

struct Decoded<K>(Arc<dyn DynDistribute<K>>);

impl<K: 'static> Serialize for AnyPartitioner<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let code = match self {
            AnyPartitioner::Hash => None,
            AnyPartitioner::Other(other) => Some(other.encode().map_err(ser::Error::custom)?),
        };
        code.serialize(serializer)
    }
}

impl<'de, K: 'static> Deserialize<'de> for AnyPartitioner<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Some((code, bytes)) = <Option<(CodeRef, serde_bytes::ByteBuf)>>::deserialize(deserializer)?
        else {
            return Ok(AnyPartitioner::Hash);
        };
        let decoded =
            code.decode::<Decoded<K>>(&bytes).map_err(|error| de::Error::custom(with_causes(&error)))?;
        Ok(AnyPartitioner::Other(decoded.0))
    }
}

impl<K: Key> Distribute<K> for AnyPartitioner<K> {
    #[inline]
    fn reducer(&self, key: &K, num_reduces: usize) -> usize {
        match self {
            AnyPartitioner::Hash => ByHash.reducer(key, num_reduces),
            AnyPartitioner::Other(other) => other.reducer(key, num_reduces),
        }
    }

    fn prepare(&self) -> Option<&dyn Prepare> {
        match self {
            AnyPartitioner::Hash => None,
            AnyPartitioner::Other(other) => other.prepare(),
        }
    }
}
