//! A set that may go farther from its data since an executor was offered alone is offered the others too.

use super::{
    MILLI, REVIVE, SECOND, Tasks, all, local, map_done, map_set, prefer, set, some, submit, succeed, tasks,
};
use crate::{
    StageId,
    message::{CheckLocality, ExplainStages, ExplainSubject, NotifyPartitionCompletion, SubmitTasks},
    testkit::NOTHING,
};

const CHECK: &str = "after 3s, TaskScheduler: check locality";
/// Executors 1 and 2 on hosts of their own, one core each.
const BOTH: [(u32, &str, u32); 2] = [(1, "a", 1), (2, "b", 1)];

/// The executors have met the scheduler before the set came.
fn with(set: SubmitTasks) -> Tasks {
    let mut tasks = tasks(local(1));
    assert!(all(&mut tasks, &BOTH).is_empty());
    submit(&mut tasks, set);
    tasks
}

#[test]
fn when_nothing_waits_for_an_executor_any_more_all_cores_are_offered_at_once() {
    let places: [&[&str]; 3] = [&["executor_a_1"], &["executor_a_1"], &["b"]];
    let mut tasks = with(prefer(set(0, 0, 0, 3), &places));
    assert_eq!(all(&mut tasks, &BOTH), ["t0 = s0 i0.0 on 1", CHECK]);
    tasks.wait(SECOND);
    assert_eq!(succeed(&mut tasks, 0, 1).len(), 2);
    // What waited for executor 1 runs there: the task that prefers `b` need not wait for it.
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), ["t1 = s0 i1.0 on 1", REVIVE]);
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t2 = s0 i2.0 on 2 NODE_LOCAL"]);
}

#[test]
fn a_partition_that_is_done_elsewhere_is_not_waited_for() {
    let mut tasks = with(prefer(set(0, 0, 0, 2), &[&["executor_a_1"], &["b"]]));
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), [CHECK]);
    let done = NotifyPartitionCompletion { stage_id: StageId(0), partition_id: 0, output_id: 0 };
    assert_eq!(tasks.tell(done), [REVIVE]);
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t0 = s0 i1.0 on 2 NODE_LOCAL"]);
}

#[test]
fn a_wait_that_is_over_in_a_single_round_is_over_for_all_executors() {
    let mut tasks = with(prefer(map_set(0, 0, 0, 4), &[&["a"], &["a"], &["a"], &["a"]]));
    assert_eq!(all(&mut tasks, &BOTH), ["t0 = s0 i0.0 on 1 NODE_LOCAL", CHECK]);
    // The task ends just when the wait does, and the timer is a little late.
    tasks.wait(3 * SECOND);
    assert_eq!(map_done(&mut tasks, 0, 1).len(), 1);
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), ["t1 = s0 i1.0 on 1 NODE_LOCAL", REVIVE]);
    assert_eq!(tasks.tell(CheckLocality {}), NOTHING);
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t2 = s0 i2.0 on 2 ANY"]);
}

#[test]
fn a_set_that_refuses_again_in_a_single_round_waits_from_then_on() {
    let places: [&[&str]; 2] = [&["executor_a_1"], &["c"]];
    let mut tasks = with(prefer(set(0, 0, 0, 2), &places));
    assert!(all(&mut tasks, &[(3, "c", 0)]).is_empty());
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), [CHECK]);
    tasks.wait(SECOND);
    // Executor 1 takes its task; its second core is refused, for the sake of `c`.
    assert_eq!(some(&mut tasks, &[(1, "a", 2)]), ["t0 = s0 i0.0 on 1", REVIVE]);
    assert!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]).is_empty());
    tasks.wait(2 * SECOND);
    assert_eq!(tasks.tell(CheckLocality {}), ["after 1s, TaskScheduler: check locality"]);
    tasks.wait(SECOND);
    assert_eq!(tasks.tell(CheckLocality {}), [REVIVE]);
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t1 = s0 i1.0 on 2 ANY"]);
}

#[test]
fn whoever_asks_why_a_stage_waits_does_not_end_the_wait() {
    let mut tasks = with(prefer(map_set(0, 0, 0, 2), &[&["a"], &["a"]]));
    assert_eq!(all(&mut tasks, &BOTH), ["t0 = s0 i0.0 on 1 NODE_LOCAL", CHECK]);
    tasks.wait(3 * SECOND + MILLI);
    let question = ExplainStages {
        request: 0,
        host: 0,
        subject: ExplainSubject::Stage(StageId(0)),
        reasons: Vec::new(),
        stages: vec![StageId(0)],
    };
    assert_eq!(tasks.tell(question).len(), 1);
    assert_eq!(tasks.tell(CheckLocality {}), [REVIVE]);
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t1 = s0 i1.0 on 2 ANY"]);
}
