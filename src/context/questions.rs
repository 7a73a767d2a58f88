//! Questions to the actors that wait for their answers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use firesteel_actors::{SystemError, message::HostMessage};
use tokio::sync::oneshot;

use super::{Context, driver::Driver};
use crate::{Error, Result};

/// The questions of one context.
#[derive(Default)]
pub(super) struct Questions {
    asked: Mutex<Asked>,
}

#[derive(Default)]
struct Asked {
    next: u64,
    waiting: HashMap<u64, oneshot::Sender<HostMessage>>,
}

impl Questions {
    fn ask(&self) -> (u64, oneshot::Receiver<HostMessage>) {
        let (answer, answered) = oneshot::channel();
        let mut asked = self.lock();
        // Those that nobody waits for any more.
        asked.waiting.retain(|_, answer| !answer.is_closed());
        asked.next += 1;
        let request = asked.next;
        asked.waiting.insert(request, answer);
        (request, answered)
    }

    /// An answer has come.
    pub(super) fn answer(&self, answer: HostMessage) {
        let request = match &answer {
            HostMessage::Explanation(explanation) => explanation.request,
            HostMessage::JobsCancelled(cancelled) => cancelled.request,
        };
        let waiting = self.lock().waiting.remove(&request);
        // Whoever has asked may wait no more.
        waiting.and_then(|waiting| waiting.send(answer).err());
    }

    /// No answer will come any more.
    pub(super) fn end(&self) {
        let waiting = std::mem::take(&mut self.lock().waiting);
        drop(waiting);
    }

    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer that will come, unless the system ends before.
pub(super) struct Answer {
    driver: Arc<Driver>,
    asked: std::result::Result<(), SystemError>,
    answered: oneshot::Receiver<HostMessage>,
}

impl Context {
    /// Sends a question, which is to carry the number that `send` gets.
    pub(super) fn ask(&self, send: impl FnOnce(u64) -> std::result::Result<(), SystemError>) -> Answer {
        let driver = self.inner.driver.clone();
        let (request, answered) = driver.questions.ask();
        Answer { driver, asked: send(request), answered }
    }
}

impl Answer {
    /// Waits for it; `read` takes an answer of the kind that was asked for.
    pub(super) async fn get<T>(self, read: impl FnOnce(HostMessage) -> Option<T>) -> Result<T> {
        self.asked?;
        let answer = self.answered.await.ok().and_then(read);
        answer.ok_or_else(|| self.driver.end_error().unwrap_or(Error::Stopped))
    }
}
