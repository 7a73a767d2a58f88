//! Pairs of a random key and their number, in the order of their keys.

use super::{Workload, by_hand, in_engine};
use crate::{hand, programs::check::Run, splitmix::random};

pub(super) const WORKLOAD: Workload = Workload {
    name: "sort_by_key_10m",
    rows: 10_000_000,
    expected: "n=10000000 sorted=true first=235659190066 last=9223369991989205753 rankchk=17790098647774247036",
    pairs: 9,
    engine: |rows, threads| {
        in_engine(threads, |context| {
            let pairs = context.range(0..rows as i64, 1, threads).map(|row| pair(row as u64));
            let runs = pairs.sort_by_key_n(true, threads).map_partitions(|pairs| {
                let mut run = Run::new();
                pairs.for_each(|pair| push(&mut run, pair));
                std::iter::once(run)
            });
            Ok(show(&Run::of_parts(runs.collect()?)))
        })
    },
    hand: |rows, threads| {
        by_hand(threads, move || {
            let mut run = Run::new();
            hand::sort::sort(rows, pair).into_iter().for_each(|pair| push(&mut run, pair));
            show(&run)
        })
    },
};

#[inline(always)]
fn pair(row: u64) -> (i64, i64) {
    ((random(1, row) >> 1) as i64, row as i64)
}

#[inline(always)]
fn push(run: &mut Run<i64>, (key, value): (i64, i64)) {
    run.push(key, 0, (key as u64).wrapping_add((value as u64).wrapping_mul(3)));
}

fn show(run: &Run<i64>) -> String {
    let (first, last) = run.ends.unwrap_or_default();
    let Run { records, is_sorted, ranked, .. } = run;
    format!("n={records} sorted={is_sorted} first={first} last={last} rankchk={ranked}")
}
