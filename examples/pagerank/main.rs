//! PageRank: which nodes of a graph others lead to.
//!
//! `cargo run --release --example pagerank -- --nodes 100000 --edges 1000000` or `-- --input FILE`

#[path = "../shared/program.rs"]
mod program;
mod ranks;
#[path = "../shared/splitmix.rs"]
mod splitmix;

use std::{fmt::Display, io::Write, process::ExitCode};

use clap::Parser;
use firesteel::{
    Context, Rdd,
    rdd::{Compute, Data, Key},
    task::TaskError,
    text::Text,
};
use program::Outcome;
use ranks::Summary;

/// Ranks the nodes of a graph by the ranks of those that lead to them.
#[derive(Debug, Parser)]
#[command(name = "pagerank")]
struct Args {
    /// Files of edges: one per line, the names of its two ends with white space between.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["nodes", "edges"])]
    input: Option<String>,
    /// Nodes of the generated graph.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    nodes: u32,
    /// Its edges.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(0..=1 << 48))]
    edges: u64,
    /// How many rounds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=400))]
    iterations: u32,
    /// How many of the highest ranks to print.
    #[arg(long, default_value_t = 10)]
    top: usize,
    /// Partitions of the graph and of each round; by default two per task thread.
    #[arg(long)]
    partitions: Option<usize>,
    #[command(flatten)]
    options: program::Options,
}

/// The outcome, with names of nodes as texts.
struct Answer {
    nodes: u64,
    sum: f64,
    top: Vec<(String, f64)>,
}

fn main() -> ExitCode {
    firesteel::executor::run_if_asked();
    let args = Args::parse();
    program::run(
        "pagerank",
        &args.options,
        |context| {
            let partitions = program::partitions(context, args.partitions);
            match &args.input {
                Some(paths) => rank(&read(context, paths, partitions), &args, partitions),
                None => {
                    let edges = ranks::generated(context, args.nodes, args.edges, partitions);
                    rank(&edges, &args, partitions)
                }
            }
        },
        |Answer { nodes, sum, top }, seconds, out| {
            for (node, rank) in top {
                writeln!(out, "{rank:>16.9}  {node}")?;
            }
            let rounds = args.iterations;
            writeln!(out, "{nodes} nodes with rank, sum {sum:.6} after {rounds} rounds, {seconds:.3} s")
        },
    )
}

fn rank<K: Key + Data + Ord + Display>(
    edges: &Rdd<impl Compute<Item = (K, K)>>,
    args: &Args,
    partitions: usize,
) -> Outcome<Answer> {
    let Summary { nodes, sum, top, .. } =
        Summary::of(&ranks::ranks(edges, args.iterations, partitions), args.top)?;
    let top = top.into_iter().map(|(node, rank)| (node.to_string(), rank)).collect();
    Ok(Answer { nodes, sum, top })
}

/// The edges of text files; empty lines and those that begin with `#` are skipped.
fn read(
    context: &Context,
    paths: &str,
    min_partitions: usize,
) -> Rdd<impl Compute<Item = (Text, Text)> + use<>> {
    context.text_file(paths, min_partitions).map_partitions_with_index(|_, lines, task| {
        let lines = lines.filter(|line| !line.trim().is_empty() && !line.starts_with(b"#"));
        lines.map(move |line| {
            let mut ends = line.words();
            match (ends.next(), ends.next(), ends.next()) {
                (Some(from), Some(to), None) => (from, to),
                _ => task.fail(TaskError::User(format!("not an edge, which is two names: {line:?}"))),
            }
        })
    })
}
