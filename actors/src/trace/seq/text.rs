//! A diagram as text for a terminal.

use super::{Arrow, Diagram, Item};
use crate::{Time, trace::text::duration};

/// Columns at the left: a time, and the bracket of a block.
const MARGIN: usize = 13;
/// Columns between two lanes.
const SPACING: std::ops::RangeInclusive<usize> = 4..=24;

/// How a diagram is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns that there are. Labels are cut to fit; lanes need at least four columns each.
    pub width: usize,
    /// Whether lines are drawn with ASCII characters only.
    pub ascii: bool,
}

impl Default for Look {
    fn default() -> Self {
        Look { width: 100, ascii: false }
    }
}

/// Writes a diagram as text: a column for each lane, two rows for each arrow.
///
/// ```text
///                Host-0       DAGScheduler
///                  │               │
///     0.001204     │ JobSubmitted job 0 x4
///                  ├──────────────>│
/// ```
pub fn text(diagram: &Diagram, look: Look) -> String {
    let mut page = Page::new(diagram, look);
    page.heads(diagram);
    for item in &diagram.items {
        match item {
            Item::Arrow(arrow) => page.arrow(arrow, ' '),
            Item::Repeat { times, arrows } => {
                let begin = page.pen.block_begin;
                page.margin(&format!("{times} times"), begin);
                for arrow in arrows {
                    let side = page.pen.line;
                    page.arrow(arrow, side);
                }
                let end = page.pen.block_end;
                page.margin("", end);
            }
            Item::Pause { from, to } => page.pause(*from, *to),
        }
    }
    page.text
}

/// The characters that lines are made of.
struct Pen {
    line: char,
    gap: char,
    dash: char,
    leaves_right: char,
    leaves_left: char,
    corner_down: char,
    corner_up: char,
    block_begin: char,
    block_end: char,
    cut: char,
}

const UNICODE: Pen = Pen {
    line: '│',
    gap: '┊',
    dash: '─',
    leaves_right: '├',
    leaves_left: '┤',
    corner_down: '┐',
    corner_up: '┘',
    block_begin: '┌',
    block_end: '└',
    cut: '…',
};

const ASCII: Pen = Pen {
    line: '|',
    gap: ':',
    dash: '-',
    leaves_right: '|',
    leaves_left: '|',
    corner_down: '.',
    corner_up: '\'',
    block_begin: '.',
    block_end: '\'',
    cut: '~',
};

struct Page {
    text: String,
    pen: Pen,
    width: usize,
    /// The column of each lane.
    columns: Vec<usize>,
    told: Option<Time>,
}

impl Page {
    fn new(diagram: &Diagram, look: Look) -> Self {
        let lanes = diagram.lanes.len();
        // The first and the last name stand around their lanes.
        let room = look.width.saturating_sub(MARGIN + 14);
        let spacing = room / lanes.saturating_sub(1).max(1);
        let spacing = spacing.clamp(*SPACING.start(), *SPACING.end());
        let columns = (0..lanes).map(|lane| MARGIN + 6 + lane * spacing).collect();
        let pen = if look.ascii { ASCII } else { UNICODE };
        Page { text: String::new(), pen, width: look.width.max(40), columns, told: None }
    }

    /// An empty row: the lifelines.
    fn row(&self, line: char) -> Vec<char> {
        let end = self.columns.last().map_or(0, |last| last + 1);
        let mut row = vec![' '; end.max(self.width)];
        for column in &self.columns {
            put(&mut row, *column, [line]);
        }
        row
    }

    fn finish(&mut self, row: &[char]) {
        let row: String = row.iter().collect();
        self.text.push_str(row.trim_end());
        self.text.push('\n');
    }

