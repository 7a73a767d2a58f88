//! `firesteel trace`: reads message traces.

mod diff;
mod error;
mod path;
mod seq;
mod show;
mod story;
mod why;

use std::{
    io::{self, BufWriter, Write},
    path::Path,
    process::ExitCode,
};

use clap::{Args, Subcommand};
use error::TraceCommandError;
use firesteel_actors::trace::{Messages, Subject, TraceReader};

#[derive(Debug, Args)]
pub(super) struct TraceArgs {
    #[command(subcommand)]
    command: TraceCommand,
}

#[derive(Debug, Subcommand)]
enum TraceCommand {
    /// Prints every message, one a line, in the order in which they were handled.
    Show(show::ShowArgs),
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
}

pub(super) fn run(args: &TraceArgs) -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    let done = match &args.command {
        TraceCommand::Show(args) => show::run(args, &mut out),
        TraceCommand::Story(args) => story::run(args, &mut out),
        TraceCommand::Path(args) => path::run(args, &mut out),
        TraceCommand::Why(args) => why::run(args, &mut out),
        TraceCommand::Seq(args) => seq::run(args, &mut out),
        TraceCommand::Diff(args) => diff::run(args, &mut out),
    };
    match done.and_then(|()| Ok(out.flush()?)) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has seen enough.
        Err(TraceCommandError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("firesteel: {error}");
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                eprintln!("  caused by: {cause}");
                source = cause.source();
            }
            error.exit_code()
        }
    }
}

/// All messages of a file.
fn read(file: &Path) -> Result<Messages, TraceCommandError> {
    let mut reader = TraceReader::open(file)?;
    let messages = Messages::collect(&mut reader)?;
    tell_torn(&reader);
    Ok(messages)
}

fn tell_torn(reader: &TraceReader) {
    if reader.torn_bytes() > 0 {
        eprintln!("firesteel: the trace ends within a message ({} bytes left over)", reader.torn_bytes());
    }
}

/// Prints what was found out, as text or as JSON.
fn print<T: std::fmt::Display + serde::Serialize>(
    found: &T,
    json: bool,
    out: &mut impl Write,
) -> Result<(), TraceCommandError> {
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(found)?)?;
    } else {
        write!(out, "{found}")?;
    }
    Ok(())
}

/// What the words name together.
fn subject(words: &[String]) -> Result<Subject, TraceCommandError> {
    Ok(words.join(" ").parse()?)
}
