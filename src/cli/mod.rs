//! The `firesteel` command, as a library so that it can be tested.

#[cfg(feature = "cluster")]
mod keygen;
mod sim;
mod trace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Looks into firesteel's message traces, tries its scheduler in a simulated cluster, and makes secrets for real ones.
#[derive(Debug, Parser)]
#[command(name = "firesteel", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes a new secret for the processes of a cluster.
    #[cfg(feature = "cluster")]
    Keygen(keygen::KeygenArgs),
    /// Runs seeds of a simulated cluster, and shows the first that goes wrong.
    Sim(sim::SimArgs),
    /// Reads message traces.
    Trace(trace::TraceArgs),
}

/// Runs the command that the arguments name.
pub fn run(cli: Cli) -> ExitCode {
    match cli.command {
        #[cfg(feature = "cluster")]
        Command::Keygen(args) => keygen::run(&args),
        Command::Sim(args) => sim::run(&args),
        Command::Trace(args) => trace::run(&args),
    }
}
