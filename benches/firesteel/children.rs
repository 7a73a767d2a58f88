//! The programs that this executable can be when it is started with `--child NAME ARGUMENT...`.
//!
//! A program prints its answer to standard output and ends. [`child`](super::child) starts and measures them;
//! nothing here does.

use std::{
    io::{self, Write},
    path::Path,
};

use super::{
    answer::WordCount, baseline::word_count_baseline, context::Outcome, engine_word_count::word_count_engine,
    noop, one_task_job, processes, sim_scheduling, spill, trace_off, trace_replay, trace_scan, trace_seek,
    workloads,
};

/// A child program: is given the arguments after its name.
type Program = fn(&[String]) -> Outcome;

/// Every child program by its name.
const CHILDREN: &[(&str, Program)] = &[
    ("word_count", word_count),
    ("word_count_baseline", word_count_by_hand),
    ("engine", workloads::engine_child),
    ("hand", workloads::hand_child),
    ("spill", spill::child),
    ("noop", noop::child),
    ("one_task", one_task_job::child),
    ("start", processes::start_child),
    ("shuffle", processes::shuffle_child),
    ("loss", processes::loss_child),
    ("word_count_killed", processes::killed_child),
    ("noop_loop", trace_off::child),
    ("sim_scheduling", sim_scheduling::child),
    ("trace_scan", trace_scan::child),
    ("trace_replay", trace_replay::child),
    ("trace_seek", trace_seek::child),
];

/// Runs the child program `name`.
///
/// # Errors
/// If there is no such program, or the program's own error.
pub(crate) fn run(name: &str, arguments: &[String]) -> Outcome {
    let (_, program) = CHILDREN
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(|| format!("no child program {name}"))?;
    program(arguments)
}

/// `word_count FILE MASTER`: the engine's word count.
fn word_count(arguments: &[String]) -> Outcome {
    let [file, master] = arguments else {
        return Err(format!("expected the arguments FILE MASTER, got {arguments:?}").into());
    };
    print(&word_count_engine(Path::new(file), master)?)
}

/// `word_count_baseline FILE THREADS`: the hand-written word count.
fn word_count_by_hand(arguments: &[String]) -> Outcome {
    let [file, threads] = arguments else {
        return Err(format!("expected the arguments FILE THREADS, got {arguments:?}").into());
    };
    match threads.parse() {
        Ok(threads) if threads > 0 => print(&word_count_baseline(Path::new(file), threads)?),
        _ => Err(format!("THREADS must be a whole number from 1, not {threads:?}").into()),
    }
}

/// Prints an answer as one line of JSON.
fn print(answer: &WordCount) -> Outcome {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, answer)?;
    writeln!(out)?;
    Ok(out.flush()?)
}
