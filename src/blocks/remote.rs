//! [`Remote`]: what a process knows of the others, and how it gets their blocks.

use std::{net::SocketAddr, sync::Arc};

use firesteel_actors::{
    Config, ExecutorId, ShuffleId,
    carrier::{AskError, TaskControl},
    config::FetchConfig,
    message::MapOutputStatuses,
};

use super::{
    Notice, directory::Directory, link::LinkSettings, locations::Locations, server::transport_options,
};
use crate::transport::Secret;

/// Asks the driver where the outputs of a shuffle are, on behalf of a task.
type Ask = dyn Fn(&TaskControl, ShuffleId) -> Result<(), AskError> + Send + Sync;

/// Tells all executors something.
type Tell = dyn Fn(Notice) + Send + Sync;

/// The other processes, as one of them sees them. There is none in local mode.
pub(crate) struct Remote {
    /// Whose blocks are one's own.
    pub(super) executor_id: ExecutorId,
    pub(super) config: FetchConfig,
    pub(super) locations: Locations,
    pub(super) directory: Directory,
    pub(super) ask: Box<Ask>,
    tell: Box<Tell>,
}

impl Remote {
    /// That of an executor. `ask` sends GetMapOutputStatuses; the answer comes to [`on_statuses`](Self::on_statuses).
    pub(crate) fn of_executor(
        executor_id: ExecutorId,
        secret: &Secret,
        config: &Config,
        ask: impl Fn(&TaskControl, ShuffleId) -> Result<(), AskError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Self::new(executor_id, secret, config, Box::new(ask), Box::new(drop))
    }

    /// That of the driver, which has no tasks. `tell` sends a notice to all executors; it does not block.
    pub(crate) fn of_driver(
        secret: &Secret,
        config: &Config,
        tell: impl Fn(Notice) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Self::new(ExecutorId::DRIVER, secret, config, Box::new(|_, _| Err(AskError::Stopped)), Box::new(tell))
    }

    fn new(
        executor_id: ExecutorId,
        secret: &Secret,
        config: &Config,
        ask: Box<Ask>,
        tell: Box<Tell>,
    ) -> Arc<Self> {
        let (options, timeout) = (transport_options(&config.fetch), config.heartbeat.timeout);
        let links = LinkSettings { secret: secret.clone(), options, timeout };
        Arc::new(Remote {
            executor_id,
            config: config.fetch.clone(),
            locations: Locations::default(),
            directory: Directory::new(links),
            ask,
            tell,
        })
    }

    /// An executor, or the driver, serves its blocks there.
    pub(crate) fn executor_added(&self, executor_id: ExecutorId, address: SocketAddr) {
        self.directory.add(executor_id, address);
    }

    /// An executor is gone: what waits for it ends at once.
    pub(crate) fn executor_lost(&self, executor_id: ExecutorId, why: &str) {
        self.directory.lose(executor_id, &why.into());
    }

    /// Where the outputs of a shuffle are.
    pub(crate) fn on_statuses(&self, answer: MapOutputStatuses) {
        self.locations.on_statuses(answer);
    }

    /// Tells all executors.
    pub(crate) fn tell(&self, notice: Notice) {
        (self.tell)(notice);
    }

    /// Requests so far to an executor.
    #[cfg(test)]
    pub(super) fn requests_to(&self, executor_id: ExecutorId) -> u64 {
        self.directory.link(executor_id).map_or(0, |link| link.requests())
    }

    /// Requests so far to all that are known.
    #[cfg(test)]
    pub(super) fn requests(&self) -> u64 {
        self.directory.requests()
    }

    /// The process stops: all waits end.
    pub(crate) fn stop(&self) {
        self.locations.stop();
        self.directory.close();
    }
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Remote(of {:?})", self.executor_id)
    }
}
