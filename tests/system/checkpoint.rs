//! Checkpoints: written once, and the lineage ends there.

use std::path::Path;

use firesteel::{
    Context, Error, Rdd, StorageLevel,
    rdd::{Compute, PlanError},
};

use crate::{
    harness::{LIMIT, Outcome, Scenario, scenario, wait},
    probe::Probe,
    storage::files,
    support::{assert_fails, assert_usable, every_way_sorted, sorted},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both cache_003_a_local_checkpoint_cuts_its_lineage),
        scenario!(both cache_004_so_it_does_of_what_was_cached_before),
        scenario!(both cache_005_and_of_what_is_cached_after),
        scenario!(both cache_007_cache_008_an_ancestor_cuts_the_lineage_of_what_is_cached_before_or_after),
        scenario!(both cache_009_cache_010_cache_011_an_action_that_takes_one_element_writes_all),
        scenario!(both cache_012_cache_013_cache_014_the_blocks_are_there)
            .in_process("the driver does not know the sizes of what other processes keep"),
        scenario!(both cache_015_a_missing_block_says_what_to_do),
        scenario!(both a_checkpoint_is_written_once_to_files),
        scenario!(both without_a_directory_the_action_fails),
        scenario!(both a_job_that_fails_leaves_no_checkpoint),
        scenario!(both a_damaged_checkpoint_fails_by_name),
        scenario!(both two_actions_at_once_write_one_checkpoint),
        scenario!(both an_action_that_nobody_polls_holds_up_no_other),
        scenario!(both an_action_that_is_dropped_takes_no_other_with_it),
        scenario!(blocking a_blocking_action_does_not_wait_for_one_that_nobody_polls),
        scenario!(free a_local_checkpoint_that_cannot_be_read_stays),
        scenario!(both what_a_checkpoint_was_made_from_is_freed),
        scenario!(both its_partitioner_keeps_nothing),
        scenario!(both long_iterations_with_checkpoints_end),
        scenario!(both keys_stay_partitioned_through_a_checkpoint),
    ]
}

/// Pairs with a shuffle behind them, and how many were mapped before it.
fn sums(context: &Context) -> (Rdd<impl Compute<Item = (i64, i64)> + use<>>, Probe) {
    let probe = Probe::new();
    let pairs = context.range(0..100, 1, 4).map_with(probe, |probe, x| {
        probe.hit();
        (x % 5, x)
    });
    (pairs.reduce_by_key_n(2, |a, b| a + b), probe)
}

const SUMS: [(i64, i64); 5] = [(0, 950), (1, 970), (2, 990), (3, 1010), (4, 1030)];

/// Lines of the lineage, without what is kept.
fn depth<P: Compute>(rdd: &Rdd<P>) -> usize {
    rdd.to_debug_string().lines().filter(|line| line.contains("RDD[")).count()
}

async fn cache_003_a_local_checkpoint_cuts_its_lineage(context: Context) -> Outcome {
    let (sums, probe) = sums(&context);
    let cut = sums.local_checkpoint();
    drop(sums);
    assert!(!cut.is_checkpointed() && depth(&cut) == 4);
    for _ in 0..2 {
        assert_eq!(every_way_sorted(&cut).await?, SUMS);
        assert!(cut.is_checkpointed() && cut.checkpoint_file().is_none());
        assert_eq!((depth(&cut), probe.hits()), (1, 100), "{}", cut.to_debug_string());
    }
    Ok(())
}

async fn cache_004_so_it_does_of_what_was_cached_before(context: Context) -> Outcome {
    let (sums, probe) = sums(&context);
    let cut = sums.cache().local_checkpoint();
    // As it was cached, and disk for what memory has no room for.
    assert_eq!(cut.storage_level(), StorageLevel::MEMORY_AND_DISK);
    assert_eq!(sorted(cut.collect_async().await?), SUMS);
    assert_eq!((depth(&cut), probe.hits()), (1, 100));
    // What was cached is not held twice.
    assert_eq!(context.persistent_rdds(), [cut.id()]);
    assert_eq!(
        sums.persist(StorageLevel::MEMORY_ONLY_SER).local_checkpoint().storage_level(),
        StorageLevel::MEMORY_AND_DISK_SER
    );
    Ok(())
}

async fn cache_005_and_of_what_is_cached_after(context: Context) -> Outcome {
    let (sums, probe) = sums(&context);
    let cut = sums.local_checkpoint().cache();
    assert_eq!(sorted(cut.collect_async().await?), SUMS);
    assert_eq!((depth(&cut), probe.hits()), (2, 100));
    Ok(())
}

