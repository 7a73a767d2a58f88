//! The shapes of jobs: diamonds, shared parents, unions of shuffles, boxed chains, shuffles that are used
//! again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use firesteel::{
    Context, Rdd,
    actors::{
        carrier::{Observed, Subscription},
        message::{Describe, SparkListenerEvent},
    },
    rdd::Boxed,
};
use serde::{Deserialize, Serialize};

use crate::{
    harness::{Outcome, Scenario, scenario},
    probe::Probe,
    support::{every_way, every_way_sorted, sorted},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both a_diamond_computes_its_top_once),
        scenario!(both unions_of_shuffles),
        scenario!(both a_shuffle_with_itself),
        scenario!(both a_shuffle_is_used_again).then(second_job_skips_the_map_stage),
        scenario!(both a_shuffle_is_freed_with_its_last_rdd),
        scenario!(blocking cancelled_shuffles_leave_no_blocks),
        scenario!(both two_jobs_share_a_running_map_stage),
        scenario!(both boxed_in_a_loop),
        scenario!(both boxed_chains_of_one_type),
        scenario!(both lineage_in_words),
    ]
}

async fn a_diamond_computes_its_top_once(context: Context) -> Outcome {
    let probe = Probe::new();
    let top = context
        .range(0..40, 1, 4)
        .map_with(probe, |probe, x| {
            probe.hit();
            (x % 5, x)
        })
        .reduce_by_key_n(3, |a, b| a + b);
    let left = top.map(|(key, sum)| (key % 2, (sum, 0))).reduce_by_key_n(2, |a, b| (a.0 + b.0, 0));
    let right = top.map(|(key, sum)| (key % 2, (0, sum))).reduce_by_key_n(2, |a, b| (0, a.1.max(b.1)));
    let bottom = left.union(&right).reduce_by_key_n(1, |a, b| (a.0 + b.0, a.1 + b.1));
    let mut sums = [0i64; 5];
    (0..40).for_each(|x| sums[x as usize % 5] += x);
    let even = (sums[0] + sums[2] + sums[4], sums[0].max(sums[2]).max(sums[4]));
    let odd = (sums[1] + sums[3], sums[1].max(sums[3]));
    assert_eq!(sorted(bottom.collect_async().await?), [(0, even), (1, odd)]);
    assert_eq!(probe.hits(), 40, "every element is computed once");
    Ok(())
}

async fn unions_of_shuffles(context: Context) -> Outcome {
    let ones = |n: i64| context.range(0..n, 1, 2).map(|x| (x % 3, 1u64));
    // Into unlike counts, so that the union keeps their partitions apart.
    let counts = |n, reduces| ones(n).reduce_by_key_n(reduces, |a, b| a + b);
    let all = counts(9, 2).union(&counts(30, 3)).union(&context.parallelize(vec![(7i64, 7u64)], 1));
    assert_eq!(all.num_partitions()?, 6);
    let found = every_way_sorted(&all).await?;
    assert_eq!(found, [(0, 3), (0, 10), (1, 3), (1, 10), (2, 3), (2, 10), (7, 7)]);
    let again = all.reduce_by_key_n(4, |a, b| a + b).sort_by_key(true);
    assert_eq!(again.collect_async().await?, [(0, 13), (1, 13), (2, 13), (7, 7)]);
    Ok(())
}

async fn a_shuffle_with_itself(context: Context) -> Outcome {
    let sums = context.range(0..6, 1, 3).map(|x| (x % 2, x)).reduce_by_key(|a, b| a + b);
    let twice = sums.union(&sums).reduce_by_key(|a, b| a + b);
    assert_eq!(sorted(twice.collect_async().await?), [(0, 12), (1, 18)]);
    Ok(())
}

