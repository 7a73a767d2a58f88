//! An inner join: both tables are scattered by key; per part, the left rows of a key are a chain through one vector, and
//! the right rows look their chain up.

use hashbrown::{HashTable, hash_table::Entry};
use rayon::prelude::*;

use super::scatter::{hash, scatter};

/// The end of a chain.
const END: u32 = u32::MAX;

/// How many rows the join of the tables has that `left` and `right` make of `0..rows`, and the wrapping sum of their
/// digests.
pub(crate) fn join(
    rows: u64,
    left: impl Fn(u64) -> (u64, u64) + Sync,
    right: impl Fn(u64) -> (u64, u64) + Sync,
    digest: impl Fn(u64, u64, u64) -> u64 + Sync,
) -> (u64, u64) {
    let (left, right) = (scatter(rows, left), scatter(rows, right));
    left.into_par_iter()
        .zip(right)
        .map(|(left, right)| join_part(&left.concat(), right.into_iter().flatten(), &digest))
        .reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1.wrapping_add(b.1)))
}

fn join_part(
    left: &[(u64, u64)],
    right: impl Iterator<Item = (u64, u64)>,
    digest: impl Fn(u64, u64, u64) -> u64,
) -> (u64, u64) {
    let mut next = vec![END; left.len()];
    let mut heads: HashTable<(u64, u32)> = HashTable::with_capacity(left.len());
    for (place, (key, _)) in left.iter().enumerate() {
        match heads.entry(hash(*key), |head| head.0 == *key, |head| hash(head.0)) {
            Entry::Occupied(mut head) => {
                next[place] = head.get().1;
                head.get_mut().1 = place as u32;
            }
            Entry::Vacant(free) => {
                free.insert((*key, place as u32));
            }
        }
    }
    let (mut rows, mut digests) = (0, 0u64);
    for (key, right) in right {
        let mut place = heads.find(hash(key), |head| head.0 == key).map_or(END, |head| head.1);
        while place != END {
            rows += 1;
            digests = digests.wrapping_add(digest(key, left[place as usize].1, right));
            place = next[place as usize];
        }
    }
    (rows, digests)
}
