//! `firesteel trace why FILE job 0`.

use std::path::PathBuf;

use clap::Args;
use firesteel_actors::{Time, trace::why};

use super::{
    TraceCommandError, print,
    selection::{Part, moment},
    subject, with_messages,
};

#[derive(Debug, Args)]
pub(super) struct WhyArgs {
    /// The trace.
    file: PathBuf,
    /// What about: `job 0`, `stage 1`, `stage 1.0`, `task 17`, `executor 2` or `partition 1.0/3`.
    #[arg(required = true)]
    subject: Vec<String>,
    /// The moment, since the system started, such as 1.5s or 20ms.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<Time>,
    #[command(flatten)]
    part: Part,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &WhyArgs) -> Result<(), TraceCommandError> {
    let subject = subject(&args.subject)?;
    with_messages(&args.part.of(&args.file), |messages| print(&why(messages, subject, args.at)?, args.json))
}