    /// The names, in as many rows as they need not to touch.
    fn heads(&mut self, diagram: &Diagram) {
        let mut rows: Vec<Vec<(usize, String)>> = Vec::new();
        for (lane, column) in diagram.lanes.iter().zip(&self.columns) {
            let name = lane.to_string();
            let start = column.saturating_sub(name.len() / 2);
            let is_free = |row: &&mut Vec<(usize, String)>| {
                row.last().is_none_or(|(before, name)| before + name.len() < start)
            };
            match rows.iter_mut().find(is_free) {
                Some(row) => row.push((start, name)),
                None => rows.push(vec![(start, name)]),
            }
        }
        let mut begun: Vec<usize> = Vec::new();
        for names in rows {
            let mut row = vec![' '; self.row(' ').len() + 20];
            begun.iter().for_each(|column| put(&mut row, *column, [self.pen.line]));
            for (start, name) in &names {
                put(&mut row, *start, name.chars());
            }
            begun.extend(names.iter().map(|(start, name)| start + name.len() / 2));
            self.finish(&row);
        }
        if !self.columns.is_empty() {
            let row = self.row(self.pen.line);
            self.finish(&row);
        }
    }

    /// A row with a word at the left.
    fn margin(&mut self, word: &str, side: char) {
        let mut row = self.row(self.pen.line);
        put(&mut row, 0, format!("{word:>12}{side}").chars());
        self.finish(&row);
    }

    fn pause(&mut self, from: Time, to: Time) {
        let mut row = self.row(self.pen.gap);
        let later = format!("{} later ", duration(to.since(from)));
        let later = if self.pen.line.is_ascii() { later.replace('µ', "u") } else { later };
        put(&mut row, MARGIN, later.chars());
        self.finish(&row);
    }

    fn arrow(&mut self, arrow: &Arrow, side: char) {
        let column = |lane: usize| self.columns.get(lane).copied().unwrap_or(MARGIN);
        let (from, to) = (column(arrow.from), column(arrow.to));
        let mut above = self.row(self.pen.line);
        let mut below = above.clone();
        put(&mut below, MARGIN - 1, [side]);
        let time = if self.told == Some(arrow.first) { String::new() } else { arrow.first.to_string() };
        self.told = Some(arrow.first);
        put(&mut above, 0, format!("{time:>12}{side}").chars());
        let start = if from == to {
            put(&mut above, from, [self.pen.leaves_right, self.pen.dash, self.pen.corner_down]);
            put(&mut below, from + 1, ['<', self.pen.corner_up]);
            from + 4
        } else {
            self.line(&mut below, from, to);
            from.min(to) + 2
        };
        self.label(&mut above, start, &arrow.label());
        self.finish(&above);
        self.finish(&below);
    }

    fn line(&self, row: &mut [char], from: usize, to: usize) {
        let (left, right) = (from.min(to), from.max(to));
        put(row, left + 1, std::iter::repeat_n(self.pen.dash, right - left - 1));
        if from < to {
            put(row, from, [self.pen.leaves_right]);
            put(row, to - 1, ['>']);
        } else {
            put(row, from, [self.pen.leaves_left]);
            put(row, to + 1, ['<']);
        }
    }

    /// Writes a label at `start`, or as far left of it as it must to fit; cut if it is longer than all there is.
    fn label(&self, row: &mut [char], start: usize, label: &str) {
        let mut label: Vec<char> = label.chars().collect();
        let room = self.width.saturating_sub(MARGIN + 1);
        if label.len() > room {
            label.truncate(room.saturating_sub(1));
            label.push(self.pen.cut);
        }
        // A space on both sides keeps the label apart from lifelines.
        let start = start.min(self.width.saturating_sub(label.len())).max(MARGIN + 1);
        put(row, start - 1, [' '].into_iter().chain(label).chain([' ']));
    }
}

/// Puts characters into a row, as far as it goes.
fn put(row: &mut [char], at: usize, chars: impl IntoIterator<Item = char>) {
    for (place, char) in row.iter_mut().skip(at).zip(chars) {
        *place = char;
    }
}
