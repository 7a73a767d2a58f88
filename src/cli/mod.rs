//! The `firesteel` command, as a library so that it can be tested.

mod trace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Looks into firesteel's message traces.
#[derive(Debug, Parser)]
#[command(name = "firesteel", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reads message traces.
    Trace(trace::TraceArgs),
}

/// Runs the command that the arguments name.
pub fn run(cli: Cli) -> ExitCode {
    match cli.command {
        Command::Trace(args) => trace::run(&args),
    }
}
