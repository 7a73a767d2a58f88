//! Points in a square.

use super::{Workload, by_hand, in_engine};
use crate::{hand, programs::inside::count_inside, splitmix::unit};

pub(super) const WORKLOAD: Workload = Workload {
    name: "pi_100m",
    rows: 100_000_000,
    expected: "inside=78540804",
    pairs: 9,
    engine: |rows, threads| {
        in_engine(threads, |context| Ok(format!("inside={}", count_inside(context, rows, 2 * threads)?)))
    },
    hand: |rows, threads| {
        by_hand(threads, move || {
            let is_inside = |sample| {
                let (x, y) = (unit(10, 2 * sample), unit(10, 2 * sample + 1));
                x * x + y * y <= 1.0
            };
            format!("inside={}", hand::inside::count_inside(rows, is_inside))
        })
    },
};
