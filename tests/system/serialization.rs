//! Data whose `Serialize` or `Deserialize` fails or panics, at every place where data travels.

use firesteel::{Context, Error, rdd::PlanError};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use crate::{
    harness::{Outcome, Scenario, scenario},
    probe::Probe,
    support::{assert_fails, assert_usable},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both data_of_an_operator_does_not_serialize),
        scenario!(both a_partition_does_not_serialize),
        scenario!(both a_result_does_not_serialize).master("local[2,3]"),
        scenario!(both a_result_does_not_decode).master("local[2,3]"),
        scenario!(both data_of_an_operator_does_not_decode).master("local[2,2]"),
        scenario!(both a_partition_does_not_decode).master("local[2,2]"),
    ]
}

/// Does not serialize.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct NoWayOut;

impl Serialize for NoWayOut {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom("no way out"))
    }
}

/// Does not decode.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct NoWayIn;

impl<'de> Deserialize<'de> for NoWayIn {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom("no way in"))
    }
}

/// Panics when it is decoded.
#[derive(Clone, Copy, Debug, Serialize)]
struct Trap;

impl<'de> Deserialize<'de> for Trap {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("deliberate trap")
    }
}

async fn data_of_an_operator_does_not_serialize(context: Context) -> Outcome {
    let probe = Probe::new();
    let numbers = context.range(0..3, 1, 3).map_with((probe, NoWayOut), |(probe, _), x| {
        probe.hit();
        (x, x)
    });
    let text = ["Job aborted due to stage failure: Task not serializable: ", "no way out"];
    assert_fails(numbers.count_async().await, &text);
    // On the map side, also when it is tried again.
    let shuffled = numbers.reduce_by_key(|a, b| a + b);
    assert_fails(shuffled.count_async().await, &text);
    assert_fails(shuffled.collect_async().await, &text);
    // In an action, and below a box.
    let boxed = numbers.boxed();
    assert_fails(boxed.count_async().await, &text);
    assert_fails(context.range(0..3, 1, 1).for_each_with_async(NoWayOut, |_, _| {}).await, &text);
    assert_eq!(probe.hits(), 0);
    assert_usable(&context).await
}

async fn a_partition_does_not_serialize(context: Context) -> Outcome {
    let items = context.parallelize(vec![NoWayOut; 4], 2);
    let error =
        assert_fails(items.count_async().await, &["partition 0 of ", "does not serialize: no way out"]);
    assert!(matches!(error, Error::Plan(PlanError::PartitionNotSerializable { partition: 0, .. })));
    let shuffled = items.map(|_| (1, 1)).reduce_by_key(|a, b| a + b);
    let error = assert_fails(shuffled.count_async().await, &["does not serialize: no way out"]);
    assert!(matches!(error, Error::Plan(PlanError::PartitionNotSerializable { .. })));
    assert_usable(&context).await
}

async fn a_result_does_not_serialize(context: Context) -> Outcome {
    let probe = Probe::new();
    let items = context.range(0..1, 1, 1).map_with(probe, |probe, _| {
        probe.hit();
        NoWayOut
    });
    assert_fails(
        items.collect_async().await,
        &[
            "Task 0 in stage 0.0 (TID 0) had a not serializable result: ",
            "not serializable: no way out; not retrying",
        ],
    );
    assert_eq!(probe.hits(), 1, "to try again is pointless");
    assert_eq!(items.count_async().await?, 1);
    assert_usable(&context).await
}

async fn a_result_does_not_decode(context: Context) -> Outcome {
    let probe = Probe::new();
    let numbers = context.range(0..4, 1, 4);
    let items = numbers.map_with(probe, |probe, _| {
        probe.hit();
        NoWayIn
    });
    let text = "Job aborted due to stage failure: Exception while getting task result: ";
    assert_fails(items.collect_async().await, &[text, "no way in"]);
    // Each of the four tasks at most once.
    assert!(probe.hits() <= 4, "{}", probe.hits());
    assert_fails(numbers.map(|_| Trap).collect_async().await, &[text, "deliberate trap"]);
    assert_usable(&context).await
}

async fn data_of_an_operator_does_not_decode(context: Context) -> Outcome {
    let numbers = context.range(0..2, 1, 2);
    let broken = numbers.map_with(NoWayIn, |_, x| (x, x));
    assert_fails(broken.count_async().await, &["failed 2 times", "cannot decode the stage", "no way in"]);
    assert_fails(broken.reduce_by_key(|a, b| a + b).count_async().await, &["failed 2 times", "no way in"]);
    assert_fails(broken.boxed().count_async().await, &["no way in"]);
    let trapped = numbers.map_with(Trap, |_, x| x);
    assert_fails(trapped.count_async().await, &["failed 2 times", "deliberate trap"]);
    assert_usable(&context).await
}

async fn a_partition_does_not_decode(context: Context) -> Outcome {
    let items = context.parallelize(vec![NoWayIn; 3], 1);
    let text = ["failed 2 times", "cannot decode partition 0: ", "no way in"];
    assert_fails(items.count_async().await, &text);
    assert_fails(items.map(|_| (1, 1)).reduce_by_key(|a, b| a + b).count_async().await, &text);
    assert_fails(items.boxed().count_async().await, &text);
    let traps = context.parallelize(vec![Trap], 1);
    assert_fails(traps.count_async().await, &["failed 2 times", "deliberate trap"]);
    assert_usable(&context).await
}
