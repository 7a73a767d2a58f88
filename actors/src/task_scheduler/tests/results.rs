//! Attempts that end well.

use super::{bytes, decoded, finished, local, map_set, map_status, offers, set, status, succeed, tasks};
use crate::{
    Config, StageId, TaskId,
    message::{
        AbortTaskSet, HandleFailedTask, NotifyPartitionCompletion, TaskEndReason, TaskStatus, TaskValue,
    },
    testkit::NOTHING,
};

#[test]
fn trg_001_a_result_is_decoded_before_the_task_counts_as_done() {
    let mut tasks = tasks(local(1));
    assert_eq!(tasks.tell(set(0, 0, 0, 1)).len(), 1);
    assert_eq!(tasks.tell(offers(1, &[(1, 1)])).len(), 3);
    assert_eq!(tasks.tell(status(0, 1, TaskStatus::Running)), NOTHING);
    assert_eq!(
        tasks.tell(finished(0, 1, bytes(3))),
        [r#"ResultGetter: decode t0 of j0.s0.0 result/1 out 0 on 1: direct "xxx""#]
    );
    // The executor says it again, and something else: its word was taken.
    assert_eq!(tasks.tell(finished(0, 1, bytes(3))), NOTHING);
    assert_eq!(tasks.tell(super::failed(0, 1, TaskEndReason::UnknownReason)), NOTHING);
    tasks.wait(8);
    assert_eq!(
        tasks.tell(decoded(0)),
        [
            "DAGScheduler: end j0.s0.0 result/1 out 0 t0 i0.0 p0 on 1 since 0 until 8 FINISHED: Success decoded \
             {result_size 3}"
        ]
    );
    assert_eq!(tasks.tell(decoded(0)), NOTHING);
    tasks.finish();
}

#[test]
fn a_map_output_needs_no_decoding() {
    let mut tasks = tasks(local(1));
    assert_eq!(tasks.tell(map_set(0, 0, 0, 1)).len(), 1);
    assert_eq!(tasks.tell(offers(1, &[(1, 1)])).len(), 3);
    assert_eq!(
        tasks.tell(finished(0, 1, map_status(0, 1))),
        [
            "DAGScheduler: end j0.s0.0 shuffle0/1 out 0 t0 i0.0 p0 on 1 since 0 until 0 FINISHED: Success t0 at 1 [1]"
        ]
    );
    assert_eq!(tasks.tell(finished(0, 1, map_status(0, 1))), NOTHING);
    tasks.finish();
}

#[test]
fn updates_of_unknown_tasks_are_ignored() {
    let mut tasks = tasks(local(1));
    assert_eq!(tasks.tell(status(9, 1, TaskStatus::Running)), NOTHING);
    assert_eq!(tasks.tell(finished(9, 1, bytes(1))), NOTHING);
    assert_eq!(tasks.tell(decoded(9)), NOTHING);
    let reason = TaskEndReason::TaskResultLost;
    assert_eq!(tasks.tell(HandleFailedTask { task_id: TaskId(9), reason }), NOTHING);
    assert_eq!(tasks.tell(AbortTaskSet { task_id: TaskId(9), reason: "no".to_owned() }), NOTHING);
    let done = NotifyPartitionCompletion { stage_id: StageId(9), partition_id: 0, output_id: 0 };
    assert_eq!(tasks.tell(done), NOTHING);
    tasks.finish();
}

#[test]
fn trg_004_a_result_that_is_gone_is_made_again() {
    let mut tasks = tasks(local(2));
    assert_eq!(tasks.tell(set(0, 0, 0, 1)).len(), 1);
    assert_eq!(tasks.tell(offers(1, &[(1, 1)])).len(), 3);
    assert_eq!(
        tasks.tell(finished(0, 1, TaskValue::Indirect { size: 5 })),
        ["ResultGetter: decode t0 of j0.s0.0 result/1 out 0 on 1: indirect 5"]
    );
    assert_eq!(
        tasks.tell(HandleFailedTask { task_id: TaskId(0), reason: TaskEndReason::TaskResultLost }),
        [
            "DAGScheduler: end j0.s0.0 result/1 out 0 t0 i0.0 p0 on 1 since 0 until 0 FAILED: TaskResultLost (result lost \
             from block manager)",
            "DriverEndpoint: revive",
        ]
    );
    assert_eq!(tasks.tell(offers(2, &[(1, 1)])).len(), 2);
    assert_eq!(succeed(&mut tasks, 1, 1).len(), 2);
    tasks.finish();
}

#[test]
fn trg_002_results_larger_than_the_limit_abort_the_set() {
    let mut tasks = tasks(Config { driver_max_result_size: 10, ..local(4) });
    assert_eq!(tasks.tell(set(0, 0, 0, 3)).len(), 1);
    assert_eq!(tasks.tell(offers(1, &[(1, 3)])).len(), 5);
    assert_eq!(tasks.tell(finished(0, 1, bytes(10))).len(), 1);
    assert_eq!(
        tasks.tell(finished(1, 1, TaskValue::Dropped { size: 11 })),
        [
            "DAGScheduler: failed s0.0: Total size of serialized results of 2 tasks (21.0 B) is bigger than \
             spark.driver.maxResultSize (10.0 B)",
            "DAGScheduler: end j0.s0.0 result/3 out 1 t1 i1.0 p1 on 1 since 0 until 0 KILLED: TaskKilled (Tasks result \
             size has exceeded maxResultSize)",
        ]
    );
    // The next one is killed too, and the set does not give up twice.
    assert_eq!(
        tasks.tell(finished(2, 1, bytes(1))),
        [
            "DAGScheduler: end j0.s0.0 result/3 out 2 t2 i2.0 p2 on 1 since 0 until 0 KILLED: TaskKilled (Tasks result \
             size has exceeded maxResultSize)"
        ]
    );
    assert_eq!(tasks.tell(decoded(0)).len(), 1);
    tasks.finish();
}

#[test]
fn trg_003_results_have_no_limit_if_it_is_zero() {
    let mut tasks = tasks(Config { driver_max_result_size: 0, ..local(1) });
    assert_eq!(tasks.tell(set(0, 0, 0, 1)).len(), 1);
    assert_eq!(tasks.tell(offers(1, &[(1, 1)])).len(), 3);
    assert_eq!(
        tasks.tell(finished(0, 1, TaskValue::Indirect { size: u64::MAX })),
        ["ResultGetter: decode t0 of j0.s0.0 result/1 out 0 on 1: indirect 18446744073709551615"]
    );
    assert_eq!(tasks.tell(decoded(0)).len(), 1);
    tasks.finish();
}

#[test]
fn trg_006_map_outputs_do_not_count_against_the_limit() {
    let mut tasks = tasks(Config { driver_max_result_size: 1, ..local(1) });
    assert_eq!(tasks.tell(map_set(0, 0, 0, 2)).len(), 1);
    assert_eq!(tasks.tell(offers(1, &[(1, 2)])).len(), 4);
    for task in [0, 1] {
        assert_eq!(tasks.tell(finished(task, 1, map_status(task, 1))).len(), 1);
    }
    tasks.finish();
}

#[test]
fn trg_005_a_set_that_cannot_go_on_is_given_up() {
    let mut tasks = tasks(local(4));
    assert_eq!(tasks.tell(set(0, 0, 0, 2)).len(), 1);
    assert_eq!(tasks.tell(offers(1, &[(1, 1)])).len(), 3);
    assert_eq!(
        tasks.tell(AbortTaskSet { task_id: TaskId(0), reason: "too large".to_owned() }),
        [
            "DAGScheduler: end j0.s0.0 result/2 out 0 t0 i0.0 p0 on 1 since 0 until 0 KILLED: TaskKilled (too large)",
            "DAGScheduler: failed s0.0: too large",
        ]
    );
    assert_eq!(tasks.tell(offers(2, &[(1, 1)])), ["DriverEndpoint: round2 [] returned [1:1]"]);
    tasks.finish();
}

#[test]
fn a_newer_set_of_a_stage_replaces_the_older_one_whose_results_still_count() {
    let mut tasks = tasks(local(1));
    assert_eq!(tasks.tell(set(0, 0, 0, 2)).len(), 1);
    assert_eq!(tasks.tell(offers(1, &[(1, 1)])).len(), 3);
    assert_eq!(tasks.tell(set(0, 0, 1, 2)).len(), 1);
    // Partition 1 waited in the old set; only the new one launches.
    assert_eq!(
        tasks.tell(offers(2, &[(1, 1)])),
        [
            "DAGScheduler: begin s0.1 t1 i0.0 p0 on 1 since 0",
            "DriverEndpoint: round2 [t1 = j0.s0.1 result/2 i0.0 0>0 on 1] returned []",
        ]
    );
    let sent = succeed(&mut tasks, 0, 1);
    assert_eq!(
        sent[1],
        "DAGScheduler: end j0.s0.0 result/2 out 0 t0 i0.0 p0 on 1 since 0 until 0 FINISHED: Success decoded {result_size 3}"
    );
    // The DAGScheduler says that the new set needs partitions 0 and 1 no more; task 1 still runs.
    for partition_id in [0, 1] {
        let done = NotifyPartitionCompletion { stage_id: StageId(0), partition_id, output_id: partition_id };
        assert_eq!(tasks.tell(done), NOTHING);
    }
    assert_eq!(tasks.tell(offers(3, &[(1, 1)])), ["DriverEndpoint: round3 [] returned [1:1]"]);
    assert_eq!(succeed(&mut tasks, 1, 1).len(), 2);
    tasks.finish();
}

#[test]
fn a_replaced_set_without_running_tasks_is_gone_at_once() {
    let mut tasks = tasks(local(1));
    assert_eq!(tasks.tell(set(0, 0, 0, 2)).len(), 1);
    assert_eq!(tasks.tell(set(0, 0, 1, 1)).len(), 1);
    let done = NotifyPartitionCompletion { stage_id: StageId(0), partition_id: 0, output_id: 0 };
    assert_eq!(tasks.tell(done), NOTHING);
    tasks.finish();
}

#[test]
fn of_a_partition_that_a_job_names_twice_only_the_output_that_was_made_is_done() {
    let mut tasks = tasks(local(1));
    let mut submit = set(0, 0, 1, 3);
    for (spec, partition) in submit.task_set.tasks.iter_mut().zip([3, 0, 3]) {
        spec.partition_id = partition;
    }
    // Its first output was made by an earlier attempt: outputs 1, 2 and 3 are left.
    submit.task_set.tasks.iter_mut().for_each(|spec| spec.output_id += 1);
    assert_eq!(tasks.tell(submit).len(), 1);
    let done = |output_id| NotifyPartitionCompletion { stage_id: StageId(0), partition_id: 3, output_id };
    assert_eq!(tasks.tell(done(3)), NOTHING);
    assert_eq!(tasks.tell(done(0)), NOTHING);
    assert_eq!(
        tasks.tell(offers(1, &[(1, 3)])),
        [
            "DAGScheduler: executor 1 is new",
            "DAGScheduler: begin s0.1 t0 i0.0 p3 on 1 since 0",
            "DAGScheduler: begin s0.1 t1 i1.0 p0 on 1 since 0",
            "DriverEndpoint: round1 [t0 = j0.s0.1 result/3 i0.0 3>1 on 1, t1 = j0.s0.1 result/3 i1.0 0>2 on 1] \
             returned [1:1]",
        ]
    );
    for task in [0, 1] {
        assert_eq!(succeed(&mut tasks, task, 1).len(), 2);
    }
    tasks.finish();
}
