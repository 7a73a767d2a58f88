//! Join: rows of two tables that have the same key, brought together.
//!
//! `cargo run --release --example join -- --rows 2000000 --keys 2000000` or `-- LEFT RIGHT`

#[path = "../shared/program.rs"]
mod program;
mod rows;
#[path = "../shared/splitmix.rs"]
mod splitmix;

use std::{io::Write, process::ExitCode};

use clap::Parser;
use firesteel::{Context, Rdd, rdd::Compute, text::Text};
use program::Outcome;

/// Joins two tables: text files, or generated ones.
#[derive(Debug, Parser)]
#[command(name = "join")]
struct Args {
    /// Files of the left table: a row per line, its first word is the key.
    #[arg(requires = "right", conflicts_with_all = ["rows", "keys"])]
    left: Option<String>,
    /// Files of the right table.
    right: Option<String>,
    /// Rows of each generated table.
    #[arg(long, default_value_t = 2_000_000, value_parser = clap::value_parser!(u64).range(0..=1 << 48))]
    rows: u64,
    /// How many keys its rows have at most.
    #[arg(long, default_value_t = 2_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    keys: u64,
    /// How many rows of joined files to print, in the order of their keys.
    #[arg(long, default_value_t = 10)]
    show: usize,
    /// Partitions of the tables and of the outcome; by default two per task thread.
    #[arg(long)]
    partitions: Option<usize>,
    #[command(flatten)]
    options: program::Options,
}

enum Answer {
    Files { rows: u64, shown: Vec<(Text, (Text, Text))> },
    Generated { rows: u64, checksum: u64 },
}

fn main() -> ExitCode {
    firesteel::executor::run_if_asked();
    let args = Args::parse();
    program::run(
        "join",
        &args.options,
        |context| {
            let partitions = program::partitions(context, args.partitions);
            match (&args.left, &args.right) {
                (Some(left), Some(right)) => files(context, left, right, args.show, partitions),
                _ => generated(context, args.rows, args.keys, partitions),
            }
        },
        |answer, seconds, out| match answer {
            Answer::Files { rows, shown } => {
                for (key, (left, right)) in shown {
                    writeln!(out, "{key}  {left}  {right}")?;
                }
                writeln!(out, "{rows} rows, {seconds:.3} s")
            }
            Answer::Generated { rows, checksum } => {
                writeln!(out, "{rows} rows, checksum {checksum}, {seconds:.3} s")
            }
        },
    )
}

fn generated(context: &Context, rows: u64, keys: u64, partitions: usize) -> Outcome<Answer> {
    let left = rows::generated(context, rows::SEEDS.0, rows, keys, partitions);
    let right = rows::generated(context, rows::SEEDS.1, rows, keys, partitions);
    let (rows, checksum) = rows::checksum(&left.join_n(partitions, &right))?;
    Ok(Answer::Generated { rows, checksum })
}

fn files(context: &Context, left: &str, right: &str, show: usize, partitions: usize) -> Outcome<Answer> {
    let joined = read(context, left, partitions).join_n(partitions, &read(context, right, partitions));
    let rows = joined.count()?;
    program::check_interrupt()?;
    // The tables have been shuffled already.
    let shown = if show > 0 { joined.sort_by(Clone::clone, true).take(show)? } else { Vec::new() };
    Ok(Answer::Files { rows, shown })
}

/// Lines as pairs of their first word and the rest; empty lines are skipped.
fn read(
    context: &Context,
    paths: &str,
    min_partitions: usize,
) -> Rdd<impl Compute<Item = (Text, Text)> + use<>> {
    context.text_file(paths, min_partitions).flat_map(|line| {
        let key = line.words().next()?;
        let rest = line.trim();
        let rest = rest.slice(key.len()..).trim();
        Some((key, rest))
    })
}
