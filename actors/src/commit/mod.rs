//! The OutputCommitCoordinator: who may commit the output of a partition (`spark-semantics` section 14).
//!
//! The first attempt of a partition that asks may commit, and no other, unless it fails. In Spark an endpoint of its
//! own; here plain state of the DAGScheduler, so that a stage's start and end, a failure and a question never race.
//! A task that succeeds changes nothing here.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::{StageId, message::TaskEndReason};

/// An attempt of a task: the attempt of its stage, and its own number.
type Attempt = (u32, u32);

/// The state of all stages that may commit.
#[derive(Clone, Debug, Default)]
pub(crate) struct OutputCommitCoordinator {
    stages: BTreeMap<StageId, StageState>,
}

#[derive(Clone, Debug)]
struct StageState {
    num_partitions: u32,
    /// By partition: who may commit.
    authorized: BTreeMap<u32, Authorized>,
    /// By partition: who may never.
    failures: BTreeMap<u32, BTreeSet<Attempt>>,
}

#[derive(Clone, Copy, Debug)]
struct Authorized {
    attempt: Attempt,
    /// Whether another one was refused because of it.
    has_denied: bool,
}

impl OutputCommitCoordinator {
    /// A stage is submitted. What is known from an attempt before it is kept (SPARK-24589).
    pub(crate) fn stage_start(&mut self, stage: StageId, num_partitions: u32) {
        self.stages.entry(stage).or_insert_with(|| StageState {
            num_partitions,
            authorized: BTreeMap::new(),
            failures: BTreeMap::new(),
        });
    }

    /// A stage has ended and will not be tried again.
    pub(crate) fn stage_end(&mut self, stage: StageId) {
        self.stages.remove(&stage);
    }

    /// A task ended. One that failed may never commit (SPARK-19631), and no longer keeps others from it.
    pub(crate) fn task_completed(
        &mut self,
        stage: StageId,
        stage_attempt: u32,
        partition: u32,
        attempt_number: u32,
        reason: &TaskEndReason,
    ) {
        if matches!(reason, TaskEndReason::Success | TaskEndReason::TaskCommitDenied { .. }) {
            return;
        }
        let Some(state) = self.stages.get_mut(&stage) else { return };
        let attempt = (stage_attempt, attempt_number);
        state.failures.entry(partition).or_default().insert(attempt);
        if state.authorized.get(&partition).is_some_and(|authorized| authorized.attempt == attempt) {
            state.authorized.remove(&partition);
        }
    }

    /// Whether an attempt may commit. One that asks twice gets the same answer, since a question may be repeated.
    pub(crate) fn can_commit(
        &mut self,
        stage: StageId,
        stage_attempt: u32,
        partition: u32,
        attempt_number: u32,
    ) -> bool {
        let Some(state) = self.stages.get_mut(&stage) else { return false };
        let attempt = (stage_attempt, attempt_number);
        let has_failed = state.failures.get(&partition).is_some_and(|failed| failed.contains(&attempt));
        if has_failed || partition >= state.num_partitions {
            return false;
        }
        let authorized = state.authorized.entry(partition);
        let authorized = authorized.or_insert(Authorized { attempt, has_denied: false });
        let allowed = authorized.attempt == attempt;
        authorized.has_denied |= !allowed;
        allowed
    }

    /// Whether it is this attempt that may commit a partition, or has.
    pub(crate) fn is_authorized(&self, stage: StageId, partition: u32, attempt: (u32, u32)) -> bool {
        let authorized = self.stages.get(&stage).and_then(|state| state.authorized.get(&partition));
        authorized.is_some_and(|authorized| authorized.attempt == attempt)
    }

    /// The partitions of a stage whose commit was denied to someone, with the task attempt that may,
    /// or has: whether it succeeded is not known here.
    pub(crate) fn denied(&self, stage: StageId) -> impl Iterator<Item = (u32, u32)> + '_ {
        let authorized = self.stages.get(&stage).into_iter().flat_map(|state| &state.authorized);
        let denied = authorized.filter(|(_, authorized)| authorized.has_denied);
        denied.map(|(partition, authorized)| (*partition, authorized.attempt.1))
    }

    /// Whether no stage is known.
    pub(crate) fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }
}
