//! The order of sets, with nothing else around.

use super::*;

fn fair() -> Pools {
    Pools::new(&Settings { mode: SchedulingMode::Fair, allocations: Vec::new() })
}

fn order(pools: &Pools) -> Vec<u32> {
    let mut cursor = Cursor::default();
    std::iter::from_fn(|| pools.next(&mut cursor)).map(|(stage, _)| stage.0).collect()
}

/// Launches a task of the first set; the set's stage.
fn launch(pools: &mut Pools) -> u32 {
    let set = pools.first().unwrap();
    let running = pools.sets[&set].share.running;
    pools.settle(set, running + 1, true);
    set.0.0
}

#[test]
fn pool_003_a_hierarchy_of_fair_pools_orders_its_leaves() {
    let mut pools = fair();
    let fair = SchedulingMode::Fair;
    let pool0 = pools.add_pool("0", fair, 3, 1, Some(ROOT), true);
    let pool1 = pools.add_pool("1", fair, 4, 1, Some(ROOT), true);
    let inner: Vec<usize> =
        [("00", 2, 2, pool0), ("01", 1, 1, pool0), ("10", 2, 2, pool1), ("11", 2, 1, pool1)]
            .into_iter()
            .map(|(name, min_share, weight, parent)| {
                pools.add_pool(name, fair, min_share, weight, Some(parent), true)
            })
            .collect();
    for stage in 0..8 {
        pools.add_leaf((StageId(stage), 0), JobId(0), inner[stage as usize / 2]);
        pools.settle((StageId(stage), 0), 0, true);
    }
    let launched: Vec<u32> = (0..4).map(|_| launch(&mut pools)).collect();
    assert_eq!(launched, [0, 4, 6, 2]);
    for stage in 0..8 {
        pools.remove_set((StageId(stage), 0));
    }
    assert!(pools.is_empty() && order(&pools).is_empty());
    assert!(pools.pools.iter().flatten().all(|pool| pool.share.running == 0));
}

#[test]
fn the_order_of_a_round_does_not_change_while_it_is_walked() {
    let mut pools = fair();
    for stage in 0..3 {
        pools.add_leaf((StageId(stage), 0), JobId(stage), pools.by_name[DEFAULT_POOL]);
        pools.settle((StageId(stage), 0), 0, true);
    }
    assert_eq!(order(&pools), [0, 1, 2]);
    pools.settle((StageId(0), 0), 5, true);
    pools.settle((StageId(1), 0), 2, true);
    assert_eq!(order(&pools), [2, 1, 0]);
    pools.settle((StageId(1), 0), 2, false);
    assert_eq!(order(&pools), [2, 0]);
}

#[test]
fn ties_go_by_name_as_a_text() {
    let mut pools = fair();
    for stage in [9, 10] {
        pools.add_leaf((StageId(stage), 0), JobId(0), pools.by_name[DEFAULT_POOL]);
        pools.settle((StageId(stage), 0), 0, true);
    }
    assert_eq!(order(&pools), [10, 9]);
}

#[test]
fn a_name_that_nobody_configured_is_told_once_although_its_pool_goes() {
    let mut pools = fair();
    assert!(pools.is_news("new"));
    assert!(!pools.is_news("new"));
    // Not without bound.
    for name in 0..10 * MOST_TOLD {
        assert!(pools.is_news(&name.to_string()));
        assert!(pools.told.len() <= MOST_TOLD);
    }
}
