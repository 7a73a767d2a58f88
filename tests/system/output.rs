//! `save_as_text_file`: all or nothing.

use std::{collections::BTreeMap, fs, path::Path};

use firesteel::{Context, Error, OutputError, actors::message::SparkListenerEvent, text::Text};

use crate::{
    harness::{LIMIT, Outcome, Scenario, scenario, wait},
    probe::{Probe, until_interrupted},
    support::{assert_fails, assert_usable},
    text::{lines_of, troubled_text},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both one_file_for_each_partition).then(what_was_written_is_counted),
        scenario!(both text_is_written_as_its_bytes),
        scenario!(both behind_a_shuffle),
        scenario!(both what_exists_is_refused),
        scenario!(both a_failed_job_leaves_nothing),
        scenario!(both a_second_attempt_writes_again).master("local[2,2]"),
        scenario!(both a_place_that_cannot_be_written),
        scenario!(blocking a_failed_job_leaves_nothing_though_others_write).master("local[6]"),
        scenario!(blocking a_dropped_future_leaves_nothing),
    ]
}

/// All files with their contents.
fn contents(dir: &Path) -> std::io::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().into_string().unwrap();
        files.insert(name, fs::read_to_string(entry.path())?);
    }
    Ok(files)
}

fn expected(parts: &[&str]) -> BTreeMap<String, String> {
    let files = parts.iter().enumerate().map(|(i, part)| (format!("part-{i:05}"), (*part).to_owned()));
    files.chain([("_SUCCESS".to_owned(), String::new())]).collect()
}

/// What is in a directory, hidden or not.
fn names(dir: &Path) -> std::io::Result<Vec<String>> {
    let names = fs::read_dir(dir)?.map(|entry| Ok(entry?.file_name().into_string().unwrap()));
    names.collect()
}

async fn one_file_for_each_partition(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    // The folders above are made.
    let target = dir.path().join("deep/er/out");
    context.range(0..5, 1, 3).filter(|x| *x != 0).save_as_text_file_async(&target).await?;
    assert_eq!(contents(&target)?, expected(&["", "1\n2\n", "3\n4\n"]));
    assert_eq!(names(target.parent().unwrap())?, ["out"]);
    let target = dir.path().join("empty");
    context.range(0..0, 1, 2).save_as_text_file_async(&target).await?;
    assert_eq!(contents(&target)?, expected(&["", ""]));
    // It reads back.
    let lines = context.text_file(dir.path().join("deep/er/out").to_str().unwrap(), 1);
    assert_eq!(lines.map(|line| line.to_string()).collect_async().await?, ["1", "2", "3", "4"]);
    Ok(())
}

fn what_was_written_is_counted(events: &[SparkListenerEvent]) -> Outcome {
    let (mut records, mut bytes) = (0, 0);
    for event in events {
        if let SparkListenerEvent::TaskEnd(end) = event {
            records += end.metrics.records_written;
            bytes += end.metrics.bytes_written;
        }
    }
    assert_eq!((records, bytes), (4, 8));
    Ok(())
}

async fn text_is_written_as_its_bytes(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let lines = lines_of(&troubled_text(1, 2_000));
    let texts: Vec<Text> = lines.iter().map(|line| Text::from(&line[..])).collect();
    context.parallelize(texts, 1).save_as_text_file_async(dir.path().join("out")).await?;
    let written = fs::read(dir.path().join("out/part-00000"))?;
    let mut expected = lines.join(&b'\n');
    expected.push(b'\n');
    assert!(written == expected && String::from_utf8(written).is_err());
    Ok(())
}

async fn behind_a_shuffle(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let counts = context.range(0..10, 1, 3).map(|x| (x % 2, 1u64)).reduce_by_key(|a, b| a + b);
    let lines = counts.sort_by_key_n(true, 1).map(|(key, count)| format!("{key}\t{count}"));
    lines.save_as_text_file_async(dir.path().join("out")).await?;
    assert_eq!(contents(&dir.path().join("out"))?, expected(&["0\t5\n1\t5\n"]));
    Ok(())
}

