//! Barrier sets: all tasks at once, or none.

use std::sync::Arc;

use super::{
    REVIVE, SECOND, Tasks, all, exception, failed, killed, local, offer, prefer, round, set, some, submit,
    tasks,
};
use crate::{
    Config, OfferRound,
    config::Locality,
    message::{DriverEndpointMessage, Message, ResourceOffers, SubmitTasks, TaskEndReason, WorkerOffer},
    testkit::NOTHING,
};

pub(super) fn barrier(mut submit: SubmitTasks) -> SubmitTasks {
    Arc::make_mut(&mut submit.task_set.stage).is_barrier = true;
    submit
}

#[test]
fn tsi_031_with_too_few_slots_nothing_is_launched() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, barrier(set(0, 0, 0, 3)));
    assert_eq!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]), NOTHING);
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]), NOTHING);
    // The next set does not wait behind it.
    submit(&mut tasks, set(1, 1, 0, 1));
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]), ["t0 = s1 i0.0 on 1"]);
}

#[test]
fn cores_that_make_no_slot_do_not_count() {
    let mut tasks = tasks(Config { task_cpus: 2, ..local(1) });
    submit(&mut tasks, barrier(set(0, 0, 0, 2)));
    assert_eq!(all(&mut tasks, &[(1, "a", 3), (2, "b", 1)]), NOTHING);
    assert_eq!(all(&mut tasks, &[(1, "a", 3), (2, "b", 2)]).len(), 2);
}

#[test]
fn tsi_036_all_tasks_are_launched_at_once_and_know_where_the_others_are() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, barrier(set(0, 0, 0, 3)));
    let offers: Vec<WorkerOffer> = [(1, "a", 1), (2, "b", 1), (3, "c", 1)].iter().map(offer).collect();
    let message = ResourceOffers { round: OfferRound(1), offers, is_all_free_resources: true };
    let mut sent = tasks.send(message);
    let Some(Message::DriverEndpoint(DriverEndpointMessage::LaunchTasks(launch))) =
        sent.pop().map(|sending| sending.message)
    else {
        panic!("{sent:?}")
    };
    assert_eq!(launch.tasks.len(), 3);
    let hosts = ["a", "b", "c"];
    let by_partition: Vec<&str> =
        launch.tasks.iter().map(|task| hosts[task.executor_id.0 as usize - 1]).collect();
    for (at, task) in launch.tasks.iter().enumerate() {
        assert_eq!((task.task_id.0, task.index), (at as u64, at as u32), "ids in the order of the tasks");
        assert_eq!(task.addresses.iter().map(|host| &**host).collect::<Vec<_>>(), by_partition);
    }
}

#[test]
fn tsi_039_the_failure_of_one_task_makes_the_set_a_zombie() {
    for reason in [exception(false), TaskEndReason::UnknownReason] {
        let mut tasks = tasks(local(4));
        submit(&mut tasks, barrier(set(0, 0, 0, 3)));
        assert_eq!(all(&mut tasks, &[(1, "a", 3)]).len(), 3);
        // Told, and no more: the DAGScheduler kills the others and runs the stage again.
        assert_eq!(tasks.tell(failed(1, 1, reason)).len(), 1);
        assert_eq!(all(&mut tasks, &[(1, "a", 1)]), NOTHING);
        assert_eq!(tasks.tell(killed(0, 1)).len(), 1);
        assert_eq!(tasks.tell(killed(2, 1)).len(), 1);
        tasks.finish();
    }
}

#[test]
fn a_fatal_failure_of_one_task_gives_the_set_up() {
    let mut tasks = tasks(local(4));
    submit(&mut tasks, barrier(set(0, 0, 0, 2)));
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]).len(), 2);
    let sent = tasks.tell(failed(1, 1, exception(true)));
    assert!(sent[0].starts_with("DAGScheduler: end "), "{sent:?}");
    assert_eq!(
        sent[1..],
        [
            "DAGScheduler: failed s0.0: Task 1 in stage 0.0 (TID 1) had a not serializable result: oh; not retrying \
          (cause ExceptionFailure)"
        ]
    );
    assert_eq!(tasks.tell(killed(0, 1)).len(), 1);
    tasks.finish();
}

/// Executor 1 on `a` and executor 2 on `b`, and a set of two tasks that both prefer `a`.
fn both_near_a(config: Config) -> Tasks {
    let mut tasks = tasks(config);
    assert!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]).is_empty());
    submit(&mut tasks, barrier(prefer(set(0, 0, 0, 2), &[&["a"], &["a"]])));
    tasks
}

#[test]
fn tsi_048_a_barrier_set_waits_for_near_places_all_together() {
    let mut tasks = both_near_a(local(1));
    let check = ["after 3s, TaskScheduler: check locality"];
    assert_eq!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]), check);
    tasks.wait(3 * SECOND);
    let mut launched = all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]);
    launched.sort();
    assert_eq!(launched.len(), 2);
    assert!(launched.iter().any(|text| text.ends_with("on 1 NODE_LOCAL")), "{launched:?}");
    assert!(launched.iter().any(|text| text.ends_with("on 2 ANY")), "{launched:?}");
}

#[test]
fn a_barrier_set_takes_near_places_at_once() {
    let mut tasks = both_near_a(local(1));
    assert_eq!(
        all(&mut tasks, &[(1, "a", 2), (2, "b", 1)]),
        ["t0 = s0 i0.0 on 1 NODE_LOCAL", "t1 = s0 i1.0 on 1 NODE_LOCAL"]
    );
}

#[test]
fn tsi_049_places_for_only_some_tasks_go_to_another_set() {
    let mut tasks = both_near_a(local(1));
    submit(&mut tasks, set(1, 1, 0, 2));
    let mut sent = all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]);
    sent.sort();
    assert_eq!(sent[0], "after 3s, TaskScheduler: check locality");
    assert!(sent[1..].iter().all(|text| text.contains(" = s1 ")), "{sent:?}");
    assert_eq!(sent.len(), 3);
    // The next round has places for all.
    tasks.wait(SECOND);
    assert_eq!(some(&mut tasks, &[(1, "a", 2)]).len(), 2);
    assert!(all(&mut tasks, &[(1, "a", 1)]).is_empty());
}

#[test]
fn bar_011_with_the_legacy_waits_places_for_only_some_tasks_are_the_end() {
    let locality = Locality { legacy_reset_on_task_launch: true, ..Locality::default() };
    let mut tasks = both_near_a(Config { locality, ..local(1) });
    let sent = all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]);
    let failed = sent.iter().find(|text| text.starts_with("DAGScheduler: failed")).unwrap();
    assert_eq!(
        failed,
        "DAGScheduler: failed s0.0: Fail resource offers for barrier stage 0 because only 1 out of a total number of 2 \
         tasks got resource offers. We highly recommend you to use the non-legacy delay scheduling by setting \
         spark.locality.wait.legacyResetOnTaskLaunch to false to get rid of this error."
    );
    tasks.finish();
}

#[test]
fn an_executor_that_is_lost_with_a_barrier_task_ends_the_set() {
    let mut tasks = tasks(local(4));
    submit(&mut tasks, barrier(set(0, 0, 0, 2)));
    assert_eq!(round(&mut tasks, true, vec![offer(&(1, "a", 2))]).len(), 2);
    let sent = tasks.tell(super::lost(1, crate::message::ExecutorLossReason::ExecutorKilled));
    assert_eq!(sent.len(), 4, "two ends, the loss, and: {:?}", sent.last());
    assert_eq!(sent[3], REVIVE);
    tasks.finish();
}
