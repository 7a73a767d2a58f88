//! docs/messages.md has each message of the code once, with its fields, and no other.

use std::{collections::BTreeMap, fs, path::Path};

use firesteel_actors::message::catalogue;

use super::{document, names, table};

#[test]
fn every_message_has_one_row_under_its_receiver() {
    let text = document("docs/messages.md");
    for (receiver, kinds) in catalogue() {
        let rows = table(&text, &format!("## {receiver}"));
        let described: Vec<&str> = rows.iter().flat_map(|row| names(&row[0])).collect();
        assert_eq!(described, kinds, "the rows of {receiver}, in the order of its enum");
    }
}

#[test]
fn every_heading_is_a_receiver_or_known() {
    let text = document("docs/messages.md");
    let headings = text.lines().filter_map(|line| line.strip_prefix("## "));
    let receivers = catalogue().into_iter().map(|(receiver, _)| receiver);
    let expected: Vec<&str> =
        ["Envelope"].into_iter().chain(receivers).chain(["Calls that became messages", "Left out"]).collect();
    assert_eq!(headings.collect::<Vec<_>>(), expected);
}

/// The fields of the structs in a folder of sources and the folders in it, in order.
fn fields(folder: &Path) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(fields(&path));
            continue;
        }
        let source = fs::read_to_string(path).unwrap();
        let mut inside: Option<(String, Vec<String>)> = None;
        for line in source.lines() {
            if let Some(name) = line.strip_prefix("pub struct ") {
                let name = name.split([' ', '(', ';', '<']).next().unwrap().to_owned();
                if line.ends_with("{}") {
                    found.insert(name, Vec::new());
                } else {
                    inside = Some((name, Vec::new()));
                }
            } else if line == "}" {
                found.extend(inside.take());
            } else if let (Some((_, fields)), Some(field)) = (&mut inside, line.trim().strip_prefix("pub ")) {
                fields.push(field.split(':').next().unwrap().to_owned());
            }
        }
    }
    found
}

#[test]
fn every_row_has_the_fields_of_its_struct() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("actors/src/message");
    if !folder.exists() {
        // The packaged crate has no sources of the other one.
        return;
    }
    let fields = fields(&folder);
    let text = document("docs/messages.md");
    for (receiver, kinds) in catalogue() {
        for (row, kind) in table(&text, &format!("## {receiver}")).iter().zip(kinds) {
            let known = fields.get(*kind).unwrap_or_else(|| panic!("no struct {kind}"));
            assert_eq!(names(&row[1]), *known, "the fields of {kind} to {receiver}");
        }
    }
}

#[test]
fn every_test_that_is_named_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("actors");
    if !root.exists() {
        return;
    }
    let mut sources = String::new();
    let mut folders = vec![root.join("src"), root.join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources += &fs::read_to_string(&path).unwrap();
            }
        }
    }
    let text = document("docs/messages.md");
    for row in table(&text, "## Calls that became messages") {
        for test in names(&row[4]) {
            assert!(sources.contains(&format!("fn {test}(")), "no test {test}");
        }
    }
}
