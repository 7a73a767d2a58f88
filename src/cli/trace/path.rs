//! `firesteel trace path FILE DAGScheduler#12`.

use std::path::PathBuf;

use clap::Args;
use firesteel_actors::{
    message::MessageId,
    trace::{GENERATIONS, path},
};

use super::{TraceCommandError, print, selection::Part, with_messages};

#[derive(Debug, Args)]
pub(super) struct PathArgs {
    /// The trace.
    file: PathBuf,
    /// The message, such as `DAGScheduler#12`, as `show` names it.
    message: MessageId,
    /// How many generations of effects to show.
    #[arg(long, default_value_t = GENERATIONS)]
    generations: usize,
    #[command(flatten)]
    part: Part,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &PathArgs) -> Result<(), TraceCommandError> {
    with_messages(&args.part.of(&args.file), |messages| {
        print(&path(messages, args.message, args.generations)?, args.json)
    })
}
