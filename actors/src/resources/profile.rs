//! What executors must have and what tasks take.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::ResourceAmount;

/// Names a resource profile within a context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProfileId(pub u32);

impl ProfileId {
    /// The default profile: what the settings say.
    pub const DEFAULT: ProfileId = ProfileId(0);
}

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an executor of a profile must have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutorRequests {
    /// Its cores; `None`: as the cluster gives them.
    pub cores: Option<u32>,
    /// By resource name: how many addresses.
    pub amounts: BTreeMap<Arc<str>, u32>,
}

/// What a task of a profile takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRequests {
    /// Its cores; `None`: `spark.task.cpus`.
    pub cpus: Option<u32>,
    /// By resource name: a share of one address, or a whole number of addresses.
    pub amounts: BTreeMap<Arc<str>, ResourceAmount>,
}

/// What the tasks of a stage need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceProfile {
    /// Its name.
    pub id: ProfileId,
    /// What its executors must have; `None`: it is for tasks only and runs on executors of the default profile.
    pub executor: Option<ExecutorRequests>,
    /// What its tasks take.
    pub task: TaskRequests,
}
