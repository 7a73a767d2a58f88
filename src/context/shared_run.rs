//! [`SharedRun`]: work that several actions need and one of them does.
//!
//! An action is driven by whoever polls it, and that may be nobody for a while: so work that others wait for must not
//! wait for the action that began it. Here each of them drives it.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context as TaskContext, Poll, Wake, Waker},
};

use super::JobHandle;
use crate::Error;

type Work = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// Work that is done once at a time, driven by all who wait for it. It ends with the last of them.
#[derive(Clone, Default)]
pub(crate) struct SharedRun(Arc<Mutex<Weak<Run>>>);

impl SharedRun {
    /// Waits for the work under way, or begins it. Its jobs are those of the action that began it, which also gets its
    /// error; the others begin anew then.
    pub(crate) async fn join(self, begin: impl Fn() -> Work) -> Result<(), Error> {
        loop {
            let (run, began) = self.run(&begin);
            match poll_fn(|context| run.poll(context.waker(), began)).await {
                Ended::Well => return Ok(()),
                Ended::Failed(Some(error)) => return Err(error),
                Ended::Failed(None) => {}
            }
        }
    }

    /// The work under way, or new one; and whether it is new.
    fn run(&self, begin: impl Fn() -> Work) -> (Arc<Run>, bool) {
        let mut current = lock(&self.0);
        if let Some(run) = current.upgrade().filter(|run| !run.has_failed()) {
            return (run, false);
        }
        let state = Mutex::new(State::Waits(begin()));
        let run = Arc::new(Run { action: JobHandle::polled(), state, wakers: Arc::default() });
        *current = Arc::downgrade(&run);
        (run, true)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Run {
    /// The action that began it.
    action: Option<JobHandle>,
    state: Mutex<State>,
    wakers: Arc<Wakers>,
}

enum State {
    /// To be polled by anyone.
    Waits(Work),
    /// A thread polls it; those who came meanwhile.
    Polled(Vec<Waker>),
    Ended(Ended),
}

enum Ended {
    Well,
    /// `None`: whoever it is for has got the error, or it panicked.
    Failed(Option<Error>),
}

impl Run {
    fn has_failed(&self) -> bool {
        matches!(*lock(&self.state), State::Ended(Ended::Failed(_)))
    }

    /// Drives the work, unless another thread does right now. No lock is held meanwhile: it runs code of the user's.
    fn poll(&self, waker: &Waker, began: bool) -> Poll<Ended> {
        let mut state = lock(&self.state);
        match &mut *state {
            State::Ended(Ended::Well) => return Poll::Ready(Ended::Well),
            State::Ended(Ended::Failed(error)) => {
                return Poll::Ready(Ended::Failed(error.take_if(|_| began)));
            }
            State::Polled(came) => {
                came.push(waker.clone());
                return Poll::Pending;
            }
            State::Waits(_) => {}
        }
        let State::Waits(mut work) = std::mem::replace(&mut *state, State::Polled(Vec::new())) else {
            return Poll::Pending;
        };
        drop(state);
        self.wakers.add(waker);
        // If it panics.
        let mut polled = Polled { run: self, becomes: Some(State::Ended(Ended::Failed(None))) };
        let all = Waker::from(self.wakers.clone());
        let mut poll = || work.as_mut().poll(&mut TaskContext::from_waker(&all));
        let poll = match &self.action {
            Some(action) => action.polling(poll),
            None => poll(),
        };
        let (answer, becomes) = match poll {
            Poll::Pending => (Poll::Pending, State::Waits(work)),
            Poll::Ready(Ok(())) => (Poll::Ready(Ended::Well), State::Ended(Ended::Well)),
            Poll::Ready(Err(error)) if began => {
                (Poll::Ready(Ended::Failed(Some(error))), State::Ended(Ended::Failed(None)))
            }
            Poll::Ready(Err(error)) => {
                (Poll::Ready(Ended::Failed(None)), State::Ended(Ended::Failed(Some(error))))
            }
        };
        polled.becomes = Some(becomes);
        answer
    }
}

/// The end of a poll, also of one that panics.
struct Polled<'a> {
    run: &'a Run,
    becomes: Option<State>,
}

impl Drop for Polled<'_> {
    fn drop(&mut self) {
        let Some(becomes) = self.becomes.take() else { return };
        let has_ended = matches!(becomes, State::Ended(_));
        let before = std::mem::replace(&mut *lock(&self.run.state), becomes);
        if has_ended {
            self.run.wakers.wake_all();
        }
        // What woke them meanwhile may have been for the work.
        if let State::Polled(came) = before {
            came.into_iter().for_each(Waker::wake);
        }
    }
}

