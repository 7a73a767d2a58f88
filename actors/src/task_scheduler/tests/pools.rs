//! In which order sets get their turns.

use std::{collections::BTreeMap, sync::Arc};

use super::{Tasks, all, local, set, some, submit, succeed, tasks};
use crate::{
    Config,
    config::{PoolAllocation, Pools, SchedulingMode},
    message::{SubmitTasks, keys},
};

fn fair(pools: &[(&str, SchedulingMode, u32, u32)]) -> Config {
    let allocation = |&(name, mode, min_share, weight): &(&str, _, _, _)| PoolAllocation {
        name: name.into(),
        mode,
        min_share,
        weight,
    };
    let allocations = pools.iter().map(allocation).collect();
    Config { pools: Pools { mode: SchedulingMode::Fair, allocations }, ..local(1) }
}

fn in_pool(mut submit: SubmitTasks, pool: &str) -> SubmitTasks {
    let properties = BTreeMap::from([(keys::SCHEDULER_POOL.to_owned(), pool.to_owned())]);
    Arc::make_mut(&mut submit.task_set.stage).properties = Arc::new(properties);
    submit
}

/// The stages of the next tasks, one core at a time.
fn stages(tasks: &mut Tasks, count: usize) -> Vec<u32> {
    let stage =
        |text: &String| text.split(" = s").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    (0..count).map(|_| stage(&some(tasks, &[(1, "a", 1)])[0])).collect()
}

#[test]
fn pool_002_pools_take_turns_by_minimum_share_then_by_weight_then_by_name() {
    use SchedulingMode::{Fair, Fifo};
    let mut tasks = tasks(fair(&[("1", Fifo, 3, 1), ("2", Fair, 4, 2), ("3", Fifo, 2, 1)]));
    for (stage, pool) in [(0, "1"), (1, "1"), (2, "1"), (3, "2"), (4, "2")] {
        submit(&mut tasks, in_pool(set(stage, stage, 0, 10), pool));
    }
    // By running tasks over minimum share: 0/3 0/4, 1/3 0/4, 1/3 1/4, 1/3 2/4, ... Within pool 2 the sets alternate.
    assert_eq!(stages(&mut tasks, 4), [0, 3, 4, 0]);
    assert_eq!(stages(&mut tasks, 3), [3, 0, 4]);
    // Both have their minimum: 3/1 against 4/2, then 3/1 against 5/2, then a tie, which the name decides.
    assert_eq!(stages(&mut tasks, 3), [3, 4, 0]);
}

#[test]
fn pool_005_fifo_ignores_the_property() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, in_pool(set(1, 1, 0, 2), "a"));
    submit(&mut tasks, in_pool(set(0, 0, 0, 1), "b"));
    assert_eq!(stages(&mut tasks, 3), [0, 1, 1]);
    assert_eq!(&**tasks.core.pools.pool_name((crate::StageId(0), 0)).unwrap(), "default");
}

#[test]
fn pool_006_without_the_property_a_set_is_in_the_default_pool() {
    let mut tasks = tasks(fair(&[("a", SchedulingMode::Fair, 0, 1)]));
    submit(&mut tasks, set(0, 0, 0, 1));
    assert_eq!(&**tasks.core.pools.pool_name((crate::StageId(0), 0)).unwrap(), "default");
}

#[test]
fn pool_007_an_unknown_pool_is_made_with_defaults_and_goes_with_its_last_set() {
    let mut tasks = tasks(fair(&[("a", SchedulingMode::Fair, 0, 3)]));
    submit(&mut tasks, in_pool(set(0, 0, 0, 2), "new"));
    submit(&mut tasks, in_pool(set(1, 1, 0, 2), "new"));
    submit(&mut tasks, in_pool(set(2, 2, 0, 4), "a"));
    assert_eq!(&**tasks.core.pools.pool_name((crate::StageId(0), 0)).unwrap(), "new");
    // Weight 1 against 3, and first in first out within it.
    assert_eq!(stages(&mut tasks, 8), [2, 0, 2, 2, 2, 0, 1, 1]);
    let before = format!("{:?}", tasks.core.pools);
    for task in [1, 5, 6, 7] {
        assert!(before.contains("\"new\": "));
        assert_eq!(succeed(&mut tasks, task, 1).len(), 2);
    }
    assert!(!format!("{:?}", tasks.core.pools).contains("\"new\": "));
    for task in [0, 2, 3, 4] {
        assert_eq!(succeed(&mut tasks, task, 1).len(), 2);
    }
    tasks.finish();
}

#[test]
fn without_configured_pools_jobs_share_fairly() {
    let mut tasks = tasks(fair(&[]));
    submit(&mut tasks, set(0, 0, 0, 4));
    submit(&mut tasks, set(1, 1, 0, 4));
    assert_eq!(stages(&mut tasks, 4), [0, 1, 0, 1]);
}

#[test]
fn a_round_keeps_the_order_of_its_beginning() {
    let mut tasks = tasks(fair(&[]));
    submit(&mut tasks, set(0, 0, 0, 4));
    submit(&mut tasks, set(1, 1, 0, 4));
    let launched = all(&mut tasks, &[(1, "a", 6)]);
    let of = |stage: &str| launched.iter().filter(|text| text.contains(stage)).count();
    assert_eq!((of("= s0 "), of("= s1 ")), (4, 2), "the first set takes what it can");
}

#[test]
fn tasks_that_end_make_room_in_their_pool() {
    let mut tasks = tasks(fair(&[]));
    submit(&mut tasks, set(0, 0, 0, 6));
    submit(&mut tasks, set(1, 1, 0, 6));
    assert_eq!(stages(&mut tasks, 4), [0, 1, 0, 1]);
    for task in [1, 3] {
        assert_eq!(succeed(&mut tasks, task, 1).len(), 2);
    }
    assert_eq!(stages(&mut tasks, 3), [1, 1, 0]);
}
