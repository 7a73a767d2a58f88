//! The example `join`.

use std::{collections::BTreeMap, fs};

use super::{WAYS, fails, succeeds};
use crate::{
    harness::{Outcome, Scenario, scenario},
    support::{assert_contains, random},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![scenario!(free generated_tables_are_joined_as_by_nested_loops), scenario!(free tables_of_files)]
}

fn generated_tables_are_joined_as_by_nested_loops() -> Outcome {
    // Rows per key: about one, many, and none for most keys.
    for (rows, keys) in [(3_000, 3_000), (600, 7), (50, 1 << 40)] {
        let table = |seed: u64| random(seed).map(move |number| number % keys).zip(0u64..).take(rows);
        let mut left: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        table(4).for_each(|(key, row)| left.entry(key).or_default().push(row));
        let (mut joined, mut sum) = (0, 0u64);
        for (key, right) in table(5) {
            for left in left.get(&key).into_iter().flatten() {
                joined += 1;
                // The first number of a sequence is its scrambled beginning.
                let begin = (key + 3 * left + 5 * right).wrapping_sub(0x9E37_79B9_7F4A_7C15);
                sum = sum.wrapping_add(random(begin).next().unwrap());
            }
        }
        let (rows, keys) = (rows.to_string(), keys.to_string());
        for way in WAYS {
            let printed = succeeds("join", &[&["--rows", &rows, "--keys", &keys], &way[..]].concat())?;
            assert!(printed.starts_with(&format!("{joined} rows, checksum {sum}, ")), "{printed}");
        }
    }
    Ok(())
}

fn tables_of_files() -> Outcome {
    let dir = tempfile::tempdir()?;
    let (left, right) = (dir.path().join("left"), dir.path().join("right"));
    fs::write(&left, "1 one\n2  two of  them\n\n4 four\n 1 uno \n")?;
    fs::write(&right, "2 B\n1 A\n3 C\n2\n")?;
    let (left, right) = (left.to_str().unwrap(), right.to_str().unwrap());
    let expected = ["1  one  A", "1  uno  A", "2  two of  them  ", "2  two of  them  B"];
    for way in WAYS {
        let printed = succeeds("join", &[&[left, right], &way[..]].concat())?;
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(lines[..4], expected);
        assert!(lines.len() == 5 && lines[4].starts_with("4 rows, "), "{printed}");
    }
    assert!(succeeds("join", &[left, right, "--show", "1"])?.starts_with("1  one  A\n4 rows, "));
    assert!(succeeds("join", &[left, right, "--show", "0"])?.starts_with("4 rows, "));
    assert_contains(&fails("join", &[left], 2)?, &["<RIGHT>"]);
    assert_contains(&fails("join", &[left, "/no/such/file"], 1)?, &["join: Input path does not exist"]);
    fails("join", &[left, right, "--rows", "5"], 2)?;
    Ok(())
}
