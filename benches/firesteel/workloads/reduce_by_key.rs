//! The sums of pairs with a tenth as many keys.

use super::{Workload, by_hand, in_engine};
use crate::{
    hand,
    splitmix::{mix, random},
};

pub(super) const WORKLOAD: Workload = Workload {
    name: "reduce_by_key_10m",
    rows: 10_000_000,
    expected: "keys=999962 sum=327517724949 chk=1004595678231753876",
    pairs: 9,
    engine: |rows, threads| {
        in_engine(threads, |context| {
            let pairs = context
                .range(0..rows as i64, 1, threads)
                .map_with(keys(rows), |keys, row| pair(*keys, row as u64));
            let sums = pairs.reduce_by_key_n(threads, |a, b| a + b);
            let found = sums.aggregate(
                (0, 0, 0u64),
                |found, (key, sum)| (found.0 + 1, found.1 + sum, found.2.wrapping_add(digest(key, sum))),
                |a, b| (a.0 + b.0, a.1 + b.1, a.2.wrapping_add(b.2)),
            )?;
            Ok(show(found))
        })
    },
    hand: |rows, threads| {
        by_hand(threads, move || {
            let keys = keys(rows);
            show(hand::reduce::reduce(rows, move |row| pair(keys, row), digest))
        })
    },
};

fn keys(rows: u64) -> u64 {
    (rows / 10).max(1)
}

#[inline(always)]
fn pair(keys: u64, row: u64) -> (u64, u64) {
    (random(2, row) % keys, random(3, row) >> 48)
}

#[inline(always)]
fn digest(key: u64, sum: u64) -> u64 {
    mix(key.wrapping_mul(1_000_003).wrapping_add(sum))
}

fn show((keys, sum, chk): (u64, u64, u64)) -> String {
    format!("keys={keys} sum={sum} chk={chk}")
}
