//! Waiting for a job on the caller's thread.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context as TaskContext, Poll, Wake, Waker},
    thread::Thread,
};

use firesteel_actors::carrier::actix::thread_carries_actors;

use super::Context;
use crate::{Error, Result, task::in_task};

struct Unpark {
    thread: Thread,
    woken: AtomicBool,
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
        if let Poll::Ready(output) = future.as_mut().poll(&mut TaskContext::from_waker(&waker)) {
            return output;
        }
        while !unpark.woken.swap(false, Ordering::Acquire) {
            std::thread::park();
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
