//! Rows of the left side meet those of the right.

use super::{
    kind::JoinKind,
    table::{NO_ROW, Table},
};
use crate::rdd::{Data, Key};

/// All pairs that a row of the left side gives.
#[inline(always)]
pub(super) fn fold_row<K: Key, V: Data, W: Data, J: JoinKind<V, W>, B, F: FnMut(B, (K, J::Out)) -> B>(
    table: &mut Table<K, W>,
    hash: u32,
    (key, value): (K, V),
    init: B,
    f: &mut F,
) -> B {
    let mut row = table.first(hash, &key, notes::<V, W, J>());
    if row == NO_ROW {
        return match J::left_only(value) {
            Some(out) => f(init, (key, out)),
            None => init,
        };
    }
    if !is_first::<K, V, W, J>(table, row) {
        return init;
    }
    let mut sum = init;
    loop {
        let next = if J::IS_SET { NO_ROW } else { table.after(row, hash, &key) };
        if next == NO_ROW {
            return match give::<K, V, W, J>(|| (key, value), table, row) {
                Some(pair) => f(sum, pair),
                None => sum,
            };
        }
        if let Some(pair) = give::<K, V, W, J>(|| (key.clone(), value.clone()), table, row) {
            sum = f(sum, pair);
        }
        row = next;
    }
}

/// Whether it matters which rows of the right side met one.
pub(super) const fn notes<V, W, J: JoinKind<V, W>>() -> bool {
    J::KEEPS_RIGHT || J::IS_SET && J::GIVES_BOTH
}

/// Whether a row of the right side may meet another.
#[inline(always)]
pub(super) fn is_first<K, V, W, J: JoinKind<V, W>>(table: &Table<K, W>, row: u32) -> bool {
    !(J::IS_SET && J::GIVES_BOTH && table.met[row as usize])
}

/// What two rows that meet give.
#[inline(always)]
pub(super) fn give<K: Key, V, W: Data, J: JoinKind<V, W>>(
    left: impl FnOnce() -> (K, V),
    table: &mut Table<K, W>,
    row: u32,
) -> Option<(K, J::Out)> {
    let at = row as usize;
    if notes::<V, W, J>() {
        table.met[at] = true;
    }
    if !J::GIVES_BOTH {
        return None;
    }
    let (key, left) = left();
    J::both(left, table.rows.pairs[at].1.clone()).map(|out| (key, out))
}
