//! `firesteel trace stats FILE [FILTER...]`.

use std::{
    io::{self, Write},
    ops::ControlFlow,
};

use clap::Args;
use firesteel_actors::trace::{By, NotAGroup, Stats};

use super::{
    TraceCommandError,
    selection::{Reading, Selection},
};

#[derive(Debug, Args)]
pub(super) struct StatsArgs {
    #[command(flatten)]
    selection: Selection,
    /// What to count by, one or two of: class (what the receiver is), actor (the receiver), kind, executor, stage.
    #[arg(long, default_value = "class,kind", value_parser = grouping)]
    by: (By, Option<By>),
    /// One JSON object, with times in nanoseconds.
    #[arg(long)]
    json: bool,
}

fn grouping(text: &str) -> Result<(By, Option<By>), NotAGroup> {
    match text.split_once(',') {
        Some((first, second)) => Ok((first.trim().parse()?, Some(second.trim().parse()?))),
        None => Ok((text.trim().parse()?, None)),
    }
}

pub(super) fn run(args: &StatsArgs) -> Result<(), TraceCommandError> {
    let mut filter = args.selection.filter()?;
    let mut stats = Stats::new(args.by.0, args.by.1);
    let reading = Reading { payloads: false, follows: false };
    let read = args.selection.read(&mut filter, reading, |(record, _), accepted| {
        stats.see(&record, accepted);
        Ok(ControlFlow::Continue(()))
    });
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &stats.report())?;
        writeln!(out)?;
    } else {
        writeln!(out, "{}", stats.report())?;
    }
    read
}
