use std::collections::BTreeMap;

use super::super::{HeapSampler, heap_bytes};
use crate::text::Text;

#[test]
fn what_is_inline_costs_nothing() {
    assert_eq!(heap_bytes(&(1u64, 2i8, Some('x'), [1.5; 4])), 0);
    assert_eq!(heap_bytes(&(String::new(), Text::from("short"), Vec::<u64>::new())), 0);
}

#[test]
fn strings_and_sequences_cost_their_allocations() {
    assert_eq!(heap_bytes("four"), 4 + 16);
    assert_eq!(heap_bytes(&Text::from("a text that is longer than 23 bytes")), 35 + 16);
    assert_eq!(heap_bytes(&vec![1u64; 10]), 80 + 40 + 16);
    let nested = heap_bytes(&vec![vec![1u8; 8]; 2]);
    assert_eq!(nested, 2 * (24 + 8 + 4 + 16) * 3 / 2 + 16);
    assert!(heap_bytes(&BTreeMap::from([(1u64, "one"), (2, "two")])) >= 2 * (8 + 24 + 3 + 16));
}

#[test]
fn long_sequences_are_extrapolated_and_what_follows_still_counts() {
    let long = vec![7u32; 1_000_000];
    assert_eq!(heap_bytes(&long), 6_000_016);
    let pair = heap_bytes(&(long.clone(), "tail".to_owned()));
    assert_eq!(pair, 6_000_016 + 20);
    let both = heap_bytes(&vec![long.clone(), long]);
    assert_eq!(both, (2 * (24 + 6_000_016)) * 3 / 2 + 16);
}

#[test]
fn the_sample_stands_for_all() {
    let mut sampler = HeapSampler::default();
    let weights: u64 = (0..64 * 100).map(|_| sampler.weight()).sum();
    assert_eq!(weights, 64 + 99 * 64);
    let mut sampler = HeapSampler::default();
    assert_eq!((0..50).map(|_| sampler.weight()).sum::<u64>(), 50);
}

#[test]
fn a_large_value_stands_for_itself_and_those_after_it_are_looked_at() {
    let mut sampler = HeapSampler::default();
    (0..64).for_each(|_| assert_eq!(sampler.weight(), 1));
    assert_eq!(sampler.weight(), 64);
    assert_eq!(sampler.stands_for(64, 100), 6_400);
    assert_eq!(sampler.weight(), 0);
    assert_eq!(sampler.stands_for(64, 20 << 10), 1 << 20);
    assert_eq!(sampler.stands_for(64, 8 << 20), 8 << 20);
    assert_eq!(sampler.change_stands_for(64, -(8 << 20)), -(8 << 20));
    assert_eq!(sampler.change_stands_for(64, -2), -128);
    let weights: Vec<u64> = (0..66).map(|_| sampler.weight()).collect();
    assert_eq!((weights.iter().take(64).sum::<u64>(), &weights[64..]), (64, &[64, 0][..]));
}
