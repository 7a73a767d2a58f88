//! The log: Spark's lines, which people search for. On the loop, where everything happens on one thread; in
//! children, for subscribers of one thread miss events when other threads meet the same places for the first time.

use std::{
    error::Error,
    io::Write,
    sync::{Arc, Mutex},
};

use firesteel::{Context, actors::carrier::sim_loop::SimSystem};

use crate::{
    child::{self, Child},
    harness::{Outcome, Scenario},
    support::assert_contains,
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    let scenario = |(name, _): &Child| {
        let name = *name;
        Scenario::free(name, move || child::run(name).map(|_| ()).map_err(Into::into))
    };
    CHILDREN.iter().map(scenario).collect()
}

/// What runs in children.
pub(crate) const CHILDREN: [Child; 5] = [
    ("log::of_a_job_with_a_shuffle", of_a_job_with_a_shuffle),
    ("log::of_results_that_are_large", of_results_that_are_large),
    ("log::of_failures", of_failures),
    ("log::of_lineages", of_lineages),
    ("log::of_settings_that_are_not_known", of_settings_that_are_not_known),
];

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is logged while a program runs on a system with these settings.
fn logged(
    settings: &[(&str, &str)],
    program: impl FnOnce(&Context, &mut SimSystem) -> Outcome,
) -> Result<String, Box<dyn Error + Send + Sync>> {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let builder = Context::builder().master("local[2,2]");
        let builder = settings.iter().fold(builder, |builder, (key, value)| builder.config(key, value));
        let (context, mut system) = builder.start_sim(1)?;
        program(&context, &mut system)
    })?;
    let bytes = std::mem::take(&mut *lines.0.lock().unwrap());
    Ok(String::from_utf8(bytes)?)
}

/// The lines without the spans that they are in: ` INFO task{job=0}: Running` is ` INFO Running`.
fn without_spans(log: &str) -> String {
    let line = |line: &str| {
        let (level, mut rest) = line.split_at_checked(6).unwrap_or((line, ""));
        while let Some((span, behind)) = rest.split_once("}:")
            && span
                .split_once('{')
                .is_some_and(|(name, _)| name.chars().all(|c| c.is_alphanumeric() || c == '_'))
        {
            rest = behind.trim_start();
        }
        format!("{level}{rest}\n")
    };
    log.lines().map(line).collect()
}

/// The lines are there, in this order.
#[track_caller]
fn assert_in_order(log: &str, lines: &[&str]) {
    let log = without_spans(log);
    let mut rest = &*log;
    for line in lines {
        let Some(at) = rest.find(line) else { panic!("no {line:?} behind the one before it in:\n{log}") };
        rest = &rest[at + line.len()..];
    }
}

fn of_a_job_with_a_shuffle() -> Outcome {
    let log = logged(&[], |context, system| {
        let sums = context.range(0..20, 1, 2).map(|x| (x % 3, x)).reduce_by_key_n(1, |a, b| a + b);
        assert_eq!(system.block_on(sums.count_async())??, 3);
        assert_eq!(system.block_on(sums.count_async())??, 3);
        Ok(())
    })?;
    assert_in_order(
        &log,
        &[
            " INFO Starting job: count_async at ",
            " INFO Got job 0 (count_async at ",
            ") with 1 output partitions",
            " INFO Final stage: ResultStage 1 (count_async at ",
            " INFO Parents of final stage: List(ShuffleMapStage 0)",
            " INFO Missing parents: List(ShuffleMapStage 0)",
            " INFO Submitting 2 missing tasks from ShuffleMapStage 0 (MapPartitionsRDD[1] at map at ",
            ") (first 15 tasks are for partitions [0, 1])",
            " INFO Adding task set 0.0 with 2 tasks",
            "DEBUG Launching task 0 on executor id: driver",
            " INFO Running task 0.0 in stage 0.0 (TID 0)",
            " INFO Submitting 1 missing tasks from ResultStage 1 (ShuffledRDD[2] at reduce_by_key at ",
            " INFO Adding task set 1.0 with 1 tasks",
            " INFO Running task 0.0 in stage 1.0 (TID 2)",
            " INFO Finished task 0.0 in stage 1.0 (TID 2). 1 bytes result sent to driver",
            " INFO Job 0 is finished: count_async at ",
            " INFO Got job 1 (count_async at ",
            " INFO Missing parents: List()",
            " INFO Submitting 1 missing tasks from ResultStage 3 (",
        ],
    );
    assert_contains(
        &log,
        &["Successfully registered with driver", "Got assigned task 0", "Got assigned task 2", file!()],
    );
    assert!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
    // What user code logs is within its task.
    assert_contains(
        &log,
        &["task{job=0 stage=1 partition=0 tid=2 attempt=0}: Running task 0.0 in stage 1.0"],
    );
    Ok(())
}

