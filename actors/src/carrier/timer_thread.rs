//! The timer thread: a timer is a message that it posts when its time has come.
//!
//! Not actix' timers: a full mailbox starves those.

use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Instant,
};

use crate::{
    SystemError,
    carrier::{BoundedThread, deliver::Deliver},
    message::{Addressed, Head},
};

#[derive(Default)]
struct State {
    /// By due time, then by order of setting.
    timers: BTreeMap<(Instant, u64), (Head, Addressed)>,
    set: u64,
    stopping: bool,
}

/// The timer thread's queue.
#[derive(Default)]
pub(super) struct TimerThread {
    state: Mutex<State>,
    changed: Condvar,
}

impl TimerThread {
    /// The thread of `carrier`, whose timers these are.
    pub(super) fn start<C: Deliver>(
        carrier: &Arc<C>,
        timers: impl Fn(&C) -> &TimerThread + Send + 'static,
    ) -> Result<BoundedThread, SystemError> {
        let carrier = carrier.clone();
        BoundedThread::start("firesteel-timer", move || timers(&carrier).run(&*carrier))
    }

    pub(super) fn at(&self, due: Instant, head: Head, message: Addressed) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.set += 1;
        let key = (due, state.set);
        let is_first = state.timers.first_key_value().is_none_or(|(first, _)| key < *first);
        state.timers.insert(key, (head, message));
        drop(state);
        if is_first {
            self.changed.notify_one();
        }
    }

    pub(super) fn stop(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopping = true;
        self.changed.notify_one();
    }

    fn run(&self, carrier: &impl Deliver) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.stopping {
            let Some((&(due, number), _)) = state.timers.first_key_value() else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = due.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            if let Some((head, message)) = state.timers.remove(&(due, number)) {
                drop(state);
                carrier.deliver(head, message, carrier.now());
                state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}