async fn cache_007_cache_008_an_ancestor_cuts_the_lineage_of_what_is_cached_before_or_after(
    context: Context,
) -> Outcome {
    let (before, _) = sums(&context);
    let before = before.cache().local_checkpoint().map(|pair| pair.1);
    let (after, _) = sums(&context);
    let after = after.local_checkpoint().cache().map(|pair| pair.1);
    let expected = SUMS.map(|pair| pair.1);
    assert_eq!(sorted(before.collect_async().await?), expected);
    assert_eq!(sorted(after.collect_async().await?), expected);
    assert_eq!((depth(&before), depth(&after)), (2, 3));
    Ok(())
}

async fn cache_009_cache_010_cache_011_an_action_that_takes_one_element_writes_all(
    context: Context,
) -> Outcome {
    let (plain, _) = sums(&context);
    let plain = plain.local_checkpoint();
    let (before, _) = sums(&context);
    let before = before.cache().local_checkpoint();
    let (after, _) = sums(&context);
    let after = after.local_checkpoint().cache();
    plain.first_async().await?;
    before.first_async().await?;
    after.first_async().await?;
    assert_eq!((depth(&plain), depth(&before), depth(&after)), (1, 1, 2));
    assert_eq!(sorted(plain.collect_async().await?), SUMS);
    assert_eq!(sorted(before.collect_async().await?), SUMS);
    assert_eq!(sorted(after.collect_async().await?), SUMS);
    Ok(())
}

async fn cache_012_cache_013_cache_014_the_blocks_are_there(context: Context) -> Outcome {
    let (plain, _) = sums(&context);
    let plain = plain.local_checkpoint();
    let (before, _) = sums(&context);
    let before = before.cache().local_checkpoint();
    let (after, _) = sums(&context);
    let checkpoint = after.local_checkpoint();
    let after = checkpoint.cache();
    plain.count_async().await?;
    before.count_async().await?;
    after.count_async().await?;
    let infos = context.rdd_storage_info();
    for id in [plain.id(), before.id(), checkpoint.id(), after.id()] {
        let info = infos.iter().find(|info| info.rdd_id == id).unwrap();
        assert_eq!(info.num_cached_partitions, 2);
    }
    Ok(())
}

async fn cache_015_a_missing_block_says_what_to_do(context: Context) -> Outcome {
    let (sums, _) = sums(&context);
    let cut = sums.local_checkpoint();
    // Nothing is there yet that could be freed.
    cut.unpersist();
    assert_eq!(cut.count_async().await?, 5);
    assert_eq!(cut.storage_level(), StorageLevel::MEMORY_AND_DISK);
    cut.unpersist();
    let block = format!("Checkpoint block rdd_{}_", cut.id());
    assert_fails(
        cut.collect_async().await,
        &[&block, "not found!", "you may consider using `rdd.checkpoint()` instead"],
    );
    assert_usable(&context).await
}

fn part_files(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).unwrap();
    sorted(names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect())
}

async fn a_checkpoint_is_written_once_to_files(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    context.set_checkpoint_dir(dir.path())?;
    let own = context.checkpoint_dir().unwrap();
    assert_eq!(own.parent(), Some(dir.path()));
    let (sums, probe) = sums(&context);
    let written = sums.checkpoint();
    drop(sums);
    assert_eq!((written.is_checkpointed(), written.checkpoint_file()), (false, None));
    let twice = written.map(|(key, sum)| (sum, key)).checkpoint();
    for _ in 0..2 {
        assert_eq!(every_way_sorted(&twice).await?[0], (950, 0));
        assert_eq!(sorted(written.collect_async().await?), SUMS);
        assert_eq!((depth(&twice), depth(&written), probe.hits()), (1, 1, 100));
    }
    let place = own.join(format!("rdd-{}", written.id()));
    assert_eq!((written.is_checkpointed(), written.checkpoint_file()), (true, Some(place.clone())));
    assert_eq!(part_files(&place), ["part-00000", "part-00001"]);
    // The files outlive their RDD.
    drop((written, twice));
    assert_eq!(part_files(&place).len(), 2);
    Ok(())
}

