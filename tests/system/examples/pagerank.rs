//! The example `pagerank`.

use std::{collections::BTreeMap, fs};

use super::{WAYS, assert_near, fails, numbers, succeeds};
use crate::{
    harness::{Outcome, Scenario, scenario},
    support::{assert_contains, random},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(free a_generated_graph_is_ranked_as_by_plain_maps),
        scenario!(free the_graph_of_a_file),
        scenario!(free files_that_hold_no_edges),
    ]
}

/// The ranks after some rounds, without any cleverness.
fn ranks(edges: &[(u64, u64)], rounds: usize) -> BTreeMap<u64, f64> {
    let mut ends: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    edges.iter().for_each(|(from, to)| ends.entry(*from).or_default().push(*to));
    let mut ranks: BTreeMap<u64, f64> = ends.keys().map(|node| (*node, 1.0)).collect();
    for _ in 0..rounds {
        let mut received: BTreeMap<u64, f64> = BTreeMap::new();
        for (from, ends) in &ends {
            let Some(rank) = ranks.get(from) else { continue };
            ends.iter().for_each(|to| *received.entry(*to).or_default() += rank / ends.len() as f64);
        }
        ranks = received.into_iter().map(|(node, sum)| (node, 0.15 + 0.85 * sum)).collect();
    }
    ranks
}

#[track_caller]
fn check(printed: &str, ranks: &BTreeMap<u64, f64>, top: usize) {
    let mut best: Vec<(u64, f64)> = ranks.iter().map(|(node, rank)| (*node, *rank)).collect();
    best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), top.min(best.len()) + 1, "{printed}");
    for (line, (node, rank)) in lines.iter().zip(&best).take(top) {
        assert_near(&numbers(line), &[*rank, *node as f64]);
    }
    let last = numbers(lines[lines.len() - 1]);
    assert_near(&last[..2], &[ranks.len() as f64, ranks.values().sum()]);
}

fn a_generated_graph_is_ranked_as_by_plain_maps() -> Outcome {
    // Few edges: nodes without any, and such as nobody leads to.
    for (nodes, edges) in [(100, 1_000), (500, 300)] {
        let ends = |seed| random(seed).map(move |number| number % nodes).take(edges);
        let all: Vec<(u64, u64)> = ends(6).zip(ends(7)).collect();
        for rounds in [0, 1, 10] {
            let expected = ranks(&all, rounds);
            let texts = [nodes.to_string(), edges.to_string(), rounds.to_string()];
            let sizes = ["--nodes", &texts[0], "--edges", &texts[1], "--iterations", &texts[2], "--top", "5"];
            for way in WAYS {
                check(&succeeds("pagerank", &[&sizes[..], &way[..]].concat())?, &expected, 5);
            }
        }
    }
    Ok(())
}

fn the_graph_of_a_file() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("edges");
    // The graph of Spark's example, as it is known from there.
    fs::write(&path, "# from to\n1 2\n1 3\n1 4\n\n2 1\n 3\t1\r\n4 1\n")?;
    let args = ["--input", path.to_str().unwrap(), "--iterations", "10"];
    let all = [(1, 2), (1, 3), (1, 4), (2, 1), (3, 1), (4, 1)];
    for way in WAYS {
        check(&succeeds("pagerank", &[&args[..], &way[..]].concat())?, &ranks(&all, 10), 10);
    }
    // Names may be anything, and an edge may come twice.
    fs::write(&path, "home news\nhome news\nhome shop\nnews home\n")?;
    let printed =
        succeeds("pagerank", &["--input", path.to_str().unwrap(), "--iterations", "1", "--top", "1"])?;
    assert_contains(&printed, &["1.000000000  home\n", "3 nodes with rank, sum 2."]);
    Ok(())
}

fn files_that_hold_no_edges() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("edges");
    let path = path.to_str().unwrap();
    fs::write(path, "1 2\n3\n")?;
    assert_contains(&fails("pagerank", &["--input", path], 1)?, &["not an edge, which is two names: \"3\""]);
    fs::write(path, "1 2 3\n")?;
    assert_contains(
        &fails("pagerank", &["--input", path], 1)?,
        &["not an edge, which is two names: \"1 2 3\""],
    );
    fs::write(path, "")?;
    assert!(succeeds("pagerank", &["--input", path])?.starts_with("0 nodes with rank, sum 0."));
    fails("pagerank", &["--input", path, "--nodes", "5"], 2)?;
    Ok(())
}
