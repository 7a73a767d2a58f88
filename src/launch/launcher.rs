//! [`Launcher`]: whatever starts executors.

use std::{fmt, sync::Arc, time::Duration};

use firesteel_actors::ExecutorId;

use super::{ExecutorEnd, ExecutorLaunch, LaunchError};

/// Whatever starts executors, watches them and ends them: processes of this machine ([`LocalProcesses`]), or a
/// cluster manager.
///
/// [`LocalProcesses`]: super::LocalProcesses
pub trait Launcher: Send + Sync + 'static {
    /// Begins to start an executor. Its end, whenever it comes, is told to the [`ExecutorEvents`] that the launcher was
    /// made with, once.
    ///
    /// # Errors
    /// [`LaunchError`] if it cannot be started; no event follows then.
    fn start(&self, executor: &ExecutorLaunch) -> Result<(), LaunchError>;

    /// Ends an executor if it is still there. It is given a moment to end by itself, then none.
    fn stop(&self, executor_id: ExecutorId);

    /// Ends all that are there, with so much time to end by themselves, and starts no more. Returns when they have
    /// ended, or with the names of those that could not be ended.
    fn stop_all(&self, grace: Duration) -> Vec<String>;
}

/// Where a [`Launcher`] tells how executors ended.
///
/// ```
/// use firesteel::{actors::ExecutorId, launch::{EndKind, ExecutorEnd, ExecutorEvents}};
/// let (ended, ends) = std::sync::mpsc::channel();
/// let events = ExecutorEvents::new(move |executor_id, end| { ended.send((executor_id, end)).ok(); });
/// events.ended(ExecutorId(3), ExecutorEnd::new(EndKind::Exited(1)));
/// assert_eq!(ends.recv()?.1.to_string(), "exited with status 1");
/// # Ok::<(), std::sync::mpsc::RecvError>(())
/// ```
#[derive(Clone)]
pub struct ExecutorEvents(Arc<dyn Fn(ExecutorId, ExecutorEnd) + Send + Sync>);

impl ExecutorEvents {
    /// Events that are told to `ended`, on whatever thread notices them.
    pub fn new(ended: impl Fn(ExecutorId, ExecutorEnd) + Send + Sync + 'static) -> Self {
        ExecutorEvents(Arc::new(ended))
    }

    /// An executor has ended.
    pub fn ended(&self, executor_id: ExecutorId, end: ExecutorEnd) {
        (self.0)(executor_id, end);
    }
}

impl fmt::Debug for ExecutorEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExecutorEvents")
    }
}
