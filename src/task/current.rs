//! The task that a thread runs now.

use std::{cell::RefCell, sync::Arc};

use super::TaskContext;
use crate::accumulator::{Accumulate, Parts};

/// A running task, as its thread knows it.
struct Current {
    context: Arc<TaskContext>,
    /// What it has added to accumulators; taken out while the program's code adds.
    parts: Option<Parts>,
}

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

/// Whether this thread runs a task now. A blocking action there could wait for its own core for ever.
pub(crate) fn in_task() -> bool {
    // A thread that ends has no locals any more, and runs no task.
    CURRENT.try_with(|current| current.borrow().is_some()).unwrap_or(false)
}

/// The task that this thread runs.
pub(crate) fn current_task() -> Option<Arc<TaskContext>> {
    let context = |current: &RefCell<Option<Current>>| Some(current.borrow().as_ref()?.context.clone());
    CURRENT.try_with(context).ok().flatten()
}

/// What the thread's task has added to accumulators, taken out while it is used; goes back when it is dropped.
pub(crate) struct TaskParts(Parts);

impl TaskParts {
    /// `None` where no task runs, or while they are taken already: an addition within another's.
    pub(crate) fn take() -> Option<Self> {
        let take = |current: &RefCell<Option<Current>>| current.borrow_mut().as_mut()?.parts.take();
        CURRENT.try_with(take).ok().flatten().map(TaskParts)
    }

    /// This accumulator's; a new one is at zero.
    #[inline]
    pub(crate) fn part<A: Accumulate>(&mut self, id: u64) -> Option<&mut A> {
        self.0.part(id)
    }
}

impl Drop for TaskParts {
    fn drop(&mut self) {
        let parts = std::mem::take(&mut self.0);
        CURRENT.with(|current| {
            if let Some(current) = current.borrow_mut().as_mut() {
                current.parts = Some(parts);
            }
        });
    }
}

/// Marks the thread as running a task, while it lives.
pub(super) struct InTask(Option<Current>);

impl InTask {
    pub(super) fn enter(context: &Arc<TaskContext>) -> Self {
        let current = Current { context: context.clone(), parts: Some(Parts::default()) };
        InTask(CURRENT.replace(Some(current)))
    }

    /// Takes what the task has added to accumulators.
    pub(super) fn take_parts(&self) -> Parts {
        TaskParts::take().map(|mut parts| std::mem::take(&mut parts.0)).unwrap_or_default()
    }
}

impl Drop for InTask {
    fn drop(&mut self) {
        // Dropped outside of the borrow: what it holds is the program's.
        let ended = CURRENT.replace(self.0.take());
        drop(ended);
    }
}
