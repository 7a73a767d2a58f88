//! `firesteel trace seq FILE [FILTER...]`.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use firesteel_actors::trace::{Diagram, Look, mermaid, plantuml, sequence_text};

use super::{TraceCommandError, selection::Selection};

#[derive(Debug, Args)]
pub(super) struct SeqArgs {
    #[command(flatten)]
    selection: Selection,
    /// How to write the diagram.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Columns of the text.
    #[arg(long, default_value_t = Look::default().width)]
    width: usize,
    /// Draw with ASCII characters only.
    #[arg(long)]
    ascii: bool,
    /// Draw every message, also of long runs of equal ones.
    #[arg(long)]
    no_fold: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For a terminal.
    Text,
    /// For web pages that render Mermaid.
    Mermaid,
    /// For PlantUML.
    Plantuml,
    /// As JSON.
    Json,
}

pub(super) fn run(args: &SeqArgs) -> Result<(), TraceCommandError> {
    let (messages, read) = args.selection.messages()?;
    let diagram = Diagram::of(&messages, !args.no_fold);
    let text = match args.format {
        Format::Text => sequence_text(&diagram, Look { width: args.width, ascii: args.ascii }),
        Format::Mermaid => mermaid(&diagram),
        Format::Plantuml => plantuml(&diagram),
        Format::Json => serde_json::to_string_pretty(&diagram)? + "\n",
    };
    io::stdout().write_all(text.as_bytes())?;
    read
}
