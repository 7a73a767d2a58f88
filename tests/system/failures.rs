//! User code that fails: what the error says, how often it is tried, and that the context lives on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use firesteel::{
    Context, Error, JobFailure,
    actors::{
        JobError,
        message::{ExceptionFailure, SparkListenerEvent, TaskEndReason},
    },
    task::TaskError,
};

use crate::{
    harness::{Outcome, Scenario, scenario},
    probe::Probe,
    support::{assert_contains, assert_fails, assert_usable, sorted},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both a_panic_says_what_and_where),
        scenario!(both a_panic_is_tried_as_often_as_allowed)
            .master("local[2,3]")
            .then(three_attempts_of_a_task),
        scenario!(both max_failures_can_be_set).config("spark.task.maxFailures", "2"),
        scenario!(both a_panic_on_the_map_side).master("local[2,2]"),
        scenario!(both only_the_first_attempt_panics).master("local[2,2]"),
        scenario!(both only_first_attempts_panic_on_both_sides).master("local[4,3]"),
        scenario!(both payloads_that_are_no_text),
        scenario!(both a_task_fails_with_a_typed_error),
        scenario!(both a_failure_cannot_be_swallowed),
        scenario!(both a_merge_on_the_driver_panics).master("local[2,3]"),
        scenario!(both a_sort_whose_sampling_fails),
        scenario!(both other_jobs_do_not_care).master("local[2]"),
    ]
}

/// The job's failure and the exception that caused it.
fn exception(error: &Error) -> (&JobFailure, &ExceptionFailure) {
    let Error::Job(failure) = error else { panic!("{error:?}") };
    let JobError::StageFailure { cause: Some(cause), .. } = &failure.source else { panic!("{error:?}") };
    let TaskEndReason::ExceptionFailure(exception) = &**cause else { panic!("{error:?}") };
    (failure, exception)
}

async fn a_panic_says_what_and_where(context: Context) -> Outcome {
    let line = line!() + 2;
    let numbers = context.range(0..4, 1, 4).map(|x| {
        assert!(x != 2, "deliberate: {x}");
        x
    });
    let error = numbers.collect_async().await.unwrap_err();
    let place = format!("{}:{line}:9", file!());
    assert_contains(
        &error.to_string(),
        &[
            "Job aborted due to stage failure: Task 2 in stage 0.0 failed 1 times, most recent failure: ",
            "Lost task 2.0 in stage 0.0 (TID 2) (localhost executor ",
            "): panic: deliberate: 2",
            &place,
            "(job 0: collect_async at ",
        ],
    );
    let (failure, exception) = exception(&error);
    assert!(failure.call_site.starts_with("collect_async at ") && failure.call_site.contains(file!()));
    assert_eq!((exception.class_name.as_str(), exception.description.as_str()), ("panic", "deliberate: 2"));
    assert_eq!(exception.location.as_deref(), Some(&*place));
    assert!(!exception.fatal);
    assert_usable(&context).await
}

async fn a_panic_is_tried_as_often_as_allowed(context: Context) -> Outcome {
    let probe = Probe::new();
    let numbers = context.range(0..1, 1, 1).map_with(probe, |probe, _: i64| -> i64 {
        panic!("deliberate {}", probe.hit());
    });
    assert_fails(
        numbers.count_async().await,
        &["Task 0 in stage 0.0 failed 3 times", "Lost task 0.2 in stage 0.0 (TID 2)", "deliberate 3"],
    );
    assert_eq!(probe.hits(), 3);
    assert_usable(&context).await
}

fn three_attempts_of_a_task(events: &[SparkListenerEvent]) -> Outcome {
    let attempts = events.iter().filter_map(|event| match event {
        SparkListenerEvent::TaskEnd(end) if end.stage_id.0 == 0 => {
            Some((end.task_info.attempt_number, end.reason.name()))
        }
        _ => None,
    });
    let failed = "ExceptionFailure";
    assert_eq!(attempts.collect::<Vec<_>>(), [(0, failed), (1, failed), (2, failed)]);
    Ok(())
}

async fn max_failures_can_be_set(context: Context) -> Outcome {
    let probe = Probe::new();
    let numbers = context.range(0..1, 1, 1).map_with(probe, |probe, _: i64| -> i64 {
        panic!("deliberate {}", probe.hit());
    });
    assert_fails(numbers.count_async().await, &["failed 2 times", "deliberate 2"]);
    assert_eq!(probe.hits(), 2);
    Ok(())
}

async fn a_panic_on_the_map_side(context: Context) -> Outcome {
    let probe = Probe::new();
    let broken = context.range(0..20, 1, 2).map_with(probe, |probe, x| {
        if x == 13 {
            panic!("deliberate {}", probe.hit());
        }
        (x % 3, x)
    });
    let sums = broken.reduce_by_key(|a, b| a + b);
    assert_fails(sums.collect_async().await, &["Task 1 in stage 0.0 failed 2 times", "deliberate 2"]);
    // A map stage that failed is not taken for done.
    assert_fails(sums.count_async().await, &["deliberate 4"]);
    assert_eq!(probe.hits(), 4);
    // Combining, on either side.
    let broken = context.range(0..20, 1, 2).map(|x| (x % 3, x));
    let sums = broken.reduce_by_key(|_, _| panic!("deliberate combining"));
    assert_fails(sums.collect_async().await, &["deliberate combining"]);
    assert_usable(&context).await
}

