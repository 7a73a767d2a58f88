//! Rounds of offers: leases, what comes meanwhile, tasks that are too large.

use super::{Driver, end, remove, task};
use crate::{
    Config, ExecutorId, OfferRound,
    core::Sending,
    message::{
        LaunchTasks, Message, RegisterExecutor, ResourceOffers, ReviveOffers, StatusUpdate, TaskDescription,
        TaskSchedulerMessage, TaskStatus, WorkerOffer,
    },
    resources::ProfileId,
    testkit::NOTHING,
};

#[test]
fn offered_cores_are_on_lease_until_the_round_is_answered() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    driver.executor(2, 1);
    assert_eq!(driver.tell(ReviveOffers {}), ["TaskScheduler: round3 of all: [1:2 2:1]"]);
    assert_eq!((driver.cores(1), driver.cores(2)), ((0, 2, 0), (0, 1, 0)));
    assert_eq!(
        driver.answer(3, &[(0, 1), (1, 2)], &[(1, 1)]),
        [
            "Executor-1: launch t0 = j0.s0.0 result/9 i0.0 0>0 on 1",
            "Executor-2: launch t1 = j0.s0.0 result/9 i1.0 1>1 on 2",
        ]
    );
    assert_eq!((driver.cores(1), driver.cores(2)), ((1, 0, 1), (0, 0, 1)));
    // RUNNING is passed on and frees nothing; the last word frees the core, which is offered alone.
    let running = StatusUpdate { status: TaskStatus::Running, ..end(1, 2) };
    assert_eq!(driver.tell(running), ["TaskScheduler: t1 on 2 x1 RUNNING"]);
    assert_eq!(
        driver.tell(end(1, 2)),
        ["TaskScheduler: t1 on 2 x1 KILLED TaskKilled (x)", "TaskScheduler: round4: [2:1]"]
    );
    assert_eq!(driver.answer(4, &[], &[(2, 1)]), NOTHING);
    assert_eq!(driver.tell(end(0, 1))[1], "TaskScheduler: round5: [1:2]");
    assert_eq!(driver.answer(5, &[], &[(1, 2)]), NOTHING);
    driver.finish();
}

#[test]
fn one_round_is_open_at_a_time_and_what_comes_meanwhile_is_remembered() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    assert_eq!(driver.tell(ReviveOffers {}), ["TaskScheduler: round2 of all: [1:2]"]);
    assert_eq!(driver.tell(ReviveOffers {}), NOTHING);
    assert_eq!(driver.tell(ReviveOffers {}), NOTHING);
    assert_eq!(
        driver.answer(2, &[(0, 1)], &[(1, 1)]),
        ["Executor-1: launch t0 = j0.s0.0 result/9 i0.0 0>0 on 1", "TaskScheduler: round3 of all: [1:1]"]
    );
    // A task ends during the round: its core is free, and offered after the round.
    assert_eq!(driver.tell(end(0, 1)), ["TaskScheduler: t0 on 1 x1 KILLED TaskKilled (x)"]);
    assert_eq!(driver.cores(1), (1, 1, 0));
    assert_eq!(driver.answer(3, &[], &[(1, 1)]), ["TaskScheduler: round4: [1:2]"]);
    assert_eq!(driver.answer(4, &[], &[(1, 2)]), NOTHING);
    driver.finish();
}

#[test]
fn an_answer_to_another_round_is_ignored() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    assert_eq!(driver.answer(1, &[(0, 1)], &[]), NOTHING);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.answer(1, &[(0, 1)], &[(1, 1)]), NOTHING);
    assert_eq!(driver.answer(3, &[(0, 1)], &[(1, 1)]), NOTHING);
    assert_eq!(driver.cores(1), (0, 2, 0));
    assert_eq!(driver.answer(2, &[], &[(1, 2)]), NOTHING);
    driver.finish();
}

#[test]
fn cgsb_001_an_oversize_task_aborts_its_set_and_its_core_is_offered_again() {
    let mut driver = Driver::with(Config { rpc_message_max_size: 300, ..Config::default() });
    driver.executor(1, 2);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    let large = TaskDescription { partition: vec![0; 44].into(), ..task(7, 1) };
    let fits = TaskDescription { partition: vec![0; 43].into(), ..task(8, 1) };
    assert_eq!(
        driver.tell(LaunchTasks { round: OfferRound(2), tasks: vec![large, fits], returned: Vec::new() }),
        [
            "TaskScheduler: abort the set of t7: Serialized task 7:7 was 300 bytes, which exceeds max allowed: \
             spark.rpc.message.maxSize (300 bytes). Consider increasing spark.rpc.message.maxSize or using broadcast \
             variables for large values.",
            "Executor-1: launch t8 = j0.s0.0 result/9 i8.0 8>8 43 bytes on 1",
            "TaskScheduler: round3: [1:1]",
        ]
    );
    assert_eq!(driver.cores(1), (0, 1, 1));
    assert_eq!(driver.answer(3, &[], &[(1, 1)]), NOTHING);
    assert_eq!(driver.tell(end(8, 1)).len(), 2);
    assert_eq!(driver.answer(4, &[], &[(1, 2)]), NOTHING);
    driver.finish();
}

