//! Shuffles whose data does not fit into memory, and what Spark's shuffle and sorting suites check.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use firesteel::{
    Context, HashPartitioner,
    actors::message::{SparkListenerEvent, TaskMetrics},
};

use crate::{
    harness::{Outcome, Scenario, scenario},
    support::{assert_contains, every_way, every_way_sorted, parts, random, sorted, text_of},
};

/// Two slots share 0.6 of it: far less than the data.
const TINY: &str = "128k";

pub(crate) fn scenarios() -> Vec<Scenario> {
    let tiny = |scenario: Scenario| scenario.config("spark.driver.memory", TINY).then(it_spilled);
    let raw = |scenario: Scenario| {
        scenario.config("spark.shuffle.compress", "false").config("spark.shuffle.spill.compress", "false")
    };
    vec![
        tiny(scenario!(both every_wide_operator_gives_the_same_in_little_memory)),
        tiny(scenario!(both joins_cogroups_and_sets_give_the_same_in_little_memory)),
        tiny(scenario!(both a_hot_key_is_joined_in_little_memory)),
        raw(tiny(scenario!(both shuf_001_groups_without_compression))),
        scenario!(both shuf_004_parts_of_values_without_bytes),
        scenario!(both shuf_005_at_most_four_of_201_parts_have_elements),
        tiny(scenario!(both shuf_007_shuffled_pairs_are_sorted)),
        tiny(scenario!(both shuf_008_shuffled_pairs_are_cogrouped)),
        tiny(scenario!(both shuf_009_shuffled_pairs_are_subtracted)),
        scenario!(free shuf_013_a_map_output_whose_file_is_deleted_is_made_again),
        scenario!(both shuf_015_metrics_of_a_shuffle_without_aggregation).then(what_is_written_is_read),
        scenario!(both shuf_016_metrics_of_a_shuffle_with_aggregation).then(what_is_written_is_read),
        tiny(scenario!(both metrics_of_a_shuffle_in_files)).then(what_is_written_is_read),
        scenario!(free eight_times_the_memory_stays_within_it),
        scenario!(free shuf_018_files_are_removed_with_their_shuffle),
        scenario!(both sort_001_a_small_collection),
        scenario!(both sort_002_a_large_collection),
        scenario!(both sort_003_one_partition),
        scenario!(both sort_004_many_partitions),
        scenario!(both sort_005_descending),
        scenario!(both sort_006_descending_in_one_partition),
        scenario!(both sort_007_descending_in_many_partitions),
        scenario!(both sort_008_more_partitions_than_elements),
        scenario!(both sort_009_nothing_is_sorted),
        scenario!(both sort_010_partitions_are_of_like_size),
        scenario!(both sort_011_descending_partitions_are_of_like_size),
        scenario!(free a_codec_that_is_not_built_in_is_refused_at_the_start),
        scenario!(free a_directory_that_cannot_be_made_fails_the_job_by_name),
    ]
}

fn metrics(events: &[SparkListenerEvent]) -> TaskMetrics {
    let mut sum = TaskMetrics::default();
    for event in events {
        if let SparkListenerEvent::TaskEnd(end) = event {
            sum.add(&end.metrics);
        }
    }
    sum
}

fn it_spilled(events: &[SparkListenerEvent]) -> Outcome {
    let sum = metrics(events);
    assert!(sum.memory_bytes_spilled > 0 && sum.disk_bytes_spilled > 0, "{sum:?}");
    assert!(sum.peak_execution_memory > 0);
    Ok(())
}

fn what_is_written_is_read(events: &[SparkListenerEvent]) -> Outcome {
    let sum = metrics(events);
    assert!(sum.shuffle_records_written > 0 && sum.shuffle_bytes_written > 0, "{sum:?}");
    assert_eq!(sum.shuffle_records_written, sum.shuffle_records_read);
    // Between processes it is encoded.
    let (local, remote) = (sum.shuffle_local_bytes_read, sum.shuffle_remote_bytes_read);
    assert!(
        sum.shuffle_bytes_written == local || (sum.shuffle_bytes_written > local && remote > 0),
        "{sum:?}"
    );
    Ok(())
}

fn pairs(count: usize, keys: u64) -> Vec<(u64, String)> {
    random(count as u64).take(count).enumerate().map(|(i, x)| (x % keys, format!("value {i}"))).collect()
}

fn groups(pairs: &[(u64, String)]) -> BTreeMap<u64, Vec<String>> {
    let mut groups = BTreeMap::<_, Vec<_>>::new();
    pairs.iter().for_each(|(key, value)| groups.entry(*key).or_default().push(value.clone()));
    groups
}

