//! A thread whose end can be waited for, but not for ever.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread::{JoinHandle, ThreadId},
    time::Instant,
};

use crate::SystemError;

/// A thread of a system's own. One that runs user code may never end: it is then left behind, and named.
#[derive(Debug)]
pub struct BoundedThread {
    name: String,
    handle: JoinHandle<()>,
    /// Disconnected when the thread ends.
    ended: Receiver<()>,
}

impl BoundedThread {
    /// Starts a thread.
    ///
    /// # Errors
    /// [`SystemError::Thread`] if the operating system has none.
    pub fn start(name: impl Into<String>, run: impl FnOnce() + Send + 'static) -> Result<Self, SystemError> {
        let name = name.into();
        let (running, ended) = channel();
        let run = move || {
            let _running = running;
            run();
        };
        match std::thread::Builder::new().name(name.clone()).spawn(run) {
            Ok(handle) => Ok(BoundedThread { name, handle, ended }),
            Err(source) => Err(SystemError::Thread { name, source }),
        }
    }

    /// The thread.
    pub fn id(&self) -> ThreadId {
        self.handle.thread().id()
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// Its name, if it has not ended by `deadline`: it is left behind.
    pub fn join_by(self, deadline: Instant) -> Result<(), String> {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.ended.recv_timeout(left) {
            Err(RecvTimeoutError::Timeout) => Err(self.name),
            Ok(()) | Err(RecvTimeoutError::Disconnected) => {
                // What is left of it is not ours any more. A panic was told where it happened.
                self.handle.join().ok();
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn one_that_ends_is_joined_and_one_that_does_not_is_named() {
        let quick = BoundedThread::start("quick", || {}).unwrap();
        assert_eq!(quick.join_by(Instant::now() + Duration::from_secs(60)), Ok(()));
        let (release, wait) = channel::<()>();
        let slow = BoundedThread::start("slow", move || {
            wait.recv().ok();
        });
        assert_eq!(slow.unwrap().join_by(Instant::now()), Err("slow".to_owned()));
        drop(release);
    }

    #[test]
    fn one_that_panics_has_ended() {
        let thread = BoundedThread::start("panics", || std::panic::resume_unwind(Box::new(()))).unwrap();
        assert_eq!(thread.join_by(Instant::now() + Duration::from_secs(60)), Ok(()));
    }
}
