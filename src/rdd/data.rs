//! What an element may be. Marker traits with blanket implementations keep bounds short.

use std::hash::Hash;

use serde::{Serialize, de::DeserializeOwned};

/// An element that can be kept, shuffled and sent: owned, `Clone`, serde.
pub trait Data: Clone + Send + Sync + Serialize + DeserializeOwned + 'static {}

impl<T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static> Data for T {}

/// An element by which others can be brought together. `Hash` and `Eq` must agree, as for a `HashMap`.
pub trait Key: Data + Hash + Eq {}

impl<T: Data + Hash + Eq> Key for T {}
