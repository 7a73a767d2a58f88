//! Word count: the words of text files, and how often each occurs.
//!
//! `cargo run --release --example word_count -- FILE...`

#[path = "../shared/program.rs"]
mod program;
mod summary;

use std::process::ExitCode;

use clap::Parser;
use firesteel::Context;
use program::Outcome;
use summary::Summary;

/// Counts the words of text files: files, directories, globs, and .gz files.
///
/// Words are separated by white space (tab, line feed, vertical tab, form feed, carriage return, space).
#[derive(Debug, Parser)]
#[command(name = "word_count")]
struct Args {
    /// Files, directories and globs; several may also be given with commas between.
    #[arg(required = true)]
    files: Vec<String>,
    /// Partitions at least; by default two per task thread.
    #[arg(long)]
    min_partitions: Option<usize>,
    /// How many of the most frequent words to print.
    #[arg(long, default_value_t = 20)]
    top: usize,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    options: program::Options,
}

fn main() -> ExitCode {
    firesteel::executor::run_if_asked();
    let args = Args::parse();
    program::run(
        "word_count",
        &args.options,
        |context| count(context, &args),
        |summary, seconds, out| {
            if args.json { summary.print_json(seconds, out) } else { summary.print(seconds, out) }
        },
    )
}

fn count(context: &Context, args: &Args) -> Outcome<Summary> {
    let paths = args.files.join(",");
    let min_partitions = program::partitions(context, args.min_partitions);
    let summary = context
        .text_file(&paths, min_partitions)
        .flat_map(|line| line.into_words())
        .map(|word| (word, 1u64))
        .reduce_by_key(|a, b| a + b)
        .aggregate(
            Summary::new(args.top),
            |summary, (word, count)| summary.add(word, count),
            Summary::merge,
        )?;
    Ok(summary)
}