/// Counts messages of a kind as they are handled.
fn counting(context: &Context, kind: &'static str) -> (Arc<AtomicU32>, Subscription) {
    let count = Arc::new(AtomicU32::new(0));
    let counter = count.clone();
    let subscription = context.system().observe(move |observed: Observed<'_>| {
        if observed.message.kind() == kind {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    (count, subscription)
}

async fn a_shuffle_is_used_again(context: Context) -> Outcome {
    let probe = Probe::new();
    let pairs = context.range(0..30, 1, 3).map_with(probe, |probe, x| {
        probe.hit();
        (x % 4, x)
    });
    let sums = pairs.reduce_by_key_n(2, |a, b| a + b);
    let (stages, _subscription) = counting(&context, "SubmitTasks");
    assert_eq!(sums.count_async().await?, 4);
    assert_eq!((stages.swap(0, Ordering::SeqCst), probe.hits()), (2, 30));
    assert_eq!(sorted(sums.collect_async().await?)[0], (0, (0..30).step_by(4).sum()));
    assert_eq!((stages.swap(0, Ordering::SeqCst), probe.hits()), (1, 30));
    // Also below further operators.
    assert_eq!(sums.map(|(key, _)| (key % 2, 1u64)).reduce_by_key(|a, b| a + b).count_async().await?, 2);
    assert_eq!((stages.swap(0, Ordering::SeqCst), probe.hits()), (2, 30));
    Ok(())
}

fn second_job_skips_the_map_stage(events: &[SparkListenerEvent]) -> Outcome {
    // Stages announced with each job, and submitted until the next.
    let mut jobs = Vec::new();
    for event in events {
        match event {
            SparkListenerEvent::JobStart(start) => jobs.push((start.stages.len(), 0)),
            SparkListenerEvent::StageSubmitted(_) => jobs.last_mut().unwrap().1 += 1,
            _ => {}
        }
    }
    assert_eq!(jobs, [(2, 2), (2, 1), (3, 2)]);
    Ok(())
}

async fn a_shuffle_is_freed_with_its_last_rdd(context: Context) -> Outcome {
    let (freed, _subscription) = counting(&context, "RemoveShuffle");
    let sums = context.range(0..30, 1, 3).map(|x| (x % 4, x)).reduce_by_key(|a, b| a + b);
    let children = (sums.map(|(key, _)| key), sums.boxed(), sums.clone());
    assert_eq!(sums.count_async().await?, 4);
    drop(sums);
    assert_eq!(children.0.count_async().await?, 4);
    assert_eq!(freed.load(Ordering::SeqCst), 0);
    drop(children);
    // Messages are handled in order: after this job that one has been.
    assert_eq!(context.range(0..3, 1, 1).count_async().await?, 3);
    assert_eq!(freed.load(Ordering::SeqCst), 1);
    Ok(())
}

/// A value whose copies are counted.
#[derive(Serialize, Deserialize)]
struct Counted(Probe);

impl Counted {
    fn new(probe: Probe) -> Self {
        probe.hit();
        Counted(probe)
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        Counted::new(self.0)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.unhit();
    }
}

fn cancelled_shuffles_leave_no_blocks(context: Context) -> Outcome {
    let probe = Probe::new();
    for round in 0..300u64 {
        let begun = Probe::new();
        let pairs = context.range(0..8, 1, 8).map_with((probe, begun), |(probe, begun), x| {
            begun.hit();
            (x, Counted::new(*probe))
        });
        // Its tasks end while it is dropped.
        let job = pairs.group_by_key().count_async();
        begun.await_hits(1 + round % 8);
        drop(job);
    }
    // What was cancelled has ended when later jobs have, or soon after.
    let begun = Instant::now();
    while probe.hits() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(10), "{} values were left behind", probe.hits());
        assert_eq!(context.range(0..4, 1, 4).count()?, 4);
    }
    Ok(())
}

async fn two_jobs_share_a_running_map_stage(context: Context) -> Outcome {
    let probe = Probe::new();
    let sums = context
        .range(0..30, 1, 5)
        .map_with(probe, |probe, x| {
            probe.hit();
            (x % 4, x)
        })
        .reduce_by_key_n(2, |a, b| a + b);
    let (cancelled, first, second) = (sums.count_async(), sums.count_async(), sums.collect_async());
    drop(cancelled);
    assert_eq!((first.await?, second.await?.len()), (4, 4));
    assert_eq!(probe.hits(), 30);
    Ok(())
}

async fn boxed_in_a_loop(context: Context) -> Outcome {
    let mut numbers: Rdd<Boxed<i64>> = context.range(0..10, 1, 3).boxed();
    for step in 0..100 {
        numbers = if step % 2 == 0 {
            numbers.map_with(step, |step, x| x + step).boxed()
        } else {
            numbers.filter(|x| *x >= 0).boxed()
        };
    }
    let added: i64 = (0..100).step_by(2).sum();
    assert_eq!(every_way(&numbers).await?, (0..10).map(|x| x + added).collect::<Vec<_>>());
    Ok(())
}

async fn boxed_chains_of_one_type(context: Context) -> Outcome {
    struct Chains(Vec<Rdd<Boxed<(String, u64)>>>);
    let words = context.parallelize(vec!["b".to_owned(), "a".to_owned(), "b".to_owned()], 2);
    let counts = words.map(|word| (word, 1u64)).reduce_by_key(|a, b| a + b);
    let chains = Chains(vec![
        words.map(|word| (word, 0)).boxed(),
        counts.boxed(),
        counts.sort_by_key(false).boxed(),
        context.parallelize(Vec::<(String, u64)>::new(), 1).boxed(),
    ]);
    let mut found = Vec::new();
    for chain in &chains.0 {
        found.push(sorted(chain.collect_async().await?).into_iter().map(|pair| pair.1).collect::<Vec<_>>());
    }
    assert_eq!(found, [vec![0, 0, 0], vec![1, 2], vec![1, 2], vec![]]);
    let all = chains.0.iter().skip(1).fold(chains.0[0].clone(), |all, chain| all.union(chain).boxed());
    assert_eq!(all.count_async().await?, 7);
    Ok(())
}

async fn lineage_in_words(context: Context) -> Outcome {
    let named = context.range(0..4, 1, 2).set_name("numbers");
    let counts = named.map(|x| (x % 2, 1u64)).reduce_by_key_n(3, |a, b| a + b).map_values(|x| x + 1);
    let text = counts.to_debug_string();
    let lines: Vec<&str> = text.lines().collect();
    let heads = [
        "(3) MapPartitionsRDD[3] at map_values at ",
        " |  ShuffledRDD[2] at reduce_by_key at ",
        " +-(2) MapPartitionsRDD[1] at map at ",
        "    |  numbers RangeRDD[0] at range at ",
    ];
    assert_eq!(lines.len(), heads.len(), "{text}");
    for (line, head) in lines.iter().zip(heads) {
        assert!(line.starts_with(head) && line.contains("tests/system/plans.rs:"), "{line}");
    }
    Ok(())
}
