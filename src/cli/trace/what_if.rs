//! `firesteel trace replay FILE --drop MSG | --delay MSG TIME | --inject FILE`: what if.

use std::{io::Write, path::PathBuf};

use clap::Args;
use firesteel_actors::{
    ActorId,
    message::{Message, MessageId},
    trace::{JsonRecord, Messages, Setup, TraceReader, WhatIfChange, parse_duration, what_if},
};
use serde::Deserialize;

use super::TraceCommandError;

#[derive(Debug, Args)]
pub(super) struct WhatIfArgs {
    /// What if this message had been lost?
    #[arg(long, value_name = "MSG", group = "change", conflicts_with_all = ["until", "state", "diff_state", "only"])]
    drop: Option<MessageId>,
    /// What if this message had come later, by a time such as `20ms` or `1.5s`?
    #[arg(long, num_args = 2, value_names = ["MSG", "TIME"], group = "change",
          conflicts_with_all = ["until", "state", "diff_state", "only"])]
    delay: Option<Vec<String>>,
    /// What if another message had come? A file with JSON: `after`, a message of the trace; `to`, an actor; `message`,
    /// as `show --json` prints it.
    #[arg(long, value_name = "FILE", group = "change", conflicts_with_all = ["until", "state", "diff_state", "only"])]
    inject: Option<PathBuf>,
    /// Write the messages of the run that comes instead, one JSON object a line.
    #[arg(long, value_name = "FILE", requires = "change")]
    branch: Option<PathBuf>,
}

/// A message that is injected.
#[derive(Deserialize)]
struct Injected {
    after: String,
    to: String,
    message: Message,
}

impl WhatIfArgs {
    /// What is to be otherwise, if anything.
    pub(super) fn change(&self) -> Result<Option<WhatIfChange>, TraceCommandError> {
        let wrong = |what: &dyn std::fmt::Display| TraceCommandError::Change(what.to_string());
        if let Some(id) = self.drop {
            return Ok(Some(WhatIfChange::Drop(id)));
        }
        if let Some([id, by]) = self.delay.as_deref() {
            let id = id.parse().map_err(|error| wrong(&error))?;
            let by = parse_duration(by).map_err(|error| wrong(&error))?;
            return Ok(Some(WhatIfChange::Delay(id, by)));
        }
        let Some(path) = &self.inject else { return Ok(None) };
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|error| wrong(&format_args!("cannot read {}: {error}", path.display())))?;
        let injected: Injected = serde_json::from_str(&text)
            .map_err(|error| wrong(&format_args!("{} is no message to inject: {error}", path.display())))?;
        let to: ActorId = injected.to.parse().map_err(|error| wrong(&error))?;
        let after = injected.after.parse().map_err(|error| wrong(&error))?;
        if !injected.message.is_for(to) {
            return Err(wrong(&format_args!("{to} does not take this message")));
        }
        Ok(Some(WhatIfChange::Inject { after, to, message: Box::new(injected.message) }))
    }
}

pub(super) fn run(
    args: &WhatIfArgs,
    change: &WhatIfChange,
    (setup, reader): (Setup, TraceReader),
    as_json: bool,
    out: &mut impl Write,
) -> Result<(), TraceCommandError> {
    let recorded = Messages::collect(reader)?;
    let result = what_if(setup, &recorded, change)?;
    if let Some(path) = &args.branch {
        let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
        for record in &result.messages {
            serde_json::to_writer(&mut file, &JsonRecord::from(record))?;
            writeln!(file)?;
        }
        file.flush()?;
    }
    if as_json {
        let object = serde_json::json!({
            "parts_at": result.parts_at, "recorded": result.recorded, "branch": result.branch,
        });
        writeln!(out, "{object}")?;
    } else {
        writeln!(out, "{result}")?;
    }
    Ok(())
}
