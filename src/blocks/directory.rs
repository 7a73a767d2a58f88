//! [`Directory`]: where executors serve their blocks, and which of them are lost.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use firesteel_actors::ExecutorId;

use super::{
    FetchError,
    link::{Link, LinkSettings},
};

/// Executors by id, fed by what the driver tells. An id that was lost comes back only for another executor.
pub(super) struct Directory {
    settings: Arc<LinkSettings>,
    peers: Mutex<BTreeMap<ExecutorId, Peer>>,
}

enum Peer {
    Known(Arc<Link>),
    Lost(Arc<str>),
}

impl Directory {
    pub(super) fn new(settings: LinkSettings) -> Self {
        Directory { settings: Arc::new(settings), peers: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ExecutorId, Peer>> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, executor_id: ExecutorId, address: SocketAddr) {
        let link = Link::new(executor_id, address, &self.settings);
        let before = self.lock().insert(executor_id, Peer::Known(link));
        if let Some(Peer::Known(before)) = before {
            before.lose(&"another executor has taken its id".into());
        }
    }

    /// Ends all that waits for an executor.
    pub(super) fn lose(&self, executor_id: ExecutorId, why: &Arc<str>) {
        let before = self.lock().insert(executor_id, Peer::Lost(why.clone()));
        if let Some(Peer::Known(link)) = before {
            link.lose(why);
        }
    }

    /// Ends all that waits for anybody, for good.
    pub(super) fn close(&self) {
        let why: Arc<str> = "this process stops".into();
        let ids: Vec<ExecutorId> = self.lock().keys().copied().collect();
        ids.into_iter().for_each(|executor_id| self.lose(executor_id, &why));
    }

    pub(super) fn link(&self, executor_id: ExecutorId) -> Result<Arc<Link>, FetchError> {
        match self.lock().get(&executor_id) {
            Some(Peer::Known(link)) => Ok(link.clone()),
            Some(Peer::Lost(why)) => Err(FetchError::Lost { executor_id, why: why.clone() }),
            None => Err(FetchError::Unknown(executor_id)),
        }
    }

    #[cfg(test)]
    pub(super) fn requests(&self) -> u64 {
        let links: Vec<_> = self.lock().keys().copied().collect();
        links.into_iter().filter_map(|id| self.link(id).ok()).map(|link| link.requests()).sum()
    }

    /// Whether an executor may have something.
    pub(super) fn is_known(&self, executor_id: ExecutorId) -> bool {
        matches!(self.lock().get(&executor_id), Some(Peer::Known(_)))
    }
}
