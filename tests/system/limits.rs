//! Sizes that are limited: tasks, results, and the results that take another way.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use firesteel::{
    Context,
    actors::{
        carrier::Observed,
        message::{MessageRef, ResultGetterMessage, TaskValue},
    },
};

use crate::{
    harness::{Outcome, Scenario, scenario},
    support::{assert_fails, assert_usable},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both one_result_is_too_large).config("spark.driver.maxResultSize", "1k"),
        scenario!(both the_sum_of_results_is_too_large).config("spark.driver.maxResultSize", "1k"),
        scenario!(both any_result_is_small_enough).config("spark.driver.maxResultSize", "0"),
        scenario!(both large_results_go_as_blocks).config("spark.task.maxDirectResultSize", "100"),
        scenario!(both a_task_is_too_large).config("spark.rpc.message.maxSize", "1").master("local[2,3]"),
    ]
}

async fn one_result_is_too_large(context: Context) -> Outcome {
    let text = "x".repeat(2_000);
    let texts = context.range(0..1, 1, 1).map_with(text, |text, _| text.clone());
    // One byte for one element, three for the length of the text.
    assert_fails(
        texts.collect_async().await,
        &[
            "Job aborted due to stage failure: Total size of serialized results of 1 tasks (2004.0 B) is bigger \
             than spark.driver.maxResultSize (1024.0 B)",
        ],
    );
    assert_eq!(texts.count_async().await?, 1);
    assert_usable(&context).await
}

async fn the_sum_of_results_is_too_large(context: Context) -> Outcome {
    let text = "x".repeat(300);
    let texts = context.range(0..20, 1, 20).map_with(text, |text, _| text.clone());
    assert_fails(
        texts.collect_async().await,
        &["Total size of serialized results of 4 tasks (1216.0 B) is bigger than"],
    );
    // Map outputs do not count.
    let shuffled = texts.map(|text| (text, 1u64)).reduce_by_key_n(1, |a, b| a + b);
    assert_eq!(shuffled.map(|pair| pair.1).collect_async().await?, [20]);
    assert_usable(&context).await
}

async fn any_result_is_small_enough(context: Context) -> Outcome {
    let text = "x".repeat(2_000);
    let texts = context.range(0..20, 1, 20).map_with(text, |text, _| text.clone());
    assert_eq!(texts.collect_async().await?.len(), 20);
    Ok(())
}

async fn large_results_go_as_blocks(context: Context) -> Outcome {
    let (direct, indirect) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let counts = (direct.clone(), indirect.clone());
    let _subscription = context.system().observe(move |observed: Observed<'_>| {
        if let MessageRef::ResultGetter(ResultGetterMessage::EnqueueSuccessfulTask(task)) = observed.message {
            match task.result.value {
                TaskValue::Direct(_) => counts.0.fetch_add(1, Ordering::SeqCst),
                TaskValue::Indirect { size } => counts.1.fetch_add(size, Ordering::SeqCst),
                _ => panic!("neither"),
            };
        }
    });
    let texts = context.range(0..6, 1, 3).map(|x| x.to_string().repeat(if x < 4 { 100 } else { 1 }));
    let expected: Vec<String> = ["0", "1", "2", "3"].map(|digit| digit.repeat(100)).to_vec();
    assert_eq!(texts.collect_async().await?, [expected, vec!["4".to_owned(), "5".to_owned()]].concat());
    assert_eq!((direct.load(Ordering::SeqCst), indirect.load(Ordering::SeqCst)), (1, 2 * 205));
    Ok(())
}

async fn a_task_is_too_large(context: Context) -> Outcome {
    let size = 2 << 20;
    let texts = context.parallelize(vec!["x".repeat(size)], 1);
    // The slice, five bytes of its lengths around it, one for one element, and what is fixed.
    assert_fails(
        texts.count_async().await,
        &[
            "Job aborted due to stage failure: Serialized task 0:0 was ",
            " bytes, which exceeds max allowed: spark.rpc.message.maxSize (1048576 bytes). Consider increasing \
             spark.rpc.message.maxSize or using broadcast variables for large values.",
        ],
    );
    // Only the partition that a task has counts against it.
    let halves = context.parallelize(vec!["x".repeat(size / 4); 8], 8);
    assert_eq!(halves.map(|text| text.len()).reduce_async(|a, b| a + b).await?, 2 * size);
    assert_usable(&context).await
}
