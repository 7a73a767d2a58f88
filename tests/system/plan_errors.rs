//! Programs that cannot be planned, and settings that cannot be taken: typed errors, found by the action.

use std::fs;

use firesteel::{Context, Error, HashPartitioner, Partitioner, rdd::PlanError, text::input::InputError};
use serde::{Deserialize, Serialize};

use crate::{
    harness::{DELIBERATE, Outcome, Scenario, scenario},
    support::{assert_contains, assert_fails, assert_usable, text_of},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both partition_counts_are_bounded),
        scenario!(both a_step_of_zero),
        scenario!(both partitions_that_there_are_not),
        scenario!(both a_partitioner_that_errs).master("local[2,2]"),
        scenario!(both input_that_is_not_there),
        #[cfg(feature = "gzip")]
        scenario!(both broken_gzip_data).master("local[2,2]"),
        scenario!(both a_file_that_shrinks),
        scenario!(both a_sort_whose_keys_cannot_be_sampled),
        scenario!(free masters_and_settings_that_are_refused),
    ]
}

/// The count that an action found to be impossible.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: firesteel::Result<T>) -> (&'static str, usize) {
    let error = result.expect_err("it should be refused");
    assert_contains(&error.to_string(), &["partitions: it takes 1 to 16777216"]);
    match error {
        Error::Plan(PlanError::PartitionCount { operation, requested }) => (operation, requested),
        other => panic!("{other:?}"),
    }
}

async fn partition_counts_are_bounded(context: Context) -> Outcome {
    let pairs = context.range(0..10, 1, 2).map(|x| (x, x));
    for count in [0, PlanError::MAX_PARTITIONS + 1, usize::MAX] {
        assert_eq!(
            refused(context.parallelize(vec![1], count).collect_async().await),
            ("parallelize", count)
        );
        assert_eq!(refused(context.range(0..9, 1, count).count_async().await), ("range", count));
        assert_eq!(refused(context.text_file(file!(), count).count_async().await), ("text_file", count));
        let files = context.whole_text_files(file!(), count);
        assert_eq!(refused(files.count_async().await), ("whole_text_files", count));
        let sums = pairs.reduce_by_key_n(count, |a, b| a + b);
        assert_eq!(refused(sums.count_async().await), ("reduce_by_key", count));
        assert_eq!(refused(pairs.group_by_key_n(count).take_async(1).await), ("group_by_key", count));
        assert_eq!(refused(pairs.sort_by_key_n(true, count).first_async().await), ("sort_by_key", count));
        let placed = pairs.partition_by(HashPartitioner::new(count));
        assert_eq!(refused(placed.collect_async().await), ("partition_by", count));
        // Also for those who only ask, and below other operators.
        assert!(placed.num_partitions().is_err());
        assert_eq!(refused(sums.map(|x| x).boxed().count_async().await), ("reduce_by_key", count));
        assert!(sums.to_debug_string().starts_with("(?) "));
    }
    let half = context.range(0..10, 1, PlanError::MAX_PARTITIONS / 2 + 1);
    assert_eq!(refused(half.union(&half).count_async().await), ("union", PlanError::MAX_PARTITIONS + 2));
    assert_usable(&context).await
}

async fn a_step_of_zero(context: Context) -> Outcome {
    let error = assert_fails(context.range(0..10, 0, 2).count_async().await, &["step cannot be 0"]);
    assert!(matches!(error, Error::Plan(PlanError::ZeroStep)));
    Ok(())
}

async fn partitions_that_there_are_not(context: Context) -> Outcome {
    let rdd = context.range(0..10, 1, 4);
    for (wanted, partition) in [(vec![4], 4), (vec![0, 3, 9], 9), (vec![usize::MAX], usize::MAX)] {
        let text = format!(
            "Attempting to access a non-existent partition: {partition}. Total number of partitions: 4"
        );
        let error = assert_fails(rdd.run_job_async(wanted, |items, _| items.count()).await, &[&text]);
        assert!(matches!(error, Error::Plan(PlanError::NoSuchPartition { total: 4, .. })));
    }
    assert_usable(&context).await
}

/// Says 7 where there are 3.
#[derive(Clone, Serialize, Deserialize)]
struct Erring;

impl Partitioner<i64> for Erring {
    fn num_partitions(&self) -> usize {
        3
    }

    fn partition(&self, _: &i64) -> usize {
        7
    }
}

async fn a_partitioner_that_errs(context: Context) -> Outcome {
    let pairs = context.range(0..10, 1, 1).map(|x| (x, x)).partition_by(Erring);
    let text = "the partitioner put a key into partition 7, but there are only 3";
    assert_fails(pairs.count_async().await, &["failed 2 times", text]);
    assert_usable(&context).await
}

