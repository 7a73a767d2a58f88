//! Events of stage attempts.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    ShuffleId, StageId, Time,
    message::{AttemptCause, HasIds, Ids, Properties, ids_of},
    resources::ProfileId,
};

/// A stage attempt, as listeners see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageInfo {
    /// The stage.
    pub stage_id: StageId,
    /// Its attempt, from 0.
    pub attempt: u32,
    /// The action or transformation that it ends with, and where it was called.
    pub name: Arc<str>,
    /// Number of its tasks.
    pub num_tasks: u32,
    /// The stages that it needs.
    pub parents: Vec<StageId>,
    /// When it was submitted; `None` for a stage that had nothing to do.
    pub submission_time: Option<Time>,
    /// When it ended.
    pub completion_time: Option<Time>,
    /// Why it failed, if it did.
    pub failure_reason: Option<String>,
    /// Why the attempt was submitted.
    pub cause: AttemptCause,
    /// The profile of its tasks.
    pub profile_id: ProfileId,
    /// The shuffle whose outputs it makes (Spark's `shuffleDepId`); `None` for a result stage.
    pub shuffle_id: Option<ShuffleId>,
}

/// A stage attempt was submitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageSubmitted {
    /// Which.
    pub stage: StageInfo,
    /// Its job's properties.
    pub properties: Properties,
}

/// A stage attempt ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageCompleted {
    /// Which, with times and the reason if it failed.
    pub stage: StageInfo,
}

/// No executor may run a task set (Spark's SparkListenerUnschedulableTaskSetAdded).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnschedulableAdded {
    /// The stage.
    pub stage_id: StageId,
    /// Its attempt.
    pub stage_attempt_id: u32,
}

/// A task set that no executor was allowed to run has been launched from again, or has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnschedulableRemoved {
    /// The stage.
    pub stage_id: StageId,
    /// Its attempt.
    pub stage_attempt_id: u32,
}

fn stage_ids(stage: &StageInfo) -> Ids {
    Ids {
        stage: Some(stage.stage_id),
        stage_attempt: Some(stage.attempt),
        count: Some(stage.num_tasks),
        note: stage.failure_reason.as_ref().map(|_| "failed"),
        ..Ids::default()
    }
}

impl HasIds for StageSubmitted {
    fn ids(&self) -> Ids {
        stage_ids(&self.stage)
    }
}

impl HasIds for StageCompleted {
    fn ids(&self) -> Ids {
        stage_ids(&self.stage)
    }
}

ids_of! {
    UnschedulableAdded: stage = stage_id, stage_attempt = stage_attempt_id;
    UnschedulableRemoved: stage = stage_id, stage_attempt = stage_attempt_id;
}
