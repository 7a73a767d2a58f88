//! Barriers that open.

use super::*;

#[test]
fn all_tasks_get_the_messages_in_the_order_of_their_partitions() {
    let mut barrier = barrier();
    assert_eq!(barrier.tell(request(0, 1)), [timer(5, 0)]);
    assert_eq!(barrier.tell(request(0, 0)), BOTH_PASS);
    assert_eq!(barrier.tell(completed()), NOTHING);
    barrier.finish();
}

#[test]
fn barriers_of_both_kinds_follow_each_other_and_share_a_timer() {
    let mut barrier = barrier();
    pass_first(&mut barrier);
    wait_seconds(&mut barrier, 2);
    assert_eq!(barrier.tell(wait(1, 0)), NOTHING);
    wait_seconds(&mut barrier, 3);
    assert_eq!(barrier.tell(timeout()), [timer(2, 1)], "the second has waited for 3 of 5 seconds");
    assert_eq!(barrier.tell(wait(1, 1)), ["TaskRunner-0: t100 passes [ ]", "TaskRunner-1: t101 passes [ ]"]);
    pass(&mut barrier, 2);
    wait_seconds(&mut barrier, 2);
    assert_eq!(barrier.tell(timeout()), NOTHING, "nobody waits, so nothing is due");
    assert_eq!(barrier.tell(request(3, 0)), [timer(5, 3)]);
    assert_eq!(barrier.tell(request(3, 1)), BOTH_PASS);
    assert!(!barrier.core.is_idle(), "the epoch is kept while the stage runs");
    assert_eq!(barrier.tell(completed()), NOTHING);
    barrier.finish();
}

#[test]
fn a_stage_of_one_task_does_not_wait() {
    let mut barrier = barrier();
    let alone = RequestToSync { num_tasks: 1, ..request(0, 0) };
    assert_eq!(barrier.tell(alone), ["TaskRunner-0: t100 passes [m0]"]);
}

#[test]
fn a_request_that_is_repeated_counts_once() {
    let mut barrier = barrier();
    assert_eq!(barrier.tell(request(0, 0)), [timer(5, 0)]);
    assert_eq!(barrier.tell(request(0, 0)), NOTHING);
    assert_eq!(barrier.tell(request(0, 1)), BOTH_PASS);
}

#[test]
fn another_attempt_of_a_task_takes_the_place_of_the_one_that_waits() {
    let mut barrier = barrier();
    assert_eq!(barrier.tell(request(0, 0)), [timer(5, 0)]);
    let again = RequestToSync { task_id: TaskId(7), executor_id: ExecutorId(5), ..request(0, 0) };
    assert_eq!(
        barrier.tell(again),
        [
            "TaskRunner-0: t100 fails: The request to sync of Stage 1 (Attempt 0) with barrier epoch 0 has already \
          finished. Maybe task 100 is not properly killed."
        ]
    );
    assert_eq!(
        barrier.tell(request(0, 1)),
        ["TaskRunner-5: t7 passes [m0 m1]", "TaskRunner-1: t101 passes [m0 m1]"]
    );
}

#[test]
fn attempts_of_a_stage_and_stages_do_not_mix() {
    let mut barrier = barrier();
    assert_eq!(barrier.tell(request(0, 0)), [timer(5, 0)]);
    let attempt = RequestToSync { stage_attempt_id: 1, ..request(0, 1) };
    assert_eq!(barrier.tell(attempt), NOTHING);
    let stage = RequestToSync { stage_id: StageId(2), ..request(0, 1) };
    assert_eq!(barrier.tell(stage), NOTHING);
    assert_eq!(barrier.tell(request(0, 1)), BOTH_PASS);
}
