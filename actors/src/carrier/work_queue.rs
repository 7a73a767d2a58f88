//! A queue that threads take their work from.

use std::{
    collections::VecDeque,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::spin::spin_until;

/// Work for a few threads, in order. A thread that finds none looks for a while, then sleeps; only sleepers are
/// woken, and only when no other thread is looking. More than some need not look at once: each that looks takes
/// turns on the cores from those that work.
#[derive(Debug)]
pub(super) struct WorkQueue<T> {
    state: Mutex<State<T>>,
    work: Condvar,
    /// So many look at once; others sleep.
    may_look: usize,
    /// What a looking thread sees without the lock: the length of the queue, or a large number once closed.
    visible: AtomicUsize,
}

#[derive(Debug)]
struct State<T> {
    queue: VecDeque<T>,
    looking: usize,
    /// The most that looked at once.
    #[cfg(test)]
    most_looking: usize,
    sleeping: usize,
    closed: bool,
}

impl<T> WorkQueue<T> {
    /// A queue for which so many threads look at once.
    pub(super) fn looked_at_by(may_look: usize) -> Self {
        let state = State {
            queue: VecDeque::new(),
            looking: 0,
            #[cfg(test)]
            most_looking: 0,
            sleeping: 0,
            closed: false,
        };
        WorkQueue { state: Mutex::new(state), work: Condvar::new(), may_look, visible: AtomicUsize::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds work; ignored once the queue is closed.
    pub(super) fn push(&self, item: T) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        state.queue.push_back(item);
        self.visible.store(state.queue.len(), Ordering::Relaxed);
        let wake = state.sleeping > 0 && state.queue.len() > state.looking;
        drop(state);
        if wake {
            self.work.notify_one();
        }
    }

    /// The next work; `None` once the queue is closed and empty.
    pub(super) fn pop(&self) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(item) = state.queue.pop_front() {
                if !state.closed {
                    self.visible.store(state.queue.len(), Ordering::Relaxed);
                }
                return Some(item);
            }
            if state.closed {
                return None;
            }
            if state.looking < self.may_look {
                state.looking += 1;
                #[cfg(test)]
                {
                    state.most_looking = state.most_looking.max(state.looking);
                }
                drop(state);
                spin_until(|| self.visible.load(Ordering::Relaxed) > 0);
                state = self.lock();
                // Counted as looking until the lock is held again: whatever was pushed meanwhile is seen now.
                state.looking -= 1;
            }
            if state.queue.is_empty() && !state.closed {
                state.sleeping += 1;
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.sleeping -= 1;
            }
        }
    }

    /// Takes no more work. What waits is still handed out, unless it is dropped here.
    pub(super) fn close(&self, drop_waiting: bool) {
        let mut state = self.lock();
        state.closed = true;
        let dropped = if drop_waiting { std::mem::take(&mut state.queue) } else { VecDeque::new() };
        self.visible.store(usize::MAX, Ordering::Relaxed);
        drop(state);
        drop(dropped);
        self.work.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, atomic::AtomicU64};

    use super::*;

    const THREADS: usize = 4;

    #[test]
    fn every_item_is_taken_once_and_all_threads_end() {
        let most_looking = all_is_taken(usize::MAX);
        assert!((1..=THREADS).contains(&most_looking), "{most_looking}");
    }

    #[test]
    fn no_more_threads_look_than_may_and_every_item_is_taken_once() {
        for may_look in 0..THREADS {
            let most_looking = all_is_taken(may_look);
            assert!(most_looking <= may_look, "{most_looking} of {may_look}");
        }
    }

    /// The most threads that looked at once.
    fn all_is_taken(may_look: usize) -> usize {
        let queue = Arc::new(WorkQueue::looked_at_by(may_look));
        let sum = Arc::new(AtomicU64::new(0));
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let (queue, sum) = (queue.clone(), sum.clone());
                std::thread::spawn(move || {
                    while let Some(item) = queue.pop() {
                        sum.fetch_add(item, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for item in 1..=10_000u64 {
            queue.push(item);
            if item % 1000 == 0 {
                // Let some threads fall asleep between.
                std::thread::sleep(2 * super::super::spin::SPIN);
            }
        }
        queue.close(false);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(sum.load(Ordering::Relaxed), 50_005_000);
        queue.lock().most_looking
    }

    #[test]
    fn closing_may_drop_what_waits() {
        let queue = WorkQueue::looked_at_by(1);
        queue.push(1);
        queue.close(true);
        queue.push(2);
        assert_eq!(queue.pop(), None);
    }
}
