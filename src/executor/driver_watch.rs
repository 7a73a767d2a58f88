//! [`DriverWatch`]: whether the driver that started this process is still there.

use std::{
    fmt,
    io::{self, Read},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use crate::launch::STOP;

/// Tells when the driver that started this process is gone, or wants it to end.
#[derive(Clone)]
pub(crate) struct DriverWatch(Arc<Watched>);

#[derive(Default)]
struct Watched {
    state: Mutex<State>,
    over: Condvar,
}

/// What was told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DriverEnd {
    /// This process is to end; the driver cleans up behind it.
    Stop,
    /// The driver is no more.
    Gone,
}

type Callback = Box<dyn FnOnce(DriverEnd) + Send>;

enum State {
    There(Vec<Callback>),
    Over(DriverEnd),
}

impl Default for State {
    fn default() -> Self {
        State::There(Vec::new())
    }
}

impl DriverWatch {
    /// Watches the lifeline, on a thread.
    pub(super) fn start(lifeline: impl Read + Send + 'static) -> io::Result<Self> {
        let watch = DriverWatch(Arc::default());
        let state = watch.clone();
        let watching = move || state.over(read_end(lifeline));
        thread::Builder::new().name("firesteel-driver-watch".to_owned()).spawn(watching)?;
        Ok(watch)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn over(&self, end: DriverEnd) {
        let before = std::mem::replace(&mut *self.lock(), State::Over(end));
        self.0.over.notify_all();
        if let State::There(callbacks) = before {
            // The latest first: what was said before may take its time.
            callbacks.into_iter().rev().for_each(|callback| callback(end));
        }
    }

    /// Calls `told` when there is something to tell: on another thread, or at once if it has been told. The later of two
    /// is called first.
    pub(crate) fn on_end(&self, told: impl FnOnce(DriverEnd) + Send + 'static) {
        let mut state = self.lock();
        match &mut *state {
            State::There(callbacks) => callbacks.push(Box::new(told)),
            State::Over(end) => {
                let end = *end;
                drop(state);
                told(end);
            }
        }
    }

    /// Whether the driver is no more. Waits for so long for what there is to tell.
    pub(super) fn is_gone(&self, wait: Duration) -> bool {
        let is_there = |state: &mut State| matches!(state, State::There(_));
        let waited = self.0.over.wait_timeout_while(self.lock(), wait, is_there);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        matches!(*state, State::Over(DriverEnd::Gone))
    }
}

fn read_end(mut lifeline: impl Read) -> DriverEnd {
    let mut byte = [0];
    loop {
        match lifeline.read(&mut byte) {
            Ok(1) if byte[0] == STOP => return DriverEnd::Stop,
            Ok(0) => return DriverEnd::Gone,
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return DriverEnd::Gone,
            // Nothing else is ever said.
            Ok(_) | Err(_) => {}
        }
    }
}

impl fmt::Debug for DriverWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self.lock() {
            State::There(_) => f.write_str("DriverWatch"),
            State::Over(end) => write!(f, "DriverWatch({end:?})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, os::unix::net::UnixStream, sync::mpsc::channel};

    use super::*;

    #[test]
    fn a_driver_that_is_gone_is_told_to_all_the_latest_first() {
        let (theirs, ours) = UnixStream::pair().unwrap();
        let watch = DriverWatch::start(theirs).unwrap();
        let (tell, told) = channel();
        for number in [1, 2] {
            let tell = tell.clone();
            watch.on_end(move |end| tell.send((number, end)).unwrap());
        }
        assert!(told.try_recv().is_err() && !watch.is_gone(Duration::ZERO));
        drop(ours);
        assert_eq!(
            [told.recv().unwrap(), told.recv().unwrap()],
            [(2, DriverEnd::Gone), (1, DriverEnd::Gone)]
        );
        assert!(watch.is_gone(Duration::ZERO));
        // And at once from then on.
        watch.on_end(move |end| tell.send((3, end)).unwrap());
        assert_eq!(told.try_recv(), Ok((3, DriverEnd::Gone)));
    }

    #[test]
    fn a_driver_that_asks_for_the_end_is_not_gone() {
        let (theirs, mut ours) = UnixStream::pair().unwrap();
        let watch = DriverWatch::start(theirs).unwrap();
        let (tell, told) = channel();
        watch.on_end(move |end| tell.send(end).unwrap());
        ours.write_all(&[STOP]).unwrap();
        drop(ours);
        assert_eq!(told.recv(), Ok(DriverEnd::Stop));
        assert!(!watch.is_gone(Duration::ZERO));
    }
}
