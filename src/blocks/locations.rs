//! [`Locations`]: what an executor knows of where map outputs are, and the tasks that wait to know it.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use firesteel_actors::{
    ExecutorId, ShuffleId,
    map_outputs::{Lookup, MapOutputTrackerWorker, ShuffleBlock},
    message::{MapOutputStatuses, TaskEndReason},
};

use crate::task::{FetchFailure, TaskContext, TaskError};

/// How often a waiting task looks whether it was killed.
pub(super) const KILL_CHECK: Duration = Duration::from_millis(10);

/// The executor's copy of map outputs. Tasks that want the same shuffle share one request.
#[derive(Default)]
pub(super) struct Locations {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    worker: MapOutputTrackerWorker,
    /// Shuffles whose answer came too late for a newer epoch: the next task that waits asks again.
    again: BTreeSet<ShuffleId>,
    stopped: bool,
}

impl Locations {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a reducer reads of a shuffle, by executor; waits until that is known. `ask` sends the request for it.
    pub(super) fn blocks(
        &self,
        shuffle_id: ShuffleId,
        (maps, reduces): (Range<u32>, Range<u32>),
        task: &Arc<TaskContext>,
        ask: impl Fn() -> Result<(), TaskError>,
    ) -> Result<BTreeMap<ExecutorId, Vec<ShuffleBlock>>, TaskError> {
        let mut state = self.lock();
        state.worker.update_epoch(task.epoch());
        loop {
            if state.stopped {
                return Err(TaskError::Killed("the executor stops".into()));
            }
            let asks = match state.worker.look_up(shuffle_id) {
                Lookup::Known => {
                    let found = state.worker.sizes_by_executor(shuffle_id, maps, reduces);
                    return found.map_err(|reason| failure(reason, task));
                }
                Lookup::Request => true,
                Lookup::Wait => state.again.remove(&shuffle_id),
            };
            if asks {
                drop(state);
                let asked = ask();
                state = self.lock();
                if let Err(error) = asked {
                    // Somebody else may be able to ask.
                    state.worker.forget(shuffle_id);
                    self.changed.notify_all();
                    return Err(error);
                }
                continue;
            }
            let waited = self.changed.wait_timeout(state, KILL_CHECK);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            if let Some(reason) = task.control().kill_reason() {
                return Err(TaskError::Killed(reason));
            }
        }
    }

    #[cfg(test)]
    pub(super) fn epoch(&self) -> u64 {
        self.lock().worker.epoch()
    }

    /// The answer to a request.
    pub(super) fn on_statuses(&self, answer: MapOutputStatuses) {
        let shuffle_id = answer.shuffle_id;
        let mut state = self.lock();
        if !state.worker.on_statuses(answer) {
            state.again.insert(shuffle_id);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// A shuffle is gone.
    pub(super) fn forget(&self, shuffle_id: ShuffleId) {
        let mut state = self.lock();
        state.worker.forget(shuffle_id);
        state.again.remove(&shuffle_id);
        drop(state);
        // Whoever waits asks again, and hears that it is gone.
        self.changed.notify_all();
    }

    /// No answer will come any more.
    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }
}

/// What the worker says, as a task's error.
fn failure(reason: TaskEndReason, task: &TaskContext) -> TaskError {
    match reason {
        TaskEndReason::FetchFailed { executor_id, shuffle_id, map_id, map_index, reduce_id, message } => {
            tracing::info!("task {}: {message}", task.task_attempt_id());
            FetchFailure { executor_id, shuffle_id, map_id, map_index, reduce_id, message }.into()
        }
        reason => TaskError::User(reason.to_string()),
    }
}
