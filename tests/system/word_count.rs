//! Word count of real text, against a count that shares no code with ours.

use std::{collections::BTreeMap, fs, path::Path};

use firesteel::Context;

use crate::{
    harness::{Outcome, Scenario, scenario},
    text::troubled_text,
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both of_troubled_text),
        scenario!(both of_this_repository),
        scenario!(blocking of_a_longer_text).master("local[3]"),
        #[cfg(feature = "gzip")]
        scenario!(both of_compressed_text),
    ]
}

/// Words with their counts.
pub(crate) type Counts = BTreeMap<Vec<u8>, u64>;

/// The words between white space: bytes 09 to 0D and 20.
pub(crate) fn count(text: &[u8], counts: &mut Counts) {
    for word in text.split(|byte| matches!(byte, 9..=13 | 32)).filter(|word| !word.is_empty()) {
        *counts.entry(word.to_vec()).or_default() += 1;
    }
}

/// The program under test.
async fn counted(context: &Context, paths: &str, min_partitions: usize) -> firesteel::Result<Counts> {
    let counts = context
        .text_file(paths, min_partitions)
        .flat_map(|line| line.into_words())
        .map(|word| (word, 1u64))
        .reduce_by_key(|a, b| a + b);
    let pairs = counts.collect_async().await?;
    let distinct = pairs.len();
    let counts: Counts = pairs.into_iter().map(|(word, count)| (word.as_bytes().to_vec(), count)).collect();
    assert_eq!(counts.len(), distinct, "a word came twice");
    Ok(counts)
}

fn path_text(path: &Path) -> &str {
    path.to_str().unwrap()
}

async fn of_troubled_text(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    for seed in 1..4 {
        let text = troubled_text(seed, 8_000);
        let path = dir.path().join(seed.to_string());
        fs::write(&path, &text)?;
        let mut expected = Counts::new();
        count(&text, &mut expected);
        for min_partitions in [1, 2, 5, 64] {
            assert_eq!(counted(&context, path_text(&path), min_partitions).await?, expected);
        }
    }
    // All of them together.
    let mut expected = Counts::new();
    (1..4).for_each(|seed| count(&troubled_text(seed, 8_000), &mut expected));
    assert_eq!(counted(&context, path_text(dir.path()), 4).await?, expected);
    Ok(())
}

async fn of_this_repository(context: Context) -> Outcome {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = tempfile::tempdir()?;
    let (mut expected, mut globs) = (Counts::new(), Vec::new());
    for (number, folder) in ["src/rdd", "src/rdd/pair", "src/context", "tests/system"].into_iter().enumerate()
    {
        // Copies: the originals may be edited meanwhile.
        let copies = dir.path().join(number.to_string());
        fs::create_dir(&copies)?;
        for entry in fs::read_dir(root.join(folder))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read(&path)?;
                count(&text, &mut expected);
                fs::write(copies.join(path.file_name().unwrap()), text)?;
            }
        }
        globs.push(format!("{}/*.rs", path_text(&copies)));
    }
    assert!(expected[&b"fn"[..]] > 100);
    assert_eq!(counted(&context, &globs.join(","), 8).await?, expected);
    Ok(())
}

fn of_a_longer_text(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("long");
    let text = troubled_text(9, 1_500_000);
    fs::write(&path, &text)?;
    let mut expected = Counts::new();
    count(&text, &mut expected);
    for min_partitions in [1, 6] {
        let found =
            crate::harness::wait(crate::harness::LIMIT, counted(&context, path_text(&path), min_partitions))?;
        assert!(found? == expected, "{min_partitions} partitions");
    }
    Ok(())
}

/// Bytes as a `.gz` file has them.
#[cfg(feature = "gzip")]
pub(crate) fn compressed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(feature = "gzip")]
async fn of_compressed_text(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let (first, second) = (troubled_text(5, 30_000), troubled_text(6, 9_000));
    fs::write(dir.path().join("plain"), &second)?;
    // Two members one behind the other are one text.
    fs::write(dir.path().join("text.gz"), [compressed(&first)?, compressed(&second)?].concat())?;
    let mut expected = Counts::new();
    count(&[&first[..], &second, &second].concat(), &mut expected);
    let lines = context.text_file(path_text(&dir.path().join("text.gz")), 9);
    assert_eq!(lines.num_partitions()?, 1, "what is compressed cannot be cut");
    assert_eq!(counted(&context, path_text(dir.path()), 4).await?, expected);
    Ok(())
}
