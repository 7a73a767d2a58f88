//! `firesteel trace ...`: one file per command.

mod check;
mod diff;
mod error;
mod output;
mod path;
mod replay;
mod selection;
mod seq;
mod show;
mod stats;
mod story;
mod what_if;
mod why;

use std::{
    error::Error,
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use clap::{Args, Subcommand};
use error::TraceCommandError;
use firesteel_actors::trace::{Messages, Subject, TraceEnd, TraceReader};
use selection::Selection;

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
    /// Tells the whole life of a task, stage, job, executor or partition.
    Story(story::StoryArgs),
    /// Shows why a message was sent, back to the root, and what it caused.
    Path(path::PathArgs),
    /// Says why something was not running, ran again, failed, or took as long as it did.
    Why(why::WhyArgs),
    /// Draws a sequence diagram.
    Seq(seq::SeqArgs),
    /// Compares two runs by causality, not by time.
    Diff(diff::DiffArgs),
    /// Drives the actors again from the recorded messages, and compares; shows their states at any moment.
    Replay(replay::ReplayArgs),
    /// Checks what must hold in every run, message by message.
    Check(check::CheckArgs),
}

pub(super) fn run(args: &TraceArgs) -> ExitCode {
    let outcome = match &args.command {
        TraceCommand::Show(args) => show::run(args),
        TraceCommand::Stats(args) => stats::run(args),
        TraceCommand::Story(args) => story::run(args),
        TraceCommand::Path(args) => path::run(args),
        TraceCommand::Why(args) => why::run(args),
        TraceCommand::Seq(args) => seq::run(args),
        TraceCommand::Diff(args) => diff::run(args),
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
            error.exit_code()
        }
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

/// Answers from the messages of a file, in memory. Damaged places are told and passed over, and are an error in the end.
fn with_messages(
    selection: &Selection,
    answer: impl FnOnce(&Messages) -> Result<(), TraceCommandError>,
) -> Result<(), TraceCommandError> {
    let (messages, read) = selection.messages()?;
    answer(&messages)?;
    read
}

/// Says so if a trace has no proper end.
fn tell_end(reader: &TraceReader) {
    if let Some(TraceEnd::Cut { bytes }) = reader.end() {
        eprintln!("firesteel: the trace has no proper end ({bytes} bytes left over)");
    }
}

/// Prints what was found out, as text or as JSON.
fn print<T: std::fmt::Display + serde::Serialize>(found: &T, json: bool) -> Result<(), TraceCommandError> {
    let mut out = BufWriter::new(io::stdout().lock());
    if json {
        serde_json::to_writer_pretty(&mut out, found)?;
        writeln!(out)?;
    } else {
        write!(out, "{found}")?;
    }
    Ok(out.flush()?)
}

/// What the words name together.
fn subject(words: &[String]) -> Result<Subject, TraceCommandError> {
    Ok(words.join(" ").parse()?)
}