async fn every_wide_operator_gives_the_same_in_little_memory(context: Context) -> Outcome {
    let pairs = pairs(8_000, 3_000);
    let rdd = context.parallelize(pairs.clone(), 3);
    let longest = rdd.reduce_by_key_n(2, |a, b| a.max(b));
    let expected: Vec<_> =
        groups(&pairs).into_iter().map(|(key, values)| (key, values.into_iter().max().unwrap())).collect();
    assert_eq!(every_way_sorted(&longest).await?, expected);
    let mut expected = pairs.clone();
    expected.sort_by_key(|pair| pair.0);
    assert_eq!(every_way(&rdd.sort_by_key_n(true, 3)).await?, expected);
    let placed = rdd.partition_by(HashPartitioner::new(2));
    assert_eq!(every_way_sorted(&placed).await?, sorted(pairs.clone()));
    let distinct = rdd.keys().distinct().collect_async().await?;
    assert_eq!(
        sorted(distinct),
        pairs.iter().map(|pair| pair.0).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    );
    Ok(())
}

async fn joins_cogroups_and_sets_give_the_same_in_little_memory(context: Context) -> Outcome {
    let (left, right) = (pairs(4_000, 3_000), pairs(5_000, 3_500));
    let (of_left, of_right) = (groups(&left), groups(&right));
    let of = |groups: &BTreeMap<u64, Vec<String>>, key| groups.get(&key).cloned().unwrap_or_default();
    let all: Vec<_> = (0..3_500u64).map(|key| (key, (of(&of_left, key), of(&of_right, key)))).collect();
    let all: Vec<_> = all.into_iter().filter(|(_, (v, w))| !v.is_empty() || !w.is_empty()).collect();
    let some = |values: &[String]| match values {
        [] => vec![None],
        values => values.iter().cloned().map(Some).collect(),
    };
    let full = all.iter().flat_map(|(key, (left, right))| {
        let rights = some(right);
        some(left)
            .into_iter()
            .flat_map(move |v| rights.clone().into_iter().map(move |w| (*key, (v.clone(), w))))
    });
    let full: Vec<_> = sorted(full.collect());
    let (a, b) = (context.parallelize(left, 3), context.parallelize(right, 2));
    assert_eq!(sorted(a.full_outer_join_n(2, &b).collect_async().await?), full);
    let found = a.join_n(2, &b).map_values(|(v, w)| (Some(v), Some(w))).collect_async().await?;
    let met = |pair: &&(u64, (Option<String>, Option<String>))| pair.1.0.is_some() && pair.1.1.is_some();
    assert!(sorted(found).iter().eq(full.iter().filter(met)));
    let found = a.left_outer_join_n(2, &b).map_values(|(v, w)| (Some(v), w)).collect_async().await?;
    assert!(sorted(found).iter().eq(full.iter().filter(|pair| pair.1.0.is_some())));
    let found = a.right_outer_join_n(2, &b).map_values(|(v, w)| (v, Some(w))).collect_async().await?;
    assert!(sorted(found).iter().eq(full.iter().filter(|pair| pair.1.1.is_some())));
    assert_eq!(sorted(a.cogroup_n(2, &b).collect_async().await?), all);
    let keys = |keep: fn(&(Vec<String>, Vec<String>)) -> bool| {
        all.iter().filter(move |pair| keep(&pair.1)).map(|pair| pair.0).collect::<Vec<_>>()
    };
    let both = a.keys().intersection_n(2, &b.keys()).collect_async().await?;
    assert_eq!(sorted(both), keys(|(v, w)| !v.is_empty() && !w.is_empty()));
    let rest = sorted(a.subtract_by_key_n(2, &b).collect_async().await?);
    let expected = all.iter().filter(|(_, (_, w))| w.is_empty());
    assert!(
        rest.iter().eq(expected
            .flat_map(|(key, (v, _))| v.iter().map(|v| (*key, v.clone())))
            .collect::<BTreeSet<_>>()
            .iter())
    );
    Ok(())
}

