//! [`Flusher`]: sends what was to wait for a next message, when none comes soon.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::transport::Sender;

/// How long a message waits for the next one.
const WAIT: Duration = Duration::from_millis(1);
/// After so many waits for nothing the thread sleeps until it is woken: waking it costs as much as the message.
const IDLE: u32 = 20;

/// A thread that sends what waits for a next message, a moment after it was sent.
pub(super) struct Flusher {
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    /// Something waits.
    waits: AtomicBool,
    sleeps: AtomicBool,
    stops: AtomicBool,
}

impl Flusher {
    pub(super) fn start(sender: Sender) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let of_thread = shared.clone();
        let run = move || of_thread.run(&sender);
        let thread = thread::Builder::new().name("firesteel-flusher".to_owned()).spawn(run)?;
        Ok(Flusher { shared, thread })
    }

    /// Something waits.
    pub(super) fn note(&self) {
        self.shared.waits.store(true, SeqCst);
        if self.shared.sleeps.swap(false, SeqCst) {
            self.thread.thread().unpark();
        }
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        self.shared.stops.store(true, SeqCst);
        self.thread.thread().unpark();
    }
}

impl Shared {
    fn run(&self, sender: &Sender) {
        let mut idle = 0;
        while !self.stops.load(SeqCst) {
            if self.waits.swap(false, SeqCst) {
                idle = 0;
                thread::sleep(WAIT);
                sender.flush();
            } else if idle < IDLE {
                idle += 1;
                thread::sleep(WAIT);
            } else {
                self.sleeps.store(true, SeqCst);
                // Whoever has noted something before that did not wake it.
                if !self.waits.load(SeqCst) && !self.stops.load(SeqCst) {
                    thread::park();
                }
                self.sleeps.store(false, SeqCst);
            }
        }
    }
}