/// The offers of the only message that was sent.
fn offers(sent: &[Sending]) -> &ResourceOffers {
    match sent {
        [Sending { message: Message::TaskScheduler(TaskSchedulerMessage::ResourceOffers(offers)), .. }] => {
            offers
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn cgsb_010_free_cores_drop_by_a_tasks_own_cpus_and_come_back() {
    let mut driver = Driver::new();
    driver.executor(1, 4);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    let large = TaskDescription { cpus: 3, ..task(0, 1) };
    let launch = LaunchTasks {
        round: OfferRound(2),
        tasks: vec![large],
        returned: vec![WorkerOffer::new(ExecutorId(1), "here", 1)],
    };
    assert_eq!(driver.tell(launch), ["Executor-1: launch t0 = j0.s0.0 result/9 i0.0 0>0 on 1 x3"]);
    assert_eq!(driver.cores(1), (1, 0, 3));
    // What counts is what was launched, not what the executor says.
    assert_eq!(driver.tell(StatusUpdate { task_cpus: 9, ..end(0, 1) })[1], "TaskScheduler: round3: [1:4]");
    assert_eq!(driver.answer(3, &[], &[(1, 4)]), NOTHING);
    assert_eq!(driver.cores(1), (4, 0, 0));
    driver.finish();
}

#[test]
fn an_offer_names_host_and_profile_and_one_host_name_is_shared() {
    let mut driver = Driver::new();
    for executor in [1, 2] {
        let profile_id = ProfileId(executor);
        driver.executor_of(RegisterExecutor { profile_id, ..super::register(executor, 2) });
    }
    let sent = driver.0.send(ReviveOffers {});
    let offers = &offers(&sent).offers;
    let offer = |executor| WorkerOffer {
        profile_id: ProfileId(executor),
        ..WorkerOffer::new(ExecutorId(executor), "here", 2)
    };
    assert_eq!(offers[..], [offer(1), offer(2)]);
    assert!(std::sync::Arc::ptr_eq(&offers[0].host, &offers[1].host));
    assert_eq!(driver.answer(3, &[], &[(1, 2), (2, 2)]), NOTHING);
    driver.finish();
}

#[test]
fn only_executors_with_free_cores_are_looked_at() {
    let mut driver = Driver::new();
    for executor in 1..=3 {
        driver.executor(executor, 1);
    }
    assert_eq!(driver.tell(ReviveOffers {}), ["TaskScheduler: round4 of all: [1:1 2:1 3:1]"]);
    assert_eq!(driver.answer(4, &[(0, 1), (1, 2)], &[(3, 1)]).len(), 2);
    assert_eq!(driver.0.core.offerable.len(), 1);
    assert_eq!(driver.tell(ReviveOffers {}), ["TaskScheduler: round5 of all: [3:1]"]);
    assert_eq!(driver.answer(5, &[(2, 3)], &[]).len(), 1);
    // None is free: nothing happens, and no round opens.
    assert_eq!(driver.tell(ReviveOffers {}), NOTHING);
    assert_eq!(driver.tell(end(1, 2))[1], "TaskScheduler: round6: [2:1]");
    assert_eq!(driver.answer(6, &[], &[(2, 1)]), NOTHING);
    for (task, executor) in [(0, 1), (2, 3)] {
        let round = driver.0.core.last_round.0 + 1;
        assert_eq!(driver.tell(end(task, executor)).len(), 2);
        assert_eq!(driver.answer(round, &[], &[(executor, 1)]), NOTHING);
    }
    driver.finish();
}

#[test]
fn executors_that_get_free_cores_during_a_round_are_offered_together_after_it() {
    let mut driver = Driver::new();
    for executor in 1..=3 {
        driver.executor(executor, 1);
    }
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.answer(4, &[(0, 1), (1, 2)], &[(3, 1)]).len(), 2);
    assert_eq!(driver.tell(ReviveOffers {}), ["TaskScheduler: round5 of all: [3:1]"]);
    assert_eq!(driver.tell(end(1, 2)).len(), 1);
    assert_eq!(driver.tell(end(0, 1)).len(), 1);
    // One of them leaves before it could be offered.
    assert_eq!(driver.tell(remove(1)).len(), 3);
    assert_eq!(driver.answer(5, &[], &[(3, 1)]), ["TaskScheduler: round6: [2:1]"]);
    assert_eq!(driver.answer(6, &[], &[(2, 1)]), NOTHING);
    driver.finish();
}

#[test]
fn an_answer_that_returns_more_than_was_on_lease_makes_no_cores() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.answer(2, &[(0, 1)], &[(1, 1), (1, 1), (7, 1)]).len(), 1);
    assert_eq!(driver.cores(1), (1, 0, 1));
    assert_eq!(driver.tell(end(0, 1))[1], "TaskScheduler: round3: [1:2]");
    assert_eq!(driver.answer(3, &[], &[(1, 2)]), NOTHING);
    driver.finish();
}

#[test]
fn what_an_answer_forgets_stays_on_lease() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.answer(2, &[], &[(1, 1)]), NOTHING);
    assert_eq!(driver.cores(1), (1, 1, 0));
    assert!(!crate::core::Core::is_idle(&driver.0.core));
}
