//! What executors keep between jobs: persisted RDDs at every level, with enough memory and with hardly any.

use std::sync::{Arc, Mutex};

use firesteel::{
    Context, Rdd, RddStorageInfo, StorageLevel,
    actors::{
        RddId,
        carrier::{Observed, Subscription},
        message::{BlockUpdated, DagSchedulerMessage, MessageRef, SparkListenerEvent},
    },
    rdd::Compute,
};

use crate::{
    harness::{LIMIT, Outcome, Scenario, scenario, wait},
    probe::Probe,
    support::{assert_contains, assert_fails, assert_usable, every_way, parts, sorted, unfused},
};

/// Memory of which caches can have [`STORAGE`].
const LITTLE: &str = "64k";
const STORAGE: u64 = 34_407;
/// A partition of so many numbers takes a quarter of that.
const QUARTER: i64 = 1_075;

/// Why executors are in this process.
const SIZES: &str = "the driver does not know the sizes of what other processes keep";

pub(crate) fn scenarios() -> Vec<Scenario> {
    let little = |scenario: Scenario| scenario.config("spark.driver.memory", LITTLE);
    vec![
        scenario!(both rdd_020_a_cached_rdd_is_the_same_each_time).in_process(SIZES),
        scenario!(both rdd_021_what_fails_is_not_kept_and_computed_the_next_time).in_process(SIZES),
        scenario!(both dist_010_every_level_keeps_every_partition).in_process(SIZES),
        little(scenario!(both dist_012_what_has_no_room_is_computed_and_not_kept).in_process(SIZES)),
        scenario!(both dist_019_cache_001_unpersist_frees_every_block).in_process(SIZES),
        little(scenario!(both cache_022_partitions_of_one_rdd_do_not_push_each_other_out).in_process(SIZES)),
        scenario!(both cache_026_what_is_kept_is_not_computed).in_process(SIZES),
        scenario!(blocking jc_005_a_partition_that_was_computed_in_part_is_not_kept)
            .in_process(SIZES)
            .master("local[1]"),
        little(scenario!(both every_level_is_right_with_eight_times_the_memory).in_process(SIZES)),
        little(scenario!(both values_with_heaps_obey_the_memory_too).in_process(SIZES)),
        little(scenario!(both longest_unused_goes_first_to_disk_or_away).in_process(SIZES)),
        little(scenario!(both what_ended_when_memory_did_is_not_asked_again)),
        little(
            scenario!(both a_block_that_goes_after_its_job_was_planned_is_computed_again).in_process(SIZES),
        )
        .master("local[1]"),
        scenario!(both the_scheduler_knows_what_is_kept).in_process(SIZES),
        scenario!(both blocks_go_with_the_last_rdd),
        scenario!(both an_rdd_that_is_not_kept_is_as_before),
        scenario!(both iterators_over_blocks_are_whole),
        scenario!(both reading_what_is_kept_is_input).then(kept_records_count_as_input),
        scenario!(both lineages_show_levels).in_process(SIZES),
        scenario!(free fail_011_files_that_are_lost_or_damaged_are_made_again),
        scenario!(free after_a_stop_nothing_is_left),
    ]
}

const LEVELS: [StorageLevel; 12] = [
    StorageLevel::DISK_ONLY,
    StorageLevel::DISK_ONLY_2,
    StorageLevel::DISK_ONLY_3,
    StorageLevel::MEMORY_ONLY,
    StorageLevel::MEMORY_ONLY_2,
    StorageLevel::MEMORY_ONLY_SER,
    StorageLevel::MEMORY_ONLY_SER_2,
    StorageLevel::MEMORY_AND_DISK,
    StorageLevel::MEMORY_AND_DISK_2,
    StorageLevel::MEMORY_AND_DISK_SER,
    StorageLevel::MEMORY_AND_DISK_SER_2,
    StorageLevel::NONE,
];

/// Numbers, and how many of them were computed.
fn counted(
    context: &Context,
    count: i64,
    partitions: usize,
) -> (Rdd<impl Compute<Item = i64> + use<>>, Probe) {
    let probe = Probe::new();
    let numbers = context.range(0..count, 1, partitions).map_with(probe, |probe, x| {
        probe.hit();
        x * x
    });
    (numbers, probe)
}

