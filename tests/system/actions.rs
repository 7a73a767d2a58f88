//! Actions against the same in plain Rust.

use firesteel::{Context, Error};

use crate::{
    harness::{LIMIT, Outcome, Scenario, scenario, wait},
    probe::Probe,
    support::sorted,
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both collect_and_count),
        scenario!(both reduce_fold_and_aggregate),
        scenario!(both nothing_can_be_folded_but_not_reduced),
        scenario!(both take_and_first),
        scenario!(both top_is_largest_first),
        scenario!(both for_each_sees_every_element_once),
        scenario!(both run_job_on_chosen_partitions),
        scenario!(both several_jobs_at_once).master("local[3]"),
        scenario!(both more_results_than_one_wake_up),
        scenario!(blocking a_result_is_handled_though_the_next_is_far_away),
    ]
}

async fn collect_and_count(context: Context) -> Outcome {
    for (len, slices) in [(0, 1), (0, 5), (1, 1), (7, 3), (2, 9), (500, 4)] {
        let rdd = context.range(0..len, 1, slices);
        assert_eq!(rdd.collect_async().await?, (0..len).collect::<Vec<_>>());
        assert_eq!(rdd.count_async().await?, len as u64);
    }
    Ok(())
}

async fn reduce_fold_and_aggregate(context: Context) -> Outcome {
    for (len, slices) in [(1, 1), (7, 3), (2, 9), (500, 4)] {
        let rdd = context.range(1..len + 1, 1, slices);
        let sum: i64 = (1..=len).sum();
        assert_eq!(rdd.reduce_async(|a, b| a + b).await?, sum);
        // The zero counts once for each partition, and once more.
        assert_eq!(rdd.fold_async(10, |a, b| a + b).await?, sum + 10 * (slices as i64 + 1));
        let add = |(sum, most): (i64, i64), x: i64| (sum + x, most.max(x));
        let offset = 1;
        let merge = move |a: (i64, i64), b: (i64, i64)| (a.0 + b.0 + offset, a.1.max(b.1));
        let both = rdd.aggregate_async((0, i64::MIN), add, merge).await?;
        assert_eq!(both, (sum + offset * slices as i64, len));
    }
    Ok(())
}

async fn nothing_can_be_folded_but_not_reduced(context: Context) -> Outcome {
    for slices in [1, 3] {
        let empty = context.range(0..0, 1, slices);
        assert!(matches!(empty.reduce_async(|a, b| a + b).await, Err(Error::EmptyCollection)));
        assert!(matches!(empty.first_async().await, Err(Error::EmptyCollection)));
        assert_eq!(empty.fold_async(0, |a, b| a + b).await?, 0);
        assert_eq!(empty.aggregate_async(0, |a, b| a + b, |a, b| a + b).await?, 0);
        assert_eq!(empty.take_async(5).await?.len(), 0);
        assert_eq!(empty.top_async(5).await?.len(), 0);
        empty.for_each_async(|x| assert!(x > 0)).await?;
    }
    Ok(())
}

async fn take_and_first(context: Context) -> Outcome {
    for slices in [1, 4, 30] {
        let rdd = context.range(0..100, 1, slices);
        for count in [0, 1, 3, 50, 99, 100, 101, usize::MAX] {
            let expected: Vec<i64> = (0..100).take(count).collect();
            assert_eq!(rdd.take_async(count).await?, expected, "{count} of {slices} partitions");
        }
        assert_eq!(rdd.first_async().await?, 0);
        // The first partitions are empty.
        let late = rdd.filter(|x| *x >= 90);
        assert_eq!(late.take_async(4).await?, [90, 91, 92, 93]);
        assert_eq!(late.first_async().await?, 90);
    }
    Ok(())
}

