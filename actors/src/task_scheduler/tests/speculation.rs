//! Copies of slow tasks: where they run, and what becomes of the attempts of one task.

use std::time::Duration;

use super::{
    MILLI, REVIVE, SECOND, Tasks, all, decoded, exception, failed, finished, killed, lost, map_done, map_set,
    prefer, set, some, submit, tasks,
};
use crate::{
    Config, StageId,
    config::Speculation,
    message::{CheckSpeculatableTasks, ExecutorLossReason, NotifyPartitionCompletion, SubmitTasks},
    testkit::NOTHING,
};

const CHECK: &str = "after 100ms, TaskScheduler: check speculatable tasks";
const END: &str = "DAGScheduler: end j0.s0.0";

/// With speculation as soon as half of the tasks succeeded, for tasks that take half as long again as others.
pub(super) fn settings() -> Speculation {
    Speculation {
        enabled: true,
        quantile: 0.5,
        multiplier: 1.5,
        min_task_runtime: Duration::ZERO,
        efficiency_enabled: false,
        ..Speculation::default()
    }
}

pub(super) fn config(speculation: Speculation) -> Config {
    Config { speculation, ..Config::default() }
}

/// A set of map tasks, one on each executor from 1 on host `h1` on: the first ones took a second, the others are slow.
fn with_slow(count: u32, slow: u32) -> Tasks {
    let mut tasks = launched(map_set(0, 0, 0, count));
    for task in 0..count - slow {
        assert!(!map_done(&mut tasks, task.into(), task + 1).is_empty());
    }
    tasks.wait(SECOND);
    tasks
}

fn launched(set: SubmitTasks) -> Tasks {
    launched_with(config(settings()), set)
}

fn launched_with(config: Config, set: SubmitTasks) -> Tasks {
    let mut tasks = tasks(config);
    let count = set.task_set.tasks.len() as u32;
    submit(&mut tasks, set);
    for task in 0..count {
        let (executor, host) = (task + 1, format!("h{}", task + 1));
        let launched = some(&mut tasks, &[(executor, &host, 1)]);
        assert_eq!(launched, [format!("t{task} = s0 i{task}.0 on {executor}")]);
    }
    tasks.wait(SECOND);
    tasks
}

/// Of a set of two result tasks, the first has succeeded. Of the second, attempt 1 runs on executor 2, and its copy 2
/// on executor 3.
fn with_copy() -> Tasks {
    let mut tasks = launched(set(0, 0, 0, 2));
    assert_eq!(tasks.tell(finished(0, 1, super::bytes(3))).len(), 1);
    assert_eq!(tasks.tell(decoded(0))[1..], [CHECK]);
    tasks.wait(SECOND);
    assert_eq!(
        tasks.tell(CheckSpeculatableTasks {}),
        ["DAGScheduler: copy wanted s0.0 i1 p1", REVIVE, CHECK]
    );
    assert_eq!(some(&mut tasks, &[(3, "h3", 1)]), ["t2 = s0 i1.1 on 3 copy"]);
    tasks
}

#[test]
fn tsm_026_node_local_then_no_preference_then_copies_then_far_ones() {
    let mut tasks = tasks(config(settings()));
    assert!(all(&mut tasks, &[(1, "h1", 1), (2, "h2", 1), (3, "h3", 1)]).is_empty());
    let places: [&[&str]; 8] = [&["h3"], &["h3"], &["h3"], &[], &["h1"], &["h1"], &[], &["h3"]];
    submit(&mut tasks, prefer(set(0, 0, 0, 8), &places));
    let one_more = |tasks: &mut Tasks, task, executor| {
        tasks.wait(MILLI);
        assert_eq!(tasks.tell(finished(task, executor, super::bytes(1))).len(), 1);
        tasks.tell(decoded(task))
    };
    for task in 0..3 {
        assert_eq!(some(&mut tasks, &[(3, "h3", 1)]), [format!("t{task} = s0 i{task}.0 on 3 NODE_LOCAL")]);
        assert_eq!(one_more(&mut tasks, task, 3).len(), 1);
    }
    assert_eq!(some(&mut tasks, &[(2, "h2", 1)]), ["t3 = s0 i3.0 on 2"]);
    assert_eq!(some(&mut tasks, &[(1, "h1", 1)]), ["t4 = s0 i4.0 on 1 NODE_LOCAL"]);
    assert_eq!(one_more(&mut tasks, 4, 1)[1..], [CHECK]);
    tasks.wait(MILLI);
    assert_eq!(tasks.tell(CheckSpeculatableTasks {})[0], "DAGScheduler: copy wanted s0.0 i3 p3");
    let launched: Vec<String> = (0..4).flat_map(|_| some(&mut tasks, &[(1, "h1", 1)])).collect();
    assert_eq!(
        launched,
        [
            "t5 = s0 i5.0 on 1 NODE_LOCAL",
            "t6 = s0 i6.0 on 1",
            "t7 = s0 i3.1 on 1 copy",
            "after 3s, TaskScheduler: check locality"
        ]
    );
    tasks.wait(3 * SECOND);
    assert_eq!(some(&mut tasks, &[(1, "h1", 1)]), ["t8 = s0 i7.0 on 1 ANY"]);
}

