//! Cuts a filter's text into tokens.

use std::{iter::Peekable, ops::Range, str::CharIndices};

use super::FilterError;

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
}

/// A piece of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    /// In quotes, which are taken off.
    Quoted(String),
    Operator(Operator),
    And,
    Or,
    Not,
    In,
    Open,
    Close,
    OpenSet,
    CloseSet,
    Comma,
    Range,
}

/// A token and the bytes that it is made of.
pub(super) type Placed = (Token, Range<usize>);

/// All tokens of a filter.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, FilterError> {
    let mut lexer = Lexer { text, chars: text.char_indices().peekable() };
    let mut found = Vec::new();
    while let Some((start, first)) = lexer.chars.next() {
        if first.is_whitespace() {
            continue;
        }
        let token = lexer.token(start, first)?;
        found.push((token, start..lexer.place()));
    }
    Ok(found)
}

struct Lexer<'t> {
    text: &'t str,
    chars: Peekable<CharIndices<'t>>,
}

impl Lexer<'_> {
    /// Where the next character begins.
    fn place(&mut self) -> usize {
        self.chars.peek().map_or(self.text.len(), |(place, _)| *place)
    }

    /// Takes the next character if it is this one.
    fn takes(&mut self, expected: char) -> bool {
        self.chars.next_if(|(_, next)| *next == expected).is_some()
    }

    fn token(&mut self, start: usize, first: char) -> Result<Token, FilterError> {
        Ok(match first {
            '(' => Token::Open,
            ')' => Token::Close,
            '{' => Token::OpenSet,
            '}' => Token::CloseSet,
            ',' => Token::Comma,
            '~' => Token::Operator(Operator::Contains),
            '=' => {
                // `==` is the same.
                self.takes('=');
                Token::Operator(Operator::Equal)
            }
            '!' if self.takes('=') => Token::Operator(Operator::NotEqual),
            '!' => Token::Not,
            '<' if self.takes('=') => Token::Operator(Operator::LessOrEqual),
            '<' => Token::Operator(Operator::Less),
            '>' if self.takes('=') => Token::Operator(Operator::GreaterOrEqual),
            '>' => Token::Operator(Operator::Greater),
            '&' if self.takes('&') => Token::And,
            '|' if self.takes('|') => Token::Or,
            '.' if self.takes('.') => Token::Range,
            '"' | '\'' => self.quoted(start, first)?,
            _ if is_word(first) => self.word(start),
            _ => return Err(FilterError::new(self.text, start..self.place(), unexpected(first))),
        })
    }

    /// What is between quotes; a backslash takes the next character as it is.
    fn quoted(&mut self, start: usize, quote: char) -> Result<Token, FilterError> {
        let mut text = String::new();
        while let Some((_, next)) = self.chars.next() {
            match next {
                _ if next == quote => return Ok(Token::Quoted(text)),
                '\\' => text.extend(self.chars.next().map(|(_, escaped)| escaped)),
                _ => text.push(next),
            }
        }
        let reason = format!("there is no {quote} to end this text");
        Err(FilterError::new(self.text, start..self.text.len(), reason))
    }

    fn word(&mut self, start: usize) -> Token {
        while let Some((place, next)) = self.chars.peek().copied() {
            let rest = self.text.get(place..).unwrap_or_default();
            let goes_on = match next {
                '.' => !rest.starts_with(".."),
                '~' => begins_incarnation(rest),
                _ => is_word(next),
            };
            if !goes_on {
                break;
            }
            self.chars.next();
        }
        let end = self.place();
        keyword(self.text.get(start..end).unwrap_or_default())
    }
}

/// Of what names, numbers, times and patterns are made.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '*' | '?' | '#' | '/' | ':' | '$' | '@')
}

/// Whether this is the `~1#` of a message such as `Executor-3~1#12`, not the operator.
fn begins_incarnation(rest: &str) -> bool {
    let after = rest.trim_start_matches('~');
    let number = after.trim_start_matches(|c: char| c.is_ascii_digit());
    after.len() + 1 == rest.len() && number.len() < after.len() && number.starts_with('#')
}

fn keyword(word: &str) -> Token {
    match word.to_ascii_lowercase().as_str() {
        "and" => Token::And,
        "or" => Token::Or,
        "not" => Token::Not,
        "in" => Token::In,
        "eq" => Token::Operator(Operator::Equal),
        "ne" => Token::Operator(Operator::NotEqual),
        "lt" => Token::Operator(Operator::Less),
        "le" => Token::Operator(Operator::LessOrEqual),
        "gt" => Token::Operator(Operator::Greater),
        "ge" => Token::Operator(Operator::GreaterOrEqual),
        "contains" => Token::Operator(Operator::Contains),
        _ => Token::Word(word.to_owned()),
    }
}

fn unexpected(c: char) -> String {
    match c {
        '&' => "`&` alone means nothing; expected `&&` or `and`".to_owned(),
        '|' => "`|` alone means nothing; expected `||` or `or`".to_owned(),
        _ => format!("`{}` means nothing here; put it in quotes if it belongs to a text", c.escape_debug()),
    }
}
