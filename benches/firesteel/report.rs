//! The figures of a bench, for programs to read: one JSON object per line on standard output.
//!
//! Nothing else is printed there by a run; text for people goes to standard error.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

/// One figure, with what it is compared to and whatever else belongs to it.
///
/// ```ignore
/// // {"name":"noop_jobs","value":51000.0,"unit":"1/s","executors":4}
/// Report::new("noop_jobs", 51_000.0, "1/s").with("executors", 4).emit()?;
/// ```
#[derive(Debug, Serialize)]
#[must_use = "a report says nothing until it is emitted"]
pub(crate) struct Report {
    name: String,
    value: f64,
    unit: String,
    #[serde(flatten)]
    comparison: Option<Baseline>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

#[derive(Debug, Serialize)]
struct Baseline {
    baseline: f64,
    ratio: f64,
}

impl Report {
    /// The figure `name`: `value`, counted in `unit` (`"s"`, `"1/s"`, `"bytes"`).
    pub(crate) fn new(name: impl Into<String>, value: f64, unit: impl Into<String>) -> Self {
        Self { name: name.into(), value, unit: unit.into(), comparison: None, more: Map::new() }
    }

    /// Adds the baseline's figure in the same unit, and the ratio of value to baseline as it was measured, which
    /// need not be their quotient.
    pub(crate) fn baseline(mut self, baseline: f64, ratio: f64) -> Self {
        self.comparison = Some(Baseline { baseline, ratio });
        self
    }

    /// Adds a field; its name says its unit, as in `peak_rss_bytes`.
    pub(crate) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.more.insert(field.to_owned(), value.into());
        self
    }

    /// The report as its line of JSON, without the line's end.
    ///
    /// # Errors
    /// None that these types can cause; it is serde's to say.
    pub(crate) fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// Prints the report.
    ///
    /// # Errors
    /// If standard output cannot be written to.
    pub(crate) fn emit(self) -> io::Result<()> {
        let line = self.to_json()?;
        let mut out = io::stdout().lock();
        writeln!(out, "{line}")?;
        out.flush()
    }
}
