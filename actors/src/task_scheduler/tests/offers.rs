//! Offers of cores, their order, and starvation.

use super::{finished, local, map_set, map_status, offers, set, succeed, tasks};
use crate::{
    Config,
    message::CheckStarvation,
    testkit::{NOTHING, warnings},
};

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

#[test]
fn tsi_002_each_of_two_executors_is_used_sometimes() {
    let mut used = std::collections::BTreeMap::new();
    for seed in 0..1_000 {
        let mut tasks = tasks(Config { seed, ..local(1) });
        super::submit(&mut tasks, set(0, 0, 0, 1));
        let launched = super::all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]);
        *used.entry(launched[0].clone()).or_insert(0) += 1;
    }
    let counts: Vec<u32> = used.into_values().collect();
    assert_eq!(counts.len(), 2);
    assert!(counts.iter().all(|count| (400..600).contains(count)), "{counts:?}");
}

#[test]
fn the_same_seed_gives_the_same_order() {
    let run = |seed| {
        let mut tasks = tasks(Config { seed, ..local(1) });
        super::submit(&mut tasks, set(0, 0, 0, 40));
        let offers: Vec<_> = (0..40).map(|executor| (executor, "a", 1)).collect();
        super::all(&mut tasks, &offers)
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn the_starvation_warning_ends_with_the_first_offer_even_if_nothing_was_launched() {
    let mut tasks = tasks(Config { task_cpus: 8, ..Config::default() });
    super::submit(&mut tasks, set(0, 0, 0, 1));
    assert!(super::all(&mut tasks, &[(1, "a", 4)]).is_empty());
    assert_eq!(tasks.tell(CheckStarvation {}), NOTHING);
}

#[test]
fn tsm_020_a_set_is_warned_of_once_for_tasks_that_are_too_large() {
    let launch = |kib: usize| {
        let mut tasks = tasks(local(1));
        for stage in 0..2 {
            let mut submit = set(stage, stage, 0, 3);
            submit.task_set.tasks.iter_mut().for_each(|task| task.partition = vec![7; kib << 10].into());
            super::submit(&mut tasks, submit);
        }
        assert_eq!(super::all(&mut tasks, &[(1, "a", 2)]).len(), 2);
        assert_eq!(super::all(&mut tasks, &[(1, "a", 4)]).len(), 4);
    };
    let (((), none), ((), some)) = (warnings(|| launch(1_000)), warnings(|| launch(1_001)));
    assert_eq!(none, NOTHING);
    let text = |stage| {
        format!(
            "Stage {stage} contains a task of very large size (1001 KiB). The maximum recommended task size is 1000 KiB."
        )
    };
    assert_eq!(some, [text(0), text(1)]);
}
