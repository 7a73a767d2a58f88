//! [`ExecutorOptions`]: what an executor in a process of its own is to be.

use std::path::PathBuf;

use firesteel_actors::ExecutorId;

use super::DriverWatch;
use crate::transport::Secret;

/// What an executor is to be.
#[derive(Debug)]
pub(crate) struct ExecutorOptions {
    /// Its id; `None`: its driver gives it one.
    pub(crate) executor_id: Option<ExecutorId>,
    /// Where its driver listens: a host, which may be a name, and a port.
    pub(crate) driver: String,
    pub(crate) secret: Secret,
    /// Task threads.
    pub(crate) cores: u32,
    /// Bytes; `None`: as settings and machine say.
    pub(crate) memory: Option<u64>,
    /// The host that it says it is on; `None`: it finds out.
    pub(crate) hostname: Option<String>,
    /// Its own directory, which is also the process's current one.
    pub(crate) work_dir: PathBuf,
    /// If its driver has started it: tells when that one is gone, or wants it to end.
    pub(crate) driver_watch: Option<DriverWatch>,
}
