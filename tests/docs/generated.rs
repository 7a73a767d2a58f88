//! Documents, or parts of them, that are made from the code.
//!
//! A part stands between `<!-- begin: NAME -->` and `<!-- end: NAME -->`. With `FIRESTEEL_BLESS=1` in the environment
//! the test that checks a document writes it: `FIRESTEEL_BLESS=1 cargo test --test docs`.

use std::{fmt::Write, path::Path};

use super::document;

/// The variable that makes the tests write the documents.
const BLESS: &str = "FIRESTEEL_BLESS";

/// Checks that a document is this text, or writes it.
pub(super) fn assert_is(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os(BLESS).is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    // The first line that differs: a whole document would bury it.
    let document = document(name);
    let differs = document.lines().zip(text.lines()).position(|(is, should)| is != should);
    let line = differs.unwrap_or_else(|| document.lines().count().min(text.lines().count()));
    let at = |text: &str| text.lines().nth(line).unwrap_or("(its end)").to_owned();
    assert!(
        document == text,
        "{name} is not what the code says; {BLESS}=1 cargo test --test docs writes it. Line {}:\n  is     {}\n  \
         should {}",
        line + 1,
        at(&document),
        at(text),
    );
}

/// The document with a part replaced.
pub(super) fn with_part(document: &str, name: &str, part: &str) -> String {
    let (begin, end) = (format!("<!-- begin: {name} -->\n"), format!("<!-- end: {name} -->\n"));
    let (before, rest) = document.split_once(&begin).unwrap_or_else(|| panic!("no {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no {end}"));
    format!("{before}{begin}{part}{end}{after}")
}

/// A table in Markdown.
pub(super) fn markdown<const N: usize>(
    head: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(N));
    for row in rows {
        assert!(row.iter().all(|cell| !cell.contains(['|', '\n'])), "{row:?}");
        // An empty cell is `| |`.
        let cells = row.map(|cell| if cell.is_empty() { cell } else { format!(" {cell}") });
        writeln!(text, "|{} |", cells.join(" |")).unwrap();
    }
    text
}
