//! Waiting a little before sleeping.
//!
//! Putting a thread to sleep and waking it costs several microseconds on both sides, and a small task passes
//! three threads. So a thread that has run out of work looks for more for a short while, giving its core to any
//! other that can use it, before it sleeps. An idle system sleeps.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Waker},
    time::{Duration, Instant},
};

use crate::Time;

/// How long a thread looks for work before it sleeps.
pub(super) const SPIN: Duration = Duration::from_micros(50);

/// Looks until `ready`, for a short while at most.
pub(super) fn spin_until(ready: impl Fn() -> bool) {
    let begun = Instant::now();
    loop {
        for _ in 0..4 {
            if ready() {
                return;
            }
            std::thread::yield_now();
        }
        if begun.elapsed() >= SPIN {
            return;
        }
    }
}

/// Keeps the actors' thread awake for a short while after a message.
#[derive(Debug, Default)]
pub(super) struct Activity {
    last: AtomicU64,
    dozing: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Activity {
    /// A message is handled now.
    #[inline]
    pub(super) fn note(&self, now: Time) {
        self.last.store(now.0, Ordering::Relaxed);
        if self.dozing.load(Ordering::Relaxed) {
            self.rouse();
        }
    }

    #[cold]
    fn rouse(&self) {
        self.dozing.store(false, Ordering::Relaxed);
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
        waker.into_iter().for_each(Waker::wake);
    }

    /// Called from the future that is the actors' life, whenever it is polled: has it polled again while there
    /// was a message lately, else when there is one.
    pub(super) fn poll(&self, now: Time, context: &mut Context<'_>) {
        let last = Time(self.last.load(Ordering::Relaxed));
        if now.since(last) < SPIN {
            std::thread::yield_now();
            context.waker().wake_by_ref();
        } else {
            *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.waker().clone());
            // Messages are handled on this same thread: none can come between.
            self.dozing.store(true, Ordering::Relaxed);
        }
    }
}
