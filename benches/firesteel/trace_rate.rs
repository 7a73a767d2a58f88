//! How many messages of a trace something gets through in a second. The trace is that of no-op tasks, with what messages
//! say.

use std::{error::Error, io::Write, path::Path};

use serde::{Deserialize, Serialize};

use super::{child, context::Outcome, report::Report};

/// A bench.
pub(crate) struct TraceRate {
    /// The name of the bench and of its child.
    pub(crate) name: &'static str,
    /// Tasks of the trace, half of them to warm up.
    pub(crate) tasks: usize,
    /// Passes, of which the median counts.
    pub(crate) rounds: usize,
    /// What is measured.
    pub(crate) pass: Pass,
}

/// One pass over a file: its messages, and the seconds it took.
type Pass = fn(&Path) -> Result<(u64, f64), Box<dyn Error>>;

/// What the child tells.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    messages: u64,
    messages_per_second: f64,
}

impl TraceRate {
    /// Runs the bench and emits its report.
    ///
    /// # Errors
    /// If a child fails.
    pub(crate) fn run(&self) -> Outcome {
        let dir = tempfile::tempdir()?;
        let file = dir.path().join("noop.trace");
        let file = file.to_str().ok_or("the temporary directory's name is not UTF-8")?;
        child::run("noop", &["local[2]", "payload", &(self.tasks / 2).to_string(), "1", file])?;
        let answer: Answer = serde_json::from_str(&child::run(self.name, &[file])?.stdout)?;
        Ok(Report::new(self.name, answer.messages_per_second, "messages/s")
            .with("messages", answer.messages)
            .with("bytes", std::fs::metadata(file)?.len())
            .emit()?)
    }

    /// `NAME FILE`: passes over a trace some times, after one that does not count.
    pub(crate) fn child(&self, arguments: &[String]) -> Outcome {
        let [file] = arguments else {
            return Err(format!("expected the argument FILE, got {arguments:?}").into());
        };
        let mut rates = Vec::with_capacity(self.rounds);
        let mut messages = 0;
        for round in 0..=self.rounds {
            let (passed, seconds) = (self.pass)(Path::new(file))?;
            messages = passed;
            if round > 0 {
                rates.push(messages as f64 / seconds);
            }
        }
        rates.sort_by(f64::total_cmp);
        let messages_per_second = rates.get(rates.len() / 2).copied().unwrap_or_default();
        let mut out = std::io::stdout().lock();
        serde_json::to_writer(&mut out, &Answer { messages, messages_per_second })?;
        Ok(writeln!(out)?)
    }
}
