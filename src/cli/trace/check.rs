//! `firesteel trace check FILE`.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::Args;
use firesteel_actors::trace::{Setup, TraceReader, check};

use super::TraceCommandError;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The trace, recorded with payloads.
    file: PathBuf,
    /// As a JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &CheckArgs) -> Result<(), TraceCommandError> {
    let reader = TraceReader::open(&args.file)?;
    let checked = check(Setup::of_trace(&reader)?, reader)?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&checked)?)?;
    } else {
        writeln!(out, "{checked}")?;
    }
    match checked.violations.len() {
        0 => Ok(()),
        some => Err(TraceCommandError::Violations(some)),
    }
}
