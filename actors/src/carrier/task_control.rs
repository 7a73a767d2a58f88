//! A running task's kill switch. Threads cannot be killed, so tasks look at it.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use crate::TaskId;

/// Tells a running task that it is to end.
#[derive(Debug)]
pub struct TaskControl {
    task_id: TaskId,
    killed: AtomicBool,
    reason: OnceLock<Arc<str>>,
}

impl TaskControl {
    /// The control of a task that nobody has killed.
    pub fn new(task_id: TaskId) -> Self {
        TaskControl { task_id, killed: AtomicBool::new(false), reason: OnceLock::new() }
    }

    /// The attempt that it controls.
    pub fn task_id(&self) -> TaskId {
        self.task_id
    }

    /// Asks the task to end. The first reason stands.
    pub fn kill(&self, reason: &str) {
        self.reason.get_or_init(|| reason.into());
        self.killed.store(true, Ordering::Release);
    }

    /// Whether the task is to end. Cheap: tasks ask at least every 1,024 records.
    #[inline]
    pub fn is_killed(&self) -> bool {
        self.killed.load(Ordering::Relaxed)
    }

    /// Why the task is to end; `None` if it is not.
    pub fn kill_reason(&self) -> Option<Arc<str>> {
        if self.killed.load(Ordering::Acquire) { self.reason.get().cloned() } else { None }
    }
}
