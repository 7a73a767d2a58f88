//! Spark's DistributedSuite: jobs on executors that are processes, and what becomes of them when these end.

use firesteel::{Context, task::TaskError};

use crate::{
    harness::{LIMIT, Outcome, Scenario, scenario, wait},
    probe::{Probe, serve_executors},
    support::{assert_fails, assert_usable, sorted},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(free dist_001_a_failure_that_is_no_text_fails_the_job_and_nothing_else),
        scenario!(free dist_004_map_outputs_may_be_larger_than_what_is_in_flight),
        scenario!(free dist_005_accumulators_add_up),
        scenario!(free dist_006_broadcasts_are_read),
        scenario!(free dist_007_a_task_that_fails_four_times_fails_its_job),
        scenario!(free dist_008_a_task_that_ends_its_process_four_times_fails_its_job),
        scenario!(free dist_014_variables_of_the_environment_reach_executors),
        scenario!(free dist_015_an_executor_that_dies_in_a_map_is_recovered_from),
        scenario!(free dist_016_executors_that_die_again_and_again_in_a_map_stage),
    ]
}

fn cluster(settings: &[(&str, &str)]) -> firesteel::Result<Context> {
    serve_executors();
    let builder = Context::builder()
        .master("local-cluster[2,1,512]")
        .config("firesteel.executor.keepWorkDirs", "false");
    settings.iter().fold(builder, |builder, (key, value)| builder.config(key, value)).start()
}

fn is_usable(context: &Context) -> Outcome {
    wait(LIMIT, assert_usable(context))?
}

fn dist_001_a_failure_that_is_no_text_fails_the_job_and_nothing_else() -> Outcome {
    struct Thing;
    let context = cluster(&[])?;
    let fails = context.range(0..9, 1, 3).map(|x| -> i64 { std::panic::panic_any((Thing, x).1) });
    assert_fails(fails.count(), &["failed 4 times", "panic"]);
    is_usable(&context)
}

fn dist_004_map_outputs_may_be_larger_than_what_is_in_flight() -> Outcome {
    let context = cluster(&[("spark.reducer.maxSizeInFlight", "64k")])?;
    let blocks = context.range(0..40, 1, 4).map(|x| (x % 4, vec![x as u8; 50_000]));
    let sizes = blocks.group_by_key_n(2).map(|(key, blocks)| (key, blocks.len(), blocks.concat().len()));
    assert_eq!(sorted(sizes.collect()?), [0, 1, 2, 3].map(|key| (key, 10, 500_000)));
    Ok(())
}

fn dist_005_accumulators_add_up() -> Outcome {
    let context = cluster(&[])?;
    let sum = context.long_accumulator("sum");
    context.range(1..11, 1, 10).for_each_with(sum.clone(), |sum, x| sum.add(x))?;
    assert_eq!(sum.value(), 55);
    Ok(())
}

fn dist_006_broadcasts_are_read() -> Outcome {
    let context = cluster(&[])?;
    let words = context.broadcast(vec!["to".to_owned(), "be".to_owned()]);
    let all = context.range(0..2, 1, 2).map_with(words, |words, x| (x, words.join(" ")));
    assert_eq!(all.collect()?, [(0, "to be".to_owned()), (1, "to be".to_owned())]);
    Ok(())
}

fn dist_007_a_task_that_fails_four_times_fails_its_job() -> Outcome {
    let context = cluster(&[])?;
    let fails = context.range(0..4, 1, 4).map_partitions_with_index(|index, items, task| {
        if index == 2 {
            task.fail(TaskError::User("it had to be".to_owned()));
        }
        items
    });
    assert_fails(fails.count(), &["Task 2 in stage 0.0 failed 4 times", "it had to be"]);
    is_usable(&context)
}

fn dist_008_a_task_that_ends_its_process_four_times_fails_its_job() -> Outcome {
    let context = cluster(&[])?;
    let ends = context.range(0..2, 1, 2).map(|x| if x == 1 { std::process::exit(42) } else { x });
    assert_fails(ends.count(), &["failed 4 times", "exited with status 42"]);
    is_usable(&context)
}

fn dist_014_variables_of_the_environment_reach_executors() -> Outcome {
    let context = cluster(&[])?;
    let expected = std::env::var("PATH")?;
    let told = context.range(0..2, 1, 2).map(|_| std::env::var("PATH").unwrap_or_default()).collect()?;
    assert_eq!(told, [expected.clone(), expected]);
    Ok(())
}

/// Sums of ten numbers by their last bit, of which the map stage ends its process so many times.
fn sums_in_spite_of(ends: u64, settings: &[(&str, &str)]) -> Outcome {
    let context = cluster(settings)?;
    let begun = Probe::new();
    let numbers = context.range(0..10, 1, 5).map_with((begun, ends), |(begun, ends), x| {
        if x == 9 && begun.hit() <= *ends {
            std::process::exit(1);
        }
        (x % 2, x)
    });
    assert_eq!(sorted(numbers.reduce_by_key_n(2, |a, b| a + b).collect()?), [(0, 20), (1, 25)]);
    assert!(begun.hits() > ends);
    is_usable(&context)
}

fn dist_015_an_executor_that_dies_in_a_map_is_recovered_from() -> Outcome {
    sums_in_spite_of(1, &[])
}

fn dist_016_executors_that_die_again_and_again_in_a_map_stage() -> Outcome {
    sums_in_spite_of(5, &[("spark.task.maxFailures", "8")])
}
