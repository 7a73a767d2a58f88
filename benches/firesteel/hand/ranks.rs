//! PageRank over arrays: the edges into each node stand one after the other, and a node gathers from their other ends.

use rayon::prelude::*;

/// A graph, by the nodes that edges lead to.
struct Graph {
    /// Edges out of each node.
    out_degrees: Vec<u32>,
    /// Where each node's sources begin; one more at the end.
    starts: Vec<u32>,
    sources: Vec<u32>,
}

/// The ranks after some rounds; `None` for nodes without a rank. As in Spark's example, a node that nobody gives to in
/// a round has none after it.
pub(crate) fn ranks(
    nodes: u32,
    edges: u64,
    edge: impl Fn(u64) -> (u32, u32) + Sync + Send,
    iterations: u32,
) -> Vec<Option<f64>> {
    let graph = Graph::new(nodes, (0..edges).into_par_iter().map(edge).collect());
    let begin = |degree: &u32| if *degree > 0 { 1.0 } else { f64::NAN };
    // NaN: no rank. It takes no room of its own, and no branch per edge but one.
    let mut ranks: Vec<f64> = graph.out_degrees.iter().map(begin).collect();
    for _ in 0..iterations {
        ranks = graph.round(&ranks);
    }
    ranks.into_iter().map(|rank| (!rank.is_nan()).then_some(rank)).collect()
}

impl Graph {
    fn new(nodes: u32, edges: Vec<(u32, u32)>) -> Self {
        let mut out_degrees = vec![0; nodes as usize];
        let mut starts = vec![0; nodes as usize + 1];
        for (from, to) in &edges {
            out_degrees[*from as usize] += 1;
            starts[*to as usize + 1] += 1;
        }
        for node in 0..nodes as usize {
            starts[node + 1] += starts[node];
        }
        let mut places = starts.clone();
        let mut sources = vec![0; edges.len()];
        for (from, to) in edges {
            let place = &mut places[to as usize];
            sources[*place as usize] = from;
            *place += 1;
        }
        Graph { out_degrees, starts, sources }
    }

    fn round(&self, ranks: &[f64]) -> Vec<f64> {
        let share =
            |(rank, degree): (&f64, &u32)| if *degree > 0 { rank / f64::from(*degree) } else { f64::NAN };
        let shares: Vec<f64> = ranks.par_iter().zip(&self.out_degrees).map(share).collect();
        let gather = |bounds: &[u32]| {
            let (mut sum, mut gets_any) = (0.0, false);
            for source in &self.sources[bounds[0] as usize..bounds[1] as usize] {
                let share = shares[*source as usize];
                if !share.is_nan() {
                    sum += share;
                    gets_any = true;
                }
            }
            if gets_any { 0.15 + 0.85 * sum } else { f64::NAN }
        };
        self.starts.par_windows(2).map(gather).collect()
    }
}