async fn a_hot_key_is_joined_in_little_memory(context: Context) -> Outcome {
    let key = |x: i64| if x % 100 == 0 { x } else { 7 };
    let hot = context.range(0..12_000, 1, 3).map(|x| (if x % 100 == 0 { x } else { 7 }, x));
    let few = context.range(0..300, 1, 2).map(|x| (x, -x));
    let expected: Vec<_> = (0..12_000).filter(|x| key(*x) < 300).map(|x| (key(x), (x, -key(x)))).collect();
    assert_eq!(sorted(hot.join_n(2, &few).collect_async().await?), sorted(expected.clone()));
    // Neither size is known.
    let (hot, few) = (hot.partition_by(HashPartitioner::new(2)), few.partition_by(HashPartitioner::new(2)));
    let joined = few.filter(|_| true).right_outer_join(&hot.filter(|_| true));
    let found = joined.filter(|(_, (w, _))| w.is_some()).collect_async().await?;
    let expected: Vec<_> = expected.into_iter().map(|(key, (x, w))| (key, (Some(w), x))).collect();
    assert_eq!(sorted(found), sorted(expected));
    assert_eq!(joined.count_async().await?, 12_000);
    Ok(())
}

async fn shuf_001_groups_without_compression(context: Context) -> Outcome {
    let pairs = pairs(6_000, 500);
    let found = context.parallelize(pairs.clone(), 4).group_by_key_n(3);
    assert_eq!(every_way_sorted(&found).await?, groups(&pairs).into_iter().collect::<Vec<_>>());
    Ok(())
}

async fn shuf_004_parts_of_values_without_bytes(context: Context) -> Outcome {
    let units = context.parallelize(vec![((), ()); 5_000], 3).group_by_key_n(4);
    let found = units.collect_async().await?;
    assert_eq!(found.iter().map(|(_, values)| values.len()).collect::<Vec<_>>(), [5_000]);
    Ok(())
}

async fn shuf_005_at_most_four_of_201_parts_have_elements(context: Context) -> Outcome {
    let four = context.parallelize((0..4).map(|x| (x, x)).collect(), 4);
    let found = parts(&four.partition_by(HashPartitioner::new(201))).await?;
    let filled = found.iter().filter(|part| !part.is_empty()).count();
    assert!(found.len() == 201 && (1..=4).contains(&filled), "{filled}");
    Ok(())
}

async fn shuf_007_shuffled_pairs_are_sorted(context: Context) -> Outcome {
    let pairs = pairs(6_000, 1_000);
    let shuffled = context.parallelize(pairs.clone(), 3).partition_by(HashPartitioner::new(2));
    let found = shuffled.sort_by_key_n(true, 2).collect_async().await?;
    assert!(found.is_sorted_by_key(|pair| pair.0));
    assert_eq!(sorted(found), sorted(pairs));
    Ok(())
}

async fn shuf_008_shuffled_pairs_are_cogrouped(context: Context) -> Outcome {
    let (left, right) = (pairs(6_000, 1_000), pairs(300, 1_500));
    let found = context.parallelize(left.clone(), 3).cogroup(&context.parallelize(right.clone(), 2));
    let found = sorted(found.collect_async().await?);
    let (left, right) = (groups(&left), groups(&right));
    let keys: BTreeSet<u64> = left.keys().chain(right.keys()).copied().collect();
    let of = |groups: &BTreeMap<u64, Vec<String>>, key| groups.get(key).cloned().unwrap_or_default();
    let expected: Vec<_> = keys.iter().map(|key| (*key, (of(&left, key), of(&right, key)))).collect();
    assert_eq!(found, expected);
    Ok(())
}

async fn shuf_009_shuffled_pairs_are_subtracted(context: Context) -> Outcome {
    let (left, right) = (pairs(6_000, 1_000), pairs(300, 1_500));
    let found = context.parallelize(left.clone(), 3).subtract_by_key(&context.parallelize(right.clone(), 2));
    let right = groups(&right);
    let expected: Vec<_> = left.into_iter().filter(|(key, _)| !right.contains_key(key)).collect();
    assert_eq!(sorted(found.collect_async().await?), sorted(expected));
    Ok(())
}

/// A context in little memory whose files are below a directory.
fn in_directory(dir: &Path) -> firesteel::Result<Context> {
    let builder = Context::builder().master("local[2]").config("spark.driver.memory", TINY);
    builder.config("spark.local.dir", &dir.to_string_lossy()).start()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let below = |dir: PathBuf| fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    below(dir.to_owned()).flat_map(below).collect()
}

fn shuf_013_a_map_output_whose_file_is_deleted_is_made_again() -> Outcome {
    let dir = tempfile::tempdir()?;
    let context = in_directory(dir.path())?;
    let grouped = context.parallelize(pairs(6_000, 900), 3).group_by_key_n(2);
    assert_eq!(grouped.count()?, 900);
    let files = files(dir.path());
    assert_eq!(files.len(), 3, "one per map task: {files:?}");
    fs::remove_file(&files[1])?;
    assert_eq!(grouped.count()?, 900);
    let expected: Vec<_> = groups(&pairs(6_000, 900)).into_iter().collect();
    assert_eq!(sorted(grouped.collect()?), expected);
    Ok(())
}

