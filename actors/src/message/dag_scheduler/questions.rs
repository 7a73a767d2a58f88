//! What the DAGScheduler answers.

use serde::{Deserialize, Serialize};

use crate::{
    ExecutorId, JobId, StageId, TaskId,
    message::{HasIds, Ids, ids_of},
};

/// A task asks whether it may commit its output; answered by CommitPermission to its executor's task threads
/// (`spark-semantics` section 14).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AskPermissionToCommitOutput {
    /// Its stage.
    pub stage_id: StageId,
    /// Its stage's attempt.
    pub stage_attempt_id: u32,
    /// The partition whose output it is.
    pub partition_id: u32,
    /// The task's attempt number.
    pub attempt_number: u32,
    /// The attempt.
    pub task_id: TaskId,
    /// Where it runs.
    pub executor_id: ExecutorId,
}

/// Asks why a job is not running or runs again; answered by Explanation to the host that asks. Costs what the job's
/// stages and the executors cost to look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainJob {
    /// The number that the answer carries.
    pub request: u64,
    /// The host that asks: the sender's number.
    pub host: u32,
    /// What about.
    pub subject: ExplainSubject,
}

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExplainSubject {
    /// A job.
    Job(JobId),
    /// A stage.
    Stage(StageId),
    /// A partition of a stage.
    Task {
        /// The stage.
        stage_id: StageId,
        /// The partition.
        partition_id: u32,
    },
}

impl HasIds for ExplainJob {
    fn ids(&self) -> Ids {
        match self.subject {
            ExplainSubject::Job(job) => Ids { job: Some(job), ..Ids::default() },
            ExplainSubject::Stage(stage) => Ids { stage: Some(stage), ..Ids::default() },
            ExplainSubject::Task { stage_id, partition_id } => {
                Ids { stage: Some(stage_id), partition: Some(partition_id), ..Ids::default() }
            }
        }
    }
}

ids_of! {
    AskPermissionToCommitOutput: stage = stage_id, stage_attempt = stage_attempt_id, partition = partition_id,
        task = task_id, executor = executor_id;
}