async fn what_exists_is_refused(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let target = dir.path().join("out");
    let numbers = context.range(0..2, 1, 1);
    numbers.save_as_text_file_async(&target).await?;
    let probe = Probe::new();
    let other = numbers.map_with(probe, |probe, _| probe.hit());
    let text = format!("Output directory {} already exists", target.display());
    let error = assert_fails(other.save_as_text_file_async(&target).await, &[&text]);
    assert!(matches!(error, Error::Output(OutputError::Exists { .. })));
    assert_eq!(probe.hits(), 0, "found before the job runs");
    assert_eq!(contents(&target)?, expected(&["0\n1\n"]));
    // Files and dangling links as well.
    fs::write(dir.path().join("file"), "mine")?;
    assert_fails(other.save_as_text_file_async(dir.path().join("file")).await, &["already exists"]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(dir.path().join("nowhere"), dir.path().join("link"))?;
        assert_fails(other.save_as_text_file_async(dir.path().join("link")).await, &["already exists"]);
        fs::remove_file(dir.path().join("link"))?;
    }
    assert_eq!(names(dir.path())?.len(), 2);
    Ok(())
}

async fn a_failed_job_leaves_nothing(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let target = dir.path().join("out");
    let numbers = context.range(0..100, 1, 5).map(|x| {
        assert!(x != 70, "deliberate");
        x
    });
    assert_fails(numbers.save_as_text_file_async(&target).await, &["deliberate"]);
    assert_eq!(names(dir.path())?, [""; 0]);
    // The name is free.
    context.range(0..1, 1, 1).save_as_text_file_async(&target).await?;
    assert_eq!(contents(&target)?, expected(&["0\n"]));
    assert_usable(&context).await
}

async fn a_second_attempt_writes_again(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let numbers = context.range(0..6, 1, 2).map_partitions_with_index(|_, items, task| {
        let attempt = task.attempt_number();
        items.inspect(move |x| assert!(attempt > 0 || *x != 4, "deliberate"))
    });
    numbers.save_as_text_file_async(dir.path().join("out")).await?;
    assert_eq!(contents(&dir.path().join("out"))?, expected(&["0\n1\n2\n", "3\n4\n5\n"]));
    Ok(())
}

async fn a_place_that_cannot_be_written(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    fs::write(dir.path().join("file"), "mine")?;
    let below_a_file = dir.path().join("file/out");
    let error = context.range(0..1, 1, 1).save_as_text_file_async(&below_a_file).await.unwrap_err();
    assert!(matches!(error, Error::Output(OutputError::Io { .. })), "{error:?}");
    assert_eq!(contents(dir.path())?, BTreeMap::from([("file".to_owned(), "mine".to_owned())]));
    Ok(())
}

fn a_failed_job_leaves_nothing_though_others_write(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    for round in 0..200 {
        // One fails while others begin, write and end.
        let numbers = context.range(0..600, 1, 60).map_with(round, |round, x| {
            assert!(x != 13 * *round % 600, "deliberate");
            x
        });
        let result = numbers.save_as_text_file(dir.path().join(round.to_string()));
        assert_fails(result, &["deliberate"]);
    }
    context.stop();
    assert_eq!(names(dir.path())?, [""; 0]);
    Ok(())
}

fn a_dropped_future_leaves_nothing(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let (begun, ended) = (Probe::new(), Probe::new());
    let numbers = context.range(0..2, 1, 2).map_with((begun, ended), |probes, x| (*probes, x));
    let patient = numbers.map_partitions_with_index(|_, items, task| {
        items.map(move |((begun, ended), x)| {
            begun.hit();
            until_interrupted(&task);
            ended.hit();
            x
        })
    });
    let job = patient.save_as_text_file_async(dir.path().join("out"));
    begun.await_hits(2);
    drop(job);
    ended.await_hits(2);
    wait(LIMIT, assert_usable(&context))??;
    assert_eq!(names(dir.path())?, [""; 0]);
    Ok(())
}
