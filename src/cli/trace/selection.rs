//! Which messages of which trace a command is about.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use clap::Args;
use firesteel_actors::{
    Time,
    trace::{
        Filter, Messages, NoSuchMessage, NotADuration, Payloads, Record, TraceError, TraceReader,
        parse_duration,
    },
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
    #[command(flatten)]
    range: Range,
}

/// A range of times.
#[derive(Clone, Copy, Debug, Args)]
struct Range {
    /// Only messages that were handled at this time or later, such as 1.5s or 20ms.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<Time>,
    /// Only messages that were handled at this time or earlier.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<Time>,
}

/// Which messages a question is answered from, for commands that have other words behind the file.
#[derive(Debug, Args)]
pub(super) struct Part {
    #[command(flatten)]
    range: Range,
    /// Only messages that this lets through, such as 'job = 3 or not job' (docs/trace.md, "Filters").
    #[arg(long)]
    filter: Option<String>,
}

impl Part {
    /// The same of a trace.
    pub(super) fn of(&self, file: &Path) -> Selection {
        Selection { file: file.to_owned(), filter: self.filter.iter().cloned().collect(), range: self.range }
    }
}

/// How a trace is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// What accepted messages say is wanted, not only their heads.
    pub(super) payloads: bool,
    /// A file that is still written is read on until it ends.
    pub(super) follows: bool,
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
        let mut filter = filter.during(self.range.from, self.range.to);
        if filter.needs_preparation() {
            // Damage is told when the trace is read for the second time.
            filter.prepare(TraceReader::open(&self.file)?.heads().filter_map(Result::ok))?;
        }
        Ok(filter)
    }

    /// Shows every message to `each`, with what it takes in memory and whether the filter accepts it, until that wants no
    /// more. What messages say is decoded where `reading` or the filter needs it. Damaged places are told and passed over.
    pub(super) fn read(
        &self,
        filter: &mut Filter,
        reading: Reading,
        mut each: impl FnMut((Record, usize), bool) -> Result<ControlFlow<()>, TraceCommandError>,
    ) -> Result<(), TraceCommandError> {
        let mut reader = self.open(filter, reading)?;
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
            let decodes = head.is_none() || head == Some(true) && reading.payloads;
            let record = if decodes { scanned.into_measured() } else { Ok((scanned.into_head(), 0)) };
            let (record, memory) = match record {
                Ok(measured) => measured,
                Err(error) => {
                    pass(error)?;
                    continue;
                }
            };
            let number = record.number;
            let accepted =
                head.or_else(|| filter.judge(&record)).ok_or(TraceCommandError::NoPayload { number })?;
            if each((record, memory), accepted)?.is_break() {
                return Ok(());
            }
        }
        tell_end(&reader);
        for id in filter.missing() {
            warn(&NoSuchMessage::Named(id));
        }
        if is_damaged { Err(TraceCommandError::Incomplete) } else { Ok(()) }
    }

    /// The trace, at the first message that may be wanted.
    fn open(&self, filter: &Filter, reading: Reading) -> Result<TraceReader, TraceError> {
        let mut reader = TraceReader::open(&self.file)?;
        if reading.payloads && reader.payloads() == Payloads::OtherSchema {
            eprintln!(
                "firesteel: another version wrote the trace, with other messages: only heads can be read"
            );
        }
        if reading.follows {
            return Ok(reader.follow());
        }
        if filter.needs_past() {
            return Ok(reader);
        }
        if let Some(to) = self.range.to {
            reader.stop_after(to)?;
        }
        if let Some(from) = self.range.from {
            reader.seek_time(from)?;
        }
        Ok(reader)
    }

    /// The messages that the filter accepts, in memory; and the damage of a trace that could be read nevertheless.
    pub(super) fn messages(&self) -> Result<(Messages, Result<(), TraceCommandError>), TraceCommandError> {
        let payloads = TraceReader::open(&self.file)?.payloads();
        let mut messages = Messages::default().with_payloads(payloads);
        let reading = Reading { payloads: true, follows: false };
        let read = self.read(&mut self.filter()?, reading, |measured, accepted| {
            if accepted {
                messages.try_push(measured)?;
            }
            Ok(ControlFlow::Continue(()))
        });
        match read {
            Ok(()) | Err(TraceCommandError::Incomplete) => Ok((messages, read)),
            Err(error) => Err(error),
        }
    }
}
