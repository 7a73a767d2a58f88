//! Spark's FailureSuite: what fails once, what fails for good, and what cannot travel.

use firesteel::{Context, actors::message::SparkListenerEvent, task::TaskError};
use serde::{Deserialize, Serialize};

use crate::{
    harness::{Outcome, Scenario, scenario},
    probe::Probe,
    serialization::{NoWayIn, NoWayOut},
    support::{assert_fails, assert_usable, sorted},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both fail_001_a_task_that_fails_once_runs_twice).master("local[2,2]"),
        scenario!(both fail_004_a_result_that_does_not_serialize_is_not_tried_again).master("local[2,3]"),
        scenario!(both fail_005_what_a_function_needs_does_not_serialize),
        scenario!(both fail_008_the_text_of_any_error_arrives),
        scenario!(both fail_009_an_error_needs_no_decoding).master("local[2,2]").then(two_attempts_failed),
        scenario!(both fail_012_a_task_that_panics_fails_its_job_and_no_executor),
    ]
}

async fn fail_001_a_task_that_fails_once_runs_twice(context: Context) -> Outcome {
    let runs = Probe::new();
    let squares = context.range(1..4, 1, 3).map_with(runs, |runs, x| {
        let run = runs.hit();
        assert!(run != 1, "deliberate");
        x * x
    });
    assert_eq!(squares.collect_async().await?, [1, 4, 9]);
    assert_eq!(runs.hits(), 4, "three tasks, and one of them twice");
    // In each of two stages.
    let (maps, reduces) = (Probe::new(), Probe::new());
    let pairs = context.range(1..4, 1, 3).map_with(maps, |maps, x| {
        assert!(maps.hit() != 1, "deliberate");
        (x, x)
    });
    let sums = pairs.group_by_key_n(3).map_with(reduces, |reduces, (key, values)| {
        assert!(reduces.hit() != 1, "deliberate");
        (key, values.into_iter().sum::<i64>())
    });
    assert_eq!(sorted(sums.collect_async().await?), [(1, 1), (2, 2), (3, 3)]);
    assert_eq!((maps.hits(), reduces.hits()), (4, 4));
    Ok(())
}

async fn fail_004_a_result_that_does_not_serialize_is_not_tried_again(context: Context) -> Outcome {
    let runs = Probe::new();
    let results = context.range(0..1, 1, 1).map_with(runs, |runs, _| {
        runs.hit();
        NoWayOut
    });
    assert_fails(results.collect_async().await, &["not serializable: no way out"]);
    assert_eq!(runs.hits(), 1);
    assert_usable(&context).await
}

/// A closure that captures is refused when the program is built; what is left to fail is the data beside one.
async fn fail_005_what_a_function_needs_does_not_serialize(context: Context) -> Outcome {
    let text = ["Task not serializable"];
    let numbers = context.range(0..10, 1, 2);
    // In the final stage, in an earlier one, and in an action.
    let last = numbers.map_with(NoWayOut, |_, x| x);
    assert_fails(last.collect_async().await, &text);
    let earlier = numbers.map_with(NoWayOut, |_, x| (x, x)).reduce_by_key(|a, b| a + b);
    assert_fails(earlier.collect_async().await, &text);
    assert_fails(numbers.for_each_with_async(NoWayOut, |_, _| {}).await, &text);
    assert_usable(&context).await
}

/// Errors travel as texts, so none is too odd to be told.
async fn fail_008_the_text_of_any_error_arrives(context: Context) -> Outcome {
    struct Odd(#[allow(dead_code)] std::rc::Rc<u8>);
    let odd = context.range(0..1, 1, 1).map(|x| {
        let kept = Odd(std::rc::Rc::new(1));
        assert!(std::rc::Rc::strong_count(&kept.0) > 1, "deliberate: {x} is odd");
        x
    });
    assert_fails(odd.count_async().await, &["deliberate: 0 is odd"]);
    let odd = context.range(0..1, 1, 1).map(|_| -> i64 { std::panic::panic_any(NoWayOut) });
    assert_fails(odd.count_async().await, &["a panic whose payload is no text"]);
    assert_usable(&context).await
}

async fn fail_009_an_error_needs_no_decoding(context: Context) -> Outcome {
    let odd = context.range(0..1, 1, 1).map(|_| -> i64 { std::panic::panic_any(NoWayIn) });
    assert_fails(odd.count_async().await, &["failed 2 times", "a panic whose payload is no text"]);
    Ok(())
}

fn two_attempts_failed(events: &[SparkListenerEvent]) -> Outcome {
    let ends = events.iter().filter(|event| matches!(event, SparkListenerEvent::TaskEnd(_)));
    assert_eq!(ends.count(), 2);
    Ok(())
}

/// Spark's task meets a class that cannot be linked; ours an error that it cannot go on with.
async fn fail_012_a_task_that_panics_fails_its_job_and_no_executor(context: Context) -> Outcome {
    #[derive(Clone, Serialize, Deserialize)]
    struct Missing;
    let broken = context
        .range(0..1, 1, 1)
        .map_with(Missing, |_, _| -> i64 { panic!("deliberate: nothing of that name") });
    assert_fails(broken.count_async().await, &["deliberate: nothing of that name"]);
    let failing = context.range(0..1, 1, 1).map_partitions_with_index(|_, items, task| {
        if task.partition_id() == 0 {
            task.fail(TaskError::User("nothing of that name".to_owned()));
        }
        items
    });
    assert_fails(failing.count_async().await, &["nothing of that name"]);
    assert_usable(&context).await
}
