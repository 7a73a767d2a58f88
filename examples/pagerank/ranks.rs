//! The PageRank program, and what is told of its outcome.

use std::sync::Arc;

use firesteel::{
    Context, Rdd, Result,
    rdd::{Boxed, Compute, Data, Key},
};
use serde::{Deserialize, Serialize};

use crate::splitmix::random;

/// The sequences of the edges' ends.
const SEEDS: (u64, u64) = (6, 7);

/// Edges between random nodes, the same at every run; some come more than once.
pub(crate) fn generated(
    context: &Context,
    nodes: u32,
    edges: u64,
    partitions: usize,
) -> Rdd<impl Compute<Item = (u32, u32)> + use<>> {
    context.range(0..edges as i64, 1, partitions).map_with(u64::from(nodes), |nodes, edge| {
        let end = |seed| (random(seed, edge as u64) % nodes) as u32;
        (end(SEEDS.0), end(SEEDS.1))
    })
}

/// The ranks after some rounds, as Spark's example computes them: every node with an edge out of it begins with rank 1;
/// a round divides a node's rank among the ends of its edges, and a node's new rank is 0.15 + 0.85 times what it gets.
/// A node that gets nothing in a round has no rank after it.
///
/// The links are kept in memory, and stay where they are: they are partitioned as the ranks are, so only the contributions
/// are shuffled.
pub(crate) fn ranks<K: Key>(
    edges: &Rdd<impl Compute<Item = (K, K)>>,
    iterations: u32,
    partitions: usize,
) -> Rdd<Boxed<(K, f64)>> {
    let links = edges.group_by_key_n(partitions).map_values(Arc::<[K]>::from).cache();
    let mut ranks = links.map_values(|_| 1.0).boxed();
    for _ in 0..iterations {
        let contributions = links.join(&ranks).flat_map(|(_, (ends, rank))| {
            let share = rank / ends.len() as f64;
            (0..ends.len()).map(move |end| (ends[end].clone(), share))
        });
        let received = contributions.reduce_by_key_n(partitions, |a, b| a + b);
        ranks = received.map_values(|sum| 0.15 + 0.85 * sum).boxed();
    }
    ranks
}

/// How many nodes have a rank, the sum of the ranks, and the nodes with the highest.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "K: Data")]
pub(crate) struct Summary<K> {
    most: usize,
    pub(crate) nodes: u64,
    pub(crate) sum: f64,
    /// Highest rank first; of equal ranks the least node.
    pub(crate) top: Vec<(K, f64)>,
}

impl<K: Data + Ord> Summary<K> {
    /// Of all ranks; the `most` highest are kept.
    pub(crate) fn of(ranks: &Rdd<impl Compute<Item = (K, f64)>>, most: usize) -> Result<Self> {
        let nothing = Summary { most, nodes: 0, sum: 0.0, top: Vec::new() };
        ranks.aggregate(nothing, |summary, (node, rank)| summary.add(node, rank), Summary::merge)
    }

    fn add(mut self, node: K, rank: f64) -> Self {
        self.nodes += 1;
        self.sum += rank;
        self.offer(node, rank);
        self
    }

    fn merge(mut self, other: Summary<K>) -> Self {
        self.nodes += other.nodes;
        self.sum += other.sum;
        other.top.into_iter().for_each(|(node, rank)| self.offer(node, rank));
        self
    }

    fn offer(&mut self, node: K, rank: f64) {
        let place = self.top.partition_point(|(other, higher)| {
            higher.total_cmp(&rank).reverse().then_with(|| other.cmp(&node)).is_lt()
        });
        if place < self.most {
            self.top.truncate(self.most - 1);
            self.top.insert(place, (node, rank));
        }
    }
}
