//! `keys` and `values`: one side of each pair.

use serde::{Deserialize, Serialize};

use crate::{
    context::CallSite,
    rdd::{Apply, Compute, Rdd, op::Map},
};

/// The key of a pair.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct KeyOf;

impl<K, V> Apply<(K, V)> for KeyOf {
    type Out = K;

    #[inline(always)]
    fn apply(&self, (key, _): (K, V)) -> K {
        key
    }
}

/// The value of a pair.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ValueOf;

impl<K, V> Apply<(K, V)> for ValueOf {
    type Out = V;

    #[inline(always)]
    fn apply(&self, (_, value): (K, V)) -> V {
        value
    }
}

/// An element as a key, without a value.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct AsKey;

impl<T> Apply<T> for AsKey {
    type Out = (T, ());

    #[inline(always)]
    fn apply(&self, item: T) -> (T, ()) {
        (item, ())
    }
}

impl<K: 'static, V: 'static, P: Compute<Item = (K, V)>> Rdd<P> {
    /// The key of each pair.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let pairs = context.parallelize(vec![(1, 'a'), (2, 'b')], 2);
    /// assert_eq!((pairs.keys().collect()?, pairs.values().collect()?), (vec![1, 2], vec!['a', 'b']));
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn keys(&self) -> Rdd<Map<P, KeyOf>> {
        self.narrow(CallSite::here("keys"), Map::new(self.op.clone(), KeyOf))
    }

    /// The value of each pair.
    #[track_caller]
    pub fn values(&self) -> Rdd<Map<P, ValueOf>> {
        self.narrow(CallSite::here("values"), Map::new(self.op.clone(), ValueOf))
    }
}
