//! The failure epochs: which news of an executor's loss are old (`spark-semantics` section 4).

use std::collections::BTreeMap;

use crate::ExecutorId;

/// By executor: the epoch of the map outputs at which it was last taken for lost. Two maps, since with an external
/// shuffle service an executor may be gone while its files are not (SPARK-32003).
#[derive(Clone, Debug, Default)]
pub(super) struct FailureEpochs {
    executor_failure: BTreeMap<ExecutorId, u64>,
    shuffle_file_lost: BTreeMap<ExecutorId, u64>,
}

impl FailureEpochs {
    /// Notes that an executor failed; whether that is news.
    pub(super) fn executor_failed(&mut self, executor: ExecutorId, epoch: u64) -> bool {
        raise(&mut self.executor_failure, executor, epoch)
    }

    /// Notes that an executor's shuffle files are lost; whether that is news.
    pub(super) fn shuffle_files_lost(&mut self, executor: ExecutorId, epoch: u64) -> bool {
        raise(&mut self.shuffle_file_lost, executor, epoch)
    }

    /// Whether a task that was submitted at `epoch` may have written its output before its executor failed.
    pub(super) fn is_bogus(&self, executor: ExecutorId, epoch: u64) -> bool {
        self.executor_failure.get(&executor).is_some_and(|failed| epoch <= *failed)
    }

    /// An executor is new, or there again.
    pub(super) fn forget(&mut self, executor: ExecutorId) {
        self.executor_failure.remove(&executor);
        self.shuffle_file_lost.remove(&executor);
    }

    /// No job is active: there are no tasks whose news could be old.
    pub(super) fn clear(&mut self) {
        self.executor_failure.clear();
        self.shuffle_file_lost.clear();
    }

    /// Whether nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.executor_failure.is_empty() && self.shuffle_file_lost.is_empty()
    }
}

fn raise(epochs: &mut BTreeMap<ExecutorId, u64>, executor: ExecutorId, epoch: u64) -> bool {
    let is_news = epochs.get(&executor).is_none_or(|known| *known < epoch);
    if is_news {
        epochs.insert(executor, epoch);
    }
    is_news
}
