//! The executors that are connected.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Condvar, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard},
    time::{Duration, Instant},
};

use firesteel_actors::{
    ActorId, ExecutorId,
    carrier::{Link, SystemHandle},
    message::{Addressed, DriverEndpoint, ExecutorBackendMessage, Head, Message, StatusUpdate},
};

use super::link::{ExecutorLink, Unsent};
use crate::{
    ExecutorInfo,
    blocks::Notice,
    cluster::{
        protocol::{ToExecutorRef, Welcome},
        too_large::too_large,
    },
};

/// The executors that are connected, by id: the way of messages to them.
#[derive(Default)]
pub(crate) struct Executors {
    links: RwLock<BTreeMap<ExecutorId, Arc<ExecutorLink>>>,
    /// One is gone. With a lock of its own: the links are read for each message.
    gone: (Mutex<()>, Condvar),
    /// Hears of tasks that cannot be sent.
    pub(super) system: OnceLock<SystemHandle>,
}

impl Executors {
    fn links(&self) -> RwLockReadGuard<'_, BTreeMap<ExecutorId, Arc<ExecutorLink>>> {
        self.links.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, executor_id: ExecutorId) -> Option<Arc<ExecutorLink>> {
        self.links().get(&executor_id).cloned()
    }

    /// What is known of each, by id.
    pub(crate) fn infos(&self) -> Vec<ExecutorInfo> {
        self.links().values().map(|link| link.info.clone()).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.links().is_empty()
    }

    /// Takes one in, whose id no other has had, and tells the others of it. Its first frame is made from the block servers of the
    /// others: under the lock, so that it hears of those that come after that.
    pub(super) fn add(
        &self,
        link: &Arc<ExecutorLink>,
        welcome: impl FnOnce(Vec<(ExecutorId, SocketAddr)>) -> Welcome,
        notices: impl FnOnce() -> Vec<Notice>,
    ) {
        let mut links = self.links.write().unwrap_or_else(PoisonError::into_inner);
        let welcome = welcome(links.values().map(|other| (other.executor_id(), other.blocks)).collect());
        link.tell(&ToExecutorRef::Welcome(&welcome));
        for notice in notices() {
            link.tell(&ToExecutorRef::Notice(&notice));
        }
        for other in links.values() {
            other.tell(&ToExecutorRef::ExecutorAdded(link.executor_id(), link.blocks));
        }
        links.insert(link.executor_id(), link.clone());
    }

    /// Takes one out, and tells the others at once: what they want from it will not come.
    pub(super) fn remove(&self, executor_id: ExecutorId, why: &str) -> Option<Arc<ExecutorLink>> {
        let mut links = self.links.write().unwrap_or_else(PoisonError::into_inner);
        let removed = links.remove(&executor_id)?;
        for other in links.values() {
            other.tell(&ToExecutorRef::ExecutorLost(executor_id, why));
        }
        drop(links);
        drop(self.gone.0.lock().unwrap_or_else(PoisonError::into_inner));
        self.gone.1.notify_all();
        Some(removed)
    }

    /// Tells all of data that they keep.
    pub(crate) fn tell(&self, notice: &Notice) {
        for link in self.links().values() {
            link.tell(&ToExecutorRef::Notice(notice));
        }
    }

    /// Waits until none is connected; those that still are at the end.
    pub(super) fn wait_empty(&self, deadline: Instant) -> Vec<ExecutorId> {
        let mut guard = self.gone.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let connected: Vec<_> = self.links().keys().copied().collect();
            if connected.is_empty() || left == Duration::ZERO {
                return connected;
            }
            guard = self.gone.1.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// A message that cannot be sent: a task fails of that, with anything else the executor would wait for ever.
    fn refused(&self, link: &ExecutorLink, addressed: &Addressed, reason: &str) {
        let executor_id = link.executor_id();
        tracing::error!("a message to executor {executor_id} cannot be sent: {reason}");
        match (&addressed.message, self.system.get()) {
            (Message::ExecutorBackend(ExecutorBackendMessage::LaunchTask(launch)), Some(system)) => {
                let update = StatusUpdate {
                    executor_id,
                    task_id: launch.task.task_id,
                    status: too_large(format!(
                        "{} or its stage cannot be sent: {reason}",
                        launch.task.name()
                    )),
                    task_cpus: launch.task.cpus,
                };
                system.send(DriverEndpoint, update).ok();
            }
            _ => link.abort(),
        }
    }

    /// Ends all connections in order, when what was sent has been taken.
    pub(super) fn close_all(&self) {
        self.links().values().for_each(|link| link.close());
    }

    /// Cuts all connections.
    pub(super) fn abort_all(&self) {
        self.links().values().for_each(|link| link.abort());
    }
}

impl Link for Executors {
    fn send(&self, head: &Head, addressed: &Addressed) -> bool {
        let (ActorId::ExecutorBackend(id) | ActorId::TaskRunner(id)) = addressed.to else { return false };
        let Some(link) = self.get(id) else { return false };
        match link.send(head, addressed) {
            Ok(()) => true,
            Err(Unsent::Ended) => false,
            Err(Unsent::Refused(reason)) => {
                self.refused(&link, addressed, &reason);
                true
            }
        }
    }
}

impl std::fmt::Debug for Executors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Executors({} connected)", self.links().len())
    }
}
