//! Outputs of map tasks that are lost with their executor, and results on their way.

use super::{
    REVIVE, Tasks, all, bytes, decoded, finished, local, lost, map_done, map_set, set, some, submit, tasks,
};
use crate::{
    Config, ExecutorId, TaskId,
    config::ShuffleConfig,
    message::{
        ExecutorDecommission, ExecutorHeartbeatReceived, ExecutorLossReason, HandleTaskGettingResult,
        TaskMetrics, TaskValue,
    },
    testkit::NOTHING,
};

const LOST: &str = "DAGScheduler: executor 1 is lost: Executor killed by driver.";

/// Map tasks 0 and 1 of three have succeeded on executors 1 and 2.
fn with_outputs(config: Config) -> Tasks {
    let mut tasks = tasks(config);
    submit(&mut tasks, map_set(0, 0, 0, 3));
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]).len(), 1);
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]).len(), 1);
    tasks.wait(7);
    assert_eq!(map_done(&mut tasks, 0, 1).len(), 1);
    assert_eq!(map_done(&mut tasks, 1, 2).len(), 1);
    tasks
}

const RESUBMITTED: &str = "DAGScheduler: end j0.s0.0 shuffle0/3 out 0 t0 i0.0 p0 on 1 since 0 until 7 FINISHED: Resubmitted \
                           (resubmitted due to lost executor)";

#[test]
fn tsm_042_the_loss_of_an_executor_makes_again_what_succeeded_there_and_nothing_else() {
    let mut tasks = with_outputs(local(1));
    let killed = || lost(1, ExecutorLossReason::ExecutorKilled);
    assert_eq!(tasks.tell(killed()), [RESUBMITTED, LOST, REVIVE]);
    assert_eq!(tasks.tell(killed()), NOTHING, "once");
    // It comes first, as a new attempt; that it runs again does not count as a failure.
    assert_eq!(all(&mut tasks, &[(2, "b", 3)]), ["t2 = s0 i0.1 on 2", "t3 = s0 i2.0 on 2"]);
    assert_eq!(map_done(&mut tasks, 2, 2).len(), 1);
    assert_eq!(map_done(&mut tasks, 3, 2).len(), 1);
    tasks.finish();
}

#[test]
fn result_tasks_are_not_made_again() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, set(0, 0, 0, 2));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]).len(), 1);
    assert_eq!(super::succeed(&mut tasks, 0, 1).len(), 2);
    assert_eq!(tasks.tell(lost(1, ExecutorLossReason::ExecutorKilled)), [LOST, REVIVE]);
}

#[test]
fn a_shuffle_service_keeps_outputs_unless_the_host_leaves_and_reliable_storage_keeps_them_in_any_case() {
    let leaves = || ExecutorLossReason::ExecutorDecommission { worker_host: None, reason: "spot".to_owned() };
    for (service_enabled, reliable_storage, reason, resubmits) in [
        (true, false, ExecutorLossReason::ExecutorKilled, 0),
        (true, false, leaves(), 1),
        (false, false, leaves(), 1),
        (false, true, leaves(), 0),
        (false, true, ExecutorLossReason::ExecutorKilled, 0),
    ] {
        let shuffle = ShuffleConfig { service_enabled, reliable_storage, ..ShuffleConfig::default() };
        let mut tasks = with_outputs(Config { shuffle, ..local(1) });
        let sent = tasks.tell(lost(1, reason));
        assert_eq!(sent.len(), 2 + resubmits, "{sent:?}");
        assert_eq!(sent[0] == RESUBMITTED, resubmits == 1);
    }
}

#[test]
fn a_task_that_was_done_elsewhere_but_still_runs_fails_with_its_executor_and_is_not_resubmitted() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, map_set(0, 0, 1, 2));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]).len(), 1);
    let done = crate::message::NotifyPartitionCompletion {
        stage_id: crate::StageId(0),
        partition_id: 0,
        output_id: 0,
    };
    assert_eq!(tasks.tell(done), NOTHING);
    let sent = tasks.tell(lost(1, ExecutorLossReason::ExecutorKilled));
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert!(sent[0].contains("ExecutorLostFailure"));
    assert_eq!(all(&mut tasks, &[(2, "b", 2)]), ["t1 = s0 i1.0 on 2"]);
}

#[test]
fn the_fetching_of_a_result_is_told() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, set(0, 0, 0, 1));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]).len(), 1);
    let fetch = || HandleTaskGettingResult { task_id: TaskId(0) };
    assert_eq!(tasks.tell(fetch()), NOTHING, "it still runs");
    assert_eq!(tasks.tell(finished(0, 1, TaskValue::Indirect { size: 5 })).len(), 1);
    tasks.wait(3);
    assert_eq!(tasks.tell(fetch()), ["DAGScheduler: getting result s0.0 t0 i0.0 p0 on 1 since 0 fetched 3"]);
    tasks.wait(3);
    assert_eq!(
        tasks.tell(decoded(0)),
        [
            "DAGScheduler: end j0.s0.0 result/1 out 0 t0 i0.0 p0 on 1 since 0 fetched 3 until 6 FINISHED: Success decoded \
             {result_size 3}"
        ]
    );
    assert_eq!(tasks.tell(fetch()), NOTHING);
    tasks.finish();
}

#[test]
fn what_running_tasks_measure_goes_to_listeners_with_their_stages() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, set(0, 3, 2, 1));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]).len(), 1);
    let metrics = TaskMetrics { records_read: 4, ..TaskMetrics::default() };
    let task_metrics = vec![(TaskId(0), metrics.clone()), (TaskId(9), metrics)];
    let sent = tasks.tell(ExecutorHeartbeatReceived { executor_id: ExecutorId(1), task_metrics });
    assert_eq!(sent.len(), 1);
    let [sent] = &sent[..] else { panic!() };
    assert!(sent.starts_with("ListenerBus: ExecutorMetricsUpdate("), "{sent}");
    assert!(sent.contains("(t0, s3, 2, ") && !sent.contains("t9"), "{sent}");
}

#[test]
fn tsm_023_map_outputs_are_not_limited() {
    let mut tasks = with_outputs(Config { driver_max_result_size: 1, ..local(1) });
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]).len(), 1);
    assert_eq!(map_done(&mut tasks, 2, 2).len(), 1);
    tasks.finish();
}

#[test]
fn a_result_that_the_driver_has_survives_its_executor_also_if_that_was_to_leave() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, set(0, 0, 0, 1));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]).len(), 1);
    let leaving =
        ExecutorDecommission { executor_id: ExecutorId(1), worker_host: None, reason: "spot".to_owned() };
    assert_eq!(tasks.tell(leaving), ["DAGScheduler: executor 1 leaves: spot", REVIVE]);
    assert_eq!(tasks.tell(finished(0, 1, bytes(3))).len(), 1);
    assert_eq!(tasks.tell(lost(1, ExecutorLossReason::process_lost("gone"))).len(), 2);
    assert_eq!(tasks.tell(decoded(0)).len(), 1);
    tasks.finish();
}
