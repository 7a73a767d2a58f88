//! What a lineage says of its RDDs.

use super::{Chain, DeterministicLevel as Level, PreferredLocations};
use crate::{RddId, testkit::Graph};

#[test]
fn an_rdd_is_as_determinate_as_its_least_determinate_parent() {
    let mut graph = Graph::default();
    let (fixed, random) = (graph.source(2), graph.source(2));
    graph.indeterminate(random);
    let zip = graph.zip(&[fixed, random]);
    let map = graph.map(zip);
    assert_eq!(graph.lineage.determinism(fixed), Level::Determinate);
    assert_eq!(graph.lineage.determinism(map), Level::Indeterminate);
    assert_eq!(graph.lineage.indeterminate_rdds(map).into_iter().collect::<Vec<_>>(), [random, zip, map]);
    // What is not needed is not looked at.
    assert!(graph.lineage.indeterminate_rdds(fixed).is_empty());
}

#[test]
fn a_shuffle_loses_the_order_unless_it_keeps_the_partitioning_or_sorts() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    let shuffle = graph.shuffle(source);
    let rdd = graph.read(&[shuffle], 2);
    assert_eq!(graph.lineage.determinism(rdd), Level::Unordered);
    graph.lineage.shuffles.get_mut(&shuffle).unwrap().is_ordered = true;
    assert_eq!(graph.lineage.determinism(rdd), Level::Determinate);
    let info = graph.lineage.shuffles.get_mut(&shuffle).unwrap();
    (info.is_ordered, info.keeps_partitioning) = (false, true);
    assert_eq!(graph.lineage.determinism(rdd), Level::Determinate);
    graph.rdd(source).determinism = Level::Unordered;
    assert_eq!(graph.lineage.determinism(rdd), Level::Unordered);
}

#[test]
fn neither_a_sort_nor_a_map_settles_an_indeterminate_input_but_a_reliable_checkpoint_does() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    graph.indeterminate(source);
    let shuffle = graph.shuffle(source);
    graph.lineage.shuffles.get_mut(&shuffle).unwrap().is_ordered = true;
    let rdd = graph.read(&[shuffle], 2);
    assert_eq!(graph.lineage.determinism(rdd), Level::Indeterminate);
    graph.rdd(source).is_checkpointed = true;
    assert_eq!(graph.lineage.determinism(rdd), Level::Determinate);
}

#[test]
fn only_an_unordered_input_makes_an_order_sensitive_operator_indeterminate() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    let sample = graph.map(source);
    graph.rdd(sample).is_order_sensitive = true;
    assert_eq!(graph.lineage.determinism(sample), Level::Determinate);
    graph.rdd(source).determinism = Level::Unordered;
    assert_eq!(graph.lineage.determinism(sample), Level::Indeterminate);
}

#[test]
fn a_chain_knows_what_its_rdds_have_and_nothing_behind_a_shuffle() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    let rdd = graph.reduce(source);
    let last = graph.map(rdd);
    assert_eq!(graph.lineage.chain(source), Chain::default());
    graph.cache(source);
    graph.barrier(source);
    graph.rdd(source).preferred_locations = PreferredLocations::Failed("no".into());
    let of_source = graph.lineage.chain(source);
    assert!(of_source.has_cached && of_source.is_barrier && of_source.has_locations);
    let of_last = graph.lineage.chain(last);
    assert!(of_last.reads_shuffle && !of_last.has_cached && !of_last.is_barrier && !of_last.has_locations);
    graph.barrier(rdd);
    assert!(graph.lineage.chain(last).is_barrier);
}

#[test]
fn walks_end_in_a_circle() {
    let mut graph = Graph::default();
    let (one, two) = (graph.source(1), graph.source(1));
    graph.rdd(one).dependencies = vec![super::Dependency::OneToOne { rdd: two }];
    graph.rdd(two).dependencies = vec![super::Dependency::OneToOne { rdd: one }];
    graph.indeterminate(two);
    graph.barrier(two);
    assert_eq!(graph.lineage.determinism(one), Level::Indeterminate);
    assert!(graph.lineage.chain(one).is_barrier);
    assert!(graph.lineage.allows_barrier(one, 1));
    assert_eq!(graph.lineage.determinism(RddId(9)), Level::Determinate);
}
