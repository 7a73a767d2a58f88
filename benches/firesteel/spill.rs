//! `spill_sort`, `spill_group`, `spill_join`: data of eight times the executor's memory.
//!
//! The data is generated row by row and never held: what the right answer is is found out beforehand by a loop over the
//! generator. Every run is a child, so that its peak of memory is its own.

use std::{error::Error, io::Write, time::Instant};

use firesteel::Context as Firesteel;

use super::{
    child,
    context::{Context, Outcome},
    programs::check::Run,
    report::Report,
    splitmix::{mix, random},
    workloads::Answer,
};

/// Bytes of a row: two numbers.
const ROW: u64 = 16;
/// The data is so many times the executor's memory.
const TIMES: u64 = 8;
/// Partitions on both sides of the shuffle; each is as large as the executor's memory.
const PARTITIONS: usize = TIMES as usize;
/// Values of each key in `spill_group`.
const GROUP: u64 = 16;

/// A program, and what it must find, both of a number of rows.
struct Program {
    name: &'static str,
    run: fn(&Firesteel, u64) -> firesteel::Result<String>,
    expected: fn(u64) -> String,
}

const PROGRAMS: [Program; 3] = [
    Program { name: "spill_sort", run: sort, expected: sort_expected },
    Program { name: "spill_group", run: group, expected: group_expected },
    Program { name: "spill_join", run: join, expected: join_expected },
];

fn find(name: &str) -> Result<&'static Program, String> {
    PROGRAMS.iter().find(|program| program.name == name).ok_or_else(|| format!("no program {name}"))
}

/// Runs the bench `name` and emits its report.
///
/// # Errors
/// If the program fails or its answer is wrong; memory beyond what is allowed is only told.
pub(crate) fn run(context: &Context, name: &str) -> Outcome {
    let data = context.spill_bytes();
    let memory = data / TIMES;
    let finished = child::run("spill", &[name, &data.to_string(), &Context::THREADS.to_string()])?;
    let answer: Answer = serde_json::from_str(&finished.stdout)?;
    let (peak, allowed) = (finished.peak_rss_bytes, memory / 4 * 5 + (64 << 20));
    eprintln!(
        "{name}: {:.1} s, peak {} MiB of {} MiB that are allowed",
        answer.seconds,
        peak >> 20,
        allowed >> 20
    );
    Report::new(name, answer.seconds, "s")
        .with("peak_rss_bytes", peak)
        .with("allowed_rss_bytes", allowed)
        .with("peak_to_allowed_ratio", peak as f64 / allowed as f64)
        .with("data_bytes", data)
        .with("memory_bytes", memory)
        .with("threads", Context::THREADS)
        .emit()?;
    Ok(())
}

/// `spill PROGRAM BYTES THREADS`: the program on so much data, in an executor with an eighth of that as its memory.
pub(crate) fn child(arguments: &[String]) -> Outcome {
    let [name, bytes, threads] = arguments else {
        return Err(format!("expected the arguments PROGRAM BYTES THREADS, got {arguments:?}").into());
    };
    let answer = answer(name, bytes.parse()?, threads.parse()?)?;
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &answer)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// What the program finds; an error if that is wrong.
pub(crate) fn answer(name: &str, bytes: u64, threads: usize) -> Result<Answer, Box<dyn Error>> {
    let program = find(name)?;
    let rows = (bytes / ROW).max(GROUP) / GROUP * GROUP;
    let expected = (program.expected)(rows);
    let begun = Instant::now();
    let context = Firesteel::builder()
        .master(&format!("local[{threads}]"))
        .config("spark.driver.memory", &format!("{}k", (bytes / TIMES) >> 10))
        .start()?;
    let found = (program.run)(&context, rows)?;
    let answer = Answer { found, seconds: begun.elapsed().as_secs_f64() };
    answer.check(name, &expected)?;
    Ok(answer)
}

fn sort(context: &Firesteel, rows: u64) -> firesteel::Result<String> {
    let pairs = context.range(0..rows as i64, 1, PARTITIONS).map(|row| sort_row(row as u64));
    let runs = pairs.sort_by_key_n(true, PARTITIONS).map_partitions(|pairs| {
        let mut run = Run::new();
        pairs.for_each(|(key, value)| run.push(key, digest(key, value), 0));
        std::iter::once(run)
    });
    let Run { records, is_sorted, digest, .. } = Run::of_parts(runs.collect()?);
    Ok(format!("rows={records} sorted={is_sorted} digest={digest}"))
}

fn sort_expected(rows: u64) -> String {
    let digest = (0..rows).map(sort_row).fold(0u64, |sum, (key, value)| sum.wrapping_add(digest(key, value)));
    format!("rows={rows} sorted=true digest={digest}")
}

fn sort_row(row: u64) -> (u64, u64) {
    (random(1, row), row)
}

fn group(context: &Firesteel, rows: u64) -> firesteel::Result<String> {
    let groups = rows / GROUP;
    let pairs = context
        .range(0..rows as i64, 1, PARTITIONS)
        .map_with(groups, |groups, row| group_row(*groups, row as u64))
        .group_by_key_n(PARTITIONS);
    let (found, whole, digest) = pairs.aggregate(
        (0u64, 0u64, 0u64),
        |(found, whole, sum), (key, values)| {
            let is_whole = values.len() as u64 == GROUP;
            let sum = values.iter().fold(sum, |sum, value| sum.wrapping_add(digest(key, *value)));
            (found + 1, whole + u64::from(is_whole), sum)
        },
        |a, b| (a.0 + b.0, a.1 + b.1, a.2.wrapping_add(b.2)),
    )?;
    Ok(format!("groups={found} whole={whole} digest={digest}"))
}

fn group_expected(rows: u64) -> String {
    let groups = rows / GROUP;
    let pairs = (0..rows).map(|row| group_row(groups, row));
    let digest = pairs.fold(0u64, |sum, (key, value)| sum.wrapping_add(digest(key, value)));
    format!("groups={groups} whole={groups} digest={digest}")
}

/// Every key has as many values, and those are far from each other.
fn group_row(groups: u64, row: u64) -> (u64, u64) {
    (mix(row % groups), random(3, row))
}

fn join(context: &Firesteel, rows: u64) -> firesteel::Result<String> {
    let side = rows / 2;
    let left = context.range(0..side as i64, 1, PARTITIONS).map(|row| (mix(row as u64), row as u64));
    let right =
        context.range(0..side as i64, 1, PARTITIONS).map_with(side, |side, row| join_row(*side, row as u64));
    let (found, digest) = left.join_n(PARTITIONS, &right).aggregate(
        (0u64, 0u64),
        |(found, sum), (key, (left, right))| (found + 1, sum.wrapping_add(digest(key, left ^ mix(right)))),
        |a, b| (a.0 + b.0, a.1.wrapping_add(b.1)),
    )?;
    Ok(format!("rows={found} digest={digest}"))
}

fn join_expected(rows: u64) -> String {
    let side = rows / 2;
    let digest = (0..side).fold(0u64, |sum, row| {
        let (key, right) = join_row(side, row);
        sum.wrapping_add(digest(key, (side - 1 - row) ^ mix(right)))
    });
    format!("rows={side} digest={digest}")
}

/// A row of the right table: the key is that of the left table's row that is as far from its end.
fn join_row(side: u64, row: u64) -> (u64, u64) {
    (mix(side - 1 - row), random(5, row))
}

fn digest(key: u64, value: u64) -> u64 {
    mix(key ^ mix(value))
}
