//! `firesteel trace show FILE`.

use std::{io::Write, path::PathBuf};

use clap::Args;
use firesteel_actors::trace::{TraceReader, json, line};

use super::{TraceCommandError, tell_torn};

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The trace, as `--trace` or `ContextBuilder::trace` wrote it.
    file: PathBuf,
    /// One JSON object a line, with the whole message.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ShowArgs, out: &mut impl Write) -> Result<(), TraceCommandError> {
    let mut reader = TraceReader::open(&args.file)?;
    for record in &mut reader {
        let record = record?;
        let text =
            if args.json { json(&record, |record| serde_json::to_string(record))? } else { line(&record) };
        writeln!(out, "{text}")?;
    }
    tell_torn(&reader);
    Ok(())
}
