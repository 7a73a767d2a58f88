//! Where a partition's data is.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::ExecutorId;

/// A place that is near to a partition's data (`spark-semantics` 2.6).
///
/// ```
/// use firesteel_actors::lineage::TaskLocation;
/// assert_eq!(TaskLocation::parse("executor_host1_3").to_string(), "executor_host1_3");
/// assert_eq!(TaskLocation::parse("host1").host(), "host1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TaskLocation {
    /// A host, in files.
    Host(Arc<str>),
    /// A host, in the cache of its file system.
    HdfsCache(Arc<str>),
    /// An executor, in its memory.
    Executor {
        /// Its host.
        host: Arc<str>,
        /// Which.
        executor_id: ExecutorId,
    },
}

impl TaskLocation {
    /// From Spark's text: `host`, `hdfs_cache_host` or `executor_host_id`. A text that only looks like one of the
    /// latter is a host.
    pub fn parse(text: &str) -> Self {
        if let Some(host) = text.strip_prefix("hdfs_cache_") {
            return TaskLocation::HdfsCache(host.into());
        }
        // Split at the first `_`, as in Spark: host names have none.
        let executor = text.strip_prefix("executor_").and_then(|rest| rest.split_once('_'));
        match executor.map(|(host, id)| (host, id.parse())) {
            Some((host, Ok(executor_id))) => TaskLocation::Executor { host: host.into(), executor_id },
            _ => TaskLocation::Host(text.into()),
        }
    }

    /// The host.
    pub fn host(&self) -> &str {
        match self {
            TaskLocation::Host(host)
            | TaskLocation::HdfsCache(host)
            | TaskLocation::Executor { host, .. } => host,
        }
    }
}

impl fmt::Display for TaskLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TaskLocation::Host(host) => f.pad(host),
            TaskLocation::HdfsCache(host) => write!(f, "hdfs_cache_{host}"),
            TaskLocation::Executor { host, executor_id } => write!(f, "executor_{host}_{executor_id}"),
        }
    }
}