async fn only_the_first_attempt_panics(context: Context) -> Outcome {
    let probe = Probe::new();
    let numbers = context.range(0..5, 1, 1).map_with(probe, |probe, x| {
        assert!(probe.hit() != 3, "deliberate");
        x
    });
    assert_eq!(numbers.collect_async().await?, [0, 1, 2, 3, 4]);
    assert_eq!(probe.hits(), 3 + 5);
    Ok(())
}

async fn only_first_attempts_panic_on_both_sides(context: Context) -> Outcome {
    let sums = context
        .range(0..40, 1, 4)
        .map_partitions_with_index(|_, items, task| {
            assert!(task.attempt_number() > 0, "deliberate");
            items.map(|x| (x % 5, 1u64))
        })
        .reduce_by_key_n(3, |a, b| a + b)
        .map_partitions_with_index(|_, items, task| {
            let attempt = task.attempt_number();
            items.inspect(move |_| assert!(attempt > 1, "deliberate"))
        });
    assert_eq!(sorted(sums.collect_async().await?), [(0, 8), (1, 8), (2, 8), (3, 8), (4, 8)]);
    Ok(())
}

async fn payloads_that_are_no_text(context: Context) -> Outcome {
    let numbers = context.range(0..1, 1, 1).map(|_| -> i64 { std::panic::panic_any(7u8) });
    // Not printed: the hook asks for a text.
    assert_fails(numbers.count_async().await, &["a panic whose payload is no text"]);
    assert_usable(&context).await
}

async fn a_task_fails_with_a_typed_error(context: Context) -> Outcome {
    let parsed = context
        .parallelize(["1", "two", "3"].map(str::to_owned).to_vec(), 3)
        .map_partitions_with_index(|_, texts, task| {
            texts.map(move |text| {
                text.parse::<u64>()
                    .unwrap_or_else(|error| task.fail(TaskError::User(format!("{text}: {error}"))))
            })
        });
    let error = assert_fails(parsed.collect_async().await, &["two: invalid digit found in string"]);
    let (_, exception) = exception(&error);
    // An error is not a panic: it has no place.
    assert_eq!((exception.class_name.as_str(), &exception.location), ("TaskError", &None));
    assert_usable(&context).await
}

async fn a_failure_cannot_be_swallowed(context: Context) -> Outcome {
    let numbers = context.range(0..3, 1, 1).map_partitions_with_index(|_, items, task| {
        let fail = AssertUnwindSafe(|| task.fail(TaskError::User("swallowed".to_owned())));
        assert!(catch_unwind(fail).is_err());
        items
    });
    assert_fails(numbers.count_async().await, &["swallowed"]);
    // A panic that user code catches is its own affair.
    let numbers = context.range(0..3, 1, 1).map(|x| {
        assert!(catch_unwind(|| panic!("deliberate")).is_err());
        x
    });
    assert_eq!(numbers.count_async().await?, 3);
    Ok(())
}

async fn a_merge_on_the_driver_panics(context: Context) -> Outcome {
    let rdd = context.range(0..100, 1, 10);
    let sum = rdd.aggregate_async(0, |a, b| a + b, |_, _| panic!("deliberate merge"));
    let error = assert_fails(sum.await, &["the handler of the job's results panicked: deliberate merge"]);
    assert!(matches!(error, Error::Handler { .. }));
    assert_usable(&context).await
}

async fn a_sort_whose_sampling_fails(context: Context) -> Outcome {
    let probe = Probe::new();
    let pairs = context.range(0..50, 1, 3).map_with(probe, |probe, x| {
        assert!(probe.hit() > 1, "deliberate");
        (-x, x)
    });
    let ordered = pairs.sort_by_key(true);
    assert_fails(ordered.collect_async().await, &["sampling the keys for sort_by_key failed", "deliberate"]);
    // That it failed is not remembered.
    assert_eq!(ordered.first_async().await?, (-49, 49));
    Ok(())
}

async fn other_jobs_do_not_care(context: Context) -> Outcome {
    let good = context.range(0..40, 1, 20).map(|x| (x % 2, 1u64)).reduce_by_key(|a, b| a + b);
    let bad = good.map(|_| -> u64 { panic!("deliberate") });
    let jobs = (good.count_async(), bad.count_async(), good.collect_async(), bad.count_async());
    assert_eq!(jobs.0.await?, 2);
    assert_fails(jobs.1.await, &["deliberate"]);
    assert_eq!(sorted(jobs.2.await?), [(0, 20), (1, 20)]);
    assert_fails(jobs.3.await, &["deliberate"]);
    Ok(())
}
