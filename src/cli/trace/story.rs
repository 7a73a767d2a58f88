//! `firesteel trace story FILE task 17`.

use std::path::PathBuf;

use clap::Args;
use firesteel_actors::trace::story;

use super::{TraceCommandError, print, selection::Part, subject, with_messages};

#[derive(Debug, Args)]
pub(super) struct StoryArgs {
    /// The trace.
    file: PathBuf,
    /// What about: `job 0`, `stage 1`, `stage 1.0`, `task 17`, `executor 2` or `partition 1.0/3`.
    #[arg(required = true)]
    subject: Vec<String>,
    #[command(flatten)]
    part: Part,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &StoryArgs) -> Result<(), TraceCommandError> {
    let subject = subject(&args.subject)?;
    with_messages(&args.part.of(&args.file), |messages| print(&story(messages, subject)?, args.json))
}
