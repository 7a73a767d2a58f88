//! What has to happen some time after executors have gone: one thread that waits for it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use firesteel_actors::ExecutorId;

use super::{cluster::FailJobs, executors::Executors};
use crate::launch::Fleet;

/// How long an executor that was removed has for ending by itself.
const LEAVING: Duration = Duration::from_secs(2);

/// How often jobs are looked at while there has been no executor for long.
const LOOKS: Duration = Duration::from_secs(1);

/// What the manager is told.
pub(super) enum Event {
    /// An executor was taken in.
    Came,
    /// An executor is gone, and why.
    Gone { executor_id: ExecutorId, reason: String },
    /// The DriverEndpoint has removed it.
    Removed { executor_id: ExecutorId },
    /// The driver stops: nothing that ends is a loss from now on.
    Stop,
}

/// The manager's state.
pub(super) struct Manager {
    executors: Arc<Executors>,
    fleet: Option<Arc<Fleet>>,
    /// How long jobs wait without any executor.
    max_lost_time: Duration,
    /// Fails all jobs for this reason.
    fail_jobs: FailJobs,
    /// Executors that have been removed, and are to be gone by then.
    leaving: BTreeMap<ExecutorId, Instant>,
    /// Since when there is none.
    alone: Option<Instant>,
    /// When jobs are looked at next, while there is none.
    next_look: Option<Instant>,
    /// What became of the last one.
    last: Option<String>,
}

impl Manager {
    pub(super) fn new(
        executors: Arc<Executors>,
        fleet: Option<Arc<Fleet>>,
        max_lost_time: Duration,
        fail_jobs: FailJobs,
    ) -> Self {
        let alone = Some(Instant::now());
        Manager {
            executors,
            fleet,
            max_lost_time,
            fail_jobs,
            leaving: BTreeMap::new(),
            alone,
            next_look: None,
            last: None,
        }
    }

    /// Until it is told to stop, or nobody can tell it anything any more.
    pub(super) fn run(mut self, events: &Receiver<Event>) {
        loop {
            let event = match self.next_due() {
                Some(due) => events.recv_timeout(due.saturating_duration_since(Instant::now())),
                None => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match event {
                Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(event) => self.on_event(event, Instant::now()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.on_time(Instant::now());
        }
    }

    fn on_event(&mut self, event: Event, now: Instant) {
        match event {
            Event::Came => (self.alone, self.next_look) = (None, None),
            Event::Gone { executor_id, reason } => {
                self.leaving.remove(&executor_id);
                self.last = Some(reason);
                if self.executors.is_empty() {
                    self.alone = Some(now);
                }
            }
            Event::Removed { executor_id } => {
                if self.executors.get(executor_id).is_some() {
                    self.leaving.insert(executor_id, now + LEAVING);
                }
            }
            Event::Stop => {}
        }
    }

    fn next_due(&self) -> Option<Instant> {
        let alone = self.alone.map(|since| self.next_look.unwrap_or(since + self.max_lost_time));
        self.leaving.values().copied().chain(alone).min()
    }

    fn on_time(&mut self, now: Instant) {
        let late: Vec<_> = self.leaving.iter().filter(|(_, due)| **due <= now).map(|(id, _)| *id).collect();
        for executor_id in late {
            self.leaving.remove(&executor_id);
            tracing::warn!("executor {executor_id} was removed and does not end: its connection is cut");
            if let Some(link) = self.executors.get(executor_id) {
                link.abort();
            }
            if let Some(fleet) = &self.fleet {
                fleet.end(vec![executor_id]);
            }
        }
        if let Some(since) = self.alone
            && self.next_look.is_none_or(|look| look <= now)
        {
            let waited = now.saturating_duration_since(since);
            if waited >= self.max_lost_time {
                let last =
                    self.last.as_ref().map(|last| format!("; the last one: {last}")).unwrap_or_default();
                let reason = format!("there has been no executor for {} s{last}", waited.as_secs());
                // Not those that have just come: they wait for as long.
                (self.fail_jobs)(&reason, self.max_lost_time);
                self.next_look = Some(now + LOOKS);
            }
        }
    }
}
