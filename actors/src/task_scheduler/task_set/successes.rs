//! Where each map task of a set succeeded, for when that executor is lost (`spark-semantics` section 12).

use crate::{
    ExecutorId, TaskId, Time,
    message::{TaskInfo, TaskLocality, TaskState},
};

/// The attempt by which a task succeeded: its `TaskInfo` without what the task itself knows.
#[derive(Clone, Copy, Debug)]
struct Success {
    task_id: TaskId,
    launch_time: Time,
    finish_time: Time,
    executor_id: ExecutorId,
    attempt_number: u16,
    locality: TaskLocality,
    speculative: bool,
}

/// The successful attempts by index; empty for sets whose outputs cannot be lost with an executor.
#[derive(Clone, Debug, Default)]
pub(super) struct Successes {
    /// Grows with the highest index that has succeeded.
    by_index: Vec<Option<Success>>,
}

impl Successes {
    /// A task succeeded.
    pub(super) fn insert(&mut self, info: &TaskInfo) {
        let index = info.index as usize;
        if self.by_index.len() <= index {
            self.by_index.resize(index + 1, None);
        }
        if let Some(entry) = self.by_index.get_mut(index) {
            *entry = Some(Success {
                task_id: info.task_id,
                launch_time: info.launch_time,
                finish_time: info.finish_time.unwrap_or(info.launch_time),
                executor_id: info.executor_id,
                attempt_number: u16::try_from(info.attempt_number).unwrap_or(u16::MAX),
                locality: info.locality,
                speculative: info.speculative,
            });
        }
    }

    /// Takes those out that succeeded on an executor, by rising index; looks at all. The partition is for the
    /// caller to fill in.
    pub(super) fn lose(&mut self, executor_id: ExecutorId) -> Vec<TaskInfo> {
        let mut lost = Vec::new();
        for (index, entry) in self.by_index.iter_mut().enumerate() {
            if let Some(success) = entry.take_if(|success| success.executor_id == executor_id) {
                lost.push(TaskInfo {
                    task_id: success.task_id,
                    index: index as u32,
                    attempt_number: u32::from(success.attempt_number),
                    partition_id: 0,
                    executor_id,
                    locality: success.locality,
                    speculative: success.speculative,
                    launch_time: success.launch_time,
                    getting_result_time: None,
                    finish_time: Some(success.finish_time),
                    outcome: Some(TaskState::Finished),
                });
            }
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_small() {
        assert!(size_of::<Option<Success>>() <= 40, "{}", size_of::<Option<Success>>());
    }
}
