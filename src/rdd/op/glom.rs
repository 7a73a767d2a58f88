//! `glom`: each partition as one list.

use std::iter::{Once, once};

use serde::{Deserialize, Serialize};

use super::MapPartitions;
use crate::{
    context::CallSite,
    rdd::{Apply, Compute, Rdd},
};

/// The function of [`Rdd::glom`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Glom;

impl<I: Iterator> Apply<I> for Glom {
    type Out = Once<Vec<I::Item>>;

    fn apply(&self, items: I) -> Self::Out {
        once(items.collect())
    }
}

impl<P: Compute> Rdd<P> {
    /// Each partition's elements as one list, which has to fit into the memory of its executor.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// assert_eq!(context.range(0..5, 1, 2).glom().collect()?, [vec![0, 1], vec![2, 3, 4]]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn glom(&self) -> Rdd<MapPartitions<P, Glom>> {
        self.narrow(CallSite::here("glom"), MapPartitions::new(self.op.clone(), Glom))
    }
}
