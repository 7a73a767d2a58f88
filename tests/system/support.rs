//! Small things that many bodies need.

use std::{error::Error, fmt::Debug};

use firesteel::{
    Context, Rdd,
    rdd::{Compute, Data},
};

use crate::harness::Outcome;

/// An error with all its causes, as a program prints it.
pub(crate) fn text_of(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}\ncaused by: {cause}");
        source = cause.source();
    }
    text
}

/// Fails unless a text contains all parts.
#[track_caller]
pub(crate) fn assert_contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in: {text}");
    }
}

/// Fails unless an action failed with a text that contains all parts.
#[track_caller]
pub(crate) fn assert_fails<T: Debug>(result: firesteel::Result<T>, parts: &[&str]) -> firesteel::Error {
    let error = result.expect_err("it should fail");
    assert_contains(&text_of(&error), parts);
    error
}

/// The elements by partition.
pub(crate) async fn parts<P: Compute>(rdd: &Rdd<P>) -> firesteel::Result<Vec<Vec<P::Item>>>
where
    P::Item: Data,
{
    rdd.map_partitions(|items| std::iter::once(items.collect::<Vec<_>>())).collect_async().await
}

/// The elements, however a consumer drives the iterators: by `fold`, by `next`, or by both.
pub(crate) async fn every_way<P: Compute>(rdd: &Rdd<P>) -> firesteel::Result<Vec<P::Item>>
where
    P::Item: Data + PartialEq + Debug,
{
    let by_fold = rdd.collect_async().await?;
    let by_next = rdd.map_partitions(|mut items| std::iter::from_fn(move || items.next()));
    assert_eq!(by_next.collect_async().await?, by_fold);
    let by_both = rdd.map_partitions(|mut items| {
        let begun: Vec<_> = items.by_ref().take(2).collect();
        begun.into_iter().chain(items)
    });
    assert_eq!(by_both.collect_async().await?, by_fold);
    Ok(by_fold)
}

/// The same, sorted each time: where rows come from several executors their order differs from run to run.
pub(crate) async fn every_way_sorted<P: Compute>(rdd: &Rdd<P>) -> firesteel::Result<Vec<P::Item>>
where
    P::Item: Data + Ord + Debug,
{
    let by_fold = sorted(rdd.collect_async().await?);
    let by_next = rdd.map_partitions(|mut items| std::iter::from_fn(move || items.next()));
    assert_eq!(sorted(by_next.collect_async().await?), by_fold);
    let by_both = rdd.map_partitions(|mut items| {
        let begun: Vec<_> = items.by_ref().take(2).collect();
        begun.into_iter().chain(items)
    });
    assert_eq!(sorted(by_both.collect_async().await?), by_fold);
    Ok(by_fold)
}

/// An iterator that has one more element after its end, as the contract of iterators allows.
pub(crate) fn unfused<I: Iterator>(mut items: I, more: I::Item) -> impl Iterator<Item = I::Item> {
    let mut after = [None, Some(more)].into_iter();
    std::iter::from_fn(move || items.next().or_else(|| after.next().flatten()))
}

/// The same elements in order.
pub(crate) fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items
}

/// After whatever happened: the context still runs jobs, with and without a shuffle.
pub(crate) async fn assert_usable(context: &Context) -> Outcome {
    assert_eq!(context.range(0..100, 1, 3).count_async().await?, 100);
    let sums = context.range(0..100, 1, 3).map(|x| (x % 4, x)).reduce_by_key(|a, b| a + b);
    assert_eq!(sorted(sums.collect_async().await?), [(0, 1200), (1, 1225), (2, 1250), (3, 1275)]);
    Ok(())
}

/// Numbers that look random and are the same every time (splitmix64).
pub(crate) fn random(seed: u64) -> impl Iterator<Item = u64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    })
}
