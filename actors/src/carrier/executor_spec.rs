//! An executor that a system is built with.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    Config, ExecutorId, SystemError,
    executor_backend::ExecutorBackendCore,
    resources::{ProfileId, ResourceAmount, Resources},
};

/// An executor that lives in this process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutorSpec {
    /// Its id.
    pub executor_id: ExecutorId,
    /// The host that it says it is on.
    pub hostname: String,
    /// Its task threads.
    pub cores: u32,
    /// What it has beside cores.
    pub resources: Resources,
    /// The resource profile that it was started for.
    pub profile_id: ProfileId,
}

impl ExecutorSpec {
    /// An executor of this id, on this host, with this many cores and nothing else.
    pub fn new(executor_id: ExecutorId, hostname: impl Into<String>, cores: u32) -> Self {
        let (hostname, resources, profile_id) = (hostname.into(), Resources::new(), ProfileId::DEFAULT);
        ExecutorSpec { executor_id, hostname, cores, resources, profile_id }
    }

    /// It has these addresses of a resource too, such as `with_resource("gpu", ["0", "1"])`.
    #[must_use]
    pub fn with_resource<A: Into<Arc<str>>>(
        mut self,
        name: impl Into<Arc<str>>,
        addresses: impl IntoIterator<Item = A>,
    ) -> Self {
        let whole = addresses.into_iter().map(|address| (address.into(), ResourceAmount::ONE));
        self.resources.entry(name.into()).or_default().extend(whole);
        self
    }

    /// Its actor, as these settings want it.
    pub(crate) fn core(self, config: &Config) -> ExecutorBackendCore {
        ExecutorBackendCore::new(self.executor_id, self.hostname, self.cores)
            .with_resources(self.resources, self.profile_id)
            .with_heartbeats(config.heartbeat.clone())
    }
}

/// Checks what a system is to have: settings that do not contradict each other, each executor's id once, each
/// executor with cores for a task, and one of them with the resources for it. A system without executors may get
/// some later.
pub(super) fn check_executors(config: &Config, executors: &[ExecutorSpec]) -> Result<(), SystemError> {
    let mut ids = BTreeSet::new();
    if let Some(twice) = executors.iter().find(|spec| !ids.insert(spec.executor_id)) {
        return Err(SystemError::DuplicateExecutor { executor_id: twice.executor_id });
    }
    config.check().map_err(SystemError::Config)?;
    executors.iter().try_for_each(|spec| config.check_cores(spec.cores)).map_err(SystemError::Config)?;
    if executors.is_empty() {
        return Ok(());
    }
    let offered: Vec<_> = executors.iter().map(|spec| &spec.resources).collect();
    config.check_resources(&offered).map_err(SystemError::Config)
}
