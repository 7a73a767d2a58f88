//! [`Aggregator`]: how values of one key are brought together.

use serde::{Serialize, de::DeserializeOwned};

use crate::rdd::Data;

/// How values of one key are brought together.
pub trait Aggregator<V>: Clone + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// What they become.
    type Combiner: Data;

    /// Begins with the first value.
    fn create(&self, value: V) -> Self::Combiner;

    /// Adds a value.
    fn merge_value(&self, combiner: Self::Combiner, value: V) -> Self::Combiner;

    /// Brings two together.
    fn merge_combiners(&self, a: Self::Combiner, b: Self::Combiner) -> Self::Combiner;
}
