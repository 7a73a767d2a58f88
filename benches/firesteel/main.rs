//! The benchmarks of `firesteel`: one executable that measures, and that is also every program it measures.
//!
//! `cargo bench` runs all of [`BENCHES`], `cargo bench -- NAME...` those whose name contains a `NAME`, and
//! `cargo bench -- --list` prints their names. Figures go to standard output as JSON lines ([`report`]), text
//! goes to standard error. The exit code is 1 if a bench failed or an answer was wrong, 2 for bad arguments.
//!
//! What is compared runs as a child of this same executable (`--child NAME ARGUMENT...`, see [`children`]), so
//! both sides have one profile and one allocator. This file only chooses: it neither measures nor finds data.

mod answer;
mod baseline;
mod child;
mod children;
mod compare;
mod context;
mod data;
mod engine_word_count;
mod hand;
mod noop;
mod noop_tasks;
mod one_task_job;
mod processes;
mod programs;
mod rebuild;
mod report;
mod request;
mod sim_scheduling;
mod spill;
#[path = "../../examples/shared/splitmix.rs"]
mod splitmix;
#[path = "../../examples/word_count/summary.rs"]
#[allow(dead_code, reason = "printing is the example's")]
mod summary;
mod top;
mod trace_off;
mod trace_rate;
mod trace_replay;
mod trace_scan;
mod trace_seek;
mod wait;
mod word_count;
mod workloads;

use std::{env, error::Error, process::ExitCode};

use context::{Context, Outcome};
use request::Request;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A bench: runs and emits its figures.
type Bench = fn(&Context) -> Outcome;

/// Every bench by its name.
const BENCHES: &[(&str, Bench)] = &[
    ("word_count_100m", word_count::run_100m),
    ("word_count_1g", word_count::run_1g),
    ("reduce_by_key_10m", |_| workloads::run("reduce_by_key_10m")),
    ("sort_by_key_10m", |_| workloads::run("sort_by_key_10m")),
    ("join_2m", |_| workloads::run("join_2m")),
    ("pagerank", |_| workloads::run("pagerank")),
    ("kmeans", |_| workloads::run("kmeans")),
    ("pi_100m", |_| workloads::run("pi_100m")),
    ("spill_sort", |context| spill::run(context, "spill_sort")),
    ("spill_group", |context| spill::run(context, "spill_group")),
    ("spill_join", |context| spill::run(context, "spill_join")),
    ("noop_tasks", noop_tasks::run),
    ("one_task_job", one_task_job::run),
    ("noop_tasks_processes", processes::noop_tasks),
    ("one_task_job_processes", processes::one_task_job),
    ("executor_start", processes::start),
    ("executor_loss", processes::loss),
    ("shuffle_processes", processes::shuffle),
    ("word_count_processes", processes::word_count),
    ("word_count_killed", processes::killed),
    ("trace_off", trace_off::run),
    ("trace_scan", trace_scan::run),
    ("trace_replay", trace_replay::run),
    ("trace_seek", trace_seek::run),
    ("sim_scheduling", sim_scheduling::run),
    ("rebuild_word_count", rebuild::run),
];

fn main() -> ExitCode {
    firesteel::executor::run_if_asked();
    match Request::parse(env::args_os().skip(1)) {
        Ok(Request::Run(names, spill_bytes)) => run_benches(&names, &Context::new(spill_bytes)),
        Ok(Request::List) => {
            BENCHES.iter().for_each(|(name, _)| println!("{name}"));
            ExitCode::SUCCESS
        }
        Ok(Request::Child(name, arguments)) => match children::run(&name, &arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&name, &*error),
        },
        Err(text) => {
            eprintln!("{text}");
            ExitCode::from(2)
        }
    }
}

/// Runs the benches asked for, each also after another's failure.
///
/// No match is no failure: cargo hands the same names to every bench executable of the workspace.
fn run_benches(names: &[String], context: &Context) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    let mut matched = false;
    for (name, run) in BENCHES {
        if names.is_empty() || names.iter().any(|part| name.contains(part.as_str())) {
            matched = true;
            if let Err(error) = run(context) {
                code = failed(name, &*error);
            }
        }
    }
    if !matched {
        eprintln!("no bench here has a name with {}; --list prints them", names.join(" or "));
    }
    code
}

/// Prints an error with its sources, and gives the exit code for it.
fn failed(name: &str, error: &dyn Error) -> ExitCode {
    eprintln!("{name}: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
    ExitCode::FAILURE
}
