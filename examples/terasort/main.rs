//! TeraSort: records of 100 bytes are generated, sorted by their first ten bytes, and the outcome is checked.
//!
//! `cargo run --release --example terasort -- --records 10000000`

mod check;
#[path = "../shared/program.rs"]
mod program;
mod records;
#[path = "../shared/splitmix.rs"]
mod splitmix;

use std::{io::Write, process::ExitCode, time::Instant};

use check::Run;
use clap::Parser;
use firesteel::{Context, Rdd, rdd::Compute};
use program::Outcome;
use records::{Key, Payload};

/// Generates records, sorts them, and checks that all are there and in order.
#[derive(Debug, Parser)]
#[command(name = "terasort")]
struct Args {
    /// How many records of 100 bytes.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=1 << 48))]
    records: u64,
    /// Partitions of the records, before and after; by default two per task thread.
    #[arg(long)]
    partitions: Option<usize>,
    #[command(flatten)]
    options: program::Options,
}

struct Answer {
    sorted: Run<Key>,
    /// Seconds of the run over the input, and of the sort with its check.
    seconds: (f64, f64),
}

fn main() -> ExitCode {
    firesteel::executor::run_if_asked();
    let args = Args::parse();
    program::run(
        "terasort",
        &args.options,
        |context| sort(context, &args),
        |Answer { sorted, seconds }, all, out| {
            let Run { records, digest, ranked, .. } = sorted;
            let (first, last) = sorted.ends.unwrap_or_default();
            let mib = records.saturating_mul(records::SIZE) as f64 / f64::from(1 << 20);
            writeln!(
                out,
                "generated {records} records, {mib:.1} MiB, digest {digest:016x}: {:.3} s",
                seconds.0
            )?;
            writeln!(out, "sorted them: {:.3} s", seconds.1)?;
            writeln!(out, "in order, with the same count and digest")?;
            writeln!(out, "keys from {} to {}, checksum of ranks {ranked}", hex(&first), hex(&last))?;
            writeln!(out, "{all:.3} s")
        },
    )
}

fn sort(context: &Context, args: &Args) -> Outcome<Answer> {
    let partitions = program::partitions(context, args.partitions);
    let records = records::generated(context, args.records, partitions);
    let begun = Instant::now();
    let input = Run::of_parts(runs(&records)?);
    let input_seconds = begun.elapsed().as_secs_f64();
    program::check_interrupt()?;
    let begun = Instant::now();
    let sorted = Run::of_parts(runs(&records.sort_by_key_n(true, partitions))?);
    let seconds = (input_seconds, begun.elapsed().as_secs_f64());
    if !sorted.is_sorted {
        return Err("the outcome is not in order".into());
    }
    if (sorted.records, sorted.digest) != (input.records, input.digest) {
        let (was, is) = (input.records, sorted.records);
        return Err(format!("the outcome is not what was put in: {was} records were, {is} are").into());
    }
    Ok(Answer { sorted, seconds })
}

/// The partitions' runs, in their order.
fn runs(records: &Rdd<impl Compute<Item = (Key, Payload)>>) -> firesteel::Result<Vec<Run<Key>>> {
    let runs = records.map_partitions(|records| {
        let mut run = Run::new();
        records.for_each(|(key, payload)| {
            run.push(key, records::digest(&key, &payload), records::weight(&key, &payload));
        });
        std::iter::once(run)
    });
    runs.collect()
}

fn hex(key: &Key) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}
