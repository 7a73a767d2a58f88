//! A task set manager: which tasks of one stage attempt wait, run, and have ended well.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    ExecutorId, TaskId, Time,
    message::{StageTask, TaskDescription, TaskInfo, TaskLocality, TaskSet, TaskSpec},
    partition_set::PartitionSet,
};

/// An attempt that has not been dealt with to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub(super) info: TaskInfo,
    /// It has ended well, and its result is being decoded.
    pub(super) getting_result: bool,
}

/// The state of a task set.
#[derive(Debug)]
pub(super) struct TaskSetManager {
    pub(super) stage: Arc<StageTask>,
    tasks: Vec<TaskSpec>,
    /// A stack: low indices are on top at first, a failed task goes on top. Entries may be stale.
    pending: Vec<u32>,
    attempt_counts: Vec<u16>,
    running_copies: Vec<u8>,
    failures: BTreeMap<u32, u32>,
    pub(super) successful: PartitionSet,
    pub(super) attempts: BTreeMap<TaskId, Attempt>,
    /// It launches nothing more: done, failed, replaced or cancelled.
    pub(super) zombie: bool,
    pub(super) total_result_size: u64,
    pub(super) results: u64,
}

impl TaskSetManager {
    pub(super) fn new(task_set: TaskSet) -> Self {
        let TaskSet { stage, tasks, .. } = task_set;
        TaskSetManager {
            stage,
            pending: (0..tasks.len() as u32).rev().collect(),
            attempt_counts: vec![0; tasks.len()],
            running_copies: vec![0; tasks.len()],
            failures: BTreeMap::new(),
            successful: PartitionSet::new(tasks.len()),
            attempts: BTreeMap::new(),
            zombie: false,
            total_result_size: 0,
            results: 0,
            tasks,
        }
    }

    /// Whether it may have a task to launch.
    pub(super) fn is_schedulable(&self) -> bool {
        !self.zombie && !self.pending.is_empty()
    }

    /// Whether nothing can happen to it any more.
    pub(super) fn is_over(&self) -> bool {
        self.zombie && self.attempts.is_empty()
    }

    /// Where a task's result goes.
    pub(super) fn output_id(&self, index: u32) -> u32 {
        self.tasks.get(index as usize).map_or(0, |task| task.output_id)
    }

    /// The index of the task that makes an output.
    pub(super) fn index_of(&self, output: u32) -> Option<u32> {
        self.tasks.binary_search_by_key(&output, |task| task.output_id).ok().map(|index| index as u32)
    }

    /// Takes the next task that waits, as a new attempt on `executor_id`.
    pub(super) fn launch(
        &mut self,
        now: Time,
        task_id: TaskId,
        executor_id: ExecutorId,
        cpus: u32,
    ) -> Option<(TaskDescription, TaskInfo)> {
        if self.zombie {
            return None;
        }
        let index = loop {
            let index = self.pending.pop()?;
            let running = self.running_copies.get(index as usize).is_none_or(|copies| *copies > 0);
            if !running && !self.successful.contains(index) {
                break index;
            }
        };
        let spec = self.tasks.get(index as usize)?;
        let attempt_number = self.attempt_counts[index as usize];
        self.attempt_counts[index as usize] = attempt_number.saturating_add(1);
        self.running_copies[index as usize] += 1;
        let info = TaskInfo {
            task_id,
            index,
            attempt_number: u32::from(attempt_number),
            partition_id: spec.partition_id,
            executor_id,
            // A task without a preference is reported so (`spark-semantics` 8.5).
            locality: TaskLocality::ProcessLocal,
            speculative: false,
            launch_time: now,
            getting_result_time: None,
            finish_time: None,
            outcome: None,
        };
        self.attempts.insert(task_id, Attempt { info, getting_result: false });
        let task = TaskDescription {
            task_id,
            attempt_number: u32::from(attempt_number),
            executor_id,
            index,
            partition_id: spec.partition_id,
            output_id: spec.output_id,
            cpus,
            resources: Default::default(),
            addresses: Arc::default(),
            stage: self.stage.clone(),
            partition: spec.partition.clone(),
        };
        Some((task, info))
    }

    /// Takes an attempt out, whatever became of it.
    pub(super) fn end(&mut self, task_id: TaskId) -> Option<TaskInfo> {
        let attempt = self.attempts.remove(&task_id)?;
        if let Some(copies) = self.running_copies.get_mut(attempt.info.index as usize) {
            *copies = copies.saturating_sub(1);
        }
        Some(attempt.info)
    }

    /// A task is done; the set is a zombie once all are.
    pub(super) fn succeed(&mut self, index: u32) {
        self.successful.insert(index);
        self.failures.remove(&index);
        if self.successful.len() == self.tasks.len() {
            self.zombie = true;
        }
    }

    /// Counts a failure; the number of failures of this task so far.
    pub(super) fn count_failure(&mut self, index: u32) -> u32 {
        let failures = self.failures.entry(index).or_default();
        *failures += 1;
        *failures
    }

    /// Lets a task wait for another attempt, unless it is done.
    pub(super) fn add_pending(&mut self, index: u32) {
        if !self.successful.contains(index) {
            self.pending.push(index);
        }
    }
}
