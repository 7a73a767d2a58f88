//! The table of settings in docs/guide.md is the one of the code.

use firesteel_actors::config::KEYS;

use super::{document, table};

#[test]
fn the_table_of_settings_is_that_of_the_code() {
    let rows = table(&document("docs/guide.md"), "## Settings");
    let expected: Vec<Vec<String>> = KEYS
        .iter()
        .map(|key| {
            let name = format!("`{}`", key.name);
            vec![name, key.default.to_owned(), key.allowed.to_owned(), key.meaning.to_owned()]
        })
        .collect();
    assert_eq!(rows, expected);
}