async fn shuf_015_metrics_of_a_shuffle_without_aggregation(context: Context) -> Outcome {
    let placed = context.parallelize(pairs(1_000, 50), 4).partition_by(HashPartitioner::new(3));
    assert_eq!(placed.count_async().await?, 1_000);
    Ok(())
}

async fn shuf_016_metrics_of_a_shuffle_with_aggregation(context: Context) -> Outcome {
    let longest = context.parallelize(pairs(1_000, 50), 4).reduce_by_key_n(3, |a, b| a.max(b));
    assert_eq!(longest.count_async().await?, 50);
    Ok(())
}

async fn metrics_of_a_shuffle_in_files(context: Context) -> Outcome {
    let rdd = context.parallelize(pairs(8_000, 3_000), 2);
    assert_eq!(rdd.partition_by(HashPartitioner::new(3)).count_async().await?, 8_000);
    rdd.reduce_by_key_n(2, |a, b| a.max(b)).count_async().await?;
    Ok(())
}

fn shuf_018_files_are_removed_with_their_shuffle() -> Outcome {
    let dir = tempfile::tempdir()?;
    let context = in_directory(dir.path())?;
    let (first, second) = (pairs(6_000, 900), pairs(5_000, 800));
    let first = context.parallelize(first, 3).group_by_key_n(2);
    let second = context.parallelize(second, 4).sort_by_key_n(true, 2);
    assert_eq!((first.count()?, second.count()?), (900, 5_000));
    assert_eq!(files(dir.path()).len(), 7);
    drop(first);
    assert_eq!(files(dir.path()).len(), 4);
    drop(second);
    assert_eq!(files(dir.path()).len(), 0);
    context.stop();
    assert_eq!(fs::read_dir(dir.path())?.count(), 0);
    Ok(())
}

/// A child of its own, for its peak of memory.
fn eight_times_the_memory_stays_within_it() -> Outcome {
    crate::child::run("memory")?;
    Ok(())
}

/// 128 bytes with their key.
type Row = (u64, [u64; 15]);

fn row(number: i64) -> Row {
    let key = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23);
    (key, [key; 15])
}

/// Sorts, groups and joins 64 MiB in an executor of 8 MiB.
pub(crate) fn works_on_eight_times_the_memory() -> Outcome {
    const MEMORY: u64 = 8 << 20;
    const ROWS: i64 = (8 * MEMORY / size_of::<Row>() as u64) as i64;
    let context = Context::builder().master("local[2]").config("spark.driver.memory", "8m").start()?;
    context.range(0..100, 1, 8).map(row).sort_by_key_n(true, 2).count()?;
    let before = peak_memory()?;
    let sorted = context.range(0..ROWS, 1, 8).map(row).sort_by_key_n(true, 8);
    let ordered = sorted.map_partitions(|rows| {
        let (count, _, is_sorted) = rows.fold((0i64, 0, true), |(count, last, is_sorted), (key, _)| {
            (count + 1, key, is_sorted && last <= key)
        });
        std::iter::once(if is_sorted { count } else { -1 })
    });
    assert_eq!(ordered.collect()?.iter().sum::<i64>(), ROWS);
    drop((sorted, ordered));
    let groups = context.range(0..ROWS, 1, 8).map(|x| row(x % (ROWS / 4))).group_by_key_n(8);
    assert_eq!(groups.filter(|(_, rows)| rows.len() == 4).count()?, ROWS as u64 / 4);
    drop(groups);
    let (left, right) = (context.range(0..ROWS / 2, 1, 8), context.range(ROWS / 4..ROWS / 4 * 3, 1, 8));
    let joined = left.map(row).full_outer_join_n(8, &right.map(row));
    let met =
        joined.map_values(|(left, right)| (left.is_some(), right.is_some())).values().count_by_value()?;
    let quarter = ROWS as u64 / 4;
    assert_eq!((met[&(true, true)], met[&(true, false)], met[&(false, true)]), (quarter, quarter, quarter));
    drop(joined);
    context.stop();
    // The executable itself has some of its pages in memory, those of a debug build many.
    let (peak, allowed) = (peak_memory()? - before, MEMORY / 4 * 5 + (64 << 20));
    assert!(peak <= allowed, "{} MiB of {} MiB beside {} MiB", peak >> 20, allowed >> 20, before >> 20);
    Ok(())
}