async fn without_a_directory_the_action_fails(context: Context) -> Outcome {
    let written = context.range(0..10, 1, 2).checkpoint();
    let error = assert_fails(
        written.count_async().await,
        &["Checkpoint directory has not been set in the SparkContext"],
    );
    assert!(matches!(error, Error::Plan(PlanError::NoCheckpointDir)));
    // It can still be set.
    let dir = tempfile::tempdir()?;
    context.set_checkpoint_dir(dir.path())?;
    assert_eq!(written.count_async().await?, 10);
    std::fs::write(dir.path().join("file"), "")?;
    assert_fails(context.set_checkpoint_dir(dir.path().join("file")), &["cannot make"]);
    Ok(())
}

async fn a_job_that_fails_leaves_no_checkpoint(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    context.set_checkpoint_dir(dir.path())?;
    let probe = Probe::new();
    let numbers = context.range(0..10, 1, 2).map_with(probe, |probe, x| {
        assert!(probe.hit() != 7, "deliberate");
        x
    });
    let written = numbers.checkpoint();
    assert_fails(written.count_async().await, &["deliberate"]);
    assert!(!written.is_checkpointed());
    assert_eq!(part_files(&context.checkpoint_dir().unwrap()), [""; 0]);
    assert_eq!(written.collect_async().await?, Vec::from_iter(0..10));
    Ok(())
}

async fn a_damaged_checkpoint_fails_by_name(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    context.set_checkpoint_dir(dir.path())?;
    let written = context.range(0..10_000, 1, 2).checkpoint();
    assert_eq!(written.count_async().await?, 10_000);
    let part = written.checkpoint_file().unwrap().join("part-00001");
    let whole = std::fs::read(&part)?;
    let mut damaged = whole.clone();
    damaged[40] ^= 1;
    std::fs::write(&part, damaged)?;
    assert_fails(written.count_async().await, &["part-00001 is damaged"]);
    std::fs::remove_file(&part)?;
    assert_fails(written.count_async().await, &["part-00001 is gone"]);
    std::fs::write(&part, whole)?;
    assert_eq!(written.count_async().await?, 10_000);
    Ok(())
}

async fn two_actions_at_once_write_one_checkpoint(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    context.set_checkpoint_dir(dir.path())?;
    let (sums, probe) = sums(&context);
    let (files, blocks) = (sums.checkpoint(), sums.local_checkpoint());
    let counts = (files.count_async(), blocks.count_async(), files.collect_async(), blocks.collect_async());
    assert_eq!((counts.0.await?, counts.1.await?), (5, 5));
    assert_eq!((sorted(counts.2.await?), sorted(counts.3.await?)), (SUMS.to_vec(), SUMS.to_vec()));
    assert_eq!(probe.hits(), 100);
    Ok(())
}

async fn an_action_that_nobody_polls_holds_up_no_other(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    context.set_checkpoint_dir(dir.path())?;
    let (sums, probe) = sums(&context);
    let (files, blocks) = (sums.checkpoint(), sums.local_checkpoint());
    let counts = (files.count_async(), blocks.count_async());
    assert_eq!(sorted(files.collect_async().await?), SUMS);
    assert_eq!(sorted(blocks.collect_async().await?), SUMS);
    assert_eq!((counts.0.await?, counts.1.await?, probe.hits()), (5, 5, 100));
    // A checkpoint behind another.
    let twice = sums.local_checkpoint().map(|pair| pair.1).local_checkpoint();
    let count = twice.count_async();
    assert_eq!(sorted(twice.collect_async().await?), SUMS.map(|pair| pair.1));
    assert_eq!(count.await?, 5);
    // Key ranges that are found out by a job.
    let ordered = sums.sort_by_key(true);
    let count = ordered.count_async();
    assert_eq!(ordered.collect_async().await?, SUMS);
    assert_eq!(count.await?, 5);
    Ok(())
}

async fn an_action_that_is_dropped_takes_no_other_with_it(context: Context) -> Outcome {
    let (sums, _) = sums(&context);
    let cut = sums.local_checkpoint();
    let (first, second, third) = (cut.count_async(), cut.count_async(), cut.count_async());
    drop(first);
    second.cancel(None);
    assert_eq!(third.await?, 5);
    assert_eq!(sorted(cut.collect_async().await?), SUMS);
    drop(second);
    // Who began it is cancelled: another begins anew.
    let cut = sums.map(|pair| pair.1).local_checkpoint();
    let (first, second) = (cut.count_async(), cut.count_async());
    first.cancel("for a test");
    assert_eq!(second.await?, 5);
    assert_fails(first.await, &["for a test"]);
    Ok(())
}

