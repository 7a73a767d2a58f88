//! What the DAGScheduler accepts (`spark-messages` section 1). Only `AskPermissionToCommitOutput`, `ExplainJob` and, if
//! it asks for it, `JobTagCancelled` are answered; a job's outcome goes to its waiter.

mod executors;
mod jobs;
mod questions;
mod tasks;

pub use executors::*;
pub use jobs::*;
pub use questions::*;
pub use tasks::*;

use super::{ExecutorDecommission, messages};

messages! {
    /// What the DAGScheduler accepts.
    DagSchedulerMessage {
        /// Run a job.
        JobSubmitted(boxed),
        /// Make the outputs of a shuffle, and nothing more.
        MapStageSubmitted(boxed),
        /// Cancel a job.
        JobCancelled,
        /// Cancel all jobs that need a stage.
        StageCancelled,
        /// Cancel the jobs of a group.
        JobGroupCancelled,
        /// Cancel the jobs with a tag.
        JobTagCancelled,
        /// Cancel all jobs.
        AllJobsCancelled,
        /// A task was launched.
        BeginEvent,
        /// A task's result is being fetched.
        GettingResultEvent,
        /// A task is to have a speculative copy.
        SpeculativeTaskSubmitted,
        /// A task ended.
        CompletionEvent(boxed),
        /// A task set gave up.
        TaskSetFailed(boxed),
        /// No executor may run a task set.
        UnschedulableTaskSetAdded,
        /// That is no longer so.
        UnschedulableTaskSetRemoved,
        /// A new executor offered its cores.
        ExecutorAdded,
        /// An executor is gone.
        ExecutorLost,
        /// An executor is about to leave.
        ExecutorDecommission,
        /// A worker is gone with its host.
        WorkerRemoved,
        /// How many barrier tasks can run at once.
        MaxConcurrentTasks,
        /// Time to check a barrier job's slots again.
        RecheckBarrierSlots,
        /// A task asks whether it may commit its output.
        AskPermissionToCommitOutput,
        /// A cached partition came or went.
        BlockUpdated,
        /// Why is something not running, or runs again?
        ExplainJob,
        /// Time to submit the failed stages again.
        ResubmitFailedStages,
        /// No RDD needs a shuffle any more.
        RemoveShuffle,
        /// The context stops.
        StopDagScheduler,
    }
}
