//! Two executors, two stages of two or three tasks, and one fault, in every order.

use std::{sync::Arc, time::Instant};

use crate::{
    ExecutorId, JobId, Time,
    resources::ProfileId,
    sim::{
        Profile,
        bugs::{Bug, BugKind},
        exhaustive::{Orders, explore},
        faults::Fault,
        plan::{Goal, Machine, Makes, Plan, PlannedExecutor, PlannedJob},
    },
    testkit::Graph,
};

/// Every order of this many states is looked at; more are cut off, which a test must say.
const MOST: usize = 60_000;

fn plan(tasks: u32, faults: Vec<Fault>) -> Plan {
    let profile = Profile::named("calm").unwrap();
    let mut graph = Graph::default();
    let source = graph.source(tasks);
    let rdd = graph.reduce(source);
    let executor = |id| PlannedExecutor {
        executor_id: ExecutorId(id),
        machine: Machine {
            host: format!("host{id}").into(),
            cores: 1,
            gpus: 0,
            profile_id: ProfileId::DEFAULT,
        },
        joins: Time::ZERO,
    };
    let partitions = (0..tasks).collect();
    let job = PlannedJob {
        job_id: JobId(0),
        at: Time::ZERO,
        goal: Goal::Result { rdd, partitions },
        group: None,
        pool: None,
        tags: &[],
        commits: false,
        accumulates: false,
    };
    let mut config = profile.config(0);
    // No timer that only warns.
    config.is_local = true;
    Plan {
        profile: "calm",
        seed: 0,
        config,
        task: profile.task,
        link: profile.link,
        lineage: Arc::new(graph.lineage),
        executors: vec![executor(1), executor(2)],
        jobs: vec![job],
        faults,
        heals: Time(u64::MAX / 2),
        must_succeed: true,
    }
}

fn keeps_all_invariants(tasks: u32, orders: Orders, faults: Vec<Fault>) {
    let begun = Instant::now();
    let name = format!("{tasks} tasks, {faults:?}");
    let explored = explore(plan(tasks, faults), orders, MOST, None);
    println!("{name}: {} states, {} ends, {:?}", explored.states, explored.ends.len(), begun.elapsed());
    if let Some((violation, lines)) = explored.violation {
        panic!("{name}: {violation}\n{}", lines.join("\n"));
    }
    assert!(explored.states < MOST, "{name}: not all orders were looked at");
    assert!(!explored.ends.is_empty(), "{name}: no order comes to an end");
}

const AT: Time = Time(1);

#[test]
fn without_a_fault_every_order_keeps_the_invariants() {
    keeps_all_invariants(2, Orders::All, vec![]);
}

#[test]
fn an_executor_may_die_at_any_moment() {
    let executor = ExecutorId(1);
    keeps_all_invariants(
        2,
        Orders::ThatDiffer,
        vec![Fault::ExecutorDies { at: AT, executor, flushes: true, rejoins: None }],
    );
}

#[test]
fn an_executor_may_die_with_all_that_it_sent() {
    let executor = ExecutorId(1);
    keeps_all_invariants(
        2,
        Orders::ThatDiffer,
        vec![Fault::ExecutorDies { at: AT, executor, flushes: false, rejoins: None }],
    );
}

#[test]
fn with_three_tasks_and_no_fault_every_order_keeps_the_invariants() {
    keeps_all_invariants(3, Orders::ThatDiffer, vec![]);
}

#[test]
fn a_job_of_three_tasks_each_may_be_cancelled_at_any_moment() {
    keeps_all_invariants(3, Orders::ThatDiffer, vec![Fault::JobCancelled { at: AT, job: JobId(0) }]);
}

#[test]
fn an_attempt_may_be_killed_at_any_moment() {
    keeps_all_invariants(2, Orders::ThatDiffer, vec![Fault::TaskKilled { at: AT, nth: 0 }]);
}

#[test]
fn one_of_three_tasks_may_fail() {
    let makes = Makes::Outputs(crate::ShuffleId(0));
    keeps_all_invariants(3, Orders::ThatDiffer, vec![Fault::TaskFails { makes, partition: 0, run: 0 }]);
}

#[test]
fn a_fetch_may_fail() {
    let makes = Makes::Result(JobId(0));
    keeps_all_invariants(2, Orders::ThatDiffer, vec![Fault::FetchFails { makes, partition: 0, run: 0 }]);
}

#[test]
fn known_bugs_are_found_in_small_worlds_too() {
    for (kind, invariant) in [(BugKind::DoubleCount, "exactly once"), (BugKind::LostWakeUp, "liveness")] {
        let bug = Some(Bug { kind, chances: 0 });
        let (violation, lines) = explore(plan(2, vec![]), Orders::ThatDiffer, MOST, bug).violation.unwrap();
        assert_eq!(violation.invariant, invariant, "{violation}");
        assert!(!lines.is_empty());
    }
}

#[test]
fn orders_that_make_no_difference_lead_to_no_other_end() {
    let died = |flushes| Fault::ExecutorDies { at: AT, executor: ExecutorId(1), flushes, rejoins: None };
    let (outputs, result) = (Makes::Outputs(crate::ShuffleId(0)), Makes::Result(JobId(0)));
    let faults = [
        died(true),
        died(false),
        Fault::JobCancelled { at: AT, job: JobId(0) },
        Fault::TaskKilled { at: AT, nth: 0 },
        Fault::TaskFails { makes: outputs, partition: 0, run: 0 },
        Fault::FetchFails { makes: result, partition: 0, run: 0 },
    ];
    let small = faults.iter().map(|fault| (1, fault.clone()));
    for (tasks, fault) in small.chain([(2, died(true)), (2, faults[4].clone())]) {
        let explored = |orders| explore(plan(tasks, vec![fault.clone()]), orders, MOST, None);
        let (all, some) = (explored(Orders::OfTasks), explored(Orders::ThatDiffer));
        assert_eq!(all.ends, some.ends, "{tasks} tasks, {fault:?}");
        assert!(some.states < all.states, "{tasks} tasks, {fault:?}");
    }
}
