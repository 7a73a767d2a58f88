//! The table for people: right-aligned columns, headings of one word per line.

use std::sync::Arc;

use firesteel_actors::{ExecutorId, StageId};

use super::{
    sums::{MetricsSum, Sums},
    units,
};

/// Between two columns.
const GAP: &str = "  ";

/// A line: its label, its cells, and what stands behind them.
struct Line {
    label: String,
    cells: Vec<String>,
    note: String,
}

pub(super) fn lay_out(stages: &Sums<(StageId, u32), Arc<str>>, executors: &Sums<ExecutorId, ()>) -> String {
    let total = stages.total();
    if total.tasks == 0 {
        return "no task has ended\n".to_owned();
    }
    let columns = Columns::of(&total);
    let mut lines = columns.headings("stage");
    let names = stages.rows().map(|((id, attempt), (name, sum))| (format!("{id}.{attempt}"), sum, &**name));
    lines.extend(names.map(|(label, sum, name)| columns.line(label, sum, name)));
    if stages.earlier().tasks > 0 {
        lines.push(columns.line("earlier".to_owned(), stages.earlier(), ""));
    }
    lines.push(columns.line("all".to_owned(), &total, ""));
    lines.push(Line { label: "executor".to_owned(), cells: Vec::new(), note: String::new() });
    lines.extend(executors.rows().map(|(id, ((), sum))| columns.line(id.to_string(), sum, "")));
    if executors.earlier().tasks > 0 {
        lines.push(columns.line("earlier".to_owned(), executors.earlier(), ""));
    }
    print(&lines)
}

/// The columns that have something to tell.
struct Columns {
    shows_unsuccessful: bool,
    /// The places of counters in `TaskMetrics::counters`.
    counters: Vec<&'static str>,
}

impl Columns {
    fn of(total: &MetricsSum) -> Self {
        let counters = total.metrics.counters().filter(|(_, value)| *value > 0).map(|(name, _)| name);
        Columns { shows_unsuccessful: total.unsuccessful > 0, counters: counters.collect() }
    }

    /// The names of counters, each word on a line of its own, so that columns stay narrow.
    fn headings(&self, label: &str) -> Vec<Line> {
        let mut names = vec![vec!["tasks"]];
        if self.shows_unsuccessful {
            names.push(vec!["not", "successful"]);
        }
        names.extend(self.counters.iter().map(|name| name.split('_').collect::<Vec<_>>()));
        let height = names.iter().map(Vec::len).max().unwrap_or(1);
        let line = |at: usize| {
            // The last words stand on the last line.
            let word =
                |words: &Vec<&str>| (at + words.len()).checked_sub(height).map(|word| words[word].to_owned());
            let label = if at + 1 == height { label.to_owned() } else { String::new() };
            Line {
                label,
                cells: names.iter().map(|words| word(words).unwrap_or_default()).collect(),
                note: String::new(),
            }
        };
        (0..height).map(line).collect()
    }

    fn line(&self, label: String, sum: &MetricsSum, note: &str) -> Line {
        let mut cells = vec![units::count(sum.tasks)];
        if self.shows_unsuccessful {
            cells.push(units::count(sum.unsuccessful));
        }
        let shown = sum.metrics.counters().filter(|(name, _)| self.counters.contains(name));
        cells.extend(shown.map(|(name, value)| units::show(name, value)));
        Line { label, cells, note: note.to_owned() }
    }
}

fn print(lines: &[Line]) -> String {
    let width = |text: &String| text.chars().count();
    let labels = lines.iter().map(|line| width(&line.label)).max().unwrap_or(0);
    let columns = lines.iter().map(|line| line.cells.len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|at| lines.iter().filter_map(|line| line.cells.get(at)).map(width).max().unwrap_or(0))
        .collect();
    let mut table = String::new();
    for line in lines {
        let mut text = format!("{:labels$}", line.label);
        for (cell, width) in line.cells.iter().zip(&widths) {
            text.push_str(GAP);
            text.push_str(&format!("{cell:>width$}"));
        }
        text.push_str(GAP);
        text.push_str(&line.note);
        table.push_str(text.trim_end());
        table.push('\n');
    }
    table
}