fn squares(count: i64) -> Vec<i64> {
    (0..count).map(|x| x * x).collect()
}

fn info<P: Compute>(rdd: &Rdd<P>) -> Option<RddStorageInfo> {
    rdd.context().rdd_storage_info().into_iter().find(|info| info.rdd_id == rdd.id())
}

fn kept<P: Compute>(rdd: &Rdd<P>) -> usize {
    info(rdd).map_or(0, |info| info.num_cached_partitions)
}

async fn rdd_020_a_cached_rdd_is_the_same_each_time(context: Context) -> Outcome {
    let words = context.parallelize(vec!["a".to_owned(), "b".to_owned(), "cd".to_owned()], 2).cache();
    for _ in 0..3 {
        assert_eq!(words.collect_async().await?, ["a", "b", "cd"]);
    }
    assert_eq!(kept(&words), 2);
    Ok(())
}

async fn rdd_021_what_fails_is_not_kept_and_computed_the_next_time(context: Context) -> Outcome {
    let probe = Probe::new();
    let numbers = context.range(1..5, 1, 1).map_with(probe, |probe, x| {
        // In the midst of the partition.
        assert!(probe.hit() != 3, "deliberate");
        x
    });
    let numbers = numbers.cache();
    assert_fails(numbers.collect_async().await, &["deliberate"]);
    assert_eq!(kept(&numbers), 0);
    assert_eq!(numbers.collect_async().await?, [1, 2, 3, 4]);
    assert_eq!((kept(&numbers), probe.hits()), (1, 7));
    Ok(())
}

async fn dist_010_every_level_keeps_every_partition(context: Context) -> Outcome {
    for level in LEVELS {
        let (numbers, probe) = counted(&context, 1_000, 10);
        let numbers = numbers.persist(level);
        assert_eq!(numbers.storage_level(), level);
        for _ in 0..2 {
            assert_eq!(numbers.count_async().await?, 1_000);
            assert_eq!(every_way(&numbers).await?, squares(1_000));
        }
        if level == StorageLevel::NONE {
            assert_eq!((probe.hits(), info(&numbers)), (8_000, None));
            continue;
        }
        let info = info(&numbers).unwrap();
        assert_eq!(
            (probe.hits(), info.num_cached_partitions, info.storage_level),
            (1_000, 10, level),
            "{level}"
        );
        // There is room for all.
        if level.use_memory() {
            assert_eq!((info.memory_size, info.disk_size), (8_000, 0), "{level}");
        } else {
            assert!(info.memory_size == 0 && info.disk_size > 1_000, "{info:?}");
        }
    }
    Ok(())
}

async fn dist_012_what_has_no_room_is_computed_and_not_kept(context: Context) -> Outcome {
    for level in [StorageLevel::MEMORY_ONLY, StorageLevel::MEMORY_ONLY_SER] {
        let (numbers, probe) = counted(&context, 2 * 5 * QUARTER, 2);
        let numbers = numbers.persist(level);
        for round in 1..=2 {
            assert_eq!(
                numbers.reduce_async(|a, b| a.wrapping_add(b)).await?,
                squares(2 * 5 * QUARTER).into_iter().sum::<i64>()
            );
            assert_eq!((kept(&numbers), probe.hits()), (0, round * 10 * QUARTER as u64), "{level}");
        }
    }
    // Nothing was left behind of it.
    let (small, _) = counted(&context, 4 * QUARTER - 200, 1);
    let small = small.cache();
    assert_eq!(small.count_async().await?, 4 * QUARTER as u64 - 200);
    assert_eq!(kept(&small), 1);
    Ok(())
}

