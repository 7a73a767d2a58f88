//! The tasks that wait and run.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    StageId,
    message::{StageInfo, TaskEnd, TaskEndReason, TaskInfo},
    partition_set::PartitionSet,
};

/// Names a stage attempt.
type StageAttempt = (StageId, u32);

/// The tasks of all stage attempts that are not over, with their sums.
#[derive(Clone, Debug)]
pub(super) struct Backlog {
    /// `spark.dynamicAllocation.executorAllocationRatio`.
    ratio: f64,
    stages: BTreeMap<StageAttempt, StageBacklog>,
    /// Task sets that no executor may run.
    unschedulable: BTreeSet<StageAttempt>,
    pending: u64,
    pending_speculative: u64,
    /// Also those of attempts that are over: their tasks may run on.
    running: u64,
}

#[derive(Clone, Debug)]
struct StageBacklog {
    num_tasks: u32,
    /// The tasks that have been launched and are not to be launched again, by index.
    launched: PartitionSet,
    /// The tasks that are to have a copy which was not launched yet.
    speculative: BTreeSet<u32>,
}

impl StageBacklog {
    fn pending(&self) -> u64 {
        u64::from(self.num_tasks).saturating_sub(self.launched.len() as u64)
    }
}

impl Backlog {
    pub(super) fn new(ratio: f64) -> Self {
        Backlog {
            ratio,
            stages: BTreeMap::new(),
            unschedulable: BTreeSet::new(),
            pending: 0,
            pending_speculative: 0,
            running: 0,
        }
    }

    pub(super) fn add_stage(&mut self, stage: &StageInfo) {
        let backlog = StageBacklog {
            num_tasks: stage.num_tasks,
            launched: PartitionSet::new(stage.num_tasks as usize),
            speculative: BTreeSet::new(),
        };
        self.remove_stage(stage.stage_id, stage.attempt);
        self.pending += backlog.pending();
        self.stages.insert((stage.stage_id, stage.attempt), backlog);
    }

    pub(super) fn remove_stage(&mut self, stage_id: StageId, attempt: u32) {
        self.unschedulable.remove(&(stage_id, attempt));
        if let Some(stage) = self.stages.remove(&(stage_id, attempt)) {
            self.pending -= stage.pending();
            self.pending_speculative -= stage.speculative.len() as u64;
        }
    }

    pub(super) fn task_started(&mut self, stage_id: StageId, attempt: u32, task: &TaskInfo) {
        self.running += 1;
        let Some(stage) = self.stages.get_mut(&(stage_id, attempt)) else { return };
        if task.speculative {
            self.pending_speculative -= u64::from(stage.speculative.remove(&task.index));
        } else {
            self.pending -= u64::from(stage.launched.insert(task.index));
        }
    }

    /// Whether the task is to be launched again, so that there is more to do than before. One that was killed on purpose
    /// is not: the other copy has succeeded (SPARK-30511).
    pub(super) fn task_ended(&mut self, end: &TaskEnd) -> bool {
        let index = end.task_info.index;
        if end.reason != TaskEndReason::Resubmitted {
            self.running = self.running.saturating_sub(1);
        }
        let Some(stage) = self.stages.get_mut(&(end.stage_id, end.stage_attempt_id)) else { return false };
        match end.reason {
            TaskEndReason::Success => {
                // Its copy will not be launched any more (SPARK-41192).
                self.pending_speculative -= u64::from(stage.speculative.remove(&index));
                false
            }
            TaskEndReason::TaskKilled { .. } => false,
            _ => {
                if !end.task_info.speculative {
                    self.pending += u64::from(stage.launched.remove(index));
                }
                true
            }
        }
    }

    /// A copy of a task of a stage attempt that is over does not count.
    pub(super) fn add_speculative(&mut self, stage_id: StageId, attempt: u32, index: u32) {
        if let Some(stage) = self.stages.get_mut(&(stage_id, attempt)) {
            self.pending_speculative += u64::from(stage.speculative.insert(index));
        }
    }

    /// A stage attempt that is over does not count: nothing would take it out again.
    pub(super) fn add_unschedulable(&mut self, stage_id: StageId, attempt: u32) {
        if self.stages.contains_key(&(stage_id, attempt)) {
            self.unschedulable.insert((stage_id, attempt));
        }
    }

    pub(super) fn remove_unschedulable(&mut self, stage_id: StageId, attempt: u32) {
        self.unschedulable.remove(&(stage_id, attempt));
    }

    /// Whether a task waits.
    pub(super) fn has_pending(&self) -> bool {
        self.pending + self.pending_speculative > 0
    }

    /// Whether every stage attempt is over.
    pub(super) fn has_no_stage(&self) -> bool {
        self.stages.is_empty()
    }

    /// Whether nothing waits and nothing runs.
    pub(super) fn is_empty(&self) -> bool {
        self.stages.is_empty() && self.unschedulable.is_empty() && self.running == 0
    }

    /// How many executors could be used, if `executors` are there and each runs so many tasks at once.
    pub(super) fn executors_needed(&self, tasks_per_executor: u32, executors: u32) -> u32 {
        let executors_for =
            |tasks: u64| (tasks as f64 * self.ratio / f64::from(tasks_per_executor)).ceil() as u32;
        let mut needed = executors_for(self.pending + self.pending_speculative + self.running);
        if needed == 1 && tasks_per_executor > 1 && self.pending_speculative > 0 {
            // A copy does not run where the task itself does.
            needed = 2;
        }
        if self.unschedulable.is_empty() {
            return needed;
        }
        // Those that are there do not help these sets.
        needed.max(executors.saturating_add(executors_for(self.unschedulable.len() as u64)))
    }
}
