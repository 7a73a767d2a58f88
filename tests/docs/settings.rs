//! The tables of docs/configuration.md are those of the code.

use firesteel_actors::{
    config::{AREAS, Area},
    message::keys,
};

use super::{document, generated, names, table};

const NAME: &str = "docs/configuration.md";

/// The keys of an area.
fn rows(area: &Area) -> String {
    let rows = area.keys().into_iter().map(|key| {
        let default = match (key.default_value(), key.unset) {
            (Some(value), _) => format!("`{value}`"),
            (None, unset) => format!("unset: {}", unset.unwrap_or_default()),
        };
        let name = format!("`{}`", key.name);
        let [kind, meaning, since] = [key.kind, key.meaning, key.since].map(str::to_owned);
        [name, kind, default, key.allowed(), meaning, since]
    });
    generated::markdown(["Key", "Type", "Default", "Allowed", "Meaning", "Since"], rows)
}

#[test]
fn the_tables_of_settings_are_those_of_the_code() {
    let tables: String = AREAS.iter().map(|area| format!("\n### {}\n\n{}", area.title, rows(area))).collect();
    let text = generated::with_part(&document(NAME), "keys", &format!("{tables}\n"));
    generated::assert_is(NAME, &text);
}

#[test]
fn every_property_of_jobs_has_a_row() {
    let text = document(NAME);
    let rows = table(&text, "## Properties of jobs");
    let described: Vec<&str> = rows.iter().flat_map(|row| names(&row[0])).collect();
    assert_eq!(described, keys::ALL);
}

#[test]
fn the_guide_names_only_settings_that_are_there() {
    let text = document("docs/guide.md");
    let known: Vec<&str> = AREAS.iter().flat_map(Area::keys).map(|key| key.name).chain(keys::ALL).collect();
    let named = text.lines().flat_map(names);
    for name in named.filter(|name| name.starts_with("spark.") && *name != "spark.") {
        assert!(known.contains(&name), "{name}");
    }
}