async fn dist_019_cache_001_unpersist_frees_every_block(context: Context) -> Outcome {
    for level in LEVELS {
        let (numbers, probe) = counted(&context, 100, 4);
        let numbers = numbers.persist(level);
        assert_eq!(numbers.count_async().await?, 100);
        numbers.unpersist();
        assert_eq!((context.rdd_storage_info(), context.persistent_rdds()), (vec![], vec![]));
        assert_eq!(numbers.storage_level(), StorageLevel::NONE);
        // It is not kept again.
        assert_eq!(numbers.collect_async().await?, squares(100));
        assert_eq!((kept(&numbers), probe.hits()), (0, 200));
        numbers.unpersist();
        // Unless the program says so.
        let again = numbers.cache();
        assert_eq!((again.count_async().await?, kept(&again)), (100, 4));
    }
    Ok(())
}

async fn cache_022_partitions_of_one_rdd_do_not_push_each_other_out(context: Context) -> Outcome {
    let (numbers, probe) = counted(&context, 8 * QUARTER, 8);
    let numbers = numbers.cache();
    assert_eq!(numbers.count_async().await?, 8 * QUARTER as u64);
    let first = kept(&numbers);
    assert!((3..=4).contains(&first), "{first}");
    let computed = probe.hits();
    assert_eq!(numbers.count_async().await?, 8 * QUARTER as u64);
    // Those that were kept still are.
    assert_eq!(probe.hits() - computed, (8 - first as u64) * QUARTER as u64);
    // Another RDD's may take their place.
    let (others, _) = counted(&context, 3 * QUARTER, 3);
    let others = others.cache();
    assert_eq!(others.count_async().await?, 3 * QUARTER as u64);
    assert_eq!(kept(&others), 3);
    assert!(kept(&numbers) < first);
    Ok(())
}

async fn cache_026_what_is_kept_is_not_computed(context: Context) -> Outcome {
    let (numbers, probe) = counted(&context, 100, 4);
    let numbers = numbers.cache();
    // Only what a job needs is computed.
    assert_eq!(numbers.first_async().await?, 0);
    assert_eq!((kept(&numbers), probe.hits()), (1, 25));
    assert_eq!(numbers.count_async().await?, 100);
    assert_eq!((kept(&numbers), probe.hits()), (4, 100));
    // Whatever is made from it.
    let sums = numbers.map(|x| (x % 3, x)).reduce_by_key(|a, b| a + b);
    assert_eq!(sums.count_async().await?, 2);
    assert_eq!(numbers.boxed().filter(|x| *x > 50).union(&numbers).count_async().await?, 192);
    assert_eq!(probe.hits(), 100);
    Ok(())
}

fn jc_005_a_partition_that_was_computed_in_part_is_not_kept(context: Context) -> Outcome {
    let (halfway, gate) = (Probe::new(), Probe::new());
    let numbers = context.range(1..101, 1, 2).map_with((halfway, gate), |(halfway, gate), x| {
        if halfway.hit() == 25 {
            gate.pass();
        }
        x
    });
    let numbers = numbers.cache();
    let job = numbers.count_async();
    halfway.await_hits(25);
    job.handle().cancel("halfway");
    gate.open();
    assert_fails(wait(LIMIT, job)?, &["cancelled halfway"]);
    // All of it, also of the partition that was begun.
    assert_eq!(numbers.count()?, 100);
    assert_eq!(numbers.reduce(|a, b| a + b)?, 5_050);
    assert_eq!(kept(&numbers), 2);
    Ok(())
}

async fn every_level_is_right_with_eight_times_the_memory(context: Context) -> Outcome {
    let count = 32 * QUARTER;
    let all: Vec<RddStorageInfo> = {
        let mut rdds = Vec::new();
        for level in LEVELS {
            let (numbers, _) = counted(&context, count, 16);
            let numbers = numbers.persist(level);
            for _ in 0..2 {
                assert_eq!(numbers.count_async().await?, count as u64, "{level}");
            }
            assert!(numbers.collect_async().await? == squares(count), "{level}");
            if level.use_disk() {
                assert_eq!(kept(&numbers), 16, "{level}");
            }
            // Beside those before it.
            rdds.push(numbers);
        }
        context.rdd_storage_info()
    };
    let in_memory: u64 = all.iter().map(|info| info.memory_size).sum();
    assert!(in_memory <= STORAGE, "{all:?}");
    assert!(all.iter().all(|info| info.storage_level.use_disk() || info.disk_size == 0), "{all:?}");
    assert_usable(&context).await
}

