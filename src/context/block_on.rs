//! Waiting for a job on the caller's thread.

use std::{
    cell::RefCell,
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context as TaskContext, Poll, Wake, Waker},
    thread::Thread,
    time::{Duration, Instant},
};

use firesteel_actors::carrier::actix::thread_carries_actors;

use super::Context;
use crate::{Error, Result, task::in_task};

/// How long a thread that is to look again sleeps at most.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(1);

thread_local! {
    /// The poll that this thread is in, if [`park_until_ready`] made it.
    static POLLING: RefCell<Option<Polling>> = const { RefCell::new(None) };
}

struct Polling {
    waker: Waker,
    looks_again: bool,
}

/// Has the future that is polled with this waker polled again soon, though nobody wakes it. False if whoever polls it
/// waits to be woken.
pub(super) fn look_again(waker: &Waker) -> bool {
    POLLING.with_borrow_mut(|polling| match polling {
        Some(polling) if polling.waker.will_wake(waker) => {
            polling.looks_again = true;
            true
        }
        _ => false,
    })
}

/// Polls, and whether to look again soon. Within a poll a result's handler may wait for another job.
fn poll_once<T>(waker: &Waker, poll: impl FnOnce() -> Poll<T>) -> (Poll<T>, bool) {
    struct Restore(Option<Polling>);
    impl Drop for Restore {
        fn drop(&mut self) {
            POLLING.set(self.0.take());
        }
    }
    let _restore = Restore(POLLING.replace(Some(Polling { waker: waker.clone(), looks_again: false })));
    let poll = poll();
    let looks_again =
        POLLING.with_borrow(|polling| polling.as_ref().is_some_and(|polling| polling.looks_again));
    (poll, looks_again)
}

struct Unpark {
    thread: Thread,
    woken: AtomicBool,
}

impl Unpark {
    /// Parks the thread until it is woken, or is to look again.
    fn wait(&self, looks_again: bool) {
        let until = looks_again.then(|| Instant::now() + LOOK_AGAIN_AFTER);
        while !self.woken.swap(false, Ordering::Acquire) {
            match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => std::thread::park(),
                Some(Duration::ZERO) => return,
                Some(left) => std::thread::park_timeout(left),
            }
        }
    }
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Polls a future to its end, parking the thread while it waits.
pub(super) fn park_until_ready<F: Future>(future: F) -> F::Output {
    let unpark = Arc::new(Unpark { thread: std::thread::current(), woken: AtomicBool::new(false) });
    let waker = Waker::from(unpark.clone());
    let mut future = pin!(future);
    loop {
        let poll = || future.as_mut().poll(&mut TaskContext::from_waker(&waker));
        match poll_once(&waker, poll) {
            (Poll::Ready(output), _) => return output,
            (Poll::Pending, looks_again) => unpark.wait(looks_again),
        }
    }
}

impl Context {
    /// Runs an action to its end, unless this thread is one that the action may need.
    pub(crate) fn block_on<T, F>(&self, action: impl FnOnce() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        if in_task() {
            return Err(Error::Blocking { place: "inside a task" });
        }
        if thread_carries_actors() {
            return Err(Error::Blocking { place: "on the thread of the actors" });
        }
        if self.is_on_loop() {
            return Err(Error::Blocking { place: "on a system that runs on a loop" });
        }
        park_until_ready(action())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_that_is_to_be_looked_at_again_need_not_be_woken() {
        let mut polls = 0;
        park_until_ready(std::future::poll_fn(|context| {
            polls += 1;
            // Another waker is not this thread's.
            assert!(!look_again(Waker::noop()));
            // Nor is the one around, for a job that a handler waits for.
            park_until_ready(std::future::poll_fn(|_| {
                assert!(!look_again(context.waker()));
                Poll::Ready(())
            }));
            match polls {
                1 => {
                    assert!(look_again(context.waker()));
                    Poll::Pending
                }
                _ => Poll::Ready(()),
            }
        }));
        assert_eq!(polls, 2);
        assert!(!look_again(Waker::noop()), "nothing is polled");
    }
}
