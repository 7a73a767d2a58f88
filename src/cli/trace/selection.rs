//! Which messages of which trace a command is about.

use std::{ops::ControlFlow, path::PathBuf};

use clap::Args;
use firesteel_actors::{
    Time,
    trace::{Filter, Messages, NotADuration, Record, TraceError, TraceReader, parse_duration},
};

use super::{TraceCommandError, tell_end, warn};

#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(super) struct Selection {
    /// The trace, as `--trace` or `ContextBuilder::trace` wrote it.
    file: PathBuf,
    /// Which messages, such as 'kind = LaunchTask and executor = 2' (docs/trace.md, "Filters"). Several arguments are
    /// one filter.
    filter: Vec<String>,
    /// Only messages that were handled at this time or later, such as 1.5s or 20ms.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<Time>,
    /// Only messages that were handled at this time or earlier.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<Time>,
}

pub(super) fn moment(text: &str) -> Result<Time, NotADuration> {
    parse_duration(text).map(|since_start| Time::ZERO + since_start)
}

fn after_help() -> String {
    let mut text = "Filters with a name:\n".to_owned();
    for (name, about) in Filter::presets() {
        text.push_str(&format!("  {name:<12} {about}\n"));
    }
    text + "\nExit codes: 0, 1 if the trace cannot be read or is damaged, 2 if the command line is wrong."
}

impl Selection {
    /// Whether there is no filter.
    pub(super) fn is_all(&self) -> bool {
        self.filter.is_empty()
    }

    /// The filter, ready to judge.
    pub(super) fn filter(&self) -> Result<Filter, TraceCommandError> {
        let filter: Filter = self.filter.join(" ").parse()?;
        let mut filter = filter.during(self.from, self.to);
        if filter.needs_preparation() {
            // Damage is told when the trace is read for the second time.
            filter.prepare(TraceReader::open(&self.file)?.filter_map(Result::ok))?;
        }
        Ok(filter)
    }

    /// Shows every message to `each`, with whether the filter accepts it, until that wants no more. What a message says
    /// is decoded if the filter accepts it, or needs it. Damaged places are told and passed over. With `follow` a file
    /// that is still written is read on until it ends.
    pub(super) fn read(
        &self,
        filter: &mut Filter,
        follow: bool,
        mut each: impl FnMut(Record, bool) -> Result<ControlFlow<()>, TraceCommandError>,
    ) -> Result<(), TraceCommandError> {
        let mut reader = TraceReader::open(&self.file)?;
        if follow {
            reader = reader.follow();
        }
        let mut is_damaged = false;
        let mut pass = |damage: TraceError| match damage {
            TraceError::Damaged { .. } => {
                warn(&damage);
                is_damaged = true;
                Ok(())
            }
            error => Err(error),
        };
        while let Some(scanned) = reader.next_head() {
            let scanned = match scanned {
                Ok(scanned) => scanned,
                Err(error) => {
                    pass(error)?;
                    continue;
                }
            };
            let head = filter.judge(scanned.head());
            let record = match head {
                Some(false) => scanned.into_head(),
                _ => match scanned.into_record() {
                    Ok(record) => record,
                    Err(error) => {
                        pass(error)?;
                        continue;
                    }
                },
            };
            let number = record.number;
            let accepted =
                head.or_else(|| filter.judge(&record)).ok_or(TraceCommandError::NoPayload { number })?;
            if each(record, accepted)?.is_break() {
                return Ok(());
            }
        }
        tell_end(&reader);
        for id in filter.missing() {
            eprintln!("firesteel: there is no message {id} in the trace");
        }
        if is_damaged { Err(TraceCommandError::Incomplete) } else { Ok(()) }
    }

    /// The messages that the filter accepts, in memory.
    pub(super) fn messages(&self) -> Result<Messages, TraceCommandError> {
        let mut messages = Messages::default();
        self.read(&mut self.filter()?, false, |record, accepted| {
            if accepted {
                messages.try_push(record)?;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(messages)
    }
}
