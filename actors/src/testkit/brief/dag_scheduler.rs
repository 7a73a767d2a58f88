//! Messages to the DAGScheduler.

use super::{
    parts::{accum_updates, attempt, cause, leaves, loss, metrics, on_host, reason},
    tasks::{copy_of, output, stage_task, task_info, task_of},
};
use crate::message::DagSchedulerMessage as Dag;

pub(super) fn brief(message: &Dag) -> String {
    match message {
        Dag::BeginEvent(begin) => {
            format!("begin {}", task_of(begin.stage_id, begin.stage_attempt_id, &begin.task_info))
        }
        Dag::CompletionEvent(end) => format!(
            "end {} out {} {}: {}{}{}{}",
            stage_task(&end.stage),
            end.output_id,
            task_info(&end.task_info),
            reason(&end.reason),
            end.output.as_ref().map(output).unwrap_or_default(),
            metrics(&end.metrics),
            accum_updates(&end.accum_updates)
        ),
        Dag::TaskSetFailed(failed) => format!(
            "failed {}: {}{}",
            attempt(failed.stage_id, failed.stage_attempt_id),
            failed.reason,
            cause(failed.cause.as_ref())
        ),
        Dag::ExecutorAdded(added) => {
            format!("executor {}{} is new", added.executor_id, on_host(&added.host))
        }
        Dag::ExecutorLost(lost) => format!("executor {} {}", lost.executor_id, loss(&lost.reason)),
        Dag::ExecutorDecommission(leaving) => leaves(leaving),
        Dag::ResubmitFailedStages(_) => "resubmit failed stages".to_owned(),
        Dag::GettingResultEvent(getting) => format!(
            "getting result {}",
            task_of(getting.stage_id, getting.stage_attempt_id, &getting.task_info)
        ),
        Dag::SpeculativeTaskSubmitted(copy) => format!(
            "copy wanted {}",
            copy_of(copy.stage_id, copy.stage_attempt_id, copy.index, copy.partition_id)
        ),
        Dag::UnschedulableTaskSetAdded(set) => {
            format!("unschedulable {}", attempt(set.stage_id, set.stage_attempt_id))
        }
        Dag::UnschedulableTaskSetRemoved(set) => {
            format!("schedulable {}", attempt(set.stage_id, set.stage_attempt_id))
        }
        other => format!("{other:?}"),
    }
}
