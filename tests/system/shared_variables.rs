//! Accumulators and broadcast variables.

use std::sync::Arc;

use firesteel::{Context, accumulator::Collected, task::TaskContext};
use serde::{Deserialize, Serialize};

use crate::{
    harness::{DELIBERATE, Outcome, Scenario, scenario},
    support::sorted,
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both accumulators_add_up),
        scenario!(both acc_001_in_a_task_an_accumulator_begins_at_zero),
        scenario!(both attempts_that_fail_do_not_count).master("local[2,4]"),
        scenario!(both a_map_stage_counts_once_if_it_runs_once),
        scenario!(both accumulators_of_two_jobs_at_once),
        scenario!(both what_does_not_serialize_fails_the_job),
        scenario!(both broadcasts_are_not_copied).in_process("it compares addresses"),
        scenario!(both a_destroyed_broadcast_fails_by_name),
        scenario!(both a_broadcast_in_a_result_fails_by_name),
        scenario!(free broadcasts_are_freed_with_their_last_handle),
        scenario!(free shared_variables_of_another_context_fail_by_name),
    ]
}

async fn accumulators_add_up(context: Context) -> Outcome {
    let (long, double) = (context.long_accumulator("long"), context.double_accumulator("double"));
    let list = context.collection_accumulator::<i64>("list");
    let all = (long.clone(), double.clone(), list.clone());
    let numbers = context.range(0..1000, 1, 7);
    numbers
        .for_each_with_async(all, |(long, double, list), x| {
            long.add(x);
            double.add(0.5);
            if x % 100 == 0 {
                list.add(x);
            }
        })
        .await?;
    assert_eq!((long.sum(), long.count(), long.avg()), (499_500, 1000, 499.5));
    assert_eq!((double.sum(), double.count()), (500.0, 1000));
    assert_eq!(sorted(list.value()), (0..10).map(|x| x * 100).collect::<Vec<_>>());
    // On the driver it is the value itself.
    long.add(500);
    assert_eq!((long.value(), long.count()), (500_000, 1001));
    long.reset();
    assert!(long.is_zero() && !double.is_zero());
    assert_eq!((long.name(), long.id() < double.id()), ("long", true));
    Ok(())
}

async fn acc_001_in_a_task_an_accumulator_begins_at_zero(context: Context) -> Outcome {
    let counted = context.long_accumulator("counted");
    counted.add(100);
    let seen = context.range(0..3, 1, 3).map_with(counted.clone(), |counted, x| {
        let before = counted.value();
        counted.add(x);
        (before, counted.value())
    });
    assert_eq!(seen.collect_async().await?, [(0, 0), (0, 1), (0, 2)]);
    assert_eq!(counted.value(), 103);
    Ok(())
}

async fn attempts_that_fail_do_not_count(context: Context) -> Outcome {
    let counted = context.long_accumulator("counted");
    let numbers = context.range(0..8, 1, 4);
    let job = numbers.for_each_with_async(counted.clone(), |counted, x| {
        counted.add(1);
        let attempt = TaskContext::get().map_or(0, |task| task.attempt_number());
        assert!(attempt > 1 || x % 3 != 1, "{DELIBERATE}");
    });
    job.await?;
    assert_eq!(counted.value(), 8);
    Ok(())
}

async fn a_map_stage_counts_once_if_it_runs_once(context: Context) -> Outcome {
    let counted = context.long_accumulator("counted");
    let pairs = context.range(0..100, 1, 4).map_with(counted.clone(), |counted, x| {
        counted.add(1);
        (x % 10, x)
    });
    let sums = pairs.reduce_by_key(|a, b| a + b);
    assert_eq!(sums.count_async().await?, 10);
    assert_eq!(sums.count_async().await?, 10);
    assert_eq!(counted.value(), 100, "the second job skips the map stage");
    Ok(())
}

