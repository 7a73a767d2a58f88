//! What goes between running tasks and the TaskScheduler.

use super::{Driver, end, ready, register, task};
use crate::{
    ExecutorId, OfferRound, TaskId,
    message::{KillTask, LaunchTasks, ReviveOffers, StatusUpdate, TaskStatus, WorkerOffer},
    testkit::{NOTHING, visits},
};

#[test]
fn a_kill_goes_to_the_tasks_executor() {
    let mut driver = Driver::new();
    driver.executor(1, 1);
    let kill = |executor| KillTask {
        task_id: TaskId(3),
        executor_id: ExecutorId(executor),
        interrupt_thread: true,
        reason: "slow".to_owned(),
    };
    assert_eq!(driver.tell(kill(1)), ["Executor-1: kill t3 on 1 interrupting: slow"]);
    assert_eq!(driver.tell(kill(2)), NOTHING);
    driver.finish();
}

#[test]
fn updates_from_unknown_executors_are_ignored() {
    let mut driver = Driver::new();
    assert_eq!(driver.tell(end(0, 4)), NOTHING);
    assert_eq!(driver.tell(StatusUpdate { status: TaskStatus::Running, ..end(0, 4) }), NOTHING);
    driver.finish();
}

#[test]
fn a_second_last_word_frees_no_other_tasks_core() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.answer(2, &[(0, 1), (1, 1)], &[]).len(), 2);
    assert_eq!(driver.tell(end(0, 1))[1], "TaskScheduler: round3: [1:1]");
    assert_eq!(driver.answer(3, &[], &[(1, 1)]), NOTHING);
    // Task 1 still runs.
    assert_eq!(driver.tell(end(0, 1)), ["TaskScheduler: t0 on 1 x1 KILLED TaskKilled (x)"]);
    assert_eq!(driver.cores(1), (1, 0, 1));
    assert_eq!(driver.tell(end(1, 1))[1], "TaskScheduler: round4: [1:2]");
    assert_eq!(driver.answer(4, &[], &[(1, 2)]), NOTHING);
    driver.finish();
}

#[test]
fn a_last_word_from_another_executor_frees_nothing() {
    let mut driver = Driver::new();
    driver.executor(1, 1);
    driver.executor(2, 1);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.answer(3, &[(0, 1), (1, 2)], &[]).len(), 2);
    assert_eq!(driver.tell(end(0, 2)), ["TaskScheduler: t0 on 2 x1 KILLED TaskKilled (x)"]);
    assert_eq!((driver.cores(1), driver.cores(2)), ((0, 0, 1), (0, 0, 1)));
    assert_eq!(driver.tell(end(0, 1))[1], "TaskScheduler: round4: [1:1]");
    assert_eq!(driver.answer(4, &[], &[(1, 1)]), NOTHING);
    assert_eq!(driver.tell(end(1, 2))[1], "TaskScheduler: round5: [2:1]");
    assert_eq!(driver.answer(5, &[], &[(2, 1)]), NOTHING);
    driver.finish();
}

#[test]
fn the_end_of_a_task_costs_nothing_for_other_executors() {
    let cost = |executors: u32| {
        let mut driver = Driver::new();
        // One core of each runs a task, the other one is free.
        for executor in 1..=executors {
            assert_eq!(driver.0.tell(register(executor, 2)).len(), 2);
            assert_eq!(driver.0.tell(ready(executor)).len(), 1);
            let launch = LaunchTasks {
                round: OfferRound(executor.into()),
                tasks: vec![task(executor.into(), executor)],
                returned: vec![WorkerOffer::new(ExecutorId(executor), "here", 1)],
            };
            assert_eq!(driver.0.tell(launch).len(), 1);
        }
        let (sent, cost) = visits(|| driver.tell(end(7, 7)));
        let round = OfferRound(u64::from(executors) + 1);
        assert_eq!(sent[1], format!("TaskScheduler: {round:?}: [7:2]"));
        cost
    };
    assert_eq!((cost(10), cost(10_000)), (1, 1), "one executor is offered");
}
