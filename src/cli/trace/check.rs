//! `firesteel trace check FILE`.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::Args;
use firesteel_actors::trace::{Check, Checked, ReplayError, Setup, TraceReader};

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
    let mut check = Check::new(Setup::of_trace(&reader)?);
    for record in reader {
        let taken = record.map_err(ReplayError::from).and_then(|record| check.take(record).map(|_| ()));
        if let Err(error) = taken {
            // What came before can be judged, if anything did.
            let checked = check.up_to_here();
            if checked.report.messages > 0 {
                print(args, &checked)?;
            }
            return Err(error.into());
        }
    }
    let checked = check.finish()?;
    print(args, &checked)?;
    match checked.violations.len() {
        0 => Ok(()),
        some => Err(TraceCommandError::Violations(some)),
    }
}

fn print(args: &CheckArgs, checked: &Checked) -> Result<(), TraceCommandError> {
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(checked)?)?;
    } else {
        writeln!(out, "{checked}")?;
    }
    Ok(())
}
