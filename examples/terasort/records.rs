//! TeraSort's records: 100 bytes, of which ten are the key.

use firesteel::{Context, Rdd, rdd::Compute};
use serde::{Deserialize, Serialize};

use crate::splitmix::{mix, random};

/// Bytes of a record.
pub(crate) const SIZE: u64 = 100;
/// The sequences of the keys' first bytes, of their last ones, and of what fills records up.
const SEEDS: (u64, u64, u64) = (1, 11, 12);

/// Ten bytes that are compared one after the other.
pub(crate) type Key = [u8; 10];

/// Ninety bytes: the number of the record, and what fills it up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payload {
    number: u64,
    filler: ([u64; 10], u16),
}

/// Records in no order, the same at every run.
pub(crate) fn generated(
    context: &Context,
    records: u64,
    partitions: usize,
) -> Rdd<impl Compute<Item = (Key, Payload)> + use<>> {
    context.range(0..records as i64, 1, partitions).map(|number| record(number as u64))
}

fn record(number: u64) -> (Key, Payload) {
    let mut key = [0; 10];
    let (head, tail) = key.split_at_mut(8);
    head.copy_from_slice(&(random(SEEDS.0, number) >> 1).to_be_bytes());
    tail.copy_from_slice(&(random(SEEDS.1, number) as u16).to_be_bytes());
    let word = |place: u64| random(SEEDS.2, number.wrapping_mul(11).wrapping_add(place));
    let filler = (std::array::from_fn(|place| word(place as u64)), word(10) as u16);
    (key, Payload { number, filler })
}

/// The first eight bytes of a key as a number.
pub(crate) fn head(key: &Key) -> u64 {
    key.iter().take(8).fold(0, |head, byte| head << 8 | u64::from(*byte))
}

/// A number that every byte of a record goes into.
pub(crate) fn digest(key: &Key, payload: &Payload) -> u64 {
    let tail = u64::from(key[8]) << 8 | u64::from(key[9]);
    let (words, last) = &payload.filler;
    let all = [head(key), tail, payload.number, u64::from(*last)];
    all.iter().chain(words).fold(0, |digest, word| mix(digest ^ word).wrapping_add(*word))
}

/// What a record adds to the checksum of ranks, times its place.
pub(crate) fn weight(key: &Key, payload: &Payload) -> u64 {
    head(key).wrapping_add(payload.number.wrapping_mul(3))
}
