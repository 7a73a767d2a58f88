//! The `firesteel` command.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    firesteel::cli::run(firesteel::cli::Cli::parse())
}
