//! When the wait for near places begins anew (SPARK-18886), and the timer for its end.

use super::{REVIVE, SECOND, Tasks, all, local, prefer, set, some, submit, tasks};
use crate::{
    Config, StageId,
    config::Locality,
    message::{CheckLocality, KillAllTaskAttempts},
    testkit::NOTHING,
};

/// Executor 1 on host `a`, which all tasks prefer, and executor 2 on `b`.
fn with(config: Config, count: u32) -> Tasks {
    let mut tasks = tasks(config);
    assert!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]).is_empty());
    submit(&mut tasks, near_a(0, count));
    tasks
}

fn near_a(stage: u32, count: u32) -> crate::message::SubmitTasks {
    prefer(set(0, stage, 0, count), &vec![&["a"][..]; count as usize])
}

/// A task on host `a`.
fn near(task: u32) -> [String; 1] {
    [format!("t{task} = s0 i{task}.0 on 1 NODE_LOCAL")]
}

#[test]
fn tsi_004_offers_of_single_executors_before_any_refusal_begin_the_wait_anew() {
    let mut tasks = with(local(1), 8);
    for task in 0..2 {
        tasks.wait(2 * SECOND);
        assert_eq!(some(&mut tasks, &[(1, "a", 1)]), near(task));
    }
    // 4 s since the set came, but 2 s since the latest launch.
    tasks.wait(2 * SECOND);
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), ["after 1s, TaskScheduler: check locality"]);
}

#[test]
fn tsi_005_a_full_offer_that_is_taken_wholly_begins_the_wait_anew() {
    let mut tasks = with(local(1), 8);
    tasks.wait(SECOND);
    // A refusal: offers of single executors change nothing from now on.
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), ["after 2s, TaskScheduler: check locality"]);
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), near(0));
    tasks.wait(SECOND);
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), near(1));
    tasks.wait(2 * SECOND);
    // 4 s since the set came, 2 s since all was taken. The timer finds that it is too early.
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), NOTHING);
    assert_eq!(tasks.tell(CheckLocality {}), ["after 1s, TaskScheduler: check locality"]);
    tasks.wait(SECOND);
    assert_eq!(tasks.tell(CheckLocality {}), [REVIVE]);
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t2 = s0 i2.0 on 2 ANY"]);
}

#[test]
fn a_refused_offer_keeps_the_wait_going_whatever_is_launched_on_single_executors() {
    let mut tasks = with(local(1), 8);
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), ["after 3s, TaskScheduler: check locality"]);
    for task in 0..2 {
        tasks.wait(SECOND);
        assert_eq!(some(&mut tasks, &[(1, "a", 1)]), near(task));
    }
    tasks.wait(SECOND);
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), ["t2 = s0 i2.0 on 2 ANY", REVIVE]);
}

#[test]
fn a_full_offer_that_is_taken_in_part_does_not_begin_the_wait_anew() {
    let mut tasks = with(local(1), 8);
    tasks.wait(2 * SECOND);
    let sent = all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]);
    assert_eq!(sent, ["t0 = s0 i0.0 on 1 NODE_LOCAL", "after 1s, TaskScheduler: check locality"]);
    tasks.wait(SECOND);
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), ["t1 = s0 i1.0 on 2 ANY", REVIVE]);
}

#[test]
fn tsi_007_after_a_full_offer_was_taken_wholly_single_executors_count_again() {
    let mut tasks = with(local(1), 8);
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), ["after 3s, TaskScheduler: check locality"]);
    tasks.wait(SECOND);
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), near(0));
    tasks.wait(2 * SECOND);
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), near(1));
    tasks.wait(2 * SECOND);
    assert_eq!(tasks.tell(CheckLocality {}), NOTHING, "nothing was refused since the full offer");
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), ["after 1s, TaskScheduler: check locality"]);
}

#[test]
fn tsi_006_a_set_without_preferences_does_not_starve_one_with() {
    let mut tasks = with(local(1), 2);
    submit(&mut tasks, set(1, 1, 0, 20));
    // The core on `b` goes to the second set again and again; that does not keep the first one waiting longer.
    assert_eq!(
        some(&mut tasks, &[(2, "b", 1)]),
        ["t0 = s1 i0.0 on 2", "after 3s, TaskScheduler: check locality"]
    );
    for task in 1..3 {
        tasks.wait(SECOND);
        assert_eq!(some(&mut tasks, &[(2, "b", 1)]), [format!("t{task} = s1 i{task}.0 on 2")]);
    }
    tasks.wait(SECOND);
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), ["t3 = s0 i0.0 on 2 ANY", REVIVE]);
}

#[test]
fn with_the_legacy_setting_every_launch_begins_the_wait_anew_at_its_own_level() {
    let locality = Locality { legacy_reset_on_task_launch: true, ..Locality::default() };
    let mut tasks = with(Config { locality, ..local(1) }, 8);
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), ["after 3s, TaskScheduler: check locality"]);
    for task in 0..2 {
        tasks.wait(2 * SECOND);
        assert_eq!(some(&mut tasks, &[(1, "a", 1)]), near(task));
    }
    // The timer comes a second late: it waits on.
    assert_eq!(tasks.tell(CheckLocality {}), ["after 3s, TaskScheduler: check locality"]);
    tasks.wait(2 * SECOND);
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), NOTHING);
    tasks.wait(SECOND);
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), ["t2 = s0 i2.0 on 2 ANY", REVIVE]);
    // That was ANY, so the next may be too.
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), ["t3 = s0 i3.0 on 2 ANY"]);
    // One on `a` takes the set back to its host.
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]), ["t4 = s0 i4.0 on 1 NODE_LOCAL"]);
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), NOTHING);
}

#[test]
fn there_is_one_timer_for_all_sets_and_a_stale_one_is_ignored() {
    let mut tasks = with(local(1), 2);
    tasks.wait(SECOND);
    submit(&mut tasks, near_a(1, 2));
    // Both sets refuse: the timer is for the first.
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["after 2s, TaskScheduler: check locality"]);
    assert_eq!(tasks.tell(CheckLocality {}), NOTHING, "nobody set this one");
    tasks.wait(2 * SECOND);
    assert_eq!(tasks.tell(CheckLocality {}), [REVIVE, "after 1s, TaskScheduler: check locality"]);
    let none = |stage| KillAllTaskAttempts {
        stage_id: StageId(stage),
        interrupt_thread: false,
        reason: "enough".to_owned(),
    };
    assert_eq!(tasks.tell(none(0)), NOTHING);
    assert_eq!(tasks.tell(none(1)), NOTHING);
    tasks.wait(SECOND);
    assert_eq!(tasks.tell(CheckLocality {}), NOTHING, "nobody waits any more");
    tasks.finish();
}
