//! Two tables with as many rows as keys.

use super::{Workload, by_hand, in_engine};
use crate::{
    hand,
    programs::rows::{SEEDS, checksum, digest, generated},
    splitmix::random,
};

pub(super) const WORKLOAD: Workload = Workload {
    name: "join_2m",
    rows: 2_000_000,
    expected: "rows=2001409 chk=12298379017983566439",
    pairs: 15,
    engine: |rows, threads| {
        in_engine(threads, |context| {
            let left = generated(context, SEEDS.0, rows, rows.max(1), threads);
            let right = generated(context, SEEDS.1, rows, rows.max(1), threads);
            Ok(show(checksum(&left.join_n(threads, &right))?))
        })
    },
    hand: |rows, threads| {
        by_hand(threads, move || {
            let row = |seed| move |row| (random(seed, row) % rows.max(1), row);
            show(hand::join::join(rows, row(SEEDS.0), row(SEEDS.1), digest))
        })
    },
};

fn show((rows, chk): (u64, u64)) -> String {
    format!("rows={rows} chk={chk}")
}
