//! An executor that a system is built with.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Config, ExecutorId, SystemError};

/// An executor that lives in this process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutorSpec {
    /// Its id.
    pub executor_id: ExecutorId,
    /// The host that it says it is on.
    pub hostname: String,
    /// Its task threads.
    pub cores: u32,
}

impl ExecutorSpec {
    /// An executor of this id, on this host, with this many cores.
    pub fn new(executor_id: ExecutorId, hostname: impl Into<String>, cores: u32) -> Self {
        ExecutorSpec { executor_id, hostname: hostname.into(), cores }
    }
}

/// Checks what a system is to have: settings that do not contradict each other, each executor's id once, and each
/// executor with cores for a task.
pub(super) fn check_executors(config: &Config, executors: &[ExecutorSpec]) -> Result<(), SystemError> {
    let mut ids = BTreeSet::new();
    if let Some(twice) = executors.iter().find(|spec| !ids.insert(spec.executor_id)) {
        return Err(SystemError::DuplicateExecutor { executor_id: twice.executor_id });
    }
    config.check().map_err(SystemError::Config)?;
    executors.iter().try_for_each(|spec| config.check_cores(spec.cores).map_err(SystemError::Config))
}
