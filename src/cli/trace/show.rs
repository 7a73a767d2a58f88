//! `firesteel trace show FILE [FILTER...]`.

use std::{
    collections::VecDeque,
    io::{self, IsTerminal, Write},
    ops::ControlFlow,
};

use clap::{Args, ValueEnum};
use firesteel_actors::trace::{Column, Filter, Folder, JsonRecord, Lines, NotAColumn, Shown, Times};

use super::{
    TraceCommandError,
    output::{Color, Output},
    selection::{Reading, Selection},
};

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    selection: Selection,
    /// Which columns, in this order: number, time, sent, waited, from, to, kind, ids, id, cause, payload.
    #[arg(long, value_delimiter = ',', value_parser = column)]
    columns: Vec<Column>,
    /// What times count from.
    #[arg(long, value_enum, default_value_t = TimeArg::Absolute)]
    time: TimeArg,
    /// What the messages say, behind the other columns.
    #[arg(long)]
    payload: bool,
    /// One JSON object a line, with the whole message.
    #[arg(long, conflicts_with_all = ["columns", "payload", "time"])]
    json: bool,
    /// Goes on while the trace is still written, until its end.
    #[arg(long, conflicts_with = "tail")]
    follow: bool,
    /// Only the first N lines.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Only the last N lines.
    #[arg(long, value_name = "N", conflicts_with = "limit")]
    tail: Option<usize>,
    /// On a terminal, without a filter, heartbeats in a row are one line; this shows them all.
    #[arg(long)]
    no_fold: bool,
    /// When to use colours.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
    /// Print to the terminal, without $PAGER or less.
    #[arg(long)]
    no_pager: bool,
}

/// What times count from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TimeArg {
    /// The start of the system.
    Absolute,
    /// The first message that is shown.
    Relative,
    /// The message before.
    Delta,
}

fn column(name: &str) -> Result<Column, NotAColumn> {
    name.trim().parse()
}

pub(super) fn run(args: &ShowArgs) -> Result<(), TraceCommandError> {
    let mut filter = args.selection.filter()?;
    let folds = io::stdout().is_terminal() && args.selection.is_all() && !args.no_fold && !args.json;
    let mut folder = if folds { Some(Folder::new("heartbeats".parse::<Filter>()?)) } else { None };
    let mut printer = Printer::new(args);
    let reading = Reading { payloads: printer.payloads, follows: args.follow };
    let read = args.selection.read(&mut filter, reading, |(record, _), accepted| {
        if accepted {
            match &mut folder {
                Some(folder) => folder.push(record).try_for_each(|shown| printer.line(shown))?,
                None => printer.line(Shown::Message(Box::new(record)))?,
            }
        }
        let ends = printer.is_full() || printer.out.is_interrupted();
        Ok(if ends { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    });
    let rest = folder.as_mut().and_then(Folder::finish).map_or(Ok(()), |shown| printer.line(shown));
    // What was read is shown, also if there was an error then.
    let finished = printer.finish();
    read.and(rest).and(finished)
}

/// Prints lines, or the first or last of them.
struct Printer {
    out: Output,
    lines: Lines,
    json: bool,
    /// Whether what messages say is in a line.
    payloads: bool,
    /// Whether somebody waits for each line.
    is_live: bool,
    /// How many may still be printed.
    left: u64,
    /// The last lines so far, if only they are wanted, and how many.
    tail: Option<(usize, VecDeque<Shown>)>,
    text: String,
}

impl Printer {
    fn new(args: &ShowArgs) -> Self {
        let mut columns = if args.columns.is_empty() { Column::USUAL.to_vec() } else { args.columns.clone() };
        if args.payload {
            columns.push(Column::Payload);
        }
        let payloads = args.json || columns.contains(&Column::Payload);
        let lines = Lines::new(columns).times(match args.time {
            TimeArg::Absolute => Times::Absolute,
            TimeArg::Relative => Times::Relative,
            TimeArg::Delta => Times::Delta,
        });
        Printer {
            out: Output::open(!args.no_pager && !args.follow),
            lines: if args.color.is_on() && !args.json { lines.colored() } else { lines },
            json: args.json,
            payloads,
            is_live: args.follow,
            left: args.limit.unwrap_or(u64::MAX),
            tail: args.tail.map(|count| (count, VecDeque::new())),
            text: String::new(),
        }
    }

    fn is_full(&self) -> bool {
        self.left == 0
    }

    fn line(&mut self, shown: Shown) -> Result<(), TraceCommandError> {
        let Some((count, last)) = &mut self.tail else { return self.print(&shown) };
        last.push_back(shown);
        if last.len() > *count {
            last.pop_front();
        }
        Ok(())
    }

    fn print(&mut self, shown: &Shown) -> Result<(), TraceCommandError> {
        if self.is_full() {
            return Ok(());
        }
        self.left -= 1;
        self.text.clear();
        match shown {
            Shown::Message(record) if self.json => {
                serde_json::to_writer(&mut self.out, &JsonRecord::from(&**record))?;
            }
            Shown::Message(record) => self.lines.write(record, &mut self.text),
            Shown::Folded(count) => {
                self.text = format!("{:12} … {count} heartbeats (--no-fold shows them)", "");
            }
        }
        self.text.push('\n');
        self.out.write_all(self.text.as_bytes())?;
        if self.is_live {
            self.out.flush()?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), TraceCommandError> {
        if let Some((_, last)) = self.tail.take() {
            last.iter().try_for_each(|shown| self.print(shown))?;
        }
        Ok(self.out.finish()?)
    }
}
