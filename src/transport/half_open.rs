//! Connections of a listener whose other side has not yet proved who it is, and the threads that wait for that.

use std::{
    collections::VecDeque,
    net::{Shutdown, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

pub(super) struct HalfOpen {
    limit: usize,
    /// If all places are taken and somebody waits, the one that has had its place for so long gives it up.
    patience: Duration,
    state: Mutex<State>,
    left: Condvar,
}

#[derive(Default)]
struct State {
    /// In the order in which they came.
    places: VecDeque<Place>,
    threads: Vec<JoinHandle<()>>,
    next: u64,
    closed: bool,
}

struct Place {
    number: u64,
    since: Instant,
    stream: Arc<TcpStream>,
}

impl HalfOpen {
    pub(super) fn new(limit: usize, handshake_timeout: Duration) -> Self {
        HalfOpen {
            limit: limit.max(1),
            patience: handshake_timeout / 8,
            state: Mutex::default(),
            left: Condvar::new(),
        }
    }

    /// Waits for a place. Others wait meanwhile in the listener's backlog, so a burst of connections is served bit by bit;
    /// and those that say nothing keep nobody out for long. False if the listener is closed.
    pub(super) fn wait_for_place(&self) -> bool {
        let mut state = self.lock();
        while !state.closed && state.places.len() >= self.limit {
            let waited = state.places.front().map_or(Duration::ZERO, |oldest| oldest.since.elapsed());
            if waited >= self.patience {
                if let Some(oldest) = state.places.pop_front() {
                    let _ = oldest.stream.shutdown(Shutdown::Both);
                }
                break;
            }
            let left = self.left.wait_timeout(state, self.patience - waited);
            state = left.unwrap_or_else(PoisonError::into_inner).0;
        }
        !state.closed
    }

    /// Runs the handshake of a connection on a thread of its own.
    pub(super) fn start(
        self: &Arc<Self>,
        stream: Arc<TcpStream>,
        name: String,
        shake: impl FnOnce(u64) + Send + 'static,
    ) -> std::io::Result<()> {
        let mut state = self.lock();
        let number = state.next;
        state.next += 1;
        state.threads.retain(|thread| !thread.is_finished());
        state.places.push_back(Place { number, since: Instant::now(), stream });
        let half_open = self.clone();
        let run = move || {
            // Also if it panics.
            let _place = Taken { half_open, number };
            shake(number);
        };
        match thread::Builder::new().name(name).spawn(run) {
            Ok(thread) => state.threads.push(thread),
            Err(error) => {
                state.places.pop_back();
                return Err(error);
            }
        }
        Ok(())
    }

    /// A connection is established, or will not be. False if it had lost its place before.
    pub(super) fn leave(&self, number: u64) -> bool {
        let mut state = self.lock();
        let place = state.places.iter().position(|place| place.number == number);
        let left = place.and_then(|place| state.places.remove(place));
        self.left.notify_all();
        left.is_some()
    }

    /// Ends all handshakes. After it nobody gets a place.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        for place in state.places.drain(..) {
            let _ = place.stream.shutdown(Shutdown::Both);
        }
        self.left.notify_all();
    }

    /// Waits for the threads of all handshakes, but for the one that calls it.
    pub(super) fn join(&self) {
        let threads = std::mem::take(&mut self.lock().threads);
        for thread in threads {
            if thread.thread().id() != thread::current().id() {
                // A callback's panic is not this listener's.
                let _ = thread.join();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Taken {
    half_open: Arc<HalfOpen>,
    number: u64,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.half_open.leave(self.number);
    }
}
