//! A diagram as PlantUML.

use std::fmt::Write;

use super::{Arrow, Diagram, Item, label::label};
use crate::trace::text::duration;

/// Writes a diagram as PlantUML.
pub fn plantuml(diagram: &Diagram) -> String {
    let mut out = String::from("@startuml\n");
    // Writing to a String does not fail.
    let _ = write_to(&mut out, diagram);
    out.push_str("@enduml\n");
    out
}

fn write_to(out: &mut String, diagram: &Diagram) -> std::fmt::Result {
    for (place, lane) in diagram.lanes.iter().enumerate() {
        writeln!(out, "participant \"{}\" as p{place}", clean(&lane.to_string()))?;
    }
    for item in &diagram.items {
        match item {
            Item::Arrow(arrow) => write_arrow(out, arrow)?,
            Item::Repeat { times, arrows } => {
                writeln!(out, "loop {times} times")?;
                arrows.iter().try_for_each(|arrow| write_arrow(out, arrow))?;
                writeln!(out, "end")?;
            }
            Item::Pause { from, to } => writeln!(out, "... {} later, {to} ...", duration(to.since(*from)))?,
        }
    }
    Ok(())
}

fn write_arrow(out: &mut String, arrow: &Arrow) -> std::fmt::Result {
    writeln!(out, "p{} -> p{} : {}", arrow.from, arrow.to, clean(&arrow.label()))
}

/// Escapes are code points: `"` ends a name, `'` begins a comment, `%` and `$` call the preprocessor, `\\n` breaks a line,
/// `<` and `[[` are markup.
fn clean(text: &str) -> String {
    label(text, |character| format!("<U+{:04X}>", u32::from(character)))
}
