//! The example `kmeans`.

use std::fs;

use super::{WAYS, assert_near, fails, numbers, succeeds, units};
use crate::{
    harness::{Outcome, Scenario, scenario},
    support::assert_contains,
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(free generated_points_are_clustered_as_by_plain_loops),
        scenario!(free points_of_a_file),
        scenario!(free files_that_hold_no_points),
    ]
}

const D: usize = 10;

/// Each cluster's count and centre after some rounds, and the cost.
fn clustered(points: &[Vec<f64>], clusters: usize, rounds: usize) -> (Vec<Vec<f64>>, f64) {
    let mut centres = points[..clusters].to_vec();
    let distance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    let nearest = |point: &Vec<f64>, centres: &[Vec<f64>]| {
        let distances = centres.iter().map(|centre| distance(point, centre)).enumerate();
        distances.reduce(|best, other| if other.1 < best.1 { other } else { best }).unwrap()
    };
    for _ in 0..rounds {
        let mut members = vec![Vec::new(); clusters];
        points.iter().for_each(|point| members[nearest(point, &centres).0].push(point));
        for (centre, members) in centres.iter_mut().zip(&members).filter(|(_, members)| !members.is_empty()) {
            let mean = |d: usize| members.iter().map(|point| point[d]).sum::<f64>() / members.len() as f64;
            *centre = (0..centre.len()).map(mean).collect();
        }
    }
    let mut lines: Vec<Vec<f64>> = centres.iter().map(|centre| [&[0.0], &centre[..]].concat()).collect();
    points.iter().for_each(|point| lines[nearest(point, &centres).0][0] += 1.0);
    (lines, points.iter().map(|point| nearest(point, &centres).1).sum())
}

#[track_caller]
fn check(printed: &str, (expected, cost): &(Vec<Vec<f64>>, f64), points: usize, rounds: usize) {
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), expected.len() + 1, "{printed}");
    for (line, expected) in lines.iter().zip(expected) {
        assert_near(&numbers(line), expected);
    }
    assert_near(&numbers(lines[expected.len()])[..3], &[points as f64, *cost, rounds as f64]);
}

fn generated_points_are_clustered_as_by_plain_loops() -> Outcome {
    const POINTS: usize = 3_000;
    let own: Vec<f64> = units(8).take(POINTS * D).collect();
    let of_clusters: Vec<f64> = units(9).take(10 * D).collect();
    let point = |(number, own): (usize, &[f64])| {
        own.iter().zip(&of_clusters[number % 10 * D..]).map(|(own, cluster)| own + 2.0 * cluster).collect()
    };
    let points: Vec<Vec<f64>> = own.chunks(D).enumerate().map(point).collect();
    for (clusters, rounds) in [(10, 10), (3, 4), (1, 0)] {
        let expected = clustered(&points, clusters, rounds);
        for way in WAYS {
            let (clusters, rounds_text) = (clusters.to_string(), rounds.to_string());
            let sizes = ["--points", "3000", "--clusters", &clusters, "--iterations", &rounds_text];
            check(&succeeds("kmeans", &[&sizes[..], &way[..]].concat())?, &expected, POINTS, rounds);
        }
    }
    Ok(())
}

fn points_of_a_file() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("points");
    fs::write(&path, "0 0\n0,1\n\n10\t10\r\n 10, 11 \n")?;
    let args = ["--input", path.to_str().unwrap(), "--clusters", "2", "--iterations", "5"];
    // By hand: the second centre is drawn to the far points and lets the second point go.
    let expected = (vec![vec![2.0, 0.0, 0.5], vec![2.0, 10.0, 10.5]], 1.0);
    for way in WAYS {
        check(&succeeds("kmeans", &[&args[..], &way[..]].concat())?, &expected, 4, 5);
    }
    Ok(())
}

fn files_that_hold_no_points() -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("points");
    let path = path.to_str().unwrap();
    for (text, error) in [
        ("", "there are no points"),
        ("1 2\n3 4 5\n", "some points have 2 coordinates, others 3"),
        ("1 2\n3 four\n", "not a point, which is numbers: \"3 four\""),
        ("1 2\nNaN 4\n", "not a point, which is numbers: \"NaN 4\""),
        ("1 2\n-1e155 4\n", "a coordinate is beyond 1e100: \"-1e155 4\""),
        ("1 2\n", "2 clusters need as many points; there are 1"),
    ] {
        fs::write(path, text)?;
        let errors = fails("kmeans", &["--input", path, "--clusters", "2", "--partitions", "1"], 1)?;
        assert_contains(&errors, &["kmeans: ", error]);
    }
    assert_contains(&fails("kmeans", &["--input", "/no/such/file"], 1)?, &["Input path does not exist"]);
    fails("kmeans", &["--input", path, "--points", "7"], 2)?;
    Ok(())
}