async fn values_with_heaps_obey_the_memory_too(context: Context) -> Outcome {
    for level in [StorageLevel::MEMORY_ONLY, StorageLevel::MEMORY_AND_DISK, StorageLevel::MEMORY_AND_DISK_SER]
    {
        let texts = context.range(0..2_000, 1, 4).map(|x| format!("{x:0500}"));
        let texts = texts.persist(level);
        for _ in 0..2 {
            let lengths = texts.map(|text| text.len() as u64);
            assert_eq!(lengths.reduce_async(|a, b| a + b).await?, 1_000_000);
        }
        assert_eq!(
            texts.map(|text| text.parse::<i64>().unwrap()).collect_async().await?,
            Vec::from_iter(0..2_000)
        );
        let info = info(&texts);
        let (in_memory, partitions) =
            info.map_or((0, 0), |info| (info.memory_size, info.num_cached_partitions));
        assert!(
            in_memory <= STORAGE && partitions == if level.use_disk() { 4 } else { 0 },
            "{level}: {in_memory}"
        );
    }
    Ok(())
}

async fn longest_unused_goes_first_to_disk_or_away(context: Context) -> Outcome {
    let cached = |level| counted(&context, QUARTER - 200, 1).0.persist(level);
    let (a, b, c) = (
        cached(StorageLevel::MEMORY_ONLY),
        cached(StorageLevel::MEMORY_AND_DISK),
        cached(StorageLevel::MEMORY_ONLY),
    );
    for numbers in [&a, &b, &c, &a] {
        numbers.count_async().await?;
    }
    // Two quarters: the first of those that were used longest ago is enough, with the quarter that is free.
    let (two, _) = counted(&context, 2 * (QUARTER - 200), 1);
    let two = two.cache();
    two.count_async().await?;
    let sizes = |info: Option<RddStorageInfo>| info.map(|info| (info.memory_size > 0, info.disk_size > 0));
    assert_eq!(sizes(info(&a)), Some((true, false)));
    assert_eq!(sizes(info(&b)), Some((false, true)), "to disk");
    assert_eq!(sizes(info(&c)), Some((true, false)));
    let (more, _) = counted(&context, QUARTER - 200, 1);
    let more = more.cache();
    more.count_async().await?;
    assert_eq!(sizes(info(&c)), None, "away");
    assert_eq!(sizes(info(&a)), Some((true, false)));
    for numbers in [&a, &b, &c] {
        assert!(numbers.collect_async().await? == squares(QUARTER - 200));
    }
    Ok(())
}

/// One slot, so that the first job ends before the tasks of the second begin.
async fn a_block_that_goes_after_its_job_was_planned_is_computed_again(context: Context) -> Outcome {
    let reduced = Probe::new();
    // What is shuffled is little, so that there is room for what is made of it.
    let keys = context.range(0..6, 1, 2).map(|x| (x % 3, x)).reduce_by_key_n(1, |a, b| a + b);
    let sums =
        keys.flat_map(|(key, _)| key * QUARTER..(key + 1) * QUARTER).map_with(reduced, |reduced, x| {
            reduced.hit();
            2 * x
        });
    let sums = sums.cache();
    let expected: Vec<i64> = (0..3 * QUARTER).map(|x| 2 * x).collect();
    assert!(sorted(sums.collect_async().await?) == expected);
    assert_eq!(kept(&sums), 1);
    let (others, _) = counted(&context, 3 * QUARTER, 1);
    let others = others.cache();
    let (first, second) = (others.count_async(), sums.collect_async());
    assert_eq!(first.await?, 3 * QUARTER as u64);
    assert!(sorted(second.await?) == expected);
    assert_eq!(reduced.hits(), 2 * 3 * QUARTER as u64);
    Ok(())
}

type Updates = Arc<Mutex<Vec<(RddId, u32, bool)>>>;

