//! `firesteel trace show FILE`.

use std::{
    io::{self, BufWriter, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Subcommand};
use firesteel_actors::trace::{TraceEnd, TraceError, TraceReader, json, line};

#[derive(Debug, Args)]
pub(super) struct TraceArgs {
    #[command(subcommand)]
    command: TraceCommand,
}

#[derive(Debug, Subcommand)]
enum TraceCommand {
    /// Prints every message, one a line, in the order in which they were handled.
    Show {
        /// The trace, as `--trace` or `ContextBuilder::trace` wrote it.
        file: PathBuf,
        /// One JSON object a line, with the whole message.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(args: &TraceArgs) -> ExitCode {
    let TraceCommand::Show { file, json } = &args.command;
    match show(TraceReader::open(file), *json, BufWriter::new(io::stdout().lock())) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has seen enough.
        Err(ShowError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("firesteel: {error}");
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                eprintln!("  caused by: {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum ShowError {
    #[error(transparent)]
    Trace(#[from] TraceError),
    #[error("cannot write")]
    Output(#[from] io::Error),
    #[error("cannot write a message as JSON")]
    Json(#[from] serde_json::Error),
}

fn show(
    reader: Result<TraceReader, TraceError>,
    as_json: bool,
    mut out: impl Write,
) -> Result<(), ShowError> {
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
