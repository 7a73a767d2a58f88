//! `firesteel trace show FILE`.

use std::{
    io::{self, BufWriter, Write},
    path::PathBuf,
};

use clap::Args;
use firesteel_actors::trace::{TraceEnd, TraceError, TraceReader, json, line};

use super::TraceCommandError;

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The trace, as `--trace` or `ContextBuilder::trace` wrote it.
    file: PathBuf,
    /// One JSON object a line, with the whole message.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ShowArgs) -> Result<(), TraceCommandError> {
    show(TraceReader::open(&args.file), args.json, BufWriter::new(io::stdout().lock()))
}

fn show(
    reader: Result<TraceReader, TraceError>,
    as_json: bool,
    mut out: impl Write,
) -> Result<(), TraceCommandError> {
    let mut reader = reader?;
    for record in &mut reader {
        let record = match record {
            Ok(record) => record,
            // What follows can be read.
            Err(error @ TraceError::Damaged { .. }) => {
                eprintln!("firesteel: {error}");
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let text =
            if as_json { json(&record, |record| serde_json::to_string(record))? } else { line(&record) };
        writeln!(out, "{text}")?;
    }
    out.flush()?;
    if let Some(TraceEnd::Cut { bytes }) = reader.end() {
        eprintln!("firesteel: the trace has no proper end ({bytes} bytes left over)");
    }
    Ok(())
}
