//! The pairs of a join's partition, whichever side is in tables.

use std::sync::Arc;

use super::{
    hash_join::HashJoin,
    kind::{Flipped, JoinKind},
};
use crate::{
    rdd::{Data, Key, op::Either, pair::side::SidePairs},
    task::{TaskContext, TaskError},
};

/// The iterator of [`Joined`](super::Joined). The side in tables is the right one, unless it is known to be the larger one by
/// far.
pub struct JoinPairs<K: 'static, V: 'static, W: 'static, J>(Sides<K, V, W, J>);

/// With the right side in tables, or the left one.
type Sides<K, V, W, J> = Either<HashJoin<K, V, W, J>, HashJoin<K, W, V, Flipped<J>>>;

impl<K: Key, V: Data, W: Data, J: JoinKind<V, W>> JoinPairs<K, V, W, J> {
    pub(super) fn new(
        left: SidePairs<K, V>,
        right: SidePairs<K, W>,
        task: &Arc<TaskContext>,
    ) -> Result<Self, TaskError> {
        let flips = match (left.count_hint(), right.count_hint()) {
            (Some(left), Some(right)) => J::MAY_FLIP && left < right / 2,
            _ => false,
        };
        Ok(JoinPairs(if flips {
            Either::Second(HashJoin::new(right, left, task)?)
        } else {
            Either::First(HashJoin::new(left, right, task)?)
        }))
    }
}

impl<K: Key, V: Data, W: Data, J: JoinKind<V, W>> Iterator for JoinPairs<K, V, W, J> {
    type Item = (K, J::Out);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, f: F) -> B {
        self.0.fold(init, f)
    }
}
