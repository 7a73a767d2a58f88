//! [`Link`]: the one connection to another executor's block server, made when it is needed.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use firesteel_actors::ExecutorId;

use super::{
    FetchError,
    answer::Answered,
    protocol::{Request, Wanted, encode, split_answer},
    server::QUEUE_BYTES,
};
use crate::transport::{Connection, Purpose, Secret, Sender, TransportError, TransportOptions};

/// Bytes of requests that are sent and not answered, if there are several. The server does not read while it answers, so all
/// of them may wait in the connection's queue, which is cut when it is too long.
const MOST_OUTSTANDING: usize = QUEUE_BYTES / 2;

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
    waiting: BTreeMap<u64, Box<dyn Answered>>,
    /// Requests that are not sent yet, in order.
    unsent: VecDeque<(u64, Vec<u8>)>,
    /// The lengths of those that are sent and not answered to the end, whether or not somebody waits for it.
    sent: BTreeMap<u64, usize>,
    /// The sum of them.
    outstanding: usize,
    /// Why there will be no connection any more.
    lost: Option<Arc<str>>,
}

impl State {
    /// Sends what may be on its way, if there is a connection.
    fn send_more(&mut self) {
        let Some(sender) = &self.sender else { return };
        // Together, if there are several.
        let hold = sender.hold();
        while let Some((id, message)) = self.unsent.pop_front() {
            if !self.waiting.contains_key(&id) {
                continue;
            }
            let outstanding = self.outstanding + message.len();
            if self.outstanding > 0 && outstanding > MOST_OUTSTANDING {
                self.unsent.push_front((id, message));
                break;
            }
            // If it fails, so does the thread that reads, which tells all that wait.
            sender.send(&message).ok();
            self.sent.insert(id, message.len());
            self.outstanding = outstanding;
        }
        drop(hold);
    }

    /// An answer has come to its end.
    fn answered(&mut self, id: u64) {
        if let Some(length) = self.sent.remove(&id) {
            self.outstanding -= length;
            self.send_more();
        }
    }

    /// All that wait, when nothing more will come.
    fn end(&mut self) -> BTreeMap<u64, Box<dyn Answered>> {
        self.unsent.clear();
        self.sent.clear();
        self.outstanding = 0;
        std::mem::take(&mut self.waiting)
    }
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

    /// Bytes of requests on their way, and how many requests wait to be.
    #[cfg(test)]
    pub(super) fn outstanding(&self) -> (usize, usize) {
        let state = self.lock();
        (state.outstanding, state.unsent.len())
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
        state.unsent.push_back((id, message));
        state.waiting.insert(id, answered);
        state.send_more();
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
        let waiting = self.lock().end();
        for answered in waiting.into_values() {
            answered.end(Err(error.clone()));
        }
    }

    /// The thread: connects, sends what waits, and reads until the connection ends.
    fn run(self: Arc<Self>) {
        let mut reading = Reading { link: &self, error: FetchError::Panicked(self.executor_id) };
        reading.error = match self.connect_and_read() {
            Ok(()) => FetchError::Closed(self.executor_id),
            Err(error) => error,
        };
    }

    /// The thread reads no more: all that wait hear why.
    fn ended(&self, error: FetchError) {
        let mut state = self.lock();
        let sender = state.sender.take();
        state.has_thread = false;
        let waiting = state.end();
        let error = state.lost.as_ref().map_or(error, |why| self.lost_error(why));
        drop(state);
        if !waiting.is_empty() {
            tracing::debug!("{} requests to executor {} failed: {error}", waiting.len(), self.executor_id);
        }
        if let Some(sender) = sender {
            sender.abort();
        }
        for answered in waiting.into_values() {
            answered.end(Err(error.clone()));
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
        state.sender = Some(sender);
        state.send_more();
        true
    }

    fn on_message(&self, message: &[u8]) -> Result<(), FetchError> {
        let malformed = |what| FetchError::Malformed { executor_id: self.executor_id, what };
        let (id, is_last, stream) =
            split_answer(message).ok_or_else(|| malformed("the head of a message"))?;
        let mut state = self.lock();
        if is_last {
            state.answered(id);
        }
        // Nobody may have waited for it any more.
        let Some(mut answered) = state.waiting.remove(&id) else { return Ok(()) };
        drop(state);
        // A panic is not to leave anybody waiting.
        let read = catch_unwind(AssertUnwindSafe(|| answered.stream(stream)));
        if let Err(error) = read.unwrap_or(Err(FetchError::Panicked(self.executor_id))) {
            answered.end(Err(error.clone()));
            // What is no answer ends the connection; what cannot be kept concerns only its task.
            return if matches!(error, FetchError::Spill(_)) { Ok(()) } else { Err(error) };
        }
        if is_last {
            answered.end(Ok(()));
            return Ok(());
        }
        let mut state = self.lock();
        if let Some(why) = state.lost.clone() {
            drop(state);
            answered.end(Err(self.lost_error(&why)));
        } else if !answered.is_abandoned() {
            state.waiting.insert(id, answered);
        } else {
            drop(state);
        }
        Ok(())
    }
}

/// The thread of a link, which tells all that wait when it ends, also if it panics.
struct Reading<'l> {
    link: &'l Link,
    error: FetchError,
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.link.ended(self.error.clone());
    }
}
