//! Barriers that break, and requests that come too late.

use super::*;

const MIXED: &str = "Different barrier sync types found for the sync Stage 1 (Attempt 0): ALL_GATHER, BARRIER. Please \
                     use the same barrier sync type within a single sync.";

fn late(runner: u32, epoch: i32) -> String {
    let task = 100 + runner;
    format!(
        "TaskRunner-{runner}: t{task} fails: The request to sync of Stage 1 (Attempt 0) with barrier epoch {epoch} has \
         already finished. Maybe task {task} is not properly killed."
    )
}

#[test]
fn bar_003_a_mix_of_barrier_and_all_gather_fails_all_of_them() {
    let mut barrier = barrier();
    assert_eq!(barrier.tell(request(0, 0)), [timer(5, 0)]);
    assert_eq!(
        barrier.tell(wait(0, 1)),
        [format!("TaskRunner-0: t100 fails: {MIXED}"), format!("TaskRunner-1: t101 fails: {MIXED}")]
    );
    // The attempt cannot sync any more.
    assert_eq!(barrier.tell(wait(0, 0)), [late(0, -1)]);
    wait_seconds(&mut barrier, 5);
    assert_eq!(barrier.tell(timeout()), NOTHING);
    assert_eq!(barrier.tell(completed()), NOTHING);
    barrier.finish();
}

#[test]
fn bar_006_a_timeout_fails_those_who_wait_and_names_epoch_and_seconds() {
    let mut barrier = barrier();
    pass_first(&mut barrier);
    assert_eq!(barrier.tell(request(1, 1)), NOTHING);
    wait_seconds(&mut barrier, 5);
    assert_eq!(
        barrier.tell(timeout()),
        [
            "TaskRunner-1: t101 fails: The coordinator didn't get all barrier sync requests for barrier epoch 1 from \
          Stage 1 (Attempt 0) within 5 second(s)."
        ]
    );
    assert_eq!(barrier.tell(completed()), NOTHING);
    barrier.finish();
}

#[test]
fn bar_007_a_task_that_never_asks_lets_the_others_time_out_and_comes_too_late_itself() {
    let mut barrier = barrier();
    let of_three = |partition| RequestToSync { num_tasks: 3, ..wait(0, partition) };
    assert_eq!(barrier.tell(of_three(2)), [timer(5, 0)]);
    wait_seconds(&mut barrier, 4);
    assert_eq!(barrier.tell(of_three(0)), NOTHING);
    wait_seconds(&mut barrier, 1);
    let error = "fails: The coordinator didn't get all barrier sync requests for barrier epoch 0 from Stage 1 (Attempt \
                 0) within 5 second(s).";
    assert_eq!(
        barrier.tell(timeout()),
        [format!("TaskRunner-0: t100 {error}"), format!("TaskRunner-2: t102 {error}")]
    );
    let never = RequestToSync { num_tasks: 3, ..wait(0, 1) };
    assert_eq!(barrier.tell(never), [late(1, -1)]);
}

#[test]
fn the_barriers_of_two_stages_time_out_each_in_its_time() {
    let mut barrier = barrier();
    assert_eq!(barrier.tell(request(0, 0)), [timer(5, 0)]);
    wait_seconds(&mut barrier, 3);
    assert_eq!(barrier.tell(RequestToSync { stage_id: StageId(0), ..request(0, 0) }), NOTHING);
    wait_seconds(&mut barrier, 2);
    assert_eq!(
        barrier.tell(timeout()),
        [
            "TaskRunner-0: t100 fails: The coordinator didn't get all barrier sync requests for barrier epoch 0 from \
             Stage 1 (Attempt 0) within 5 second(s).",
            "after 3s, BarrierCoordinator: timeout of s0.0 epoch 0",
        ]
    );
    wait_seconds(&mut barrier, 3);
    assert_eq!(
        barrier.tell(BarrierTimeout { stage_id: StageId(0), ..timeout() }),
        [
            "TaskRunner-0: t100 fails: The coordinator didn't get all barrier sync requests for barrier epoch 0 from \
          Stage 0 (Attempt 0) within 5 second(s)."
        ]
    );
}

#[test]
fn a_task_that_is_behind_or_ahead_is_refused_and_the_barrier_stays() {
    let mut barrier = barrier();
    pass_first(&mut barrier);
    assert_eq!(barrier.tell(request(1, 0)), NOTHING);
    assert_eq!(barrier.tell(wait(0, 1)), [late(1, 1)], "whatever it calls");
    assert_eq!(barrier.tell(request(2, 1)), [late(1, 1)]);
    assert_eq!(barrier.tell(request(1, 1)), BOTH_PASS);
}

#[test]
fn a_task_that_counts_other_than_the_first_is_refused() {
    let mut barrier = barrier();
    assert_eq!(barrier.tell(request(0, 0)), [timer(5, 0)]);
    let miscounted = RequestToSync { num_tasks: 3, ..request(0, 1) };
    assert_eq!(
        barrier.tell(miscounted),
        [
            "TaskRunner-1: t101 fails: Number of tasks of Stage 1 (Attempt 0) is 3 from Task 101, previously it was 2."
        ]
    );
}

#[test]
fn the_end_of_the_stage_fails_those_who_wait_and_those_who_come_later() {
    let mut barrier = barrier();
    pass_first(&mut barrier);
    assert_eq!(barrier.tell(request(1, 0)), NOTHING);
    assert_eq!(barrier.tell(completed()), [late(0, 1)]);
    assert_eq!(barrier.tell(completed()), NOTHING);
    assert_eq!(barrier.tell(request(1, 1)), [late(1, -1)], "a killed task does not wait for a year");
    wait_seconds(&mut barrier, 5);
    assert_eq!(barrier.tell(timeout()), NOTHING);
    barrier.finish();
}

#[test]
fn only_so_many_ended_stages_are_remembered() {
    let mut barrier = barrier();
    for stage in 0..1_000 {
        let ended = BarrierStageCompleted { stage_id: StageId(stage), stage_attempt_id: 0 };
        assert_eq!(barrier.tell(ended), NOTHING);
    }
    assert_eq!(barrier.core.completed.len(), REMEMBERED);
    assert!(barrier.core.completed.contains(&(StageId(999), 0)));
    barrier.finish();
}

#[test]
fn later_attempts_do_not_make_an_ended_one_forgotten() {
    let mut barrier = barrier();
    for stage_attempt_id in 0..100 {
        assert_eq!(barrier.tell(BarrierStageCompleted { stage_id: StageId(1), stage_attempt_id }), NOTHING);
    }
    let sent = barrier.tell(request(0, 0));
    assert!(sent.len() == 1 && sent[0].starts_with("TaskRunner-0: t100"), "{sent:?}");
    barrier.finish();
}
