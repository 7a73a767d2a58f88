//! Where each map task of a set succeeded, for when that executor is lost (`spark-semantics` section 12).

use std::collections::BTreeMap;

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
    /// How many of them each executor has.
    by_executor: BTreeMap<ExecutorId, u32>,
}

impl Successes {
    /// A task succeeded.
    pub(super) fn insert(&mut self, info: &TaskInfo) {
        let index = info.index as usize;
        if self.by_index.len() <= index {
            self.by_index.resize(index + 1, None);
        }
        *self.by_executor.entry(info.executor_id).or_default() += 1;
        if let Some(entry) = self.by_index.get_mut(index) {
            let before = entry.replace(Success {
                task_id: info.task_id,
                launch_time: info.launch_time,
                finish_time: info.finish_time.unwrap_or(info.launch_time),
                executor_id: info.executor_id,
                attempt_number: u16::try_from(info.attempt_number).unwrap_or(u16::MAX),
                locality: info.locality,
                speculative: info.speculative,
            });
            if let Some(before) = before {
                self.forget_one(before.executor_id);
            }
        }
    }

    fn forget_one(&mut self, executor_id: ExecutorId) {
        if let Some(count) = self.by_executor.get_mut(&executor_id) {
            *count -= 1;
            if *count == 0 {
                self.by_executor.remove(&executor_id);
            }
        }
    }

    /// Takes those out that succeeded on an executor, by rising index; costs nothing if none did. The partition is
    /// for the caller to fill in.
    pub(super) fn lose(&mut self, executor_id: ExecutorId) -> Vec<TaskInfo> {
        let count = self.by_executor.remove(&executor_id).unwrap_or_default() as usize;
        let mut lost = Vec::with_capacity(count);
        if count == 0 {
            return lost;
        }
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
                if lost.len() == count {
                    break;
                }
            }
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_successes_on_an_executor_are_lost_once() {
        let info = |index, executor| TaskInfo {
            task_id: TaskId(u64::from(index)),
            index,
            attempt_number: 0,
            partition_id: 0,
            executor_id: ExecutorId(executor),
            locality: TaskLocality::Any,
            speculative: false,
            launch_time: Time::ZERO,
            getting_result_time: None,
            finish_time: None,
            outcome: None,
        };
        let mut successes = Successes::default();
        for (index, executor) in [(0, 1), (1, 2), (2, 1), (3, 2), (0, 2)] {
            successes.insert(&info(index, executor));
        }
        let mut lose = |executor| -> Vec<u32> {
            successes.lose(ExecutorId(executor)).iter().map(|info| info.index).collect()
        };
        assert_eq!(lose(7), Vec::<u32>::new());
        assert_eq!(lose(1), [2]);
        assert_eq!(lose(2), [0, 1, 3]);
        assert_eq!(lose(2), Vec::<u32>::new());
        assert!(successes.by_executor.is_empty());
    }

    #[test]
    fn an_entry_is_small() {
        assert!(size_of::<Option<Success>>() <= 40, "{}", size_of::<Option<Success>>());
    }
}
