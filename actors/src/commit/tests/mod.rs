//! The coordinator as a value.

use super::OutputCommitCoordinator;
use crate::{StageId, message::TaskEndReason};

const STAGE: StageId = StageId(1);

fn started() -> OutputCommitCoordinator {
    let mut commit = OutputCommitCoordinator::default();
    commit.stage_start(STAGE, 2);
    commit
}

#[test]
fn one_attempt_of_a_partition_may_commit_and_may_ask_again() {
    let mut commit = started();
    assert!(commit.can_commit(STAGE, 0, 0, 0));
    assert!(commit.can_commit(STAGE, 0, 0, 0));
    assert!(!commit.can_commit(STAGE, 0, 0, 1));
    assert!(!commit.can_commit(STAGE, 1, 0, 0));
    assert!(commit.can_commit(STAGE, 0, 1, 1));
    assert_eq!(commit.denied(STAGE).collect::<Vec<_>>(), [(0, 0)]);
}

#[test]
fn occ_004_only_the_authorized_attempts_failure_frees_the_lock() {
    let mut commit = started();
    assert!(commit.can_commit(STAGE, 0, 0, 0));
    // Others fail, of the same and of another stage attempt; and the holder is denied, which is no failure.
    commit.task_completed(STAGE, 0, 0, 1, &TaskEndReason::UnknownReason);
    commit.task_completed(STAGE, 1, 0, 0, &TaskEndReason::UnknownReason);
    let denied = TaskEndReason::TaskCommitDenied { partition_id: 0, attempt_number: 0 };
    commit.task_completed(STAGE, 0, 0, 0, &denied);
    commit.task_completed(STAGE, 0, 0, 0, &TaskEndReason::Success);
    assert!(!commit.can_commit(STAGE, 0, 0, 2));
    commit.task_completed(STAGE, 0, 0, 0, &TaskEndReason::killed("because"));
    assert!(commit.can_commit(STAGE, 0, 0, 3));
    assert!(!commit.can_commit(STAGE, 0, 0, 2));
}

#[test]
fn occ_005_an_attempt_that_failed_may_never_commit_and_the_next_may() {
    let mut commit = started();
    // It fails before it asks (SPARK-19631).
    commit.task_completed(STAGE, 0, 0, 0, &TaskEndReason::UnknownReason);
    assert!(!commit.can_commit(STAGE, 0, 0, 0));
    assert!(commit.can_commit(STAGE, 0, 0, 1));
}

#[test]
fn occ_007_state_is_kept_over_attempts_until_the_stage_ends() {
    let mut commit = started();
    assert!(commit.can_commit(STAGE, 0, 0, 0));
    commit.stage_start(STAGE, 2);
    assert!(!commit.can_commit(STAGE, 1, 0, 0));
    commit.stage_end(STAGE);
    assert!(commit.is_empty());
    commit.stage_end(STAGE);
    assert!(!commit.can_commit(STAGE, 1, 0, 0));
    commit.task_completed(STAGE, 1, 0, 0, &TaskEndReason::UnknownReason);
    assert!(commit.is_empty());
}

#[test]
fn unknown_stages_and_partitions_are_refused_and_leave_nothing() {
    let mut commit = started();
    assert!(!commit.can_commit(StageId(2), 0, 0, 0));
    assert!(!commit.can_commit(STAGE, 0, 2, 0));
    assert!(commit.can_commit(STAGE, 0, 1, 0));
}