#[test]
fn tsm_033_a_success_kills_the_other_attempts_interrupting_them() {
    let mut tasks = with_copy();
    assert_eq!(tasks.tell(finished(2, 3, super::bytes(3))).len(), 1);
    let end = "t2 i1.1 p1 on 3 since 2000000000 speculative until 2000000000 FINISHED: Success decoded";
    assert_eq!(
        tasks.tell(decoded(2)),
        [
            "DriverEndpoint: kill t1 on 2 interrupting: another attempt succeeded".to_owned(),
            format!("{END} result/2 out 1 {end} {{result_size 3}}"),
        ]
    );
    assert_eq!(tasks.tell(CheckSpeculatableTasks {}), NOTHING);
    assert_eq!(
        tasks.tell(killed(1, 2)),
        [format!("{END} result/2 out 1 t1 i1.0 p1 on 2 since 0 until 2000000000 KILLED: TaskKilled (test)")]
    );
    tasks.finish();
}

#[test]
fn tsm_035_the_set_is_a_zombie_before_the_end_of_its_last_task_is_told() {
    let mut tasks = with_copy();
    assert_eq!(tasks.tell(finished(1, 2, super::bytes(3))).len(), 1);
    let sent = tasks.tell(decoded(1));
    assert!(sent[1].contains("FINISHED: Success"), "{sent:?}");
    // The copy keeps the set, which gives nothing away any more when the DAGScheduler hears of the end.
    let set = &tasks.core.task_sets[&(StageId(0), 0)];
    assert!(set.zombie && set.attempts == 1 && tasks.core.pools.first().is_none());
    assert_eq!(tasks.tell(failed(2, 3, exception(false))).len(), 1, "nor is the copy tried again");
    tasks.finish();
}

#[test]
fn tsm_043_a_copy_that_succeeds_too_late_ends_as_killed_and_its_bytes_do_not_count() {
    // Three results of 9 bytes are allowed, and a fourth is not.
    let mut tasks =
        launched_with(Config { driver_max_result_size: 35, ..config(settings()) }, set(0, 0, 0, 3));
    let end = |tasks: &mut Tasks, task, executor| {
        assert_eq!(tasks.tell(finished(task, executor, super::bytes(9))).len(), 1);
    };
    end(&mut tasks, 0, 1);
    assert_eq!(tasks.tell(decoded(0))[1..], [CHECK]);
    tasks.wait(SECOND);
    assert_eq!(tasks.tell(CheckSpeculatableTasks {}).len(), 4);
    assert_eq!(some(&mut tasks, &[(4, "h4", 1)]), ["t3 = s0 i2.1 on 4 copy"]);
    end(&mut tasks, 2, 3);
    end(&mut tasks, 3, 4);
    assert_eq!(tasks.tell(decoded(2)).len(), 1, "the other has ended on its executor: nothing to kill");
    assert_eq!(
        tasks.tell(decoded(3)),
        [format!(
            "{END} result/3 out 2 t3 i2.1 p2 on 4 since 2000000000 speculative until 2000000000 KILLED: TaskKilled \
             (Finish but did not commit due to another attempt succeeded)"
        )]
    );
    // There is room for the last one: those of the copy do not count.
    end(&mut tasks, 1, 2);
    assert_eq!(tasks.tell(decoded(1)).len(), 1);
    tasks.finish();
}

#[test]
fn tsm_024_the_loss_of_an_executor_resubmits_nothing_of_a_zombie() {
    let mut tasks = with_slow(2, 1);
    assert_eq!(tasks.tell(CheckSpeculatableTasks {}).len(), 3);
    assert_eq!(some(&mut tasks, &[(3, "h3", 1)]), ["t2 = s0 i1.1 on 3 copy"]);
    assert_eq!(map_done(&mut tasks, 2, 3).len(), 2);
    // All tasks succeeded; the killed attempt still runs, so the set is there, as a zombie.
    let sent = tasks.tell(lost(3, ExecutorLossReason::ExecutorKilled));
    assert_eq!(sent, ["DAGScheduler: executor 3 is lost: Executor killed by driver.", REVIVE]);
    assert_eq!(tasks.tell(killed(1, 2)).len(), 1);
    tasks.finish();
}

