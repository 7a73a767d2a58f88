//! Where a job's results wait for the caller: decoded by the result getter, released by the DAGScheduler's word,
//! taken by whoever polls the job.

use std::{
    any::Any,
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use firesteel_actors::{JobError, TaskId};
use serde::de::DeserializeOwned;

use super::block_on::look_again;
use crate::code::from_bytes;

/// Results that may be ready before a caller is woken that looks again by itself: waking a thread for each of many
/// small results costs more than the results do.
const WAKE_AT: usize = 256;

/// A waiting job, without its type.
pub(super) trait JobSink: Send + Sync {
    /// Decodes a task's result and keeps it until the task has succeeded. On a result getter's thread.
    fn decode(&self, task: TaskId, bytes: &[u8]) -> Result<(), String>;

    /// A task's result counts.
    fn task_succeeded(&self, position: u32, task: TaskId);

    /// The outputs of the map stage that the job asked for are there: their sizes are its one result.
    fn map_stage_succeeded(&self, bytes_by_partition: Arc<[u64]>);

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
    /// Whether results come one after the other, as far as is known: so a caller that waits looks again soon.
    keep_coming: bool,
    /// Whether the caller looks again soon though it is not woken. Else the first result wakes it: the next may be an
    /// hour away.
    looks_again: bool,
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
                keep_coming: true,
                looks_again: false,
                closed: false,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<U>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A result counts: whoever polls may take it.
    fn release(mut state: MutexGuard<'_, State<U>>, position: u32, value: U) {
        state.ready.push_back((position, value));
        state.missing = state.missing.saturating_sub(1);
        if state.missing == 0 || state.ready.len() >= WAKE_AT || !state.looks_again {
            let waker = state.waker.take();
            drop(state);
            waker.into_iter().for_each(Waker::wake);
        }
    }

    /// The next result with its position; `None` when all have come; the error when the job failed.
    pub(super) fn poll_next(&self, waker: &Waker) -> Poll<Result<Option<(u32, U)>, JobError>> {
        let mut state = self.lock();
        if let Some(error) = &state.failure {
            return Poll::Ready(Err(error.clone()));
        }
        if let Some(result) = state.ready.pop_front() {
            state.keep_coming = true;
            return Poll::Ready(Ok(Some(result)));
        }
        if state.missing == 0 {
            return Poll::Ready(Ok(None));
        }
        // The last result wakes it in any case.
        state.looks_again = state.keep_coming && state.missing > 1 && look_again(waker);
        state.keep_coming &= !state.looks_again;
        if state.waker.as_ref().is_none_or(|known| !known.will_wake(waker)) {
            state.waker = Some(waker.clone());
        }
        Poll::Pending
    }
}

impl<U: DeserializeOwned + Send + 'static> JobSink for TypedSink<U> {
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
        Self::release(state, position, value);
    }

    fn map_stage_succeeded(&self, bytes_by_partition: Arc<[u64]>) {
        // Only the jobs of map stages have results of this type from elsewhere than tasks.
        if let Some(sink) = (self as &dyn Any).downcast_ref::<TypedSink<Arc<[u64]>>>() {
            TypedSink::release(sink.lock(), 0, bytes_by_partition);
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

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        sync::atomic::{AtomicU32, Ordering},
        task::Wake,
    };

    use super::*;
    use crate::{code::to_bytes, context::block_on::park_until_ready};

    #[derive(Default)]
    struct Wakes(AtomicU32);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The results of `tasks` come.
    fn succeed(sink: &TypedSink<u32>, tasks: std::ops::Range<u32>) {
        for task in tasks {
            let id = TaskId(u64::from(task));
            sink.decode(id, &to_bytes(&task).unwrap()).unwrap();
            sink.task_succeeded(task, id);
        }
    }

    fn is_pending(sink: &TypedSink<u32>, waker: &Waker) -> bool {
        sink.poll_next(waker).is_pending()
    }

    #[test]
    fn who_waits_to_be_woken_is_woken_by_the_first_result_each_time() {
        let (sink, wakes) = (TypedSink::new(4), Arc::new(Wakes::default()));
        let waker = Waker::from(wakes.clone());
        for result in 0..2 {
            assert!(is_pending(&sink, &waker));
            succeed(&sink, result..result + 1);
            assert_eq!(wakes.0.load(Ordering::Relaxed), result + 1);
            assert_eq!(sink.poll_next(&waker), Poll::Ready(Ok(Some((result, result)))));
        }
        assert!(is_pending(&sink, &waker));
        succeed(&sink, 2..4);
        assert_eq!(wakes.0.load(Ordering::Relaxed), 3, "the second finds it awake");
    }

    #[test]
    fn a_thread_that_looks_again_finds_results_that_did_not_wake_it_and_then_waits_for_the_next() {
        let sink = TypedSink::new(4);
        let mut polls = 0;
        park_until_ready(poll_fn(|context| {
            let waker = context.waker();
            let is_woken = || sink.lock().waker.is_none();
            polls += 1;
            match polls {
                1 => {
                    assert!(is_pending(&sink, waker));
                    succeed(&sink, 0..2);
                    assert!(!is_woken());
                    Poll::Pending
                }
                // Nobody has woken it.
                2 => {
                    for result in 0..2 {
                        assert_eq!(sink.poll_next(waker), Poll::Ready(Ok(Some((result, result)))));
                    }
                    assert!(is_pending(&sink, waker));
                    Poll::Pending
                }
                _ => {
                    // Nothing came meanwhile.
                    assert!(is_pending(&sink, waker));
                    succeed(&sink, 2..3);
                    assert!(is_woken());
                    Poll::Ready(())
                }
            }
        }));
        assert_eq!(polls, 3);
    }

    #[test]
    fn a_thread_that_looks_again_is_woken_by_many_results_and_by_the_last() {
        for (results, come, wakes) in
            [(1_000, WAKE_AT as u32 - 1, false), (1_000, WAKE_AT as u32, true), (3, 3, true)]
        {
            let sink = TypedSink::new(results);
            park_until_ready(poll_fn(|context| {
                assert!(is_pending(&sink, context.waker()));
                succeed(&sink, 0..come);
                assert_eq!(sink.lock().waker.is_none(), wakes);
                Poll::Ready(())
            }));
        }
    }
}
