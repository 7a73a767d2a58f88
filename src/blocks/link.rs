//! [`Link`]: the one connection to another executor's block server, made when it is needed.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use firesteel_actors::ExecutorId;

use super::{
    FetchError,
    answer::Answered,
    protocol::{Request, Wanted, encode, split_answer},
};
use crate::transport::{Connection, Purpose, Secret, Sender, TransportError, TransportOptions};

/// What all links of a process have in common.
pub(super) struct LinkSettings {
    pub(super) secret: Secret,
    pub(super) options: TransportOptions,
    /// How long an answer may stand still.
    pub(super) timeout: Duration,
}

/// Requests to one executor and the connection that carries them. A thread connects and reads while the link is in use; it
/// never waits for tasks. When the connection fails, all that wait hear of it; the next request makes a new one.
pub(super) struct Link {
    executor_id: ExecutorId,
    address: SocketAddr,
    settings: Arc<LinkSettings>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next_id: u64,
    /// There while the connection is.
    sender: Option<Sender>,
    /// Whether a thread connects or reads.
    has_thread: bool,
    waiting: BTreeMap<u64, Waiting>,
    /// Why there will be no connection any more.
    lost: Option<Arc<str>>,
}

struct Waiting {
    answered: Box<dyn Answered>,
    /// The request, until it is sent.
    unsent: Option<Vec<u8>>,
}

impl Link {
    pub(super) fn new(
        executor_id: ExecutorId,
        address: SocketAddr,
        settings: &Arc<LinkSettings>,
    ) -> Arc<Self> {
        Arc::new(Link { executor_id, address, settings: settings.clone(), state: Mutex::default() })
    }

    #[cfg(test)]
    pub(super) fn requests(&self) -> u64 {
        self.lock().next_id
    }

    pub(super) fn executor_id(&self) -> ExecutorId {
        self.executor_id
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lost_error(&self, why: &Arc<str>) -> FetchError {
        FetchError::Lost { executor_id: self.executor_id, why: why.clone() }
    }

    /// Asks; `answered` hears of the end in any case. The request's number.
    pub(super) fn request(self: &Arc<Self>, wanted: Wanted, answered: Box<dyn Answered>) -> u64 {
        let mut state = self.lock();
        let id = state.next_id;
        state.next_id += 1;
        if let Some(why) = state.lost.clone() {
            drop(state);
            answered.end(Err(self.lost_error(&why)));
            return id;
        }
        let message = encode(&Request { id, wanted });
        let mut waiting = Waiting { answered, unsent: None };
        match &state.sender {
            // If it fails, so does the thread that reads, which tells all that wait.
            Some(sender) => drop(sender.send(&message)),
            None => waiting.unsent = Some(message),
        }
        state.waiting.insert(id, waiting);
        if !state.has_thread {
            state.has_thread = true;
            let link = self.clone();
            let name = format!("firesteel-fetch-{}", self.executor_id);
            let thread = std::thread::Builder::new().name(name).spawn(move || link.run());
            if let Err(error) = thread {
                state.has_thread = false;
                drop(state);
                self.fail(&FetchError::Thread(Arc::new(error)));
            }
        }
        id
    }

    /// Nobody waits for an answer any more.
    pub(super) fn abandon(&self, id: u64) {
        let waiting = self.lock().waiting.remove(&id);
        // Outside of the lock: it may hold much.
        drop(waiting);
    }

    /// The executor is gone for good: all that wait hear of it now.
    pub(super) fn lose(&self, why: &Arc<str>) {
        let mut state = self.lock();
        state.lost.get_or_insert_with(|| why.clone());
        let sender = state.sender.take();
        drop(state);
        if let Some(sender) = sender {
            sender.abort();
        }
        self.fail(&self.lost_error(why));
    }

    fn fail(&self, error: &FetchError) {
        let waiting = std::mem::take(&mut self.lock().waiting);
        for waiting in waiting.into_values() {
            waiting.answered.end(Err(error.clone()));
        }
    }

    /// The thread: connects, sends what waits, and reads until the connection ends.
    fn run(self: Arc<Self>) {
        let error = match self.connect_and_read() {
            Ok(()) => FetchError::Closed(self.executor_id),
            Err(error) => error,
        };
        let mut state = self.lock();
        let sender = state.sender.take();
        state.has_thread = false;
        let waiting = std::mem::take(&mut state.waiting);
        let error = state.lost.as_ref().map_or(error, |why| self.lost_error(why));
        drop(state);
        if !waiting.is_empty() {
            tracing::debug!("{} requests to executor {} failed: {error}", waiting.len(), self.executor_id);
        }
        if let Some(sender) = sender {
            sender.abort();
        }
        for waiting in waiting.into_values() {
            waiting.answered.end(Err(error.clone()));
        }
    }

    fn connect_and_read(&self) -> Result<(), FetchError> {
        let failed =
            |error| FetchError::Connection { executor_id: self.executor_id, source: Arc::new(error) };
        let LinkSettings { secret, options, timeout } = &*self.settings;
        let connection = Connection::open(self.address, secret, Purpose::Data, options).map_err(failed)?;
        let Connection { sender, mut receiver, .. } = connection;
        // Twice, as a request may have been sent just before the first time.
        receiver.set_timeout(Some(*timeout / 2)).map_err(failed)?;
        if !self.begin(sender) {
            return Ok(());
        }
        let mut oldest = None;
        loop {
            match receiver.receive() {
                Ok(Some(message)) => {
                    self.on_message(message)?;
                    oldest = None;
                }
                Ok(None) => return Ok(()),
                Err(TransportError::TimedOut { .. }) if oldest.is_none() || oldest != self.oldest() => {
                    oldest = self.oldest();
                    if oldest.is_none() {
                        // Nobody needs it.
                        return Ok(());
                    }
                }
                Err(error) => return Err(failed(error)),
            }
        }
    }

    /// The request that has waited longest.
    fn oldest(&self) -> Option<u64> {
        self.lock().waiting.first_key_value().map(|(id, _)| *id)
    }

    /// Sends what waits; `false`: the executor is lost meanwhile.
    fn begin(&self, sender: Sender) -> bool {
        let mut state = self.lock();
        if state.lost.is_some() {
            drop(state);
            sender.abort();
            return false;
        }
        // Together, if there are several.
        let hold = sender.hold();
        for waiting in state.waiting.values_mut() {
            if let Some(message) = waiting.unsent.take() {
                sender.send(&message).ok();
            }
        }
        drop(hold);
        state.sender = Some(sender);
        true
    }

    fn on_message(&self, message: &[u8]) -> Result<(), FetchError> {
        let malformed = |what| FetchError::Malformed { executor_id: self.executor_id, what };
        let (id, is_last, stream) =
            split_answer(message).ok_or_else(|| malformed("the head of a message"))?;
        // Nobody may have waited for it any more.
        let Some(mut waiting) = self.lock().waiting.remove(&id) else { return Ok(()) };
        if let Err(error) = waiting.answered.stream(stream) {
            waiting.answered.end(Err(error.clone()));
            // What is no answer ends the connection; what cannot be kept concerns only its task.
            return if matches!(error, FetchError::Malformed { .. }) { Err(error) } else { Ok(()) };
        }
        if is_last {
            waiting.answered.end(Ok(()));
            return Ok(());
        }
        let mut state = self.lock();
        if let Some(why) = state.lost.clone() {
            drop(state);
            waiting.answered.end(Err(self.lost_error(&why)));
        } else if !waiting.answered.is_abandoned() {
            state.waiting.insert(id, waiting);
        } else {
            drop(state);
        }
        Ok(())
    }
}
