//! [`Broadcast`]: what programs hold.

use std::{fmt, ops::Deref, sync::Arc};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error as _},
    ser::Error as _,
};

use super::BroadcastError;
use crate::{
    Context,
    context::CallSite,
    task::{ExecutorEnv, TaskContext},
};

/// A value that is sent to each executor once, and not with every stage. Cheap to clone; travels beside a function, where
/// it is used as a reference to the value. The executors forget it when its last handle on the driver is dropped, also
/// those that RDDs hold.
///
/// ```
/// use std::collections::HashMap;
/// let context = firesteel::Context::builder().master("local[2]").start()?;
/// let names = context.broadcast(HashMap::from([(1u32, "one".to_owned()), (2, "two".to_owned())]));
/// let numbers = context.parallelize(vec![2, 1, 3], 2);
/// let named = numbers.map_with(names.clone(), |names, n| names.get(&n).cloned().unwrap_or_default());
/// assert_eq!(named.collect()?, ["two", "one", ""]);
/// names.destroy();
/// let error = named.collect().unwrap_err();
/// assert!(format!("{error:?}").contains("Attempted to use Broadcast(0) after it was destroyed"));
/// # Ok::<(), firesteel::Error>(())
/// ```
pub struct Broadcast<T> {
    /// Its context: ids count from 0 in each.
    context: u64,
    id: u64,
    value: Arc<T>,
    /// On the driver.
    origin: Option<Arc<Origin>>,
}

/// What the handles on the driver share.
struct Origin {
    id: u64,
    env: Arc<ExecutorEnv>,
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.env.remove_broadcast(self.id);
    }
}

impl<T> Broadcast<T> {
    /// Its id within the context.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Lets the executors forget it, for good: a stage that has to run and uses it fails by name from now on; one whose map
    /// outputs are kept does not run. The value of this and other handles stays until they are dropped.
    #[track_caller]
    pub fn destroy(&self) {
        if let Some(origin) = &self.origin {
            origin.env.destroy_broadcast(self.id, CallSite::here("destroy").text());
        }
    }
}

impl<T> Deref for Broadcast<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Clone for Broadcast<T> {
    fn clone(&self) -> Self {
        let Broadcast { context, id, value, origin } = self;
        Broadcast { context: *context, id: *id, value: value.clone(), origin: origin.clone() }
    }
}

impl<T> fmt::Display for Broadcast<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Broadcast({})", self.id)
    }
}

impl<T> fmt::Debug for Broadcast<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T: Send + Sync + 'static> Serialize for Broadcast<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Told before anything is sent, where that is known.
        if let Some(origin) = &self.origin {
            origin.env.broadcasts.get::<T>(self.id).map_err(S::Error::custom)?;
        }
        (self.context, self.id).serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned + Send + Sync + 'static> Deserialize<'de> for Broadcast<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (context, id) = <(u64, u64)>::deserialize(deserializer)?;
        let task = TaskContext::get().ok_or_else(|| D::Error::custom(BroadcastError::NoTask))?;
        if task.env.key() != context {
            return Err(D::Error::custom(BroadcastError::OtherContext(id)));
        }
        let value = value(id, &task).map_err(D::Error::custom)?;
        Ok(Broadcast { context, id, value, origin: None })
    }
}

/// The executor's value.
fn value<T: DeserializeOwned + Send + Sync + 'static>(
    id: u64,
    task: &TaskContext,
) -> Result<Arc<T>, BroadcastError> {
    let found = task.env.broadcasts.get(id);
    #[cfg(feature = "cluster")]
    if let (Err(BroadcastError::Gone(_)), Some(remote)) = (&found, &task.env.remote) {
        let bytes = remote.fetch_broadcast(id, task)?;
        let value = crate::code::from_bytes(&bytes)
            .map_err(|error| BroadcastError::NotFetched { id, reason: error.to_string() })?;
        return task.env.broadcasts.keep(id, Arc::new(value));
    }
    found
}

impl Context {
    /// Gives every executor a value once. What it costs to send is paid when a stage first uses it there.
    pub fn broadcast<T>(&self, value: T) -> Broadcast<T>
    where
        T: Serialize + DeserializeOwned + Send + Sync + 'static,
    {
        let env = self.executor_env().clone();
        let value = Arc::new(value);
        let id = env.broadcasts.put(value.clone());
        let context = env.key();
        Broadcast { context, id, value, origin: Some(Arc::new(Origin { id, env })) }
    }
}
