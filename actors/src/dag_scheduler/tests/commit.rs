//! Tasks ask the DAGScheduler whether they may commit.

use super::{Dag, any, unreadable};
use crate::{
    ExecutorId, StageId, TaskId,
    message::{AskPermissionToCommitOutput, TaskEndReason},
    testkit::{Graph, NOTHING},
};

pub(super) fn ask(
    stage: u32,
    stage_attempt: u32,
    partition: u32,
    attempt: u32,
) -> AskPermissionToCommitOutput {
    AskPermissionToCommitOutput {
        stage_id: StageId(stage),
        stage_attempt_id: stage_attempt,
        partition_id: partition,
        attempt_number: attempt,
        task_id: TaskId(u64::from(attempt)),
        executor_id: ExecutorId(9),
    }
}

const MAY: &str = "TaskRunner-9: t0 may commit";

#[test]
fn the_first_attempt_that_asks_may_commit() {
    let mut graph = Graph::default();
    let rdd = graph.source(2);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(ask(0, 0, 0, 0)), ["TaskRunner-9: t0 may not commit"], "no such stage");
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.tell(ask(0, 0, 0, 0)), [MAY]);
    assert_eq!(dag.tell(ask(0, 0, 0, 1)), ["TaskRunner-9: t1 may not commit"]);
    assert_eq!(dag.tell(ask(0, 0, 1, 1)), ["TaskRunner-9: t1 may commit"]);
    assert_eq!(dag.tell(ask(0, 0, 2, 0)), ["TaskRunner-9: t0 may not commit"], "no such partition");
    dag.results(0, 0);
    assert_eq!(dag.tell(ask(0, 0, 0, 0)), ["TaskRunner-9: t0 may not commit"], "the stage has ended");
    dag.finish();
}

#[test]
fn occ_007_state_ends_with_the_stage_and_is_kept_over_a_retry() {
    let mut dag = Dag::new();
    dag.two_stages(1);
    assert_eq!(dag.tell(ask(0, 0, 0, 0)), ["TaskRunner-9: t0 may not commit"], "the map stage has ended");
    assert_eq!(dag.tell(ask(1, 0, 0, 0)), [MAY]);
    // Another task of the attempt fails to fetch: the stage will be tried again, and the lock stays.
    assert_eq!(dag.end((1, 0, 0), 2, unreadable(0, 0, 1), None).len(), 2);
    assert_eq!(
        dag.tell(ask(1, 0, 0, 1)),
        ["TaskRunner-9: t1 may commit"],
        "attempt 0 failed, so the next may"
    );
    assert_eq!(dag.resubmit().len(), 2);
    assert_eq!(dag.map(0, 1, 0, 1).len(), 3);
    assert_eq!(dag.tell(ask(1, 1, 0, 0)), ["TaskRunner-9: t0 may not commit"], "1.0 attempt 1 still may");
    assert_eq!(dag.tell(ask(1, 0, 0, 0)), ["TaskRunner-9: t0 may not commit"], "it has failed");
    dag.results(1, 1);
    assert!(dag.bench.core.commit.is_empty());
    dag.finish();
}

#[test]
fn a_stage_that_fails_for_good_is_forgotten() {
    let mut graph = Graph::default();
    let rdd = graph.source(1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.tell(ask(0, 0, 0, 0)), [MAY]);
    assert_eq!(dag.end((0, 0, 0), 1, TaskEndReason::TaskResultLost, None), NOTHING);
    assert_eq!(dag.tell(ask(0, 0, 0, 0)), ["TaskRunner-9: t0 may not commit"]);
    assert!(any(&dag.tell(crate::message::AllJobsCancelled {}), "JobEnd"));
    assert!(dag.bench.core.commit.is_empty());
    dag.finish();
}
