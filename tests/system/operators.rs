//! Sources and narrow operators against the same in plain Rust.

use firesteel::Context;

use crate::{
    harness::{Outcome, Scenario, scenario},
    support::{every_way, parts},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both parallelize_cuts_evenly),
        scenario!(both range_steps_up_and_down),
        scenario!(both one_to_one_operators),
        scenario!(both operators_with_data_beside_them),
        scenario!(both operators_on_whole_partitions),
        scenario!(both a_task_knows_itself).master("local[2,3]"),
        scenario!(both union_keeps_order_and_duplicates),
        scenario!(both pairs_without_a_shuffle),
        scenario!(both default_parallelism_is_the_number_of_threads).master("local[3]"),
        scenario!(both default_parallelism_can_be_set).config("spark.default.parallelism", "5"),
    ]
}

/// Lengths and numbers of slices: nothing, one, fewer than slices, more.
const SHAPES: [(usize, usize); 8] = [(0, 1), (0, 3), (1, 1), (1, 4), (5, 2), (3, 7), (100, 1), (1_000, 13)];

async fn parallelize_cuts_evenly(context: Context) -> Outcome {
    for (len, slices) in SHAPES {
        let items: Vec<String> = (0..len).map(|x| format!("item {}", x * 7 % 31)).collect();
        let rdd = context.parallelize(items.clone(), slices);
        assert_eq!(rdd.num_partitions()?, slices);
        let expected: Vec<_> =
            (0..slices).map(|i| items[i * len / slices..(i + 1) * len / slices].to_vec()).collect();
        assert_eq!(parts(&rdd).await?, expected);
        assert_eq!(every_way(&rdd).await?, items);
    }
    Ok(())
}

async fn range_steps_up_and_down(context: Context) -> Outcome {
    for (start, end, step) in [(0, 10, 1), (0, 10, 3), (-5, 6, 2), (7, 7, 1), (9, 3, 1), (0, 5_000, 1)] {
        let expected: Vec<i64> = (start..end).step_by(step as usize).collect();
        for slices in [1, 2, 7] {
            let up = context.range(start..end, step, slices);
            assert_eq!(every_way(&up).await?, expected, "{start}..{end} step {step} in {slices}");
            // Down again, over the same numbers.
            let last = expected.last().copied().unwrap_or(start);
            let down = context.range(last..start - 1, -step, slices);
            let backwards: Vec<i64> = expected.iter().rev().copied().collect();
            if !expected.is_empty() {
                assert_eq!(every_way(&down).await?, backwards);
            }
        }
    }
    let edge = context.range(i64::MAX - 2..i64::MAX, 1, 3);
    assert_eq!(edge.collect_async().await?, [i64::MAX - 2, i64::MAX - 1]);
    Ok(())
}

async fn one_to_one_operators(context: Context) -> Outcome {
    for (len, slices) in SHAPES {
        let items: Vec<u32> = (0..len as u32).map(|x| x * 37 % 101).collect();
        let chain = context
            .parallelize(items.clone(), slices)
            .map(|x| x + 1)
            .filter(|x| x % 3 != 0)
            .flat_map(|x| (0..x % 4).map(move |i| x * 10 + i))
            .map(|x| format!("<{x}>"));
        let expected: Vec<String> = items
            .iter()
            .map(|x| x + 1)
            .filter(|x| x % 3 != 0)
            .flat_map(|x| (0..x % 4).map(move |i| x * 10 + i))
            .map(|x| format!("<{x}>"))
            .collect();
        assert_eq!(every_way(&chain).await?, expected);
        let none = context.parallelize(items, slices).filter(|_| false);
        assert_eq!((none.count_async().await?, none.num_partitions()?), (0, slices));
    }
    Ok(())
}

async fn operators_with_data_beside_them(context: Context) -> Outcome {
    let stop_words = vec!["or".to_owned(), "not".to_owned()];
    let words = context.parallelize(["to", "be", "or", "not", "to", "be"].map(str::to_owned).to_vec(), 4);
    let chain = words
        .filter_with(stop_words, |stop, word| !stop.contains(word))
        .map_with("!".to_owned(), |mark, word| word + mark)
        .flat_map_with(2usize, |times, word| vec![word; *times])
        .map_partitions_with(3usize, |most, items| items.take(*most));
    // Partitions: [to], [be, or], [not], [to, be].
    let expected = ["to!", "to!", "be!", "be!", "to!", "to!", "be!"];
    assert_eq!(every_way(&chain).await?, expected);
    Ok(())
}

