//! Five programs that go wrong, for the tutorial `docs/debugging.md`.
//!
//! `cargo run --example debugging -- locality --trace locality.trace`
//!
//! Each runs on the deterministic loop with a virtual clock, so it ends at once and its trace is the same every time:
//! - `locality`: a task waits for a core near its data, though another is free.
//! - `lost-executor`: a stage runs again, for an executor was lost with its map outputs.
//! - `straggler`: one task of ten runs far longer than the others.
//! - `pool`: a small job waits behind the pool of a large one.
//! - `panic`: a closure panics on one record.
//!
//! `--conf KEY=VALUE` changes a setting, to see what helps.

mod cluster;
mod locality;
mod lost_executor;
mod panic;
mod pool;
mod straggler;

use std::{error::Error, path::PathBuf, process::ExitCode};

use clap::{Parser, ValueEnum};

#[derive(Debug, Parser)]
struct Args {
    /// What goes wrong.
    case: Case,
    /// Where the trace goes.
    #[arg(long)]
    trace: PathBuf,
    /// A setting.
    #[arg(long = "conf", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Case {
    Locality,
    LostExecutor,
    Straggler,
    Pool,
    Panic,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("it takes KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn main() -> ExitCode {
    let Args { case, trace, settings } = Args::parse();
    let run = match case {
        Case::Locality => locality::run,
        Case::LostExecutor => lost_executor::run,
        Case::Straggler => straggler::run,
        Case::Pool => pool::run,
        Case::Panic => panic::run,
    };
    match run(&trace, &settings) {
        Ok(seen) => {
            println!("{seen}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("debugging: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What one sees of a run without looking into its trace.
type Seen = Result<String, Box<dyn Error>>;
