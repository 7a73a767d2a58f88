//! Pi, by throwing darts: the share of random points in a square that fall into its quarter circle is a quarter of pi.
//!
//! `cargo run --release --example pi -- --samples 100000000`

mod inside;
#[path = "../shared/program.rs"]
mod program;
#[path = "../shared/splitmix.rs"]
mod splitmix;

use std::{io::Write, process::ExitCode};

use clap::Parser;

/// Estimates pi from pseudorandom points, which are the same at every run.
#[derive(Debug, Parser)]
#[command(name = "pi")]
struct Args {
    /// How many points.
    #[arg(long, default_value_t = 100_000_000, value_parser = clap::value_parser!(u64).range(1..=1 << 62))]
    samples: u64,
    /// How many tasks; by default two per task thread.
    #[arg(long)]
    partitions: Option<usize>,
    #[command(flatten)]
    options: program::Options,
}

fn main() -> ExitCode {
    firesteel::executor::run_if_asked();
    let args = Args::parse();
    program::run(
        "pi",
        &args.options,
        |context| {
            let partitions = program::partitions(context, args.partitions);
            Ok(inside::count_inside(context, args.samples, partitions)?)
        },
        |inside, seconds, out| {
            let pi = 4.0 * *inside as f64 / args.samples as f64;
            writeln!(out, "{inside} of {} points are inside", args.samples)?;
            writeln!(out, "pi is about {pi:.8}, {seconds:.3} s")
        },
    )
}
