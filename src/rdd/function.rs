//! The user's functions as operators hold them: capture-free, alone or with data beside them.

use std::sync::Arc;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::code::Fun;

/// A function of one argument that travels.
pub trait Apply<In>: Clone + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// What it returns.
    type Out;

    /// Calls it.
    fn apply(&self, input: In) -> Self::Out;
}

/// A condition on a reference that travels.
pub trait Predicate<T>: Clone + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// Whether it holds.
    fn test(&self, value: &T) -> bool;
}

/// A function that makes one value of two, and travels.
pub trait Merge<V>: Clone + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// Calls it.
    fn merge(&self, a: V, b: V) -> V;
}

impl<In, Out, F> Apply<In> for Fun<F>
where
    F: Fn(In) -> Out + Copy + Send + Sync + 'static,
{
    type Out = Out;

    #[inline(always)]
    fn apply(&self, input: In) -> Out {
        (self.get())(input)
    }
}

impl<T, F> Predicate<T> for Fun<F>
where
    F: Fn(&T) -> bool + Copy + Send + Sync + 'static,
{
    #[inline(always)]
    fn test(&self, value: &T) -> bool {
        (self.get())(value)
    }
}

impl<V, F> Merge<V> for Fun<F>
where
    F: Fn(V, V) -> V + Copy + Send + Sync + 'static,
{
    #[inline(always)]
    fn merge(&self, a: V, b: V) -> V {
        (self.get())(a, b)
    }
}

/// A function with data beside it: what the `_with` variants of operators make. The data is serialized once per
/// stage, and shared by the tasks of an executor.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(
    serialize = "E: Serialize",
    deserialize = "E: DeserializeOwned, F: Copy + Send + Sync + 'static"
))]
pub struct With<E, F> {
    data: Arc<E>,
    function: Fun<F>,
}

impl<E, F: Copy + Send + Sync + 'static> With<E, F> {
    pub(crate) fn new(data: E, function: F) -> Self {
        With { data: Arc::new(data), function: Fun::new(function) }
    }

    pub(crate) fn data(&self) -> &E {
        &self.data
    }

    pub(crate) fn function(&self) -> F {
        self.function.get()
    }
}

impl<E, F: Copy> Clone for With<E, F> {
    fn clone(&self) -> Self {
        With { data: self.data.clone(), function: self.function }
    }
}

impl<E, In, Out, F> Apply<In> for With<E, F>
where
    E: Send + Sync + Serialize + DeserializeOwned + 'static,
    F: Fn(&E, In) -> Out + Copy + Send + Sync + 'static,
{
    type Out = Out;

    #[inline(always)]
    fn apply(&self, input: In) -> Out {
        (self.function.get())(&self.data, input)
    }
}

impl<E, T, F> Predicate<T> for With<E, F>
where
    E: Send + Sync + Serialize + DeserializeOwned + 'static,
    F: Fn(&E, &T) -> bool + Copy + Send + Sync + 'static,
{
    #[inline(always)]
    fn test(&self, value: &T) -> bool {
        (self.function.get())(&self.data, value)
    }
}

impl<E, V, F> Merge<V> for With<E, F>
where
    E: Send + Sync + Serialize + DeserializeOwned + 'static,
    F: Fn(&E, V, V) -> V + Copy + Send + Sync + 'static,
{
    #[inline(always)]
    fn merge(&self, a: V, b: V) -> V {
        (self.function.get())(&self.data, a, b)
    }
}
