//! Reads what `{:?}` writes.

use super::State;

/// Deeper trees end in texts.
const MOST_DEPTH: usize = 96;

/// The tree of a debug text. Never fails: what does not look like a tree is a text.
pub(super) fn parse(text: &str) -> State {
    let mut reader = Reader { rest: text };
    let state = reader.value(0);
    if reader.rest.trim().is_empty() { state } else { State::Leaf(text.to_owned()) }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> State {
        self.spaces();
        match self.rest.chars().next() {
            _ if depth > MOST_DEPTH => State::Leaf(self.nested()),
            Some('[') => State::List(self.items('[', ']', depth)),
            Some('(') => State::Tuple(String::new(), self.items('(', ')', depth)),
            Some('{') => self.braces(depth),
            Some('"' | '\'') => State::Leaf(self.quoted().to_owned()),
            _ => self.named(depth),
        }
    }

    /// A leaf, or the name of a tuple or a struct.
    fn named(&mut self, depth: usize) -> State {
        let name = self.word();
        match self.rest.chars().next() {
            Some('(') => State::Tuple(name, self.items('(', ')', depth)),
            Some('{') => State::Struct(name.trim_end().to_owned(), self.fields(depth)),
            _ => State::Leaf(name.trim_end().to_owned()),
        }
    }

    /// Up to what ends a value or begins its parts.
    fn word(&mut self) -> String {
        let ends = |(at, character): &(usize, char)| match character {
            ',' | '(' | ')' | '[' | ']' | '{' | '}' | '"' => true,
            ':' => self.rest.get(at + 1..).is_some_and(|rest| rest.starts_with(' ')),
            _ => false,
        };
        let end = self.rest.char_indices().find(ends).map_or(self.rest.len(), |(at, _)| at);
        let (word, rest) = self.rest.split_at(end);
        // Something must be taken, or a stray bracket would be looked at for ever.
        let (word, rest) = match rest.chars().next() {
            Some(stray @ ('[' | '"')) if word.is_empty() => self.rest.split_at(stray.len_utf8()),
            _ => (word, rest),
        };
        self.rest = rest;
        word.to_owned()
    }

    fn items(&mut self, open: char, close: char, depth: usize) -> Vec<State> {
        let mut items = Vec::new();
        self.skip(open);
        while !self.at_end(close) {
            items.push(self.value(depth + 1));
            self.separator(close);
        }
        items
    }

    /// A map if there are keys, else a set.
    fn braces(&mut self, depth: usize) -> State {
        let (mut pairs, mut values) = (Vec::new(), Vec::new());
        self.skip('{');
        while !self.at_end('}') {
            let value = self.value(depth + 1);
            if self.rest.starts_with(": ") {
                self.skip(':');
                pairs.push((value, self.value(depth + 1)));
            } else {
                values.push(value);
            }
            self.separator('}');
        }
        if values.is_empty() && !pairs.is_empty() { State::Map(pairs) } else { State::Set(values) }
    }

    fn fields(&mut self, depth: usize) -> Vec<(String, State)> {
        let mut fields = Vec::new();
        self.skip('{');
        while !self.at_end('}') {
            let name = self.word();
            self.skip(':');
            fields.push((name, self.value(depth + 1)));
            self.separator('}');
        }
        fields
    }

    /// A text in quotes, with its escapes.
    fn quoted(&mut self) -> &'a str {
        let quote = self.rest.chars().next();
        let mut escaped = false;
        let ends = |(at, character): &(usize, char)| {
            let ends = *at > 0 && !escaped && Some(*character) == quote;
            escaped = !escaped && *character == '\\';
            ends
        };
        let end = self.rest.char_indices().find(ends).map_or(self.rest.len(), |(at, _)| at + 1);
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        text
    }

    /// All up to the end of the value, brackets and quotes in pairs.
    fn nested(&mut self) -> String {
        let (start, mut open) = (self.rest, 0usize);
        while let Some(character) = self.rest.chars().next() {
            match character {
                '"' => {
                    self.quoted();
                    continue;
                }
                '(' | '[' | '{' => open += 1,
                ')' | ']' | '}' | ',' if open == 0 => break,
                ')' | ']' | '}' => open -= 1,
                _ => {}
            }
            self.skip(character);
        }
        start.get(..start.len() - self.rest.len()).unwrap_or_default().to_owned()
    }

    fn spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn skip(&mut self, expected: char) {
        self.rest = self.rest.strip_prefix(expected).unwrap_or(self.rest);
        self.spaces();
    }

    /// Whether the parts end here; takes what ends them.
    fn at_end(&mut self, close: char) -> bool {
        self.spaces();
        if let Some(rest) = self.rest.strip_prefix(close) {
            self.rest = rest;
            return true;
        }
        self.rest.is_empty()
    }

    /// Behind a part: a comma, or the end. Whatever else is there belongs to no part and is passed over.
    fn separator(&mut self, close: char) {
        self.spaces();
        match self.rest.chars().next() {
            Some(',') => self.skip(','),
            Some(character) if character != close => self.skip(character),
            _ => {}
        }
    }
}