fn updates(context: &Context) -> (Updates, Subscription) {
    let updates = Updates::default();
    let seen = updates.clone();
    let subscription = context.system().observe(move |observed: Observed<'_>| {
        if let MessageRef::DagScheduler(DagSchedulerMessage::BlockUpdated(update)) = observed.message {
            let BlockUpdated { rdd_id, partition_id, is_cached, .. } = *update;
            seen.lock().unwrap().push((rdd_id, partition_id, is_cached));
        }
    });
    (updates, subscription)
}

async fn the_scheduler_knows_what_is_kept(context: Context) -> Outcome {
    let (updates, _subscription) = updates(&context);
    let maps = Probe::new();
    let pairs = context.range(0..30, 1, 3).map_with(maps, |maps, x| {
        maps.hit();
        (x % 4, x)
    });
    let sums = pairs.reduce_by_key_n(2, |a, b| a + b).cache();
    let id = sums.id();
    assert_eq!(sums.count_async().await?, 4);
    let seen = sorted(std::mem::take(&mut *updates.lock().unwrap()));
    assert_eq!(seen, [(id, 0, true), (id, 1, true)]);
    assert_eq!((sums.count_async().await?, maps.hits()), (4, 30));
    assert_eq!(*updates.lock().unwrap(), []);
    sums.unpersist();
    assert_eq!(sums.count_async().await?, 4);
    assert_eq!(*updates.lock().unwrap(), [(id, 0, false), (id, 1, false)]);
    Ok(())
}

async fn blocks_go_with_the_last_rdd(context: Context) -> Outcome {
    let (numbers, _) = counted(&context, 100, 4);
    let numbers = numbers.persist(StorageLevel::MEMORY_AND_DISK);
    let id = numbers.id();
    let child = numbers.map(|x| x + 1).boxed();
    assert_eq!(numbers.count_async().await?, 100);
    drop(numbers);
    assert_eq!(context.persistent_rdds(), [id]);
    assert_eq!(child.first_async().await?, 1);
    drop(child);
    assert_eq!((context.rdd_storage_info(), context.persistent_rdds()), (vec![], vec![]));
    Ok(())
}

async fn an_rdd_that_is_not_kept_is_as_before(context: Context) -> Outcome {
    let pairs = context.range(0..20, 1, 4).map(|x| (x % 4, x)).reduce_by_key_n(2, |a, b| a + b);
    let kept = pairs.cache();
    // Keys stay where they are, and so does what is known of them.
    assert_eq!(kept.partitioner(), pairs.partitioner());
    assert_eq!(kept.num_partitions()?, 2);
    assert_eq!(
        (pairs.storage_level(), kept.map(|pair| pair).storage_level()),
        (StorageLevel::NONE, StorageLevel::NONE)
    );
    pairs.unpersist();
    assert_eq!(sorted(pairs.join(&kept).collect_async().await?)[0], (0, (40, 40)));
    Ok(())
}

async fn iterators_over_blocks_are_whole(context: Context) -> Outcome {
    // More than a run between two looks at the kill flag, and empty partitions.
    for (count, partitions) in [(0, 3), (1, 3), (5_000, 3), (70_000, 2)] {
        for level in [StorageLevel::MEMORY_ONLY, StorageLevel::MEMORY_ONLY_SER, StorageLevel::DISK_ONLY] {
            let numbers = context.range(0..count, 1, partitions);
            let kept = numbers.persist(level);
            kept.count_async().await?;
            let expected: Vec<i64> = (0..count).collect();
            assert!(every_way(&kept).await? == expected);
            assert!(parts(&kept).await? == parts(&numbers).await?);
            assert_eq!(kept.take_async(3).await?, expected.iter().copied().take(3).collect::<Vec<_>>());
            // Rows without bytes.
            let units = numbers.map(|_| ()).persist(level);
            units.count_async().await?;
            assert_eq!(units.count_async().await?, count as u64);
        }
    }
    Ok(())
}

async fn reading_what_is_kept_is_input(context: Context) -> Outcome {
    let numbers = context.range(0..100, 1, 2).cache();
    numbers.count_async().await?;
    numbers.count_async().await?;
    numbers.first_async().await?;
    Ok(())
}

