//! Requests with small answers, for which the caller waits.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

use firesteel_actors::ExecutorId;

use super::{
    FetchError, Remote,
    answer::{Answered, Items, StreamReader},
    fetch::backoff,
    link::Link,
    locations::KILL_CHECK,
    protocol::{Item, Wanted},
};

/// The one item of an answer and its data.
pub(super) type Got = (Item, Vec<u8>);

struct OneAnswer {
    stream: StreamReader,
    one: One,
}

struct One {
    executor_id: ExecutorId,
    /// Bytes of data, at most.
    limit: u64,
    got: Option<Got>,
    sender: SyncSender<Result<Got, FetchError>>,
    abandoned: Arc<AtomicBool>,
}

impl Answered for OneAnswer {
    fn stream(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        self.stream.read(bytes, &mut self.one)
    }

    fn end(self: Box<Self>, result: Result<(), FetchError>) {
        let OneAnswer { stream, one } = *self;
        let whole = one.got.filter(|_| stream.is_between_items());
        let got = result.and_then(|()| whole.ok_or_else(|| stream.malformed("the end of an answer")));
        // Whoever has waited may be gone.
        one.sender.try_send(got).ok();
    }

    fn is_abandoned(&self) -> bool {
        self.one.abandoned.load(Ordering::Acquire)
    }
}

impl Items for One {
    fn item(&mut self, item: Item) -> Result<u64, FetchError> {
        let length = if let Item::Bytes(length) = item { length } else { 0 };
        if self.got.is_some() || length > self.limit {
            return Err(FetchError::Malformed { executor_id: self.executor_id, what: "an item" });
        }
        self.got = Some((item, Vec::new()));
        Ok(length)
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        if let Some((_, data)) = &mut self.got {
            data.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn item_end(&mut self) -> Result<(), FetchError> {
        Ok(())
    }
}

/// An answer that is on its way.
pub(super) struct Pending {
    link: Option<(Arc<Link>, u64)>,
    receiver: Receiver<Result<Got, FetchError>>,
    abandoned: Arc<AtomicBool>,
}

impl Pending {
    /// Waits for it, but not when `is_killed`.
    pub(super) fn wait(self, is_killed: &dyn Fn() -> bool) -> Result<Got, FetchError> {
        loop {
            match self.receiver.recv_timeout(KILL_CHECK) {
                Ok(got) => return refused(got?, self.executor_id()),
                Err(RecvTimeoutError::Timeout) if is_killed() => return Err(FetchError::Killed),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(FetchError::Killed),
            }
        }
    }

    fn executor_id(&self) -> ExecutorId {
        self.link.as_ref().map_or(ExecutorId::DRIVER, |(link, _)| link.executor_id())
    }
}

fn refused((item, data): Got, executor_id: ExecutorId) -> Result<Got, FetchError> {
    match item {
        Item::Refused(refusal) => Err(FetchError::Refused { executor_id, refusal }),
        item => Ok((item, data)),
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.abandoned.store(true, Ordering::Release);
        if let Some((link, id)) = &self.link {
            link.abandon(*id);
        }
    }
}

impl Remote {
    /// Asks for one item with at most so many bytes of data.
    pub(super) fn begin(&self, executor_id: ExecutorId, wanted: Wanted, limit: u64) -> Pending {
        let (sender, receiver) = sync_channel(1);
        let abandoned = Arc::<AtomicBool>::default();
        let link = match self.directory.link(executor_id) {
            Ok(link) => link,
            Err(error) => {
                sender.try_send(Err(error)).ok();
                return Pending { link: None, receiver, abandoned };
            }
        };
        let one = One { executor_id, limit, got: None, sender, abandoned: abandoned.clone() };
        let id = link.request(wanted, Box::new(OneAnswer { stream: StreamReader::new(executor_id), one }));
        Pending { link: Some((link, id)), receiver, abandoned }
    }

    /// Asks and waits; tries again when the connection fails.
    pub(super) fn call(
        &self,
        executor_id: ExecutorId,
        wanted: &Wanted,
        limit: u64,
        is_killed: &dyn Fn() -> bool,
    ) -> Result<Got, FetchError> {
        let mut tries = 0;
        loop {
            let error = match self.begin(executor_id, wanted.clone(), limit).wait(is_killed) {
                Ok(got) => return Ok(got),
                Err(error) => error,
            };
            if !error.may_pass() || tries >= self.config.max_retries {
                return Err(error);
            }
            tracing::info!("{error}: trying again ({} of {})", tries + 1, self.config.max_retries);
            pause(backoff(&self.config, tries), is_killed)?;
            tries += 1;
        }
    }
}

/// Waits, but not when `is_killed`.
fn pause(wait: Duration, is_killed: &dyn Fn() -> bool) -> Result<(), FetchError> {
    let begun = Instant::now();
    while let Some(left) = wait.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()) {
        if is_killed() {
            return Err(FetchError::Killed);
        }
        std::thread::park_timeout(left.min(KILL_CHECK));
    }
    Ok(())
}