fn of_results_that_are_large() -> Outcome {
    let settings = [("spark.driver.maxResultSize", "2k"), ("spark.task.maxDirectResultSize", "100")];
    let log = logged(&settings, |context, system| {
        let texts = context.range(0..2, 1, 1).map(|x| "x".repeat(if x == 0 { 500 } else { 10 }));
        assert_eq!(system.block_on(texts.collect_async())??.len(), 2);
        let texts = context.range(0..1, 1, 1).map(|_| "x".repeat(5_000));
        assert!(system.block_on(texts.collect_async())?.is_err());
        Ok(())
    })?;
    assert_in_order(
        &log,
        &[
            " INFO Finished task 0.0 in stage 0.0 (TID 0). 515 bytes result sent via BlockManager)",
            " WARN Finished task 0.0 in stage 1.0 (TID 1). Result is larger than maxResultSize (5004 > 2048), dropping it.",
        ],
    );
    Ok(())
}

fn of_failures() -> Outcome {
    let log = logged(&[], |context, system| {
        let numbers = context.range(0..1, 1, 1).map(|_| -> i64 { panic!("deliberate") });
        assert!(system.block_on(numbers.count_async())?.is_err());
        let job = context.range(0..9, 1, 3).count_async();
        context.cancel_job(firesteel::actors::JobId(1), "on a whim")?;
        assert!(system.block_on(job)?.is_err());
        system.run_until_idle();
        Ok(())
    })?;
    assert_in_order(
        &log,
        &[
            "ERROR Exception in task 0.0 in stage 0.0 (TID 0): panic: deliberate",
            " WARN Lost task 0.0 in stage 0.0 (TID 0) (localhost executor driver): panic: deliberate",
            " INFO Running task 0.1 in stage 0.0 (TID 1)",
            "ERROR Exception in task 0.1 in stage 0.0 (TID 1): panic: deliberate",
            "ERROR Aborting task set 0.0: Task 0 in stage 0.0 failed 2 times, most recent failure: Lost task",
            " INFO Job 0 failed: count_async at ",
            " INFO Job 1 failed: count_async at ",
            "Job 1 cancelled on a whim",
        ],
    );
    Ok(())
}

fn of_lineages() -> Outcome {
    let log = logged(&[("spark.logLineage", "true")], |context, system| {
        let sums = context.range(0..20, 1, 2).map(|x| (x % 3, x)).reduce_by_key_n(1, |a, b| a + b);
        assert_eq!(system.block_on(sums.count_async())??, 3);
        Ok(())
    })?;
    assert_in_order(
        &log,
        &[
            " INFO RDD's recursive dependencies:\n(1) ShuffledRDD[2] at reduce_by_key at ",
            "\n +-(2) MapPartitionsRDD[1] at map at ",
            "\n    |  RangeRDD[0] at range at ",
        ],
    );
    Ok(())
}

fn of_settings_that_are_not_known() -> Outcome {
    let settings = [("spark.task.cpu", "2"), ("my.own.key", "anything")];
    let log = logged(&settings, |context, system| {
        assert_eq!(system.block_on(context.range(0..9, 1, 3).count_async())??, 9);
        Ok(())
    })?;
    assert_in_order(
        &log,
        &[" WARN there is no setting spark.task.cpu; did you mean spark.task.cpus?", " INFO Starting job"],
    );
    assert!(!log.contains("my.own.key"), "{log}");
    Ok(())
}