async fn accumulators_of_two_jobs_at_once(context: Context) -> Outcome {
    let (a, b) = (context.long_accumulator("a"), context.long_accumulator("b"));
    let numbers = context.range(0..100, 1, 5);
    let first = numbers.for_each_with_async((a.clone(), b.clone()), |(a, b), x| {
        a.add(x);
        b.add(1);
    });
    let second = numbers.for_each_with_async(b.clone(), |b, _| b.add(1));
    first.await?;
    second.await?;
    assert_eq!((a.value(), b.value()), (4950, 200));
    Ok(())
}

/// Serde cannot write it if it is large.
#[derive(Clone, Deserialize)]
struct Fussy(u64);

impl Serialize for Fussy {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            0..10 => self.0.serialize(serializer),
            _ => Err(serde::ser::Error::custom("too large for me")),
        }
    }
}

async fn what_does_not_serialize_fails_the_job(context: Context) -> Outcome {
    let list = context.accumulator::<Collected<Fussy>>("list");
    let job =
        context.range(0..20, 1, 2).for_each_with_async(list.clone(), |list, x| list.add(Fussy(x as u64)));
    let error = format!("{:?}", job.await.unwrap_err());
    assert!(error.contains("too large for me"), "{error}");
    Ok(())
}

async fn broadcasts_are_not_copied(context: Context) -> Outcome {
    let table = context.broadcast((0..1000u64).map(|x| x * x).collect::<Vec<_>>());
    let address = table.value().as_ptr().addr();
    let squares = context
        .range(0..1000, 1, 5)
        .map_with(table.clone(), |table, x| (table[x as usize], table.as_ptr().addr()));
    let squares = squares.collect_async().await?;
    assert!(squares.iter().enumerate().all(|(x, found)| *found == ((x * x) as u64, address)));
    Ok(())
}

async fn a_destroyed_broadcast_fails_by_name(context: Context) -> Outcome {
    let value = context.broadcast("value".to_owned());
    let texts = context.range(0..4, 1, 2).map_with(value.clone(), |value, _| value.clone().to_uppercase());
    assert_eq!(texts.count_async().await?, 4);
    value.destroy();
    let error = format!("{:?}", texts.count_async().await.unwrap_err());
    assert!(
        error.contains("Attempted to use Broadcast(0) after it was destroyed (destroy at tests/"),
        "{error}"
    );
    Ok(())
}

async fn a_broadcast_in_a_result_fails_by_name(context: Context) -> Outcome {
    let value = context.broadcast(7u64);
    let handles = context.range(0..2, 1, 1).map_with(value, |value, _| value.clone());
    let error = format!("{:?}", handles.collect_async().await.unwrap_err());
    assert!(error.contains("a broadcast variable travels with a stage only"), "{error}");
    Ok(())
}

/// Says when it is dropped.
#[derive(Default, Serialize, Deserialize)]
struct Counted(#[serde(skip)] Arc<()>);

fn broadcasts_are_freed_with_their_last_handle() -> Outcome {
    let context = Context::builder().master("local[2]").start()?;
    let alive = Arc::new(());
    let value = context.broadcast(Counted(alive.clone()));
    let units = context.range(0..4, 1, 2).map_with(value, |value, _| drop(value.0.clone()));
    assert_eq!((units.count()?, Arc::strong_count(&alive)), (4, 2), "the operator holds a handle");
    drop(units);
    assert_eq!(Arc::strong_count(&alive), 1);
    Ok(())
}

fn shared_variables_of_another_context_fail_by_name() -> Outcome {
    let (a, b) = (Context::builder().start()?, Context::builder().start()?);
    let (counted, value) = (a.long_accumulator("a's"), a.broadcast(1u64));
    let (others, _other) = (b.long_accumulator("b's"), b.broadcast(2u64));
    assert_eq!((counted.id(), value.id()), (others.id(), _other.id()));
    let numbers = b.range(0..4, 1, 2);
    let error = numbers.for_each_with(counted, |counted, x| counted.add(x)).unwrap_err();
    assert!(format!("{error:?}").contains("accumulator 0 (a's) belongs to another context"), "{error:?}");
    let error = numbers.map_with(value, |value, _| **value).collect().unwrap_err();
    assert!(format!("{error:?}").contains("Broadcast(0) belongs to another context"), "{error:?}");
    assert!(others.is_zero());
    Ok(())
}
