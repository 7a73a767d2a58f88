//! A stage: tasks that run without a shuffle between them.

use std::{collections::BTreeSet, fmt, sync::Arc};

use crate::{
    JobId, RddId, ShuffleId, StageId,
    lineage::Lineage,
    message::{AttemptCause, StageInfo, StageTask, TaskKind},
    partition_set::PartitionSet,
    resources::{ProfileId, ResourceProfile},
};

/// What a stage makes.
#[derive(Clone, Debug)]
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
#[derive(Clone, Debug)]
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
    /// Why the next attempt is made, if something has happened that will be its cause.
    pub(super) next_cause: Option<AttemptCause>,
    /// Results of attempts before this one do not count: what they read was made again, and is another.
    pub(super) first_valid_attempt: u32,
    /// Whether its tasks run all at once.
    pub(super) is_barrier: bool,
    /// Whether its output is another one each time.
    pub(super) is_indeterminate: bool,
    /// Whether partitions of one of its RDDs may be cached.
    pub(super) has_cached: bool,
    /// Whether its tasks may prefer some place: else none is looked for.
    pub(super) has_locality: bool,
    /// What its tasks need; `None`: the default profile.
    pub(super) profile: Option<Arc<ResourceProfile>>,
}

impl Stage {
    /// The latest attempt's number.
    pub(super) fn attempt(&self) -> Option<u32> {
        self.latest.as_ref().map(|info| info.attempt)
    }

    /// Whether a task is of an attempt before the latest.
    pub(super) fn is_older_attempt(&self, task: &StageTask) -> bool {
        self.attempt().is_some_and(|attempt| task.stage_attempt_id < attempt)
    }

    /// Whether what a task made is no longer wanted: it read outputs that are made again as others, a task of its barrier
    /// failed, or it is a map task of a stage that is only made as a whole and has been tried again since (SPARK-45182).
    pub(super) fn is_outdated(&self, task: &StageTask) -> bool {
        let is_map = matches!(self.kind, StageKind::ShuffleMap { .. });
        task.stage_attempt_id < self.first_valid_attempt
            || (is_map && self.is_made_as_a_whole() && self.is_older_attempt(task))
    }

    /// Whether all outputs must be of one attempt: they are others each time, or their tasks wait for each other.
    pub(super) fn is_made_as_a_whole(&self) -> bool {
        self.is_indeterminate || self.is_barrier
    }

    /// Notes why the next attempt will be made; the first cause is the one that counts.
    pub(super) fn will_run_again(&mut self, cause: AttemptCause) {
        self.next_cause.get_or_insert(cause);
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
            profile_id: self.profile.as_ref().map_or(ProfileId::DEFAULT, |profile| profile.id),
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

/// A task as Spark's texts show it: what it makes, its stage and its partition.
pub(super) fn task_text(task: &StageTask, partition: u32) -> String {
    let kind = match task.kind {
        TaskKind::ShuffleMap { .. } => "ShuffleMapTask",
        TaskKind::Result => "ResultTask",
    };
    format!("{kind}({}, {partition})", task.stage_id)
}
