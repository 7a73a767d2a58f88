//! The `firesteel` command, as a library so that it can be tested.

#[cfg(feature = "cluster")]
pub mod chaos;
#[cfg(feature = "cluster")]
mod keygen;
mod sim;
mod trace;

use std::{
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
};

use clap::{Parser, Subcommand};

/// Looks into firesteel's message traces, tries its scheduler in simulated and disturbed clusters, and makes secrets for real ones.
#[derive(Debug, Parser)]
#[command(name = "firesteel", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs jobs on executor processes while an adversary injects faults, and compares every answer with the exact one.
    #[cfg(feature = "cluster")]
    Chaos(chaos::ChaosArgs),
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
        Command::Chaos(args) => chaos::run(&args),
        #[cfg(feature = "cluster")]
        Command::Keygen(args) => keygen::run(&args),
        Command::Sim(args) => sim::run(&args),
        Command::Trace(args) => trace::run(&args),
    }
}

/// Set when the user asks for the end, with Ctrl-C.
fn stop_on_interrupt() -> &'static AtomicBool {
    static STOP: AtomicBool = AtomicBool::new(false);
    // Without a handler Ctrl-C ends the process at once, which loses only the last line.
    ctrlc::set_handler(|| STOP.store(true, Ordering::Relaxed)).ok();
    &STOP
}
