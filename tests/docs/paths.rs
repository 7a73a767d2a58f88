//! Paths of sources that the documents name exist.

use std::path::Path;

use super::{document, names};

/// The documents that name sources.
const DOCUMENTS: [&str; 8] = [
    "README.md",
    "docs/architecture.md",
    "docs/cluster.md",
    "docs/configuration.md",
    "docs/guide.md",
    "docs/messages.md",
    "docs/simulator.md",
    "docs/trace-format.md",
];

/// Where both crates have their sources.
const FOLDERS: [&str; 2] = ["actors/src/", "src/"];

/// Whether a name is the whole path of a file or folder; a part of one, as `submission.rs`, is not, nor one with a `*`.
fn is_path(name: &str) -> bool {
    FOLDERS.iter().any(|folder| name.starts_with(folder)) && !name.contains(['*', '{', ' '])
}

#[test]
fn every_source_that_a_document_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !root.join("actors").exists() {
        // The packaged crate has no sources of the other one.
        return;
    }
    let mut missing = Vec::new();
    let mut found = 0;
    for name in DOCUMENTS {
        let text = document(name);
        // A fence would turn inside out what stands between backticks.
        let outside: Vec<&str> = text.split("```").step_by(2).collect();
        for path in outside.iter().flat_map(|part| names(part)).filter(|path| is_path(path)) {
            found += 1;
            if !root.join(path).exists() {
                missing.push(format!("{name}: {path}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(found > 20, "only {found} paths: are they still between backticks?");
}
