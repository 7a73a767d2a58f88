//! A stage: tasks that run without a shuffle between them.

use std::{collections::BTreeSet, fmt, sync::Arc};

use crate::{
    JobId, RddId, ShuffleId, StageId,
    lineage::Lineage,
    message::{AttemptCause, StageInfo},
    partition_set::PartitionSet,
    resources::ProfileId,
};

/// What a stage makes.
#[derive(Debug)]
pub(super) enum StageKind {
    /// The outputs of a shuffle.
    ShuffleMap {
        shuffle_id: ShuffleId,
        /// Partitions of the latest attempt that have not ended well.
        pending: PartitionSet,
    },
    /// The answer of a job.
    Result { job_id: JobId },
}

/// A stage, while some active job needs it.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) id: StageId,
    pub(super) kind: StageKind,
    pub(super) rdd: RddId,
    pub(super) lineage: Arc<Lineage>,
    pub(super) num_partitions: u32,
    /// The call site that names it for people.
    pub(super) name: Arc<str>,
    pub(super) parents: Vec<StageId>,
    /// The stages that read its outputs.
    pub(super) children: BTreeSet<StageId>,
    /// The active jobs that need it.
    pub(super) job_ids: BTreeSet<JobId>,
    /// The job that made it: its place when failed stages are submitted again.
    pub(super) first_job_id: JobId,
    pub(super) next_attempt_id: u32,
    /// The latest attempt, once there is one.
    pub(super) latest: Option<StageInfo>,
    /// Attempts in a row that failed to fetch.
    pub(super) failed_attempt_ids: BTreeSet<u32>,
}

impl Stage {
    /// The latest attempt's number.
    pub(super) fn attempt(&self) -> Option<u32> {
        self.latest.as_ref().map(|info| info.attempt)
    }

    /// The stage for listeners before it has an attempt.
    pub(super) fn info(&self, num_tasks: u32) -> StageInfo {
        StageInfo {
            stage_id: self.id,
            attempt: self.next_attempt_id,
            name: self.name.clone(),
            num_tasks,
            parents: self.parents.clone(),
            submission_time: None,
            completion_time: None,
            failure_reason: None,
            cause: AttemptCause::FirstAttempt,
            profile_id: ProfileId::DEFAULT,
            shuffle_id: match self.kind {
                StageKind::ShuffleMap { shuffle_id, .. } => Some(shuffle_id),
                StageKind::Result { .. } => None,
            },
        }
    }

    /// The RDD as Spark's log lines show it.
    pub(super) fn rdd_text(&self) -> String {
        self.lineage.rdds.get(&self.rdd).map(ToString::to_string).unwrap_or_default()
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            StageKind::ShuffleMap { .. } => write!(f, "ShuffleMapStage {}", self.id),
            StageKind::Result { .. } => write!(f, "ResultStage {}", self.id),
        }
    }
}
