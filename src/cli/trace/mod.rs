//! `firesteel trace ...`: one file per command.

mod output;
mod selection;
mod show;
mod stats;

use std::{error::Error, io, process::ExitCode};

use clap::{Args, Subcommand};
use firesteel_actors::trace::{FilterError, TraceError};

#[derive(Debug, Args)]
pub(super) struct TraceArgs {
    #[command(subcommand)]
    command: TraceCommand,
}

#[derive(Debug, Subcommand)]
enum TraceCommand {
    /// Prints messages, one a line, in the order in which they were handled.
    Show(show::ShowArgs),
    /// Counts messages: how many, how long they waited, how long they were handled.
    Stats(stats::StatsArgs),
}

pub(super) fn run(args: &TraceArgs) -> ExitCode {
    let outcome = match &args.command {
        TraceCommand::Show(args) => show::run(args),
        TraceCommand::Stats(args) => stats::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has seen enough.
        Err(TraceCommandError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            warn(&error);
            error.exit_code()
        }
    }
}

/// Why a command did not do all that it was asked for.
#[derive(Debug, thiserror::Error)]
enum TraceCommandError {
    #[error(transparent)]
    Trace(#[from] TraceError),
    #[error(transparent)]
    Filter(#[from] FilterError),
    #[error("this filter looks into what messages say, and message {number} of the trace has only its head")]
    NoPayload { number: u64 },
    #[error("the trace is damaged: what follows from its missing messages is missing too")]
    Incomplete,
    #[error("cannot write")]
    Output(#[from] io::Error),
    #[error("cannot write a message as JSON")]
    Json(#[source] serde_json::Error),
}

impl TraceCommandError {
    /// 2 for what is wrong with the command line, 1 for all else.
    fn exit_code(&self) -> ExitCode {
        match self {
            TraceCommandError::Filter(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}

impl From<serde_json::Error> for TraceCommandError {
    fn from(error: serde_json::Error) -> Self {
        // A pipe that was closed shall look like one.
        if error.is_io() { TraceCommandError::Output(error.into()) } else { TraceCommandError::Json(error) }
    }
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
