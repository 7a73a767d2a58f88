//! [`MetricsTable`]: what the tasks of an application measured, summed per stage attempt and per executor.
//!
//! It is a listener like any other: nothing is summed unless a program asks for it. The counters come from the tasks
//! (`TaskMetrics`), as `TaskEnd` events tell them; [`table`] lays them out, [`units`] makes numbers readable.

mod sums;
mod table;
#[cfg(test)]
mod tests;
mod units;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use firesteel_actors::{ExecutorId, StageId, message::SparkListenerEvent};

pub use self::sums::MetricsSum;
use self::sums::Sums;
use crate::SparkListener;

/// Sums the metrics of tasks per stage attempt and per executor, and shows them as a table (Spark's web UI has them on
/// its pages of stages and executors). All attempts count, also those that failed or were killed: they used the
/// machine as well.
///
/// A listener hears events a little later than they happen; when [`Context::stop`](crate::Context::stop) has returned it
/// has heard all. Of an application with very many stages it remembers the last 1,000 attempts (as Spark's
/// `spark.ui.retainedStages`) one by one, and the others as one sum.
///
/// ```
/// use std::sync::Arc;
/// use firesteel::{Context, MetricsTable, actors::{ExecutorId, StageId}};
///
/// let metrics = Arc::new(MetricsTable::new());
/// let context = Context::builder().master("local[2]").listener(metrics.clone()).start()?;
/// context.range(0..1_000, 1, 4).map(|x| (x % 10, x)).reduce_by_key_n(2, |a, b| a + b).count()?;
/// context.stop();
///
/// let map_stage = &metrics.stages()[0];
/// assert_eq!((map_stage.stage_id, map_stage.sum.tasks), (StageId(0), 4));
/// assert_eq!(map_stage.sum.metrics.shuffle_records_written, 40); // ten keys of each of four partitions
/// assert_eq!(metrics.executors()[0].0, ExecutorId::DRIVER);
/// println!("{}", metrics.table());
/// # Ok::<(), firesteel::Error>(())
/// ```
#[derive(Default)]
pub struct MetricsTable {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    stages: Sums<(StageId, u32), Arc<str>>,
    executors: Sums<ExecutorId, ()>,
}

/// What the tasks of a stage attempt measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageMetrics {
    /// The stage.
    pub stage_id: StageId,
    /// Its attempt, from 0.
    pub attempt: u32,
    /// The action or transformation that it ends with, and where that was called.
    pub name: Arc<str>,
    /// The sum of its tasks that have ended.
    pub sum: MetricsSum,
}

impl MetricsTable {
    /// Of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        MetricsTable::default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stage attempts, in order of their ids; of very many the last.
    #[must_use]
    pub fn stages(&self) -> Vec<StageMetrics> {
        let stage = |(&(stage_id, attempt), (name, sum)): (&(StageId, u32), &(Arc<str>, MetricsSum))| {
            StageMetrics { stage_id, attempt, name: name.clone(), sum: sum.clone() }
        };
        self.lock().stages.rows().map(stage).collect()
    }

    /// The executors, in order of their ids.
    #[must_use]
    pub fn executors(&self) -> Vec<(ExecutorId, MetricsSum)> {
        self.lock().executors.rows().map(|(id, ((), sum))| (*id, sum.clone())).collect()
    }

    /// The sum of all tasks that have ended.
    #[must_use]
    pub fn total(&self) -> MetricsSum {
        self.lock().stages.total()
    }

    /// A table for people: a line per stage attempt, their sum, a line per executor; a column per counter that is not
    /// zero everywhere.
    #[must_use]
    pub fn table(&self) -> String {
        let state = self.lock();
        table::lay_out(&state.stages, &state.executors)
    }
}

impl SparkListener for MetricsTable {
    fn on_event(&self, event: &SparkListenerEvent) {
        let mut state = self.lock();
        match event {
            SparkListenerEvent::StageSubmitted(submitted) => {
                let stage = &submitted.stage;
                state.stages.name((stage.stage_id, stage.attempt), stage.name.clone());
            }
            SparkListenerEvent::TaskEnd(end) => {
                state.stages.add((end.stage_id, end.stage_attempt_id), end);
                state.executors.add(end.task_info.executor_id, end);
            }
            _ => {}
        }
    }
}

impl fmt::Debug for MetricsTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MetricsTable({:?})", self.total())
    }
}
