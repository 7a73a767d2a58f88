//! `firesteel trace diff FILE FILE`.

use std::path::PathBuf;

use clap::Args;
use firesteel_actors::trace::diff;

use super::{TraceCommandError, print, selection::Part, with_messages};

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The trace of the first run.
    first: PathBuf,
    /// The trace of the second run.
    second: PathBuf,
    #[command(flatten)]
    part: Part,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &DiffArgs) -> Result<(), TraceCommandError> {
    with_messages(&args.part.of(&args.first), |first| {
        with_messages(&args.part.of(&args.second), |second| print(&diff(first, second), args.json))
    })
}
