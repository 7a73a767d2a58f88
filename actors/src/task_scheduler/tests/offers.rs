//! Offers of cores, their order, and starvation.

use super::{finished, local, map_set, map_status, offers, set, succeed, tasks};
use crate::{Config, message::CheckStarvation, testkit::NOTHING};

#[test]
fn every_round_is_answered_even_with_nothing_to_launch() {
    let mut tasks = tasks(local(1));
    assert_eq!(
        tasks.tell(offers(1, &[(1, 2), (2, 1)])),
        [
            "DAGScheduler: executor 1 is new",
            "DAGScheduler: executor 2 is new",
            "DriverEndpoint: round1 [] returned [1:2 2:1]",
        ]
    );
    assert_eq!(tasks.tell(offers(2, &[])), ["DriverEndpoint: round2 [] returned []"]);
    tasks.finish();
}

#[test]
fn tasks_spread_over_the_offers_lowest_index_first() {
    let mut tasks = tasks(local(1));
    assert_eq!(tasks.tell(set(0, 0, 0, 3)), ["DriverEndpoint: revive"]);
    tasks.wait(4);
    assert_eq!(
        tasks.tell(offers(1, &[(1, 2), (2, 2)])),
        [
            "DAGScheduler: executor 1 is new",
            "DAGScheduler: executor 2 is new",
            "DAGScheduler: begin s0.0 t0 i0.0 p0 on 1 since 4",
            "DAGScheduler: begin s0.0 t1 i1.0 p1 on 2 since 4",
            "DAGScheduler: begin s0.0 t2 i2.0 p2 on 1 since 4",
            "DriverEndpoint: round1 [t0 = j0.s0.0 result/3 i0.0 0>0 on 1, t1 = j0.s0.0 result/3 i1.0 1>1 on 2, \
             t2 = j0.s0.0 result/3 i2.0 2>2 on 1] returned [2:1]",
        ]
    );
    for (task, executor) in [(0, 1), (1, 2), (2, 1)] {
        assert_eq!(succeed(&mut tasks, task, executor).len(), 2);
    }
    tasks.finish();
}

#[test]
fn the_first_job_goes_first_and_the_next_gets_what_is_left() {
    let mut tasks = tasks(local(1));
    // Submitted in another order than that of their jobs and stages.
    for submit in [set(1, 5, 0, 1), map_set(0, 4, 0, 1), map_set(0, 3, 0, 1)] {
        assert_eq!(tasks.tell(submit), ["DriverEndpoint: revive"]);
    }
    assert_eq!(
        tasks.tell(offers(1, &[(1, 1)])),
        [
            "DAGScheduler: executor 1 is new",
            "DAGScheduler: begin s3.0 t0 i0.0 p0 on 1 since 0",
            "DriverEndpoint: round1 [t0 = j0.s3.0 shuffle0/1 i0.0 0>0 on 1] returned []",
        ]
    );
    assert_eq!(
        tasks.tell(offers(2, &[(2, 3)])),
        [
            "DAGScheduler: executor 2 is new",
            "DAGScheduler: begin s4.0 t1 i0.0 p0 on 2 since 0",
            "DAGScheduler: begin s5.0 t2 i0.0 p0 on 2 since 0",
            "DriverEndpoint: round2 [t1 = j0.s4.0 shuffle0/1 i0.0 0>0 on 2, t2 = j1.s5.0 result/1 i0.0 0>0 on 2] \
             returned [2:1]",
        ]
    );
    for (task, executor) in [(0, 1), (1, 2)] {
        assert_eq!(tasks.tell(finished(task, executor, map_status(task, executor))).len(), 1);
    }
    assert_eq!(succeed(&mut tasks, 2, 2).len(), 2);
    tasks.finish();
}

#[test]
fn a_task_that_takes_several_cores_needs_them_on_one_executor() {
    let mut tasks = tasks(Config { task_cpus: 2, ..local(1) });
    assert_eq!(tasks.tell(set(0, 0, 0, 2)), ["DriverEndpoint: revive"]);
    assert_eq!(
        tasks.tell(offers(1, &[(1, 1), (2, 3)])),
        [
            "DAGScheduler: executor 1 is new",
            "DAGScheduler: executor 2 is new",
            "DAGScheduler: begin s0.0 t0 i0.0 p0 on 2 since 0",
            "DriverEndpoint: round1 [t0 = j0.s0.0 result/2 i0.0 0>0 on 2 x2] returned [1:1 2:1]",
        ]
    );
    assert_eq!(tasks.tell(offers(2, &[(2, 2)])).len(), 2);
    assert_eq!(succeed(&mut tasks, 0, 2).len(), 2);
    assert_eq!(succeed(&mut tasks, 1, 2).len(), 2);
    tasks.finish();
}

#[test]
fn starvation_is_watched_once_repeatedly_and_not_for_ever() {
    const WATCH: &str = "after 15s, TaskScheduler: check starvation";
    let mut tasks = tasks(Config::default());
    assert_eq!(tasks.tell(set(0, 0, 0, 1)), [WATCH, "DriverEndpoint: revive"]);
    assert_eq!(tasks.tell(set(0, 1, 0, 1)), ["DriverEndpoint: revive"]);
    assert_eq!(tasks.tell(CheckStarvation {}), [WATCH]);
    assert_eq!(tasks.tell(CheckStarvation {}), [WATCH]);
    assert_eq!(tasks.tell(offers(1, &[(1, 2)])).len(), 4);
    assert_eq!(tasks.tell(CheckStarvation {}), NOTHING);
    for task in [0, 1] {
        assert_eq!(succeed(&mut tasks, task, 1).len(), 2);
    }
    tasks.finish();
}

#[test]
fn a_starvation_watch_ends_when_nothing_waits() {
    let mut tasks = tasks(Config::default());
    assert_eq!(tasks.tell(set(0, 0, 0, 1)).len(), 2);
    let kill = crate::message::KillAllTaskAttempts {
        stage_id: crate::StageId(0),
        interrupt_thread: false,
        reason: "no more".to_owned(),
    };
    assert_eq!(tasks.tell(kill), NOTHING);
    assert_eq!(tasks.tell(CheckStarvation {}), NOTHING);
    tasks.finish();
}