async fn operators_on_whole_partitions(context: Context) -> Outcome {
    for (len, slices) in SHAPES {
        let numbers = context.range(0..len as i64, 1, slices);
        let sums = numbers.map_partitions(|items| std::iter::once(items.sum::<i64>()));
        let expected: Vec<i64> =
            (0..slices).map(|i| (i * len / slices..(i + 1) * len / slices).map(|x| x as i64).sum()).collect();
        assert_eq!(every_way(&sums).await?, expected);
        let numbered = numbers.map_partitions_with_index(|index, items, _| {
            items.enumerate().map(move |(place, item)| (index, place, item))
        });
        let expected: Vec<(usize, usize, i64)> = (0..slices)
            .flat_map(|i| {
                let items = i * len / slices..(i + 1) * len / slices;
                items.enumerate().map(move |(place, item)| (i, place, item as i64))
            })
            .collect();
        assert_eq!(every_way(&numbered).await?, expected);
    }
    Ok(())
}

async fn a_task_knows_itself(context: Context) -> Outcome {
    let told = context.range(0..4, 1, 4).map_partitions_with_index(|index, _, task| {
        std::iter::once((
            index as u32,
            task.partition_id(),
            task.num_partitions(),
            task.attempt_number(),
            task.stage_attempt_number(),
            task.executor_id(),
            task.is_interrupted(),
        ))
    });
    let executors: Vec<_> = context.executors().iter().map(|executor| executor.executor_id).collect();
    for (i, told) in told.collect_async().await?.into_iter().enumerate() {
        let (i, executor) = (i as u32, told.5);
        assert_eq!(told, (i, i, 4, 0, 0, executor, false));
        assert!(executors.contains(&executor), "{executor}");
    }
    // The index is the partition of the RDD that was asked; the task's is that of the stage.
    let low = context
        .range(0..2, 1, 2)
        .map_partitions_with_index(|index, _, task| std::iter::once((index as u32, task.partition_id())));
    assert_eq!(low.union(&low).collect_async().await?, [(0, 0), (1, 1), (0, 2), (1, 3)]);
    Ok(())
}

async fn union_keeps_order_and_duplicates(context: Context) -> Outcome {
    let (low, high) = (context.range(0..5, 1, 2), context.parallelize(vec![3i64, 4, 5], 4));
    let both = low.union(&high).union(&low.map(|x| -x));
    assert_eq!(both.num_partitions()?, 8);
    assert_eq!(every_way(&both).await?, [0, 1, 2, 3, 4, 3, 4, 5, 0, -1, -2, -3, -4]);
    let empty = context.parallelize(Vec::<i64>::new(), 1);
    assert_eq!(every_way(&empty.union(&empty)).await?, [0i64; 0]);
    assert_eq!(every_way(&empty.union(&low).union(&empty)).await?, [0, 1, 2, 3, 4]);
    let text = both.to_debug_string();
    assert!(text.starts_with("(8) UnionRDD[") && text.contains("tests/system/operators.rs:"), "{text}");
    Ok(())
}

async fn pairs_without_a_shuffle(context: Context) -> Outcome {
    let words = context.parallelize(["be", "not", "question"].map(str::to_owned).to_vec(), 2);
    let by_length = words.key_by(|word| word.len());
    let expected = [(2, "be"), (3, "not"), (8, "question")].map(|(length, word)| (length, word.to_owned()));
    assert_eq!(every_way(&by_length).await?, expected);
    let louder = by_length
        .map_values(|word| word.to_uppercase())
        .map_values_with('!', |mark, word| format!("{word}{mark}"));
    let expected = [(2, "BE!".to_owned()), (3, "NOT!".to_owned()), (8, "QUESTION!".to_owned())];
    assert_eq!(every_way(&louder).await?, expected);
    Ok(())
}

async fn default_parallelism_is_the_number_of_threads(context: Context) -> Outcome {
    assert_eq!((context.default_parallelism(), context.master().cores()), (3, 3));
    let pairs = context.range(0..10, 1, 7).map(|x| (x, x));
    assert_eq!(pairs.reduce_by_key(|a, b| a + b).num_partitions()?, 7);
    Ok(())
}

async fn default_parallelism_can_be_set(context: Context) -> Outcome {
    assert_eq!(context.default_parallelism(), 5);
    let pairs = context.range(0..10, 1, 7).map(|x| (x, x));
    assert_eq!(pairs.reduce_by_key(|a, b| a + b).num_partitions()?, 5);
    assert_eq!(pairs.reduce_by_key_n(2, |a, b| a + b).num_partitions()?, 2);
    assert_eq!(pairs.sort_by_key(true).collect_async().await?.len(), 10);
    Ok(())
}
