//! Programs with known answers.

use std::{collections::BTreeMap, path::Path};

use crate::{Context, Result, StorageLevel};

/// A program: `Ok(None)` if its answer is the exact one, else what is wrong with it.
pub(super) type Program = fn(&Context, &Path, u64) -> Result<Option<String>>;

/// The programs, by name. Each is given the text file of [`write_text`], and a number that changes its data.
pub(super) const PROGRAMS: [(&str, Program); 5] = [
    ("word count", word_count),
    ("sort", sort),
    ("join", join),
    ("group", group),
    ("iterations", iterations),
];

/// Words of the text.
const WORDS: u64 = 200_000;
/// Different words.
const VOCABULARY: u64 = 5_000;
const PARTITIONS: usize = 8;

/// Spreads numbers (splitmix64).
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn word(number: u64) -> u64 {
    // Some words are frequent.
    let dice = mix(number);
    if dice.is_multiple_of(4) { dice / 4 % 10 } else { dice / 4 % VOCABULARY }
}

/// Writes the text that words are counted of.
pub(super) fn write_text(path: &Path) -> std::io::Result<()> {
    let mut text = String::new();
    for number in 0..WORDS {
        text.push_str(&format!("w{}", word(number)));
        text.push(if number % 12 == 11 { '\n' } else { ' ' });
    }
    std::fs::write(path, text)
}

/// Says what differs, if something does.
fn compare<T: PartialEq>(found: &[T], expected: &[T]) -> Option<String> {
    let differs = found.iter().zip(expected).position(|(found, expected)| found != expected);
    match differs {
        Some(at) => Some(format!("differs from place {at} on")),
        None if found.len() != expected.len() => {
            Some(format!("{} results in place of {}", found.len(), expected.len()))
        }
        None => None,
    }
}

fn word_count(context: &Context, text: &Path, _: u64) -> Result<Option<String>> {
    let lines = context.text_file(&text.to_string_lossy(), PARTITIONS);
    let counts =
        lines.flat_map(|line| line.into_words()).map(|word| (word, 1u64)).reduce_by_key(|a, b| a + b);
    let mut found: Vec<(String, u64)> =
        counts.map(|(word, count)| (word.to_string_lossy().into_owned(), count)).collect()?;
    found.sort();
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for number in 0..WORDS {
        *expected.entry(format!("w{}", word(number))).or_default() += 1;
    }
    Ok(compare(&found, &expected.into_iter().collect::<Vec<_>>()))
}

const SORTED: i64 = 60_000;

fn sort(context: &Context, _: &Path, salt: u64) -> Result<Option<String>> {
    let numbers = context.range(0..SORTED, 1, PARTITIONS);
    let keyed = numbers.map_with(salt, |salt, x| (mix(x as u64 ^ salt), x as u64));
    let found = keyed.sort_by_key(true).collect()?;
    let mut expected: Vec<(u64, u64)> = (0..SORTED as u64).map(|x| (mix(x ^ salt), x)).collect();
    expected.sort_unstable();
    Ok(compare(&found, &expected))
}

fn join(context: &Context, _: &Path, salt: u64) -> Result<Option<String>> {
    const LEFT: u64 = 40_000;
    const KEYS: u64 = 4_000;
    let left = context.range(0..LEFT as i64, 1, PARTITIONS);
    let left = left.map_with(salt, |salt, x| (mix(x as u64 ^ salt) % KEYS, x as u64));
    let right = context.range(0..KEYS as i64, 1, PARTITIONS).map(|x| (x as u64, format!("value {x}")));
    let joined = left.join(&right).map(|(key, (x, text))| (x, key, text));
    let mut found = joined.collect()?;
    found.sort_unstable();
    let expected: Vec<_> = (0..LEFT)
        .map(|x| {
            let key = mix(x ^ salt) % KEYS;
            (x, key, format!("value {key}"))
        })
        .collect();
    Ok(compare(&found, &expected))
}

fn group(context: &Context, _: &Path, salt: u64) -> Result<Option<String>> {
    const ROWS: u64 = 40_000;
    const KEYS: u64 = 300;
    let rows = context.range(0..ROWS as i64, 1, PARTITIONS);
    let rows = rows.map_with(salt, |salt, x| (mix(x as u64 ^ salt) % KEYS, x as u64));
    let sums =
        rows.group_by_key().map(|(key, values)| (key, values.len() as u64, values.iter().sum::<u64>()));
    let mut found = sums.collect()?;
    found.sort_unstable();
    let mut expected: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    for x in 0..ROWS {
        let entry = expected.entry(mix(x ^ salt) % KEYS).or_default();
        *entry = (entry.0 + 1, entry.1 + x);
    }
    let expected: Vec<_> = expected.into_iter().map(|(key, (count, sum))| (key, count, sum)).collect();
    Ok(compare(&found, &expected))
}

const NODES: u64 = 2_000;
const ROUNDS: u32 = 4;

fn links(node: u64) -> [u64; 3] {
    [1, 2, 3].map(|n| mix(node * 3 + n) % NODES)
}

/// Like PageRank, with numbers that do not depend on the order of addition.
fn iterations(context: &Context, _: &Path, salt: u64) -> Result<Option<String>> {
    let nodes = context.range(0..NODES as i64, 1, PARTITIONS);
    let edges = nodes
        .map(|x| (x as u64, links(x as u64).to_vec()))
        .partition_by(crate::HashPartitioner::new(PARTITIONS));
    let edges = edges.persist(StorageLevel::MEMORY_AND_DISK);
    let mut ranks = nodes.map_with(salt, |salt, x| (x as u64, mix(x as u64 ^ salt))).boxed();
    for _ in 0..ROUNDS {
        let contributions = edges.join(&ranks).flat_map(|(_, (links, rank))| {
            links.into_iter().map(move |link| (link, rank)).collect::<Vec<_>>()
        });
        ranks = contributions.reduce_by_key(|a, b| a.wrapping_add(b)).boxed();
    }
    let mut found = ranks.collect()?;
    edges.unpersist();
    found.sort_unstable();
    let mut expected: BTreeMap<u64, u64> = (0..NODES).map(|x| (x, mix(x ^ salt))).collect();
    for _ in 0..ROUNDS {
        let mut next: BTreeMap<u64, u64> = BTreeMap::new();
        for (node, rank) in expected {
            for link in links(node) {
                let sum = next.entry(link).or_default();
                *sum = sum.wrapping_add(rank);
            }
        }
        expected = next;
    }
    Ok(compare(&found, &expected.into_iter().collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_has_its_answer_without_faults() {
        let dir = tempfile::tempdir().unwrap();
        let text = dir.path().join("text");
        write_text(&text).unwrap();
        let context = Context::builder().master("local[2]").start().unwrap();
        for (name, program) in PROGRAMS {
            assert_eq!(program(&context, &text, 7).unwrap(), None, "{name}");
        }
    }

    #[test]
    fn what_differs_is_said() {
        assert_eq!(compare(&[1, 2], &[1, 2]), None);
        assert_eq!(compare(&[1, 3], &[1, 2]).unwrap(), "differs from place 1 on");
        assert_eq!(compare(&[1], &[1, 2]).unwrap(), "1 results in place of 2");
    }
}
