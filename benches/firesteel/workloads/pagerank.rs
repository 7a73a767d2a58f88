//! Ten rounds over a graph with a tenth as many nodes as edges.

use super::{Workload, by_hand, in_engine};
use crate::{
    hand,
    programs::ranks::{Summary, generated, ranks},
    splitmix::random,
};

const ITERATIONS: u32 = 10;
const TOP: usize = 3;

pub(super) const WORKLOAD: Workload = Workload {
    name: "pagerank",
    rows: 1_000_000,
    expected: "nodes=99995 sum=99978.717375 top3 58924=2.934156397 44983=2.611801501 88526=2.554553081",
    pairs: 9,
    engine: |rows, threads| {
        in_engine(threads, |context| {
            let edges = generated(context, nodes(rows), rows, threads);
            let Summary { nodes, sum, top, .. } = Summary::of(&ranks(&edges, ITERATIONS, threads), TOP)?;
            Ok(show(nodes, sum, &top))
        })
    },
    hand: |rows, threads| {
        by_hand(threads, move || {
            let nodes = nodes(rows);
            let edge = move |edge| {
                let end = |seed| (random(seed, edge) % u64::from(nodes)) as u32;
                (end(6), end(7))
            };
            let ranks = hand::ranks::ranks(nodes, rows, edge, ITERATIONS);
            let mut ranks: Vec<(u32, f64)> =
                (0..).zip(ranks).filter_map(|(node, rank)| Some((node, rank?))).collect();
            let sum = ranks.iter().map(|(_, rank)| rank).sum();
            ranks.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            show(ranks.len() as u64, sum, &ranks[..TOP.min(ranks.len())])
        })
    },
};

fn nodes(edges: u64) -> u32 {
    (edges / 10).max(1) as u32
}

fn show(nodes: u64, sum: f64, top: &[(u32, f64)]) -> String {
    let top: Vec<String> = top.iter().map(|(node, rank)| format!("{node}={rank:.9}")).collect();
    format!("nodes={nodes} sum={sum:.6} top3 {}", top.join(" "))
}
