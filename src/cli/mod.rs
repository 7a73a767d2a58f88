//! The `firesteel` command, as a library so that it can be tested.

mod sim;
mod trace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Looks into firesteel's message traces, and tries its scheduler in a simulated cluster.
#[derive(Debug, Parser)]
#[command(name = "firesteel", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs seeds of a simulated cluster, and shows the first that goes wrong.
    Sim(sim::SimArgs),
    /// Reads message traces.
    Trace(trace::TraceArgs),
}

/// Runs the command that the arguments name.
pub fn run(cli: Cli) -> ExitCode {
    match cli.command {
        Command::Sim(args) => sim::run(&args),
        Command::Trace(args) => trace::run(&args),
    }
}
