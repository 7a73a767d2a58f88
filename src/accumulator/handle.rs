//! [`Accumulator`]: what programs hold.

use std::{
    fmt,
    sync::{Arc, Weak},
};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::{Accumulate, Accumulators, Collected, DoubleSum, LongSum, registry::Sum};
use crate::{
    Context,
    task::{ExecutorEnv, TaskContext, TaskParts},
};

/// Counts integers; made by [`Context::long_accumulator`].
pub type LongAccumulator = Accumulator<LongSum>;

/// Counts floating point numbers; made by [`Context::double_accumulator`].
pub type DoubleAccumulator = Accumulator<DoubleSum>;

/// Gathers values; made by [`Context::collection_accumulator`].
pub type CollectionAccumulator<T> = Accumulator<Collected<T>>;

/// A value to which tasks add and which the driver reads. Cheap to clone; travels beside a function.
///
/// On the driver it is the value itself: additions count at once. In a task it is a part that begins at zero, which
/// [`value`](Self::value) shows and whose additions come back when the task succeeds: once for each result of an action,
/// and each time a map task runs, so those of a stage that ran again count again, as in Spark. Additions of attempts that
/// fail or are killed do not count.
///
/// ```
/// let context = firesteel::Context::builder().master("local[2]").start()?;
/// let blank = context.long_accumulator("blank lines");
/// let lines = context.parallelize(vec!["a", "", "b", ""].into_iter().map(str::to_owned).collect(), 2);
/// let full = lines.filter_with(blank.clone(), |blank, line: &String| {
///     if line.is_empty() {
///         blank.add(1);
///     }
///     !line.is_empty()
/// });
/// assert_eq!((full.count()?, blank.value()), (2, 2));
/// # Ok::<(), firesteel::Error>(())
/// ```
#[derive(Clone, Serialize)]
#[serde(bound = "")]
pub struct Accumulator<A> {
    /// Its context's executors: ids count from 0 in each.
    context: u64,
    id: u64,
    name: Arc<str>,
    /// The value, on the driver.
    #[serde(skip)]
    sum: Option<Arc<Registered<A>>>,
}

/// An accumulator as it travels.
#[derive(Deserialize)]
#[serde(rename = "Accumulator")]
struct Travelled {
    context: u64,
    id: u64,
    name: Arc<str>,
}

impl<'de, A> Deserialize<'de> for Accumulator<A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Travelled { context, id, name } = Travelled::deserialize(deserializer)?;
        match TaskContext::get() {
            Some(task) if task.env.key() != context => {
                Err(D::Error::custom(format!("accumulator {id} ({name}) belongs to another context")))
            }
            _ => Ok(Accumulator { context, id, name, sum: None }),
        }
    }
}

/// The value on the driver, which is forgotten with its last handle.
struct Registered<A> {
    sum: Arc<Sum<A>>,
    id: u64,
    accumulators: Weak<Accumulators>,
    /// Held so that no other context has the same key.
    _env: Weak<ExecutorEnv>,
}

impl<A> Drop for Registered<A> {
    fn drop(&mut self) {
        if let Some(accumulators) = self.accumulators.upgrade() {
            accumulators.remove(self.id);
        }
    }
}

impl<A: Accumulate> Accumulator<A> {
    fn new(accumulators: &Arc<Accumulators>, env: &Arc<ExecutorEnv>, name: &str) -> Self {
        let sum = Arc::new(Sum::default());
        let id = accumulators.add(sum.clone());
        let accumulators = Arc::downgrade(accumulators);
        let sum = Registered { sum, id, accumulators, _env: Arc::downgrade(env) };
        Accumulator { context: env.key(), id, name: name.into(), sum: Some(Arc::new(sum)) }
    }

    /// Its id within the context.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The name that the program gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds a value. In a task this must be on the task's own thread: elsewhere nothing would carry it to the driver,
    /// which is logged as an error.
    #[inline]
    pub fn add(&self, value: A::Input) {
        if let Some(registered) = &self.sum {
            return registered.sum.with(|sum| sum.add(value));
        }
        match TaskParts::take().as_mut().and_then(|parts| parts.part::<A>(self.id)) {
            Some(part) => part.add(value),
            None => tracing::error!("{self}: an addition on a thread that runs no task is lost"),
        }
    }

    /// On the driver, all that counts so far; in a task, what this task has added.
    pub fn value(&self) -> A::Output {
        self.with(|sum| sum.value())
    }

    /// Whether nothing has been added.
    pub fn is_zero(&self) -> bool {
        self.with(|sum| sum.is_zero())
    }

    /// Begins again at zero.
    pub fn reset(&self) {
        self.with(|sum| *sum = A::default());
    }

    fn with<R>(&self, f: impl FnOnce(&mut A) -> R) -> R {
        if let Some(registered) = &self.sum {
            return registered.sum.with(f);
        }
        match TaskParts::take().as_mut().and_then(|parts| parts.part(self.id)) {
            Some(part) => f(part),
            // Outside of tasks a handle that has travelled is at zero, as in Spark.
            None => f(&mut A::default()),
        }
    }
}

impl Accumulator<LongSum> {
    /// The sum of what was added.
    pub fn sum(&self) -> i64 {
        self.value()
    }

    /// How many values were added.
    pub fn count(&self) -> u64 {
        self.with(|sum| sum.count())
    }

    /// The mean of what was added; not a number if nothing was.
    pub fn avg(&self) -> f64 {
        self.with(|sum| sum.avg())
    }
}

impl Accumulator<DoubleSum> {
    /// The sum of what was added.
    pub fn sum(&self) -> f64 {
        self.value()
    }

    /// How many values were added.
    pub fn count(&self) -> u64 {
        self.with(|sum| sum.count())
    }

    /// The mean of what was added; not a number if nothing was.
    pub fn avg(&self) -> f64 {
        self.with(|sum| sum.avg())
    }
}

impl<A> fmt::Display for Accumulator<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "accumulator {} ({})", self.id, self.name)
    }
}

impl<A> fmt::Debug for Accumulator<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Context {
    /// An accumulator of integers, at zero.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let seen = context.long_accumulator("seen");
    /// context.range(1..101, 1, 4).for_each_with(seen.clone(), |seen, x| seen.add(x))?;
    /// assert_eq!((seen.sum(), seen.count(), seen.avg()), (5050, 100, 50.5));
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    pub fn long_accumulator(&self, name: &str) -> LongAccumulator {
        self.accumulator(name)
    }

    /// An accumulator of floating point numbers, at zero.
    pub fn double_accumulator(&self, name: &str) -> DoubleAccumulator {
        self.accumulator(name)
    }

    /// An accumulator that keeps everything that is added.
    pub fn collection_accumulator<T: crate::rdd::Data>(&self, name: &str) -> CollectionAccumulator<T> {
        self.accumulator(name)
    }

    /// An accumulator of any kind, at zero.
    pub fn accumulator<A: Accumulate>(&self, name: &str) -> Accumulator<A> {
        Accumulator::new(self.accumulators(), self.executor_env(), name)
    }
}
