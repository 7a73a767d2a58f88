//! k-means: points are divided into clusters around centres, by Lloyd's rounds.
//!
//! `cargo run --release --example kmeans -- --points 1000000` or `-- --input FILE`

mod lloyd;
mod points;
#[path = "../shared/program.rs"]
mod program;
#[path = "../shared/splitmix.rs"]
mod splitmix;

use std::{io::Write, process::ExitCode};

use clap::Parser;
use firesteel::{Rdd, rdd::Compute};
use points::Points;
use program::Outcome;

/// Finds the centres of clusters of points. The first points are the first centres.
#[derive(Debug, Parser)]
#[command(name = "kmeans")]
struct Args {
    /// Files of points: one per line, coordinates with white space or commas between.
    #[arg(long, value_name = "FILE", conflicts_with = "points")]
    input: Option<String>,
    /// How many points to generate: of ten dimensions, around ten centres.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=1 << 48))]
    points: u64,
    /// How many clusters.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    clusters: u32,
    /// How many rounds.
    #[arg(long, default_value_t = 10)]
    iterations: u32,
    /// Partitions of the points (of a file: at least); by default two per task thread.
    #[arg(long)]
    partitions: Option<usize>,
    #[command(flatten)]
    options: program::Options,
}

/// The outcome of all rounds.
struct Answer {
    points: u64,
    centres: Points,
    /// Points of each centre.
    counts: Vec<u64>,
    cost: f64,
}

fn main() -> ExitCode {
    firesteel::executor::run_if_asked();
    let args = Args::parse();
    program::run(
        "kmeans",
        &args.options,
        |context| {
            let partitions = program::partitions(context, args.partitions);
            match &args.input {
                Some(paths) => cluster(&points::read(context, paths, partitions), &args),
                None => cluster(&points::generated(context, args.points, partitions), &args),
            }
        },
        |answer, seconds, out| {
            for (count, centre) in answer.counts.iter().zip(answer.centres.rows()) {
                let centre: Vec<String> =
                    centre.iter().map(|coordinate| format!("{coordinate:.9}")).collect();
                writeln!(out, "{count:>12}  {}", centre.join(" "))?;
            }
            let Answer { points, cost, .. } = answer;
            writeln!(out, "{points} points, cost {cost:.4} after {} rounds, {seconds:.3} s", args.iterations)
        },
    )
}

fn cluster(points: &Rdd<impl Compute<Item = Points>>, args: &Args) -> Outcome<Answer> {
    let points = points.cache();
    let (count, dimensions) = check(&points)?;
    let first = points.flat_map(Points::into_rows).take(args.clusters as usize)?;
    if first.len() < args.clusters as usize {
        return Err(format!("{} clusters need as many points; there are {count}", args.clusters).into());
    }
    let mut centres = Points::new(dimensions, first.concat());
    for _ in 0..args.iterations {
        program::check_interrupt()?;
        centres = lloyd::round(&points, &centres)?.moved(&centres);
    }
    program::check_interrupt()?;
    let last = lloyd::round(&points, &centres)?;
    Ok(Answer { points: count, centres, counts: last.counts, cost: last.cost })
}

/// How many points there are, and of how many dimensions all of them are.
fn check(points: &Rdd<impl Compute<Item = Points>>) -> Outcome<(u64, usize)> {
    let (count, least, most) = points.aggregate(
        (0, usize::MAX, 0),
        |(count, least, most), block| {
            let dimensions = block.dimensions();
            (count + block.len() as u64, least.min(dimensions), most.max(dimensions))
        },
        |a, b| (a.0 + b.0, a.1.min(b.1), a.2.max(b.2)),
    )?;
    if count == 0 {
        return Err("there are no points".into());
    }
    if least < most {
        return Err(format!("some points have {least} coordinates, others {most}").into());
    }
    Ok((count, most))
}
