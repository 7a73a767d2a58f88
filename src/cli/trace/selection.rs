//! Which messages of which trace a command is about.

use std::{ops::ControlFlow, path::PathBuf};

use clap::Args;
use firesteel_actors::{
    Time,
    trace::{Filter, NotADuration, Record, TraceError, TraceReader, parse_duration},
};

use super::{TraceCommandError, warn};

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

fn moment(text: &str) -> Result<Time, NotADuration> {
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

    /// Shows every message to `each`, with whether the filter accepts it, until that wants no more. Damaged places are
    /// told and passed over.
    pub(super) fn read(
        &self,
        filter: &mut Filter,
        mut each: impl FnMut(Record, bool) -> Result<ControlFlow<()>, TraceCommandError>,
    ) -> Result<(), TraceCommandError> {
        let mut reader = TraceReader::open(&self.file)?;
        let mut damaged = false;
        for record in &mut reader {
            let record = match record {
                Ok(record) => record,
                Err(damage @ TraceError::Damaged { .. }) => {
                    warn(&damage);
                    damaged = true;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let number = record.number;
            let accepted = filter.judge(&record).ok_or(TraceCommandError::NoPayload { number })?;
            if each(record, accepted)?.is_break() {
                return Ok(());
            }
        }
        if reader.torn_bytes() > 0 {
            eprintln!("firesteel: the trace ends within a message ({} bytes left over)", reader.torn_bytes());
        }
        for id in filter.missing() {
            eprintln!("firesteel: there is no message {id} in the trace");
        }
        if damaged { Err(TraceCommandError::Incomplete) } else { Ok(()) }
    }
}