/// Whom to wake: any of them may be one that is not polled any more, so all are.
#[derive(Default)]
struct Wakers(Mutex<Vec<Waker>>);

impl Wakers {
    fn add(&self, waker: &Waker) {
        let mut wakers = lock(&self.0);
        if !wakers.iter().any(|known| known.will_wake(waker)) {
            wakers.push(waker.clone());
        }
    }

    fn wake_all(&self) {
        let wakers = std::mem::take(&mut *lock(&self.0));
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

    use super::*;
    use crate::{context::block_on::park_until_ready, rdd::PlanError};

    /// Work that goes on when the gate is open, and what woke it up.
    #[derive(Clone, Default)]
    struct Gate(Arc<(AtomicU32, Mutex<Option<Waker>>)>);

    impl Gate {
        fn open(&self) {
            self.0.0.store(1, SeqCst);
            lock(&self.0.1).take().into_iter().for_each(Waker::wake);
        }

        fn work(&self, begun: &Arc<AtomicU32>, fails: bool) -> Work {
            let (gate, begun) = (self.clone(), begun.clone());
            Box::pin(async move {
                begun.fetch_add(1, SeqCst);
                poll_fn(|context| {
                    *lock(&gate.0.1) = Some(context.waker().clone());
                    if gate.0.0.load(SeqCst) == 1 { Poll::Ready(()) } else { Poll::Pending }
                })
                .await;
                if fails { Err(PlanError::NoCheckpointDir.into()) } else { Ok(()) }
            })
        }
    }

    fn poll_once<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
        future.as_mut().poll(&mut TaskContext::from_waker(Waker::noop()))
    }

    #[test]
    fn who_waits_drives_what_another_began() {
        let (shared, gate, begun) = (SharedRun::default(), Gate::default(), Arc::default());
        let mut first = Box::pin(shared.clone().join(|| gate.work(&begun, false)));
        assert!(poll_once(&mut first).is_pending());
        let opener = gate.clone();
        let thread = std::thread::spawn(move || opener.open());
        // The first is not polled meanwhile.
        park_until_ready(shared.join(|| gate.work(&begun, false))).unwrap();
        thread.join().unwrap();
        assert!(matches!(poll_once(&mut first), Poll::Ready(Ok(()))));
        assert_eq!(begun.load(SeqCst), 1);
    }

    #[test]
    fn an_error_is_for_who_began_and_the_others_begin_anew() {
        let (shared, gate, begun) = (SharedRun::default(), Gate::default(), Arc::default());
        let mut first = Box::pin(shared.clone().join(|| gate.work(&begun, true)));
        let mut second = Box::pin(shared.clone().join(|| gate.work(&begun, false)));
        assert!(poll_once(&mut first).is_pending() && poll_once(&mut second).is_pending());
        gate.open();
        assert!(matches!(poll_once(&mut second), Poll::Ready(Ok(()))));
        assert!(matches!(poll_once(&mut first), Poll::Ready(Err(Error::Plan(PlanError::NoCheckpointDir)))));
        assert_eq!(begun.load(SeqCst), 2);
    }

    #[test]
    fn it_goes_on_without_who_began_and_ends_with_the_last() {
        let (shared, gate, begun) = (SharedRun::default(), Gate::default(), Arc::default());
        let mut first = Box::pin(shared.clone().join(|| gate.work(&begun, false)));
        let mut second = Box::pin(shared.clone().join(|| gate.work(&begun, false)));
        assert!(poll_once(&mut first).is_pending() && poll_once(&mut second).is_pending());
        drop(first);
        assert!(poll_once(&mut second).is_pending() && begun.load(SeqCst) == 1);
        drop(second);
        assert_eq!(Arc::strong_count(&begun), 1);
    }
}
