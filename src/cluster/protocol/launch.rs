//! LaunchTask without what all tasks of a stage attempt have in common, which is sent once.

use std::{collections::VecDeque, sync::Arc};

use firesteel_actors::{
    ExecutorId, TaskId,
    lineage::Blob,
    message::{LaunchTask, StageTask, TaskDescription},
    resources::Resources,
};
use serde::{Deserialize, Serialize};

/// Stages whose tasks an executor may get in turn without being told of them again.
pub(in crate::cluster) const SLOTS: u8 = 64;

/// A task for an executor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::cluster) struct TaskLaunch {
    task_id: TaskId,
    attempt_number: u32,
    executor_id: ExecutorId,
    index: u32,
    partition_id: u32,
    output_id: u32,
    cpus: u32,
    resources: Resources,
    addresses: Arc<[Arc<str>]>,
    partition: Blob,
    /// Where the executor keeps its stage.
    pub(in crate::cluster) slot: u8,
}

impl TaskLaunch {
    pub(in crate::cluster) fn new(task: &TaskDescription, slot: u8) -> Self {
        TaskLaunch {
            task_id: task.task_id,
            attempt_number: task.attempt_number,
            executor_id: task.executor_id,
            index: task.index,
            partition_id: task.partition_id,
            output_id: task.output_id,
            cpus: task.cpus,
            resources: task.resources.clone(),
            addresses: task.addresses.clone(),
            partition: task.partition.clone(),
            slot,
        }
    }

    /// The message, with its stage.
    pub(in crate::cluster) fn with(self, stage: Arc<StageTask>) -> LaunchTask {
        let task = TaskDescription {
            task_id: self.task_id,
            attempt_number: self.attempt_number,
            executor_id: self.executor_id,
            index: self.index,
            partition_id: self.partition_id,
            output_id: self.output_id,
            cpus: self.cpus,
            resources: self.resources,
            addresses: self.addresses,
            stage,
            partition: self.partition,
        };
        LaunchTask { task }
    }
}

/// The stages that an executor was told of, as the driver remembers them.
#[derive(Debug, Default)]
pub(in crate::cluster) struct StageSlots {
    /// The one that was used last at the end.
    slots: VecDeque<(u8, Arc<StageTask>)>,
}

impl StageSlots {
    /// The slot of a stage, and whether the executor has to be told of it first. In place of the one that was not used for
    /// longest, if there is no free one.
    pub(in crate::cluster) fn of(&mut self, stage: &Arc<StageTask>) -> (u8, bool) {
        // Nearly always the last.
        let found = self.slots.iter().rposition(|(_, known)| Arc::ptr_eq(known, stage));
        if found.is_some_and(|found| found + 1 == self.slots.len()) {
            return (self.slots.back().map_or(0, |(slot, _)| *slot), false);
        }
        let free = (0..SLOTS).find(|slot| self.slots.iter().all(|(taken, _)| taken != slot));
        let (slot, is_new) = match (found.and_then(|found| self.slots.remove(found)), free) {
            (Some((slot, _)), _) => (slot, false),
            (None, Some(slot)) => (slot, true),
            (None, None) => (self.slots.pop_front().map_or(0, |(slot, _)| slot), true),
        };
        self.slots.push_back((slot, stage.clone()));
        (slot, is_new)
    }

    /// The executor could not be told of this one.
    pub(in crate::cluster) fn forget(&mut self, stage: &Arc<StageTask>) {
        self.slots.retain(|(_, known)| !Arc::ptr_eq(known, stage));
    }

    /// Nothing is kept of stages that ended: no job runs.
    pub(in crate::cluster) fn clear(&mut self) {
        self.slots.clear();
    }
}

/// A stage for tests.
#[cfg(test)]
pub(in crate::cluster) fn test_stage(id: u32) -> StageTask {
    use firesteel_actors::{JobId, StageId, message::TaskKind};
    StageTask {
        job_id: JobId(0),
        stage_id: StageId(id),
        stage_attempt_id: 0,
        kind: TaskKind::Result,
        num_partitions: 1,
        binary: Blob::from(vec![id as u8; 100]),
        properties: Default::default(),
        epoch: 0,
        is_barrier: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(id: u32) -> Arc<StageTask> {
        Arc::new(test_stage(id))
    }

    #[test]
    fn a_stage_is_told_once_while_it_is_used() {
        let mut slots = StageSlots::default();
        let stages: Vec<_> = (0..u32::from(SLOTS)).map(stage).collect();
        for (index, stage) in stages.iter().enumerate() {
            assert_eq!(slots.of(stage), (index as u8, true));
            assert_eq!(slots.of(stage), (index as u8, false));
        }
        assert_eq!(slots.of(&stages[0]), (0, false));
        // Now the second was not used for longest.
        assert_eq!(slots.of(&stage(99)), (1, true));
        assert_eq!(slots.of(&stages[0]), (0, false));
        assert_eq!(slots.of(&stages[1]), (2, true));
        // An equal stage is another: its attempt may be of another job.
        assert_eq!(slots.of(&stage(0)), (3, true));
    }
}
