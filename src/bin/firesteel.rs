//! The `firesteel` command.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    #[cfg(feature = "cluster")]
    firesteel::executor::run_if_asked();
    firesteel::cli::run(firesteel::cli::Cli::parse())
}
