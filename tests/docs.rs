//! Checks the documents against the code, so that they cannot go stale.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests")]

#[path = "docs/conformance.rs"]
mod conformance;
#[cfg(all(feature = "cli", feature = "trace"))]
#[path = "docs/debugging.rs"]
mod debugging;
#[path = "docs/generated.rs"]
mod generated;
#[path = "docs/messages.rs"]
mod messages;
#[path = "docs/paths.rs"]
mod paths;
#[path = "docs/programs.rs"]
mod programs;
#[path = "docs/settings.rs"]
mod settings;
#[path = "docs/snippets.rs"]
mod snippets;
#[path = "docs/test_names.rs"]
mod test_names;
#[path = "docs/trace_format.rs"]
mod trace_format;

/// A document of the repository.
fn document(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of the table below a heading, cell by cell, without its head.
fn table(text: &str, heading: &str) -> Vec<Vec<String>> {
    let rows = text.lines().skip_while(|line| *line != heading).skip(1);
    let rows = rows.take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with('|'));
    let cells = |row: &str| {
        let cells = row.trim().trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    };
    // The head and the line below it.
    rows.skip(2).map(cells).collect()
}

/// What stands between backticks.
fn names(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}
