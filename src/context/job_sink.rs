//! Where a job's results wait for the caller: decoded by the result getter, released by the DAGScheduler's word,
//! taken by whoever polls the job.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
    time::{Duration, Instant},
};

use firesteel_actors::{JobError, TaskId};
use serde::de::DeserializeOwned;

use crate::code::from_bytes;

/// Results that may be ready before the caller is woken: waking a thread for each of many small results costs
/// more than the results do.
const WAKE_AT: usize = 256;
/// A caller that has waited longer than this is woken for a single result.
const WAKE_AFTER: Duration = Duration::from_millis(1);

/// A waiting job, without its type.
pub(super) trait JobSink: Send + Sync {
    /// Decodes a task's result and keeps it until the task has succeeded. On a result getter's thread.
    fn decode(&self, task: TaskId, bytes: &[u8]) -> Result<(), String>;

    /// A task's result counts.
    fn task_succeeded(&self, position: u32, task: TaskId);

    /// The job failed.
    fn failed(&self, error: JobError);
}

/// A waiting job.
pub(super) struct TypedSink<U> {
    state: Mutex<State<U>>,
}

struct State<U> {
    decoded: VecDeque<(TaskId, U)>,
    ready: VecDeque<(u32, U)>,
    /// Results that have not been released.
    missing: usize,
    failure: Option<JobError>,
    waker: Option<Waker>,
    last_wake: Instant,
    /// Nobody waits any more.
    closed: bool,
}

impl<U> TypedSink<U> {
    /// Nobody waits any more: what is here is dropped now, on the caller's thread, and what comes later where it
    /// is decoded. So no value of the user's is dropped on the actors' thread.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let rest = (std::mem::take(&mut state.decoded), std::mem::take(&mut state.ready), state.waker.take());
        drop(state);
        drop(rest);
    }

    pub(super) fn new(results: usize) -> Self {
        TypedSink {
            state: Mutex::new(State {
                decoded: VecDeque::new(),
                ready: VecDeque::new(),
                missing: results,
                failure: None,
                waker: None,
                last_wake: Instant::now(),
                closed: false,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<U>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next result with its position; `None` when all have come; the error when the job failed.
    pub(super) fn poll_next(&self, waker: &Waker) -> Poll<Result<Option<(u32, U)>, JobError>> {
        let mut state = self.lock();
        if let Some(error) = &state.failure {
            return Poll::Ready(Err(error.clone()));
        }
        if let Some(result) = state.ready.pop_front() {
            return Poll::Ready(Ok(Some(result)));
        }
        if state.missing == 0 {
            return Poll::Ready(Ok(None));
        }
        if state.waker.as_ref().is_none_or(|known| !known.will_wake(waker)) {
            state.waker = Some(waker.clone());
        }
        Poll::Pending
    }
}

impl<U: DeserializeOwned + Send> JobSink for TypedSink<U> {
    fn decode(&self, task: TaskId, bytes: &[u8]) -> Result<(), String> {
        let value = from_bytes(bytes).map_err(|error| {
            std::error::Error::source(&error)
                .map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
        })?;
        let mut state = self.lock();
        if !state.closed {
            state.decoded.push_back((task, value));
        }
        Ok(())
    }

    fn task_succeeded(&self, position: u32, task: TaskId) {
        let mut state = self.lock();
        // Nearly always the first: results are released in the order in which they were decoded.
        let found = state.decoded.iter().position(|(known, _)| *known == task);
        let Some((_, value)) = found.and_then(|index| state.decoded.remove(index)) else { return };
        state.ready.push_back((position, value));
        state.missing = state.missing.saturating_sub(1);
        let now = Instant::now();
        if state.missing == 0 || state.ready.len() >= WAKE_AT || now - state.last_wake >= WAKE_AFTER {
            let waker = state.waker.take();
            state.last_wake = now;
            drop(state);
            waker.into_iter().for_each(Waker::wake);
        }
    }

    fn failed(&self, error: JobError) {
        let mut state = self.lock();
        if state.missing == 0 {
            return;
        }
        state.failure.get_or_insert(error);
        let waker = state.waker.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }
}
