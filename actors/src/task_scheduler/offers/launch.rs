//! Launching what was chosen.

use std::sync::Arc;

use super::{Round, asking::Chosen};
use crate::{
    TaskId,
    core::Outbox,
    message::{BeginEvent, DagScheduler, TaskDescription, TaskInfo},
    task_scheduler::{
        TaskSchedulerCore, TaskSetId,
        attempts::{Attempt, Phase},
        task_set::TaskSetManager,
    },
};

/// Bytes of a task beyond which its set's owner is warned.
const TASK_SIZE_TO_WARN: u64 = 1_000 << 10;

impl TaskSchedulerCore {
    /// Makes attempts of a set's chosen tasks: ids rise in their order.
    pub(super) fn launch(
        &mut self,
        id: TaskSetId,
        chosen: Vec<Chosen>,
        addresses: &Arc<[Arc<str>]>,
        round: &mut Round,
        out: &mut Outbox,
    ) {
        let Some(set) = self.task_sets.get_mut(&id) else { return };
        round.tasks.reserve(chosen.len());
        for Chosen { choice, at, resources } in chosen {
            let Some(place) = round.lease.place(at) else { continue };
            let Some(executor) = self.executors.at_mut(place.slot) else { continue };
            let task_id = TaskId(self.next_task_id);
            self.next_task_id += 1;
            let attempt_number = set.begin(choice, task_id);
            let Some(spec) = set.tasks.spec(choice.index) else { continue };
            let info = TaskInfo {
                task_id,
                index: choice.index,
                attempt_number,
                partition_id: spec.partition_id,
                executor_id: place.executor_id,
                locality: choice.locality,
                speculative: choice.speculative,
                launch_time: round.now,
                getting_result_time: None,
                finish_time: None,
                outcome: None,
            };
            let task = TaskDescription {
                task_id,
                attempt_number,
                executor_id: place.executor_id,
                index: choice.index,
                partition_id: spec.partition_id,
                output_id: spec.output_id,
                cpus: set.needs.cpus,
                resources,
                addresses: addresses.clone(),
                stage: set.stage.clone(),
                partition: spec.partition.clone(),
            };
            self.attempts.insert(Attempt {
                set: id,
                info,
                host: place.host_name.clone(),
                executor_slot: place.slot,
                phase: Phase::Running,
                killed_by_other_attempt: false,
                process_rate: 0.0,
                place_in_executor: executor.running.len() as u32,
                place_in_set: set.running.len() as u32,
            });
            executor.running.push(task_id);
            set.running.push(task_id);
            warn_of_size(set, &task);
            round.tasks.push(task);
            out.send(DagScheduler, BeginEvent { stage_id: id.0, stage_attempt_id: id.1, task_info: info });
        }
    }
}

/// Once for each set: its tasks carry more than they should.
fn warn_of_size(set: &mut TaskSetManager, task: &TaskDescription) {
    let size = task.partition.len();
    if size > TASK_SIZE_TO_WARN && !set.has_warned_of_size {
        set.has_warned_of_size = true;
        tracing::warn!(
            "Stage {} contains a task of very large size ({} KiB). The maximum recommended task size is {} KiB.",
            set.stage.stage_id,
            size / 1_024,
            TASK_SIZE_TO_WARN / 1_024
        );
    }
}
