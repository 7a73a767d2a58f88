//! A diagram as Mermaid, which web pages of repositories render.

use std::fmt::Write;

use super::{Arrow, Diagram, Item, label::label};
use crate::trace::text::duration;

/// As many arrows are shown: renderers take long for more.
pub const MERMAID_ARROWS: usize = 300;

/// As many bytes are written, the note about what is left out not counted: renderers refuse more than 50,000.
const MOST_BYTES: usize = 48_000;

/// Writes a diagram as Mermaid. Of a long one only the first [`MERMAID_ARROWS`] arrows, or what renderers take, and a
/// note says so.
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
    let all = match diagram.lanes.len() {
        0 | 1 => "p0".to_owned(),
        lanes => format!("p0,p{}", lanes - 1),
    };
    let (mut shown, mut shown_messages) = (0, 0);
    for item in &diagram.items {
        let arrows = item.arrows();
        let before = out.len();
        write_item(out, item, &all)?;
        if shown + arrows.len() > MERMAID_ARROWS || out.len() > MOST_BYTES {
            out.truncate(before);
            let left = diagram.messages() - shown_messages;
            writeln!(out, "    Note over {all}: {left} more messages are left out")?;
            break;
        }
        shown += arrows.len();
        shown_messages += arrows.iter().map(|arrow| arrow.count).sum::<usize>();
    }
    Ok(())
}

fn write_item(out: &mut String, item: &Item, all: &str) -> std::fmt::Result {
    match item {
        Item::Arrow(arrow) => write_arrow(out, arrow, "    "),
        Item::Repeat { times, arrows } => {
            writeln!(out, "    loop {times} times")?;
            arrows.iter().try_for_each(|arrow| write_arrow(out, arrow, "        "))?;
            writeln!(out, "    end")
        }
        Item::Pause { from, to } => {
            writeln!(out, "    Note over {all}: {} later, {to}", duration(to.since(*from)))
        }
    }
}

fn write_arrow(out: &mut String, arrow: &Arrow, indent: &str) -> std::fmt::Result {
    writeln!(out, "{indent}p{}->>p{}: {}", arrow.from, arrow.to, clean(&arrow.label()))
}

/// Escapes are entities by number, whatever the character: `#` begins one, `;` ends a line, `%%` begins a comment or a
/// directive, `:` and `wrap` stand before a text, `<` may begin HTML.
fn clean(text: &str) -> String {
    label(text, |character| format!("#{};", u32::from(character)))
}