fn a_blocking_action_does_not_wait_for_one_that_nobody_polls(context: Context) -> Outcome {
    let (sums, _) = sums(&context);
    let cut = sums.local_checkpoint();
    let count = cut.count_async();
    assert!(SUMS.contains(&cut.first()?));
    assert_eq!(wait(LIMIT, count)??, 5);
    Ok(())
}

fn a_local_checkpoint_that_cannot_be_read_stays() -> Outcome {
    let dir = tempfile::tempdir()?;
    let context = Context::builder()
        .master("local[2]")
        .config("spark.local.dir", dir.path().to_str().unwrap())
        .start()?;
    let cut = context.range(0..40_000, 1, 1).persist(StorageLevel::DISK_ONLY).local_checkpoint();
    assert_eq!(cut.count()?, 40_000);
    let file = files(dir.path()).pop().unwrap();
    let whole = std::fs::read(&file)?;
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    for _ in 0..2 {
        std::fs::write(&file, &damaged)?;
        assert_fails(cut.count(), &["cannot write or read a checkpoint", "is damaged"]);
        std::fs::remove_file(&file)?;
        assert_fails(cut.count(), &["cannot write or read a checkpoint", "is gone"]);
    }
    std::fs::write(&file, whole)?;
    assert_eq!(cut.count()?, 40_000);
    context.stop();
    Ok(())
}

async fn its_partitioner_keeps_nothing(context: Context) -> Outcome {
    // By ranges.
    let pairs = context.range(0..100, 1, 4).map(|x| (x, x)).cache();
    let cut = pairs.sort_by_key_n(true, 3).local_checkpoint();
    drop(pairs);
    assert_eq!(cut.count_async().await?, 100);
    assert!(cut.partitioner().is_some());
    assert_eq!(context.persistent_rdds(), [cut.id()]);
    // As many as there are partitions of files.
    let dir = tempfile::tempdir()?;
    std::fs::write(dir.path().join("file"), "a\nb\na\n")?;
    let lines = context.text_file(dir.path().to_str().unwrap(), 2).map(|line| (line, 1)).cache();
    let counts = lines.reduce_by_key(|a, b| a + b).local_checkpoint();
    drop(lines);
    assert_eq!(counts.count_async().await?, 2);
    assert!(counts.partitioner().is_some());
    assert_eq!(context.persistent_rdds(), [cut.id(), counts.id()]);
    Ok(())
}

async fn what_a_checkpoint_was_made_from_is_freed(context: Context) -> Outcome {
    let (sums, _) = sums(&context);
    let before = sums.cache();
    let cut = before.map(|pair| pair).local_checkpoint();
    drop((sums, before));
    let child = cut.map(|pair| pair.1);
    drop(cut);
    assert_eq!(context.persistent_rdds().len(), 2);
    assert_eq!(child.count_async().await?, 5);
    assert_eq!(context.persistent_rdds().len(), 1);
    drop(child);
    assert_eq!(context.persistent_rdds(), []);
    Ok(())
}

async fn long_iterations_with_checkpoints_end(context: Context) -> Outcome {
    // An action after each step, and all steps before one action.
    let mut numbers = context.range(0..10, 1, 2).local_checkpoint();
    for _ in 0..30 {
        numbers = numbers.map(|x| x + 1).local_checkpoint();
        numbers.count_async().await?;
        assert_eq!(depth(&numbers), 1);
    }
    for _ in 0..60 {
        numbers = numbers.map(|x| x + 1).local_checkpoint();
    }
    assert_eq!(numbers.collect_async().await?, Vec::from_iter(90..100));
    assert_eq!(context.persistent_rdds(), [numbers.id()]);
    // Never used, and deep.
    for _ in 0..3_000 {
        numbers = numbers.map(|x| x + 1).local_checkpoint();
    }
    drop(numbers);
    assert_eq!(context.persistent_rdds(), []);
    Ok(())
}

async fn keys_stay_partitioned_through_a_checkpoint(context: Context) -> Outcome {
    let (sums, _) = sums(&context);
    let cut = sums.local_checkpoint();
    assert!(cut.partitioner().is_some() && cut.partitioner() == sums.partitioner());
    let joined = cut.join(&sums);
    assert_eq!(joined.partitioner(), sums.partitioner());
    assert_eq!(sorted(joined.collect_async().await?)[4], (4, (1030, 1030)));
    assert_eq!(cut.num_partitions()?, 2);
    Ok(())
}
