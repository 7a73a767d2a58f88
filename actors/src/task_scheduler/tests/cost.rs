//! What events cost, in entries of lists that are looked at: the sizes of the cluster and of the sets do not matter.

use super::{
    Tasks, bytes, decoded,
    exclusion::{config, exclusion, fail},
    finished, offer, set, some, submit, tasks,
};
use crate::{
    Config, OfferRound,
    config::Locality,
    message::{ExecutorLossReason, ResourceOffers, TaskStatus},
    testkit::{NOTHING, visits},
};

const HOSTS: [&str; 2] = ["a", "b"];

/// So many executors, each of which runs a task of the first of two sets. As many tasks wait, and the other set does.
fn busy(config: Config, executors: u32) -> Tasks {
    let mut tasks = tasks(Config { is_local: true, ..config });
    submit(&mut tasks, set(0, 0, 0, 2 * executors));
    submit(&mut tasks, set(1, 1, 0, executors));
    let offers = (0..executors).map(|executor| offer(&(executor, HOSTS[executor as usize % 2], 1))).collect();
    let sent = tasks.send(ResourceOffers { round: OfferRound(1), offers, is_all_free_resources: true });
    assert_eq!(sent.len() as u32, 2 * executors + 1, "each is new and gets a task");
    tasks
}

/// A task runs to its end, and its executor gets the next one.
fn next(tasks: &mut Tasks, task: u64) {
    let executor = tasks.core.attempts.get(crate::TaskId(task)).unwrap().info.executor_id.0;
    assert_eq!(tasks.tell(super::status(task, executor, TaskStatus::Running)), NOTHING);
    assert_eq!(tasks.tell(finished(task, executor, bytes(1))).len(), 1);
    assert_eq!(tasks.tell(decoded(task)).len(), 1);
    assert_eq!(some(tasks, &[(executor, HOSTS[executor as usize % 2], 1)]).len(), 1);
}

fn cost_of_an_end(config: &Config, executors: u32) -> u64 {
    let mut tasks = busy(config.clone(), executors);
    let ((), cost) = visits(|| (0..10).for_each(|task| next(&mut tasks, task)));
    cost
}

#[test]
fn the_end_of_a_task_costs_nothing_for_those_that_wait_and_for_other_executors() {
    let local = Config { locality: Locality::default(), ..Config::default() };
    for config in [local, config(exclusion())] {
        let cost = cost_of_an_end(&config, 10_000);
        assert_eq!(cost, cost_of_an_end(&config, 20));
        // The offer, refused and taken, and the task that is taken.
        assert!(cost <= 10 * 4, "{cost}");
    }
}

#[test]
fn a_failure_that_excludes_costs_those_that_are_excluded() {
    let cost = |executors| {
        let mut tasks = busy(config(exclusion()), executors);
        let failing = tasks.core.attempts.get(crate::TaskId(0)).unwrap().info.executor_id.0;
        let ((), cost) = visits(|| {
            assert!(fail(&mut tasks, 0, failing).is_empty());
            assert_eq!(some(&mut tasks, &[(failing, HOSTS[failing as usize % 2], 1)]).len(), 1);
            (1..10).for_each(|task| next(&mut tasks, task));
        });
        cost
    };
    assert_eq!(cost(10_000), cost(20));
}

#[test]
fn a_loss_costs_the_sets() {
    let cost = |executors| {
        let mut tasks = busy(config(exclusion()), executors);
        let (sent, cost) = visits(|| tasks.tell(super::lost(0, ExecutorLossReason::ExecutorKilled)));
        assert_eq!(sent.len(), 3);
        cost
    };
    assert_eq!((cost(20), cost(10_000)), (2, 2));
}
