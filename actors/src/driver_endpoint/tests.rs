//! The DriverEndpoint as a value: one message in, the exact messages out, and after each the cores add up.

use std::sync::Arc;

use super::DriverEndpointCore;
use crate::{
    Config, ExecutorId, JobId, OfferRound, StageId, TaskId,
    message::{
        DriverEndpointMessage, ExecutorLossReason, KillTask, LaunchTasks, LaunchedExecutor, Properties,
        RegisterExecutor, RemoveExecutor, ReviveOffers, StageTask, StatusUpdate, StopExecutors,
        TaskDescription, TaskEndReason, TaskKind, TaskStatus, WorkerOffer,
    },
    testkit::{Harness, NOTHING},
};

struct Driver(Harness<DriverEndpointCore>);

impl Driver {
    fn new() -> Self {
        Driver::with(Config::default())
    }

    fn with(config: Config) -> Self {
        Driver(Harness::new(DriverEndpointCore::new(config)))
    }

    #[must_use = "all that the core sends is compared"]
    fn tell(&mut self, message: impl Into<DriverEndpointMessage>) -> Vec<String> {
        let sent = self.0.tell(message);
        assert!(self.0.core.cores_add_up(), "{:?}", self.0.core);
        sent
    }

    /// An executor with all cores free and no round open.
    fn executor(&mut self, executor: u32, cores: u32) {
        assert_eq!(self.tell(register(executor, cores)).len(), 2);
        let offered = self.tell(LaunchedExecutor { executor_id: ExecutorId(executor) });
        let round = self.0.core.last_round;
        assert_eq!(offered, [format!("TaskScheduler: {round:?}: [{executor}:{cores}]")]);
        assert_eq!(self.answer(round.0, &[], &[(executor, cores)]), NOTHING);
    }

    /// The reply to a round: a task for each of these executors, and what is left.
    #[must_use = "all that the core sends is compared"]
    fn answer(&mut self, round: u64, tasks: &[(u64, u32)], returned: &[(u32, u32)]) -> Vec<String> {
        let cores = |&(executor, cores): &(u32, u32)| WorkerOffer::new(ExecutorId(executor), "here", cores);
        self.tell(LaunchTasks {
            round: OfferRound(round),
            tasks: tasks.iter().map(|&(id, executor)| task(id, executor)).collect(),
            returned: returned.iter().map(cores).collect(),
        })
    }

    /// Free, leased and used cores of an executor.
    fn cores(&self, executor: u32) -> (u32, u32, u32) {
        let data = &self.0.core.executors[&ExecutorId(executor)];
        (data.free, data.leased, data.used)
    }

    fn finish(self) {
        self.0.finish();
    }
}

fn register(executor: u32, cores: u32) -> RegisterExecutor {
    RegisterExecutor {
        executor_id: ExecutorId(executor),
        hostname: "here".to_owned(),
        cores,
        resources: Default::default(),
        profile_id: Default::default(),
    }
}

fn remove(executor: u32) -> RemoveExecutor {
    RemoveExecutor { executor_id: ExecutorId(executor), reason: ExecutorLossReason::ExecutorKilled }
}

fn task(id: u64, executor: u32) -> TaskDescription {
    let stage = StageTask {
        job_id: JobId(0),
        stage_id: StageId(0),
        stage_attempt_id: 0,
        kind: TaskKind::Result,
        num_partitions: 9,
        binary: Vec::new().into(),
        properties: Properties::default(),
        epoch: 0,
        is_barrier: false,
    };
    TaskDescription {
        task_id: TaskId(id),
        attempt_number: 0,
        executor_id: ExecutorId(executor),
        index: id as u32,
        partition_id: id as u32,
        output_id: id as u32,
        cpus: 1,
        resources: Default::default(),
        addresses: Default::default(),
        stage: Arc::new(stage),
        partition: Vec::new().into(),
    }
}

/// A task's last word.
fn end(id: u64, executor: u32) -> StatusUpdate {
    let status = TaskStatus::Killed(Box::new(TaskEndReason::killed("x")));
    StatusUpdate { executor_id: ExecutorId(executor), task_id: TaskId(id), status, task_cpus: 1 }
}

