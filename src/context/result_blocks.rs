//! Results too large for a status update: blocks `taskresult_<tid>` that the result getter fetches.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use firesteel_actors::TaskId;

/// Results that wait to be fetched.
#[derive(Debug, Default)]
pub(crate) struct ResultBlocks {
    blocks: Mutex<HashMap<TaskId, Arc<Vec<u8>>>>,
}

impl ResultBlocks {
    /// Keeps a result.
    pub(crate) fn put(&self, task: TaskId, bytes: Vec<u8>) {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner).insert(task, Arc::new(bytes));
    }

    /// A result, which stays.
    #[cfg(feature = "cluster")]
    pub(crate) fn get(&self, task: TaskId) -> Option<Arc<Vec<u8>>> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner).get(&task).cloned()
    }

    /// Takes a result out.
    pub(crate) fn take(&self, task: TaskId) -> Option<Arc<Vec<u8>>> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner).remove(&task)
    }

    /// Frees what nobody fetched: results of jobs that were cancelled.
    pub(crate) fn clear(&self) {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
