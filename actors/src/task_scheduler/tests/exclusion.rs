//! Tasks that fail on executors and nodes, and where they are tried again.

use super::{
    REVIVE, Tasks, all, exception, failed, finished, local, prefer, set, some, submit, succeed, tasks,
};
use crate::{
    Config,
    config::{Exclusion, Locality},
};

pub(super) fn exclusion() -> Exclusion {
    Exclusion { application_enabled: true, task_and_stage_enabled: true, ..Exclusion::default() }
}

/// In a cluster, where executors can be killed; tasks go anywhere at once.
pub(super) fn config(exclusion: Exclusion) -> Config {
    let locality = Locality { wait: std::time::Duration::ZERO, ..Locality::default() };
    Config { exclusion, locality, ..Config::default() }
}

/// A task fails and is to be tried again; the listener events.
pub(super) fn fail(tasks: &mut Tasks, task: u64, executor: u32) -> Vec<String> {
    let mut sent = tasks.tell(failed(task, executor, exception(false)));
    assert!(sent.remove(0).starts_with("DAGScheduler: end "));
    assert_eq!(sent.pop().as_deref(), Some(REVIVE));
    sent
}

#[test]
fn tsm_011_a_task_is_kept_from_an_executor_then_from_a_node_though_it_prefers_them_and_is_given_up() {
    let limits = Exclusion {
        task_max_attempts_per_executor: 1,
        task_max_attempts_per_node: 2,
        stage_max_failed_tasks_per_executor: 9,
        stage_max_failed_executors_per_node: 9,
        ..exclusion()
    };
    let mut tasks = tasks(Config { is_local: true, task_max_failures: 4, ..config(limits) });
    let executors = [(1, "a", 1), (2, "a", 1), (3, "b", 1), (4, "b", 1)];
    assert!(all(&mut tasks, &executors).is_empty());
    submit(&mut tasks, prefer(set(0, 0, 0, 1), &[&["executor_a_1", "a"]]));
    assert_eq!(all(&mut tasks, &executors), ["t0 = s0 i0.0 on 1"]);
    assert!(fail(&mut tasks, 0, 1).is_empty());
    assert!(some(&mut tasks, &[(1, "a", 1)]).is_empty(), "not on the executor that it prefers");
    assert_eq!(all(&mut tasks, &executors), ["t1 = s0 i0.1 on 2 NODE_LOCAL"]);
    assert!(fail(&mut tasks, 1, 2).is_empty());
    assert!(all(&mut tasks, &[(1, "a", 1), (2, "a", 1), (5, "a", 1)]).is_empty(), "not on a new one there");
    assert_eq!(all(&mut tasks, &[(3, "b", 1)]), ["t2 = s0 i0.2 on 3 ANY"]);
    assert!(fail(&mut tasks, 2, 3).is_empty());
    assert!(some(&mut tasks, &[(3, "b", 1)]).is_empty());
    assert_eq!(all(&mut tasks, &[(4, "b", 1)]), ["t3 = s0 i0.3 on 4 ANY"]);
    let sent = tasks.tell(failed(3, 4, exception(false)));
    assert!(sent[1].starts_with("DAGScheduler: failed s0.0: Task 0 in stage 0.0 failed 4 times"), "{sent:?}");
    tasks.finish();
}

#[test]
fn tsm_039_an_exclusion_holds_when_the_task_waits_again() {
    let mut tasks = tasks(Config { is_local: true, ..config(exclusion()) });
    submit(&mut tasks, set(0, 0, 0, 2));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), ["t0 = s0 i0.0 on 1"]);
    let sent = tasks.tell(failed(0, 1, exception(false)));
    assert_eq!(sent.last().unwrap(), REVIVE, "told before it waits again");
    // The round that this asks for gives the executor the other task.
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]), ["t1 = s0 i1.0 on 1"]);
    let set = &tasks.core.task_sets[&(crate::StageId(0), 0)];
    assert!(set.exclusion.as_ref().unwrap().is_executor_excluded_for_task(crate::ExecutorId(1), 0));
}

#[test]
fn tsm_063_sets_exclude_without_the_application() {
    let limits = Exclusion { application_enabled: false, ..exclusion() };
    let mut tasks = tasks(Config { is_local: true, ..config(limits) });
    submit(&mut tasks, set(0, 0, 0, 2));
    assert_eq!(all(&mut tasks, &[(1, "a", 1), (2, "b", 0)]), ["t0 = s0 i0.0 on 1"]);
    assert!(fail(&mut tasks, 0, 1).is_empty());
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), ["t1 = s0 i1.0 on 1"]);
    assert_eq!(fail(&mut tasks, 1, 1).len(), 1, "two tasks: the executor is excluded for the stage");
    assert!(all(&mut tasks, &[(1, "a", 2)]).is_empty());
    assert_eq!(all(&mut tasks, &[(2, "b", 2)]).len(), 2);
    for task in [2, 3] {
        assert_eq!(succeed(&mut tasks, task, 2).len(), 2, "no exclusion from the application follows");
    }
    submit(&mut tasks, set(1, 1, 0, 1));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), ["t4 = s1 i0.0 on 1"]);
}

#[test]
fn tsm_064_with_the_application_only_a_set_notes_failures_but_excludes_nobody() {
    let limits = Exclusion { task_and_stage_enabled: false, ..exclusion() };
    let mut tasks = tasks(Config { is_local: true, ..config(limits) });
    submit(&mut tasks, set(0, 0, 0, 2));
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]).len(), 2);
    for task in [0, 1] {
        assert!(fail(&mut tasks, task, 1).is_empty());
    }
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]).len(), 2);
    for task in [2, 3] {
        assert_eq!(tasks.tell(finished(task, 1, super::bytes(1))).len(), 1);
    }
    assert_eq!(tasks.tell(super::decoded(2)).len(), 1);
    let sent = tasks.tell(super::decoded(3));
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent[1].starts_with("ListenerBus: "), "now the set has succeeded: {sent:?}");
    submit(&mut tasks, set(1, 1, 0, 1));
    assert_eq!(
        all(&mut tasks, &[(1, "a", 1)]),
        ["after 120s, TaskScheduler: abort unschedulable s1.0 #1",],
        "and the application avoids the executor, the only one; it is the driver's own, and not killed"
    );
}

#[test]
fn tsi_014_exclusions_of_tasks_and_stages_are_respected() {
    let mut tasks = tasks(Config { is_local: true, ..config(exclusion()) });
    assert!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]).is_empty());
    submit(&mut tasks, set(0, 0, 0, 3));
    submit(&mut tasks, set(1, 1, 0, 3));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), ["t0 = s0 i0.0 on 1"]);
    assert!(fail(&mut tasks, 0, 1).is_empty());
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), ["t1 = s0 i1.0 on 1"], "another task of the same stage");
    assert_eq!(fail(&mut tasks, 1, 1).len(), 1);
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]), ["t2 = s1 i0.0 on 1"], "only another stage");
    assert_eq!(all(&mut tasks, &[(2, "b", 1)]), ["t3 = s0 i1.1 on 2"], "and this one elsewhere");
}

#[test]
fn a_task_does_not_fail_on_the_same_executor_until_the_set_is_given_up() {
    // Without exclusion it does.
    let mut tasks = tasks(local(2));
    submit(&mut tasks, set(0, 0, 0, 1));
    for task in 0..2 {
        assert_eq!(all(&mut tasks, &[(1, "a", 1)]), [format!("t{task} = s0 i0.{task} on 1")]);
        assert_eq!(tasks.tell(failed(task, 1, exception(false))).len(), 2);
    }
    tasks.finish();
}