async fn input_that_is_not_there(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let root = dir.path().to_str().unwrap();
    fs::create_dir(dir.path().join("folder"))?;
    let lines = |paths: &str| context.text_file(paths, 2).count_async();
    let missing = format!("{root}/missing");
    let error = assert_fails(lines(&missing).await, &[&format!("Input path does not exist: {missing}")]);
    assert!(matches!(error, Error::Plan(PlanError::Input(InputError::NotFound { .. }))));
    let both = format!("{missing},{root}");
    assert_fails(lines(&both).await, &["Input path does not exist"]);
    assert_fails(lines(&format!("{root}/*.txt")).await, &["*.txt matches 0 files"]);
    assert_fails(lines(root).await, &["Not a file: ", "folder"]);
    assert_fails(lines("hdfs://host/path").await, &["No FileSystem for scheme \"hdfs\""]);
    assert_fails(lines("").await, &["Can not create a Path from an empty string"]);
    assert_fails(lines(&format!("{root}/[")).await, &["Illegal file pattern"]);
    let files = context.whole_text_files(&missing, 2);
    assert_fails(files.count_async().await, &["Input path does not exist"]);
    // Behind a shuffle.
    let words = context.text_file(&missing, 2).map(|line| (line, 1u64)).reduce_by_key(|a, b| a + b);
    assert_fails(words.count_async().await, &["Input path does not exist"]);
    assert_usable(&context).await
}

#[cfg(feature = "gzip")]
async fn broken_gzip_data(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let whole = crate::word_count::compressed(&crate::text::troubled_text(1, 50_000))?;
    let mut flipped = whole.clone();
    let middle = whole.len() / 2;
    flipped[middle] ^= 0xFF;
    for (name, bytes) in [("no", &b"no gzip data"[..]), ("torn", &whole[..middle]), ("flipped", &flipped)] {
        let path = dir.path().join(format!("{name}.gz"));
        fs::write(&path, bytes)?;
        let lines = context.text_file(path.to_str().unwrap(), 1);
        let text = format!("broken gzip data in {}", path.display());
        assert_fails(lines.count_async().await, &["failed 2 times", "cannot read the input", &text]);
    }
    assert_usable(&context).await
}

async fn a_file_that_shrinks(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("shrinks");
    fs::write(&path, "line\n".repeat(10_000))?;
    let lines = context.text_file(path.to_str().unwrap(), 4);
    assert_eq!(lines.count_async().await?, 10_000);
    fs::write(&path, "line\n")?;
    assert_fails(lines.count_async().await, &["shrinks shrank while it was in use"]);
    fs::remove_file(&path)?;
    assert_fails(lines.count_async().await, &["Input path does not exist"]);
    assert_usable(&context).await
}

async fn a_sort_whose_keys_cannot_be_sampled(context: Context) -> Outcome {
    let pairs = context.range(0..10, 1, 2).map(|x| if x < 9 { (x, x) } else { panic!("{DELIBERATE}") });
    let parts = ["sampling the keys for sort_by_key failed: Job aborted due to stage failure", DELIBERATE];
    let error = assert_fails(pairs.sort_by_key(true).collect_async().await, &parts);
    assert!(matches!(error, Error::Plan(PlanError::Sampling { operation: "sort_by_key", .. })), "{error:?}");
    assert_usable(&context).await
}

fn masters_and_settings_that_are_refused() -> Outcome {
    for master in ["local[0]", "local[x]", "local[2,0]", "local[1000000]", "spark://host:7077", ""] {
        let error = Context::builder().master(master).start().unwrap_err();
        assert!(matches!(error, Error::Master(_)));
        assert_contains(&error.to_string(), &[&format!("'{master}'"), "local[N,maxFailures]"]);
    }
    for (key, value) in [
        ("spark.task.maxFailures", "0"),
        ("spark.default.parallelism", "0"),
        ("spark.driver.maxResultSize", "much"),
        ("spark.executor.heartbeatInterval", "1h"),
        ("spark.scheduler.allocation.file", "/no/such/pools.xml"),
        ("spark.task.resource.gpu.amount", "1"),
    ] {
        let error = Context::builder().config(key, value).start_sim(1).unwrap_err();
        assert!(matches!(error, Error::Config(_)));
        assert_contains(&text_of(&error), &[key]);
    }
    let error = Context::builder().trace("no/such/folder/trace").start().unwrap_err();
    assert!(matches!(error, Error::Trace(_)), "{error:?}");
    Ok(())
}
