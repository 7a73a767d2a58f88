//! Makes a tree of a filter's text.

use std::ops::Range;

use super::{
    FilterError,
    ast::{Node, Parsed, Test},
    field::{Field, MessageField, NumberField, field},
    names,
    pattern::{Pattern, is_glob},
    preset::preset,
    token::{Operator, Placed, Token, tokens},
};
use crate::message::MessageId;

/// How deep parentheses and negations may go.
const DEPTH: usize = 64;

/// Reads a filter; an empty one lets all through.
pub(super) fn parse(text: &str) -> Result<Parsed, FilterError> {
    let mut parser = Parser::new(text)?;
    let root = if parser.tokens.is_empty() { Node::All(Vec::new()) } else { parser.any()? };
    if parser.peek().is_some() {
        return Err(parser.expected("`and`, `or` or the end"));
    }
    Ok(Parsed { root, below: parser.below, above: parser.above })
}

/// Works through the tokens. The values of fields are read in `values.rs`.
pub(super) struct Parser<'t> {
    pub(super) text: &'t str,
    tokens: Vec<Placed>,
    next: usize,
    depth: usize,
    below: Vec<MessageId>,
    above: Vec<MessageId>,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Result<Self, FilterError> {
        let tokens = tokens(text)?;
        Ok(Parser { text, tokens, next: 0, depth: 0, below: Vec::new(), above: Vec::new() })
    }

    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    /// Takes the next token if it is this one.
    pub(super) fn takes(&mut self, expected: &Token) -> bool {
        let found = self.peek() == Some(expected);
        self.next += usize::from(found);
        found
    }

    /// Takes the next token if it is a word or a text in quotes, with its place.
    pub(super) fn takes_value(&mut self) -> Option<(String, Range<usize>)> {
        let (Token::Word(text) | Token::Quoted(text), place) = self.tokens.get(self.next)? else {
            return None;
        };
        self.next += 1;
        Some((text.clone(), place.clone()))
    }

    /// Where the next token is; behind the end if there is none.
    pub(super) fn place(&self) -> Range<usize> {
        self.tokens.get(self.next).map_or(self.text.len()..self.text.len(), |(_, place)| place.clone())
    }

    pub(super) fn error(&self, at: Range<usize>, reason: impl Into<String>) -> FilterError {
        FilterError::new(self.text, at, reason)
    }

    /// The error that something else was expected where the next token is.
    pub(super) fn expected(&self, what: &str) -> FilterError {
        let place = self.place();
        let found = match self.text.get(place.clone()).filter(|found| !found.is_empty()) {
            Some(found) => format!("`{found}`"),
            None => "the end".to_owned(),
        };
        self.error(place, format!("expected {what}, found {found}"))
    }

    fn any(&mut self) -> Result<Node, FilterError> {
        let first = self.all()?;
        let mut nodes = vec![first];
        while self.takes(&Token::Or) {
            nodes.push(self.all()?);
        }
        Ok(single(nodes).unwrap_or_else(Node::Any))
    }

    fn all(&mut self) -> Result<Node, FilterError> {
        let first = self.one()?;
        let mut nodes = vec![first];
        while self.takes(&Token::And) {
            nodes.push(self.one()?);
        }
        Ok(single(nodes).unwrap_or_else(Node::All))
    }

    fn one(&mut self) -> Result<Node, FilterError> {
        if self.depth == DEPTH {
            return Err(
                self.error(self.place(), format!("more than {DEPTH} levels of parentheses and negations"))
            );
        }
        self.depth += 1;
        let node = self.one_level_deeper();
        self.depth -= 1;
        node
    }

    fn one_level_deeper(&mut self) -> Result<Node, FilterError> {
        if self.takes(&Token::Not) {
            return Ok(Node::Not(Box::new(self.one()?)));
        }
        if self.takes(&Token::Open) {
            let node = self.any()?;
            return if self.takes(&Token::Close) {
                Ok(node)
            } else {
                Err(self.expected("`and`, `or` or `)`"))
            };
        }
        let place = self.place();
        match self.peek().cloned() {
            Some(Token::Word(word)) => {
                self.next += 1;
                self.condition(&word, place)
            }
            Some(Token::Quoted(_)) => {
                let reason = "a text alone means nothing; `text ~ \"...\"` looks for it in payloads";
                Err(self.error(place, reason))
            }
            _ => Err(self.expected("a condition such as `kind = LaunchTask`")),
        }
    }

    /// A condition that begins with this word.
    fn condition(&mut self, word: &str, place: Range<usize>) -> Result<Node, FilterError> {
        if let Some(field) = field(word) {
            return self.comparison(field);
        }
        if let Some(preset) = preset(word) {
            return parse(preset).map(|parsed| parsed.root);
        }
        if word.eq_ignore_ascii_case("below") {
            let id = self.message_id()?;
            self.below.push(id);
            return Ok(Node::Test(Test::Below(self.below.len() - 1)));
        }
        if word.eq_ignore_ascii_case("above") {
            let id = self.message_id()?;
            self.above.push(id);
            return Ok(Node::Test(Test::Above(self.above.len() - 1)));
        }
        self.name(word, place)
    }

    fn message_id(&mut self) -> Result<MessageId, FilterError> {
        let wanted = "a message such as `DAGScheduler#12`";
        let Some((word, place)) = self.takes_value() else { return Err(self.expected(wanted)) };
        word.parse().map_err(|_| self.error(place, format!("`{word}` is not {wanted}")))
    }

    /// A word alone: a kind of message, an actor, a message.
    fn name(&self, word: &str, place: Range<usize>) -> Result<Node, FilterError> {
        let kinds = names::kinds_like(&Pattern::new(word, false));
        let actors = names::actors(word).map(|actors| Test::Actor(super::field::Role::Either, vec![actors]));
        match (kinds.is_empty(), actors) {
            (false, Some(actors)) if is_glob(word) => {
                Ok(Node::Any(vec![Node::Test(Test::Kind(kinds)), Node::Test(actors)]))
            }
            (false, _) => Ok(Node::Test(Test::Kind(kinds))),
            (true, Some(actors)) => Ok(Node::Test(actors)),
            (true, None) => match word.parse() {
                Ok(id) => Ok(Node::Test(Test::Message(MessageField::Id, vec![id]))),
                Err(_) => {
                    let reason = "is no kind of message, actor, field or preset";
                    let advice = names::advice(word, names::all());
                    Err(self.error(place, format!("`{word}` {reason}{advice}")))
                }
            },
        }
    }

    /// What follows a field.
    fn comparison(&mut self, field: Field) -> Result<Node, FilterError> {
        let place = self.place();
        let operator = match self.peek() {
            Some(Token::In) => None,
            Some(Token::Operator(operator)) => Some(*operator),
            Some(Token::And | Token::Or | Token::Close) | None if is_optional(field) => {
                return Ok(Node::Test(Test::Has(field)));
            }
            _ => return Err(self.expected(&format!("{} after `{}`", operators(field), field.name()))),
        };
        self.next += 1;
        if !compares(field, operator) {
            let written = self.text.get(place.clone()).unwrap_or_default();
            let reason = format!("`{}` takes {}, not `{written}`", field.name(), operators(field));
            return Err(self.error(place, reason));
        }
        let test = match operator {
            Some(operator) => self.compared(field, operator)?,
            None => self.one_of(field)?,
        };
        Ok(match operator {
            // A message that has no such field is not different in it.
            Some(Operator::NotEqual) => {
                Node::All(vec![Node::Test(Test::Has(field)), Node::Not(Box::new(Node::Test(test)))])
            }
            _ => Node::Test(test),
        })
    }
}

