//! `firesteel trace ...`: one file per command.

mod check;
mod replay;
mod show;
mod what_if;

use std::{error::Error, io, process::ExitCode};

use clap::{Args, Subcommand};
use firesteel_actors::trace::{ReplayError, TraceError};

#[derive(Debug, Args)]
pub(super) struct TraceArgs {
    #[command(subcommand)]
    command: TraceCommand,
}

#[derive(Debug, Subcommand)]
enum TraceCommand {
    /// Prints every message, one a line, in the order in which they were handled.
    Show(show::ShowArgs),
    /// Drives the actors again from the recorded messages, and compares; shows their states at any moment.
    Replay(replay::ReplayArgs),
    /// Checks what must hold in every run, message by message.
    Check(check::CheckArgs),
}

pub(super) fn run(args: &TraceArgs) -> ExitCode {
    let outcome = match &args.command {
        TraceCommand::Show(args) => show::run(args),
        TraceCommand::Replay(args) => replay::run(args),
        TraceCommand::Check(args) => check::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has seen enough.
        Err(TraceCommandError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            warn(&error);
            ExitCode::FAILURE
        }
    }
}

/// Why a command did not do all that it was asked for.
#[derive(Debug, thiserror::Error)]
enum TraceCommandError {
    #[error(transparent)]
    Trace(#[from] TraceError),
    #[error(transparent)]
    Replay(#[from] ReplayError),
    #[error("{0} is not an actor that is replayed; there are {1}")]
    NoState(String, String),
    #[error("{0}")]
    Change(String),
    #[error("{0} violations of what must hold")]
    Violations(usize),
    #[error("cannot write")]
    Output(#[from] io::Error),
    #[error("cannot write a message as JSON")]
    Json(#[from] serde_json::Error),
}

/// Tells an error, and what caused it, on standard error.
fn warn(error: &dyn Error) {
    eprintln!("firesteel: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  caused by: {cause}");
        source = cause.source();
    }
}