async fn top_is_largest_first(context: Context) -> Outcome {
    let items: Vec<i64> = (0..60).map(|x| x * 37 % 41).collect();
    let mut expected = sorted(items.clone());
    expected.reverse();
    for slices in [1, 4, 100] {
        let rdd = context.parallelize(items.clone(), slices);
        for count in [0, 1, 7, 60, 1_000, usize::MAX] {
            assert_eq!(rdd.top_async(count).await?, expected[..count.min(60)]);
        }
    }
    Ok(())
}

async fn for_each_sees_every_element_once(context: Context) -> Outcome {
    let probe = Probe::new();
    let probes = context.parallelize(vec![probe; 20], 3);
    probes.for_each_async(|probe| assert!(probe.hit() > 0)).await?;
    assert_eq!(probe.hits(), 20);
    let numbers = context.range(0..5, 1, 2);
    numbers.for_each_with_async(probe, |probe, _| assert!(probe.hit() > 0)).await?;
    assert_eq!(probe.hits(), 25);
    Ok(())
}

async fn run_job_on_chosen_partitions(context: Context) -> Outcome {
    let rdd = context.range(0..100, 1, 10);
    for wanted in [vec![], vec![0], vec![9, 0], vec![3, 7, 5, 1], (0..10).collect(), vec![2, 0, 2]] {
        let expected: Vec<(u32, i64)> =
            wanted.iter().map(|p| (*p as u32, (*p as i64 * 10..*p as i64 * 10 + 10).sum())).collect();
        let found =
            rdd.run_job_async(wanted, |items, task| (task.partition_id(), items.sum::<i64>())).await?;
        assert_eq!(found, expected);
    }
    // Behind a shuffle: only the wanted reducers run, but all maps.
    let shuffled = rdd.map(|x| (x, 1u64)).reduce_by_key_n(4, |a, b| a + b);
    let all = shuffled.run_job_async(vec![0, 1, 2, 3], |items, _| items.count()).await?;
    assert_eq!(all.iter().sum::<usize>(), 100);
    let fresh = rdd.map(|x| (x, 1u64)).reduce_by_key_n(4, |a, b| a + b);
    assert_eq!(fresh.run_job_async(vec![2], |items, _| items.count()).await?, all[2..3]);
    Ok(())
}

async fn several_jobs_at_once(context: Context) -> Outcome {
    let shared = context.range(0..300, 1, 6).map(|x| (x % 10, x)).reduce_by_key_n(3, |a, b| a + b);
    let jobs: Vec<_> = (0..20i64)
        .map(|i| (i, context.range(0..i * 10, 1, 3).reduce_async(|a, b| a + b), shared.count_async()))
        .collect();
    // Awaited in another order than they were begun.
    for (i, sum, count) in jobs.into_iter().rev() {
        match sum.await {
            Err(Error::EmptyCollection) => assert_eq!(i, 0),
            sum => assert_eq!(sum?, (0..i * 10).sum::<i64>()),
        }
        assert_eq!(count.await?, 10);
    }
    Ok(())
}

async fn more_results_than_one_wake_up(context: Context) -> Outcome {
    let rdd = context.range(0..3_000, 1, 1_000);
    assert_eq!(rdd.collect_async().await?, (0..3_000).collect::<Vec<_>>());
    assert_eq!(rdd.count_async().await?, 3_000);
    Ok(())
}

fn a_result_is_handled_though_the_next_is_far_away(context: Context) -> Outcome {
    for blocks in [true, false] {
        let handled = Probe::new();
        // The second task ends only when the first one's result has been handled.
        let numbers = context.range(0..2, 1, 2).map_with(handled, |handled, x| {
            if x == 1 {
                handled.pass();
            }
            x
        });
        let merge = move |a: i64, b: i64| {
            handled.open();
            a + b
        };
        let sum = if blocks {
            numbers.aggregate(0, |a, x| a + x, merge)?
        } else {
            wait(LIMIT, numbers.aggregate_async(0, |a, x| a + x, merge))??
        };
        assert_eq!(sum, 1);
    }
    Ok(())
}