fn kept_records_count_as_input(events: &[SparkListenerEvent]) -> Outcome {
    let mut stages = std::collections::BTreeMap::<u32, (u64, u64)>::new();
    for event in events {
        if let SparkListenerEvent::TaskEnd(end) = event {
            let sums = stages.entry(end.stage_id.0).or_default();
            sums.0 += end.metrics.records_read;
            sums.1 += end.metrics.bytes_read;
        }
    }
    // Computed; read; one record of one partition.
    assert_eq!(stages.into_values().collect::<Vec<_>>(), [(0, 0), (100, 800), (1, 400)]);
    Ok(())
}

async fn lineages_show_levels(context: Context) -> Outcome {
    let numbers = context.range(0..1_000, 1, 4).persist(StorageLevel::MEMORY_AND_DISK_SER);
    let child = numbers.map(|x| x + 1);
    assert_contains(
        &child.to_debug_string(),
        &[" at persist at ", " [Disk Memory Serialized 1x Replicated]\n"],
    );
    child.count_async().await?;
    assert_contains(
        &child.to_debug_string(),
        &[
            " [Disk Memory Serialized 1x Replicated]\n |      CachedPartitions: 4; MemorySize: 7.8 KiB; DiskSize: 0.0 B\n",
        ],
    );
    numbers.unpersist();
    assert!(child.to_debug_string().lines().all(|line| line.ends_with("[]")));
    Ok(())
}

/// All files below a directory.
pub(crate) fn files(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn fail_011_files_that_are_lost_or_damaged_are_made_again() -> Outcome {
    let dir = tempfile::tempdir()?;
    let context = Context::builder()
        .master("local[2]")
        .config("spark.local.dir", dir.path().to_str().unwrap())
        .start()?;
    let (numbers, probe) = counted(&context, 40_000, 4);
    let numbers = numbers.persist(StorageLevel::DISK_ONLY);
    let spoil: [fn(&std::path::Path) -> std::io::Result<()>; 3] = [
        |path| std::fs::remove_file(path),
        |path| std::fs::File::options().write(true).open(path)?.set_len(1_000),
        |path| {
            let mut bytes = std::fs::read(path)?;
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(path, bytes)
        },
    ];
    for (round, spoil) in spoil.into_iter().enumerate() {
        assert!(numbers.collect()? == squares(40_000));
        let computed = 40_000 + 10_000 * round as u64;
        assert_eq!((probe.hits(), kept(&numbers), files(dir.path()).len()), (computed, 4, 4), "{round}");
        spoil(&files(dir.path())[2])?;
        // With a single attempt, and from the first element on.
        assert!(numbers.collect()? == squares(40_000));
        assert_eq!((probe.hits(), kept(&numbers)), (computed + 10_000, 4), "{round}");
    }
    context.stop();
    Ok(())
}

async fn what_ended_when_memory_did_is_not_asked_again(context: Context) -> Outcome {
    for level in [StorageLevel::MEMORY_ONLY_SER, StorageLevel::MEMORY_AND_DISK_SER, StorageLevel::MEMORY_ONLY]
    {
        // Less than a piece of rows, and more than there is room for.
        let words = context
            .range(0..50, 1, 1)
            .map_partitions(|numbers| unfused(numbers.map(|x| x.to_string().repeat(500)), "more".to_owned()));
        let words = words.persist(level);
        for _ in 0..2 {
            assert_eq!(words.count_async().await?, 50, "{level}");
        }
    }
    Ok(())
}

fn after_a_stop_nothing_is_left() -> Outcome {
    let dir = tempfile::tempdir()?;
    let context = Context::builder()
        .master("local[2]")
        .config("spark.local.dir", dir.path().to_str().unwrap())
        .start()?;
    let numbers = context.range(0..1_000, 1, 4);
    let (in_files, in_memory) = (numbers.persist(StorageLevel::DISK_ONLY), numbers.cache());
    assert_eq!((in_files.count()?, in_memory.count()?, files(dir.path()).len()), (1_000, 1_000, 4));
    context.stop();
    assert_eq!((files(dir.path()).len(), context.rdd_storage_info()), (0, vec![]));
    assert_eq!(in_memory.cache().storage_level(), StorageLevel::NONE);
    Ok(())
}
