//! Lineages far deeper than any program's.

use std::time::{Duration, Instant};

use firesteel::{
    Context, Error, Rdd,
    rdd::{Boxed, PlanError},
};

use crate::{
    harness::{Outcome, Scenario, scenario},
    support::{assert_contains, assert_usable, sorted},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both five_hundred_levels_run_and_more_are_refused),
        scenario!(both fifty_shuffles_in_a_row),
        scenario!(blocking two_thousand_shuffles_are_built_and_dropped),
        scenario!(blocking two_thousand_shuffles_are_described),
    ]
}

/// This many boxed operators over a source.
fn nested(context: &Context, levels: usize) -> Rdd<Boxed<i64>> {
    let mut numbers = context.range(0..3, 1, 2).boxed();
    for _ in 1..levels {
        numbers = numbers.map(|x| x + 1).boxed();
    }
    numbers
}

async fn five_hundred_levels_run_and_more_are_refused(context: Context) -> Outcome {
    assert_eq!(nested(&context, 500).collect_async().await?, [499, 500, 501]);
    let deep = nested(&context, 501);
    let error = deep.count_async().await.unwrap_err();
    assert!(matches!(error, Error::Plan(PlanError::TooDeep { levels: 501 })), "{error}");
    assert_contains(&error.to_string(), &["501 boxed operators", "at most 500", "put a shuffle between"]);
    // Also on the map side.
    let shuffled = deep.map(|x| (x, x)).reduce_by_key(|a, b| a + b);
    assert!(matches!(shuffled.count_async().await, Err(Error::Plan(PlanError::TooDeep { levels: 501 }))));
    // The advice helps.
    let advised =
        nested(&context, 400).map(|x| (x, 1u64)).reduce_by_key(|a, b| a + b).map(|(x, _)| x).boxed();
    let advised = (1..300).fold(advised, |numbers, _| numbers.map(|x| x + 1).boxed());
    assert_eq!(sorted(advised.collect_async().await?), [698, 699, 700]);
    assert_usable(&context).await
}

/// This many shuffles in a row, each boxed.
fn shuffled(context: &Context, shuffles: usize) -> Rdd<Boxed<(i64, u64)>> {
    let mut pairs = context.range(0..12, 1, 3).map(|x| (x % 4, 1u64)).boxed();
    for _ in 0..shuffles {
        pairs = pairs.map(|(key, count)| ((key + 1) % 4, count)).reduce_by_key(|a, b| a + b).boxed();
    }
    pairs
}

async fn fifty_shuffles_in_a_row(context: Context) -> Outcome {
    let pairs = shuffled(&context, 50);
    assert_eq!(sorted(pairs.collect_async().await?), [(0, 3), (1, 3), (2, 3), (3, 3)]);
    Ok(())
}

fn two_thousand_shuffles_are_built_and_dropped(context: Context) -> Outcome {
    let begun = Instant::now();
    let pairs = shuffled(&context, 2_000);
    let side = pairs.clone();
    drop(pairs);
    drop(side);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(context.range(0..3, 1, 2).count()?, 3);
    Ok(())
}

fn two_thousand_shuffles_are_described(context: Context) -> Outcome {
    let pairs = shuffled(&context, 2_000);
    assert_eq!(pairs.to_debug_string().lines().count(), 3 * 2_000 + 3);
    Ok(())
}
