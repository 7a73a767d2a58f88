//! `firesteel trace diff FILE FILE`.

use std::path::PathBuf;

use clap::Args;
use firesteel_actors::trace::diff;

use super::{TraceCommandError, print, read};

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The trace of the first run.
    first: PathBuf,
    /// The trace of the second run.
    second: PathBuf,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &DiffArgs) -> Result<(), TraceCommandError> {
    print(&diff(&read(&args.first)?, &read(&args.second)?), args.json)
}
