//! What the TaskScheduler tells of tasks and task sets, as listeners get it. Nothing changes here: the events only take
//! their place in the order of all others (`spark-messages` section 10).

use crate::message::{
    BeginEvent, GettingResultEvent, SpeculativeTask, SpeculativeTaskSubmitted, TaskGettingResult, TaskStart,
    UnschedulableAdded, UnschedulableRemoved, UnschedulableTaskSetAdded, UnschedulableTaskSetRemoved,
};

pub(super) fn task_start(event: BeginEvent) -> TaskStart {
    let BeginEvent { stage_id, stage_attempt_id, task_info } = event;
    TaskStart { stage_id, stage_attempt_id, task_info }
}

pub(super) fn task_getting_result(event: GettingResultEvent) -> TaskGettingResult {
    let GettingResultEvent { stage_id, stage_attempt_id, task_info } = event;
    TaskGettingResult { stage_id, stage_attempt_id, task_info }
}

pub(super) fn speculative_task(event: SpeculativeTaskSubmitted) -> SpeculativeTask {
    let SpeculativeTaskSubmitted { stage_id, stage_attempt_id, index, partition_id } = event;
    SpeculativeTask { stage_id, stage_attempt_id, index, partition_id }
}

pub(super) fn unschedulable_added(event: UnschedulableTaskSetAdded) -> UnschedulableAdded {
    let UnschedulableTaskSetAdded { stage_id, stage_attempt_id } = event;
    UnschedulableAdded { stage_id, stage_attempt_id }
}

pub(super) fn unschedulable_removed(event: UnschedulableTaskSetRemoved) -> UnschedulableRemoved {
    let UnschedulableTaskSetRemoved { stage_id, stage_attempt_id } = event;
    UnschedulableRemoved { stage_id, stage_attempt_id }
}