#[test]
fn an_executor_has_cores_only_once_it_is_ready() {
    let mut driver = Driver::new();
    driver.0.wait(6);
    assert_eq!(
        driver.tell(register(1, 2)),
        ["ListenerBus: ExecutorAdded 1 on here with 2 at 6", "Executor-1: registered"]
    );
    assert_eq!(driver.tell(ReviveOffers {}), NOTHING);
    let ready = LaunchedExecutor { executor_id: ExecutorId(1) };
    assert_eq!(driver.tell(ready.clone()), ["TaskScheduler: round1: [1:2]"]);
    assert_eq!(driver.cores(1), (0, 2, 0));
    assert_eq!(driver.answer(1, &[], &[(1, 2)]), NOTHING);
    // Said twice, or by one that is not there: nothing.
    assert_eq!(driver.tell(ready), NOTHING);
    assert_eq!(driver.tell(LaunchedExecutor { executor_id: ExecutorId(9) }), NOTHING);
    assert_eq!(driver.cores(1), (2, 0, 0));
    driver.finish();
}

#[test]
fn a_second_executor_of_an_id_is_refused() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    assert_eq!(driver.tell(register(1, 8)), ["Executor-1: refused: Duplicate executor ID: 1"]);
    assert_eq!(driver.cores(1), (2, 0, 0));
    driver.finish();
}

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
fn an_executor_may_leave_while_its_cores_are_on_lease() {
    let mut driver = Driver::new();
    driver.executor(1, 1);
    driver.executor(2, 1);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    driver.0.wait(9);
    assert_eq!(
        driver.tell(remove(1)),
        [
            "Executor-1: stop",
            "TaskScheduler: executor 1 is lost: Executor killed by driver.",
            "ListenerBus: ExecutorRemoved 1 at 9: Executor killed by driver.",
        ]
    );
    assert_eq!(driver.tell(remove(1)), NOTHING);
    // The task for it is dropped: the TaskScheduler hears of the loss after this answer.
    assert_eq!(
        driver.answer(3, &[(0, 1), (1, 2)], &[]),
        ["Executor-2: launch t1 = j0.s0.0 result/9 i1.0 1>1 on 2"]
    );
    assert_eq!(driver.tell(end(0, 1)), NOTHING);
    assert_eq!(driver.tell(end(1, 2)).len(), 2);
    assert_eq!(driver.answer(4, &[], &[(2, 1)]), NOTHING);
    driver.finish();
}

#[test]
fn an_executor_that_comes_back_during_a_round_gets_no_task_of_its_former_life() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.tell(remove(1)).len(), 3);
    assert_eq!(driver.tell(register(1, 2)).len(), 2);
    assert_eq!(driver.tell(LaunchedExecutor { executor_id: ExecutorId(1) }), NOTHING);
    assert_eq!(driver.answer(2, &[(0, 1)], &[(1, 1)]), ["TaskScheduler: round3: [1:2]"]);
    assert_eq!(driver.answer(3, &[], &[(1, 2)]), NOTHING);
    assert_eq!(driver.cores(1), (2, 0, 0));
    driver.finish();
}

#[test]
fn an_executor_that_leaves_takes_its_cores_with_it() {
    let mut driver = Driver::new();
    driver.executor(1, 2);
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.answer(2, &[(0, 1)], &[(1, 1)]).len(), 1);
    assert_eq!(driver.tell(remove(1)).len(), 3);
    assert_eq!(driver.tell(end(0, 1)), NOTHING);
    assert_eq!(driver.tell(ReviveOffers {}), NOTHING);
    driver.finish();
}

#[test]
fn an_oversize_task_aborts_its_set_and_its_core_is_offered_again() {
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
fn more_ends_than_tasks_make_no_cores() {
    let mut driver = Driver::new();
    driver.executor(1, 1);
    for _ in 0..2 {
        let round = driver.0.core.last_round.0 + 1;
        assert_eq!(driver.tell(end(0, 1)).len(), 2);
        assert_eq!(driver.answer(round, &[], &[(1, 1)]), NOTHING);
    }
    assert_eq!(driver.cores(1), (1, 0, 0));
    driver.finish();
}

#[test]
fn all_executors_are_told_to_stop() {
    let mut driver = Driver::new();
    assert_eq!(driver.tell(StopExecutors {}), NOTHING);
    driver.executor(2, 1);
    driver.executor(1, 1);
    assert_eq!(driver.tell(StopExecutors {}), ["Executor-1: stop", "Executor-2: stop"]);
    driver.finish();
}
