//! The example `pi`.

use super::{WAYS, assert_near, fails, numbers, succeeds, units};
use crate::{
    harness::{Outcome, Scenario, scenario},
    support::assert_contains,
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![scenario!(free points_inside_are_counted), scenario!(free odd_sizes_of_pi)]
}

fn points_inside_are_counted() -> Outcome {
    const SAMPLES: usize = 50_000;
    let coordinates: Vec<f64> = units(10).take(2 * SAMPLES).collect();
    let inside = coordinates.chunks(2).filter(|point| point[0].hypot(point[1]) <= 1.0).count();
    for way in WAYS {
        let printed = succeeds("pi", &[&["--samples", "50000"], &way[..]].concat())?;
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(lines[0], format!("{inside} of {SAMPLES} points are inside"));
        assert_near(&numbers(lines[1])[..1], &[4.0 * inside as f64 / SAMPLES as f64]);
        assert!(lines.len() == 2 && lines[1].ends_with(" s"), "{printed}");
    }
    Ok(())
}

fn odd_sizes_of_pi() -> Outcome {
    // Most of the partitions have nothing.
    let first: Vec<f64> = units(10).take(2).collect();
    assert!(first[0].hypot(first[1]) <= 1.0);
    let printed = succeeds("pi", &["--samples", "1", "--partitions", "9"])?;
    assert!(printed.starts_with("1 of 1 points are inside\npi is about 4.00000000, "), "{printed}");
    assert_contains(&fails("pi", &["--samples", "0"], 2)?, &["--samples"]);
    assert_contains(&fails("pi", &["--partitions", "0"], 1)?, &["pi: ", "cannot have 0 partitions"]);
    Ok(())
}