/// The only node, or all of them again.
fn single(mut nodes: Vec<Node>) -> Result<Node, Vec<Node>> {
    match (nodes.pop(), nodes.is_empty()) {
        (Some(only), true) => Ok(only),
        (last, _) => {
            nodes.extend(last);
            Err(nodes)
        }
    }
}

/// Whether there are messages without it, so that having it says something.
fn is_optional(field: Field) -> bool {
    use NumberField::{Number, Sent, Time, Waited};
    !matches!(
        field,
        Field::Kind
            | Field::Text
            | Field::Actor(_)
            | Field::Message(MessageField::Id)
            | Field::Number(Number | Time | Sent | Waited)
    )
}

/// Whether a field can be compared so; `None` is `in`.
fn compares(field: Field, operator: Option<Operator>) -> bool {
    use Operator::{Contains, Equal, NotEqual};
    match field {
        Field::Kind | Field::Note | Field::Actor(_) => {
            matches!(operator, None | Some(Equal | NotEqual | Contains))
        }
        Field::Number(_) => operator != Some(Contains),
        Field::Message(_) => matches!(operator, None | Some(Equal | NotEqual)),
        Field::Text => operator == Some(Contains),
    }
}

fn operators(field: Field) -> &'static str {
    match field {
        Field::Kind | Field::Note | Field::Actor(_) => "=, !=, ~ or in",
        Field::Number(_) => "=, !=, <, <=, >, >= or in",
        Field::Message(_) => "=, != or in",
        Field::Text => "~",
    }
}