/// The most memory that this process had resident; 0 where that is not told.
fn peak_memory() -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let Ok(status) = fs::read_to_string("/proc/self/status") else { return Ok(0) };
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak is told")?;
    Ok(peak.trim_end_matches("kB").trim().parse::<u64>()? << 10)
}

/// Sorts so many pairs of so many partitions.
async fn sorts(context: &Context, count: usize, maps: usize, reduces: usize, ascending: bool) -> Outcome {
    let pairs = pairs(count, 1 << 40);
    let found = context.parallelize(pairs.clone(), maps).sort_by_key_n(ascending, reduces);
    assert_eq!(found.num_partitions()?, reduces);
    let mut expected = pairs;
    expected.sort_by(|a, b| if ascending { a.0.cmp(&b.0) } else { b.0.cmp(&a.0) });
    assert_eq!(every_way(&found).await?, expected);
    Ok(())
}

async fn sort_001_a_small_collection(context: Context) -> Outcome {
    let pairs = vec![(5u64, "e"), (3, "c"), (1, "a"), (4, "d"), (2, "b")];
    let pairs = pairs.into_iter().map(|(key, text)| (key, text.to_owned())).collect();
    let found = context.parallelize(pairs, 2).sort_by_key(true).values().collect_async().await?;
    assert_eq!(found.concat(), "abcde");
    Ok(())
}

async fn sort_002_a_large_collection(context: Context) -> Outcome {
    sorts(&context, 3_000, 2, 2, true).await
}

async fn sort_003_one_partition(context: Context) -> Outcome {
    sorts(&context, 1_000, 2, 1, true).await
}

async fn sort_004_many_partitions(context: Context) -> Outcome {
    sorts(&context, 1_000, 2, 20, true).await
}

async fn sort_005_descending(context: Context) -> Outcome {
    sorts(&context, 1_000, 2, 2, false).await
}

async fn sort_006_descending_in_one_partition(context: Context) -> Outcome {
    sorts(&context, 1_000, 2, 1, false).await
}

async fn sort_007_descending_in_many_partitions(context: Context) -> Outcome {
    sorts(&context, 1_000, 2, 20, false).await
}

async fn sort_008_more_partitions_than_elements(context: Context) -> Outcome {
    sorts(&context, 10, 2, 30, true).await
}

async fn sort_009_nothing_is_sorted(context: Context) -> Outcome {
    sorts(&context, 0, 1, 10, true).await
}

/// That each of four partitions has about a quarter.
async fn balanced(context: &Context, ascending: bool) -> Outcome {
    let found = context.parallelize(pairs(1_000, 1 << 40), 2).sort_by_key_n(ascending, 4);
    let parts = parts(&found).await?;
    let sizes: Vec<usize> = parts.iter().map(Vec::len).collect();
    assert!(sizes.iter().all(|size| (180..400).contains(size)), "{sizes:?}");
    for pair in parts.windows(2) {
        let (last, first) = (pair[0].last().unwrap().0, pair[1][0].0);
        assert!(if ascending { last < first } else { last > first });
    }
    Ok(())
}

async fn sort_010_partitions_are_of_like_size(context: Context) -> Outcome {
    balanced(&context, true).await
}

async fn sort_011_descending_partitions_are_of_like_size(context: Context) -> Outcome {
    balanced(&context, false).await
}

fn a_codec_that_is_not_built_in_is_refused_at_the_start() -> Outcome {
    let started = Context::builder().master("local[1]").config("spark.io.compression.codec", "zstd").start();
    match started {
        Ok(_) if cfg!(feature = "zstd") => {}
        Ok(_) => return Err("it was not refused".into()),
        Err(error) => assert_contains(&text_of(&error), &["spark.io.compression.codec", "feature zstd"]),
    }
    let error = Context::builder().config("spark.io.compression.codec", "snappy").start().unwrap_err();
    assert_contains(&text_of(&error), &["lz4"]);
    Ok(())
}

fn a_directory_that_cannot_be_made_fails_the_job_by_name() -> Outcome {
    let file = tempfile::NamedTempFile::new()?;
    let context = in_directory(&file.path().join("below"))?;
    let error = context.parallelize(pairs(6_000, 900), 3).group_by_key().count().unwrap_err();
    assert_contains(&text_of(&error), &["cannot spill to disk", "below"]);
    assert_eq!(context.range(0..10, 1, 2).count()?, 10);
    Ok(())
}
