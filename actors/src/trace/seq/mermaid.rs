//! A diagram as Mermaid, which web pages of repositories render.

use std::fmt::Write;

use super::{Arrow, Diagram, Item};
use crate::trace::text::duration;

/// As many arrows are shown: renderers take long for more.
pub const MERMAID_ARROWS: usize = 300;

/// Writes a diagram as Mermaid. Of a long one only the first [`MERMAID_ARROWS`] arrows, and a note says so.
pub fn mermaid(diagram: &Diagram) -> String {
    let mut out = String::from("sequenceDiagram\n");
    // Writing to a String does not fail.
    let _ = write_to(&mut out, diagram);
    out
}

fn write_to(out: &mut String, diagram: &Diagram) -> std::fmt::Result {
    for (place, lane) in diagram.lanes.iter().enumerate() {
        writeln!(out, "    participant p{place} as {}", clean(&lane.to_string()))?;
    }
    let last = diagram.lanes.len().saturating_sub(1);
    let (mut shown, mut shown_messages) = (0, 0);
    for item in &diagram.items {
        let arrows = item.arrows();
        if shown + arrows.len() > MERMAID_ARROWS {
            let left = diagram.messages() - shown_messages;
            writeln!(out, "    Note over p0,p{last}: {left} more messages are left out")?;
            break;
        }
        shown += arrows.len();
        shown_messages += arrows.iter().map(|arrow| arrow.count).sum::<usize>();
        match item {
            Item::Arrow(arrow) => write_arrow(out, arrow, "    ")?,
            Item::Repeat { times, arrows } => {
                writeln!(out, "    loop {times} times")?;
                arrows.iter().try_for_each(|arrow| write_arrow(out, arrow, "        "))?;
                writeln!(out, "    end")?;
            }
            Item::Pause { from, to } => {
                writeln!(out, "    Note over p0,p{last}: {} later, {to}", duration(to.since(*from)))?;
            }
        }
    }
    Ok(())
}

fn write_arrow(out: &mut String, arrow: &Arrow, indent: &str) -> std::fmt::Result {
    writeln!(out, "{indent}p{}->>p{}: {}", arrow.from, arrow.to, clean(&arrow.label()))
}

/// Without what means something to Mermaid: `#` begins an entity, `;` ends a line.
fn clean(text: &str) -> String {
    text.chars().map(|char| if matches!(char, '#' | ';' | '\n' | '\r') { ' ' } else { char }).collect()
}