#[test]
fn tsm_041_tasks_that_were_done_elsewhere_do_not_count_as_finished_quickly() {
    let mut tasks = tasks(config(settings()));
    submit(&mut tasks, set(0, 0, 1, 4));
    assert_eq!(all(&mut tasks, &[(1, "h1", 4)]).len(), 4);
    for partition_id in 0..3 {
        let done = NotifyPartitionCompletion { stage_id: StageId(0), partition_id, output_id: partition_id };
        assert_eq!(tasks.tell(done), NOTHING);
    }
    tasks.wait(100 * SECOND);
    // Three are done, but none here: there is no median, and nobody looks for slow tasks.
    assert_eq!(tasks.tell(CheckSpeculatableTasks {}), NOTHING);
}

#[test]
fn tsm_047_copies_prefer_the_places_that_their_originals_do() {
    let start = || {
        let mut tasks = tasks(config(settings()));
        assert!(all(&mut tasks, &[(1, "h1", 1), (2, "h2", 1), (3, "h3", 1), (4, "h4", 1)]).is_empty());
        submit(&mut tasks, prefer(map_set(0, 0, 0, 2), &[&["h1"], &["h2", "h3"]]));
        assert_eq!(some(&mut tasks, &[(1, "h1", 1)]).len(), 1);
        assert_eq!(some(&mut tasks, &[(2, "h2", 1)]).len(), 1);
        tasks.wait(SECOND);
        assert_eq!(map_done(&mut tasks, 0, 1).len(), 2);
        tasks.wait(SECOND);
        assert_eq!(tasks.tell(CheckSpeculatableTasks {}).len(), 3);
        tasks
    };
    // Its original runs on h2, so of the hosts that it prefers h3 is left.
    let mut tasks = start();
    let offers = [(1, "h1", 1), (2, "h2", 1), (3, "h3", 1), (4, "h4", 1)];
    assert_eq!(all(&mut tasks, &offers), ["t2 = s0 i1.1 on 3 NODE_LOCAL copy"]);
    let mut tasks = start();
    assert!(all(&mut tasks, &[(2, "h2", 1)]).is_empty());
    assert_eq!(all(&mut tasks, &[(4, "h4", 1)]), ["t2 = s0 i1.1 on 4 ANY copy"]);
}

#[test]
fn a_copy_does_not_go_where_an_attempt_was() {
    let mut tasks = with_slow(4, 2);
    assert_eq!(tasks.tell(CheckSpeculatableTasks {}).len(), 4);
    // Tasks 2 and 3 run on h3 and h4.
    assert_eq!(some(&mut tasks, &[(8, "h4", 2)]), ["t4 = s0 i2.1 on 8 copy"]);
    assert_eq!(some(&mut tasks, &[(9, "h3", 2)]), ["t5 = s0 i3.1 on 9 copy"]);
}

#[test]
fn a_task_has_two_copies_at_most_and_is_marked_again_when_one_fails() {
    let mut tasks = with_copy();
    tasks.wait(SECOND);
    assert_eq!(tasks.tell(CheckSpeculatableTasks {}), [CHECK]);
    assert_eq!(tasks.tell(failed(2, 3, exception(false)))[1..], [REVIVE]);
    // It still runs, so it does not wait.
    assert!(some(&mut tasks, &[(3, "h3", 1)]).is_empty());
    assert_eq!(tasks.tell(CheckSpeculatableTasks {}).len(), 3);
    assert!(some(&mut tasks, &[(3, "h3", 1)]).is_empty(), "an attempt failed there");
    assert_eq!(some(&mut tasks, &[(4, "h4", 1)]), ["t3 = s0 i1.2 on 4 copy"]);
    // Now the original fails: the copy goes on, and both count against the task.
    assert_eq!(tasks.tell(failed(1, 2, exception(false))).len(), 2);
    assert_eq!(tasks.tell(finished(3, 4, super::bytes(1))).len(), 1);
    assert_eq!(tasks.tell(decoded(3)).len(), 1);
    tasks.finish();
}

#[test]
fn a_task_that_failed_while_it_waited_for_a_copy_waits_as_itself() {
    let mut tasks = with_slow(2, 1);
    assert_eq!(tasks.tell(CheckSpeculatableTasks {}).len(), 3);
    assert_eq!(tasks.tell(failed(1, 2, exception(false)))[1..], [REVIVE]);
    assert_eq!(some(&mut tasks, &[(2, "h2", 2)]), ["t2 = s0 i1.1 on 2"]);
    assert_eq!(map_done(&mut tasks, 2, 2).len(), 1);
    assert_eq!(tasks.tell(CheckSpeculatableTasks {}), NOTHING);
    tasks.finish();
}
