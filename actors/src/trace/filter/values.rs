//! Reads what a field is compared with.

use std::ops::Range;

use super::{
    FilterError,
    ast::Test,
    field::{Field, NumberField},
    names,
    parser::Parser,
    pattern::{ActorPattern, Pattern},
    token::{Operator, Token},
};

impl Parser<'_> {
    /// One value behind an operator. `!=` is read as `=`.
    pub(super) fn compared(&mut self, field: Field, operator: Operator) -> Result<Test, FilterError> {
        let Some((value, place)) = self.takes_value() else { return Err(self.expected_value(field)) };
        let contained = operator == Operator::Contains;
        match field {
            Field::Number(number) => {
                let (low, high) = self.number(number, &value, place)?;
                let range = match operator {
                    Operator::Less => low.checked_sub(1).map(|below| (0, below)),
                    Operator::LessOrEqual => Some((0, high)),
                    Operator::Greater => high.checked_add(1).map(|above| (above, u64::MAX)),
                    Operator::GreaterOrEqual => Some((low, u64::MAX)),
                    Operator::Equal | Operator::NotEqual | Operator::Contains => Some((low, high)),
                };
                Ok(Test::Number(number, range.into_iter().collect()))
            }
            _ => self.gathered(field, vec![(value, place)], contained),
        }
    }

    /// What follows `in`: a set in braces, or a range.
    pub(super) fn one_of(&mut self, field: Field) -> Result<Test, FilterError> {
        let is_set = self.takes(&Token::OpenSet);
        let test = match field {
            Field::Number(number) => {
                let mut ranges = vec![self.range(number)?];
                while is_set && self.takes(&Token::Comma) {
                    ranges.push(self.range(number)?);
                }
                Test::Number(number, ranges)
            }
            _ => {
                let mut values = vec![self.element(field, is_set)?];
                while self.takes(&Token::Comma) {
                    values.push(self.element(field, is_set)?);
                }
                self.gathered(field, values, false)?
            }
        };
        if is_set && !self.takes(&Token::CloseSet) {
            return Err(self.expected("`,` or `}`"));
        }
        Ok(test)
    }

    fn element(&mut self, field: Field, is_set: bool) -> Result<(String, Range<usize>), FilterError> {
        if !is_set {
            return Err(self.expected(&format!("a set such as `{{a, b}}` after `{} in`", field.name())));
        }
        self.takes_value().ok_or_else(|| self.expected_value(field))
    }

    /// A number, or a range with both ends included, of which one may be missing.
    fn range(&mut self, number: NumberField) -> Result<(u64, u64), FilterError> {
        let begin = self.place();
        let low = self.takes_value();
        let is_range = self.takes(&Token::Range);
        let high = if is_range { self.takes_value() } else { None };
        let end = high.as_ref().map_or(begin.end, |(_, place)| place.end);
        let parse = |value: Option<(String, Range<usize>)>| {
            value.map(|(value, place)| self.number(number, &value, place)).transpose()
        };
        match (parse(low)?, parse(high)?) {
            (Some(alone), None) if !is_range => Ok(alone),
            (None, None) => Err(self.expected_value(Field::Number(number))),
            (low, high) => {
                let (low, high) = (low.map_or(0, |low| low.0), high.map_or(u64::MAX, |high| high.1));
                let empty =
                    || self.error(begin.start..end, "nothing is in this range: it ends before it begins");
                if low <= high { Ok((low, high)) } else { Err(empty()) }
            }
        }
    }

    fn number(
        &self,
        field: NumberField,
        value: &str,
        place: Range<usize>,
    ) -> Result<(u64, u64), FilterError> {
        let error = || self.not_a_value(Field::Number(field), value, place);
        field.parse(value).ok_or_else(error)
    }

    /// A condition on a field that is no number.
    fn gathered(
        &self,
        field: Field,
        values: Vec<(String, Range<usize>)>,
        contained: bool,
    ) -> Result<Test, FilterError> {
        Ok(match field {
            Field::Kind => {
                let mut kinds = Vec::new();
                for (value, place) in values {
                    kinds.extend(self.kinds(&value, place, contained)?);
                }
                Test::Kind(kinds)
            }
            Field::Actor(role) => {
                let actors = values.into_iter().map(|(value, place)| self.actors(&value, place, contained));
                Test::Actor(role, actors.collect::<Result<_, _>>()?)
            }
            Field::Message(message) => {
                let parse = |(value, place): (String, Range<usize>)| {
                    value.parse().map_err(|_| self.not_a_value(field, &value, place))
                };
                Test::Message(message, values.into_iter().map(parse).collect::<Result<_, _>>()?)
            }
            Field::Text => {
                Test::Text(values.into_iter().map(|(value, _)| value.to_ascii_lowercase()).collect())
            }
            Field::Note | Field::Number(_) => {
                Test::Note(values.iter().map(|(value, _)| Pattern::new(value, contained)).collect())
            }
        })
    }

    fn kinds(
        &self,
        value: &str,
        place: Range<usize>,
        contained: bool,
    ) -> Result<Vec<&'static str>, FilterError> {
        let kinds = names::kinds_like(&Pattern::new(value, contained));
        if kinds.is_empty() {
            let advice = names::advice(value, names::kinds());
            return Err(self.error(place, format!("`{value}` is no kind of message{advice}")));
        }
        Ok(kinds)
    }

    fn actors(&self, value: &str, place: Range<usize>, contained: bool) -> Result<ActorPattern, FilterError> {
        if contained {
            return Ok(ActorPattern::Name(Pattern::new(value, true)));
        }
        let error = || {
            let class = value.split('-').next().unwrap_or(value);
            let advice = match names::advice(class, names::classes()) {
                advice if advice.is_empty() => " such as `DAGScheduler` or `Executor-2`".to_owned(),
                advice => advice,
            };
            self.error(place, format!("`{value}` is no actor{advice}"))
        };
        names::actors(value).ok_or_else(error)
    }

    fn expected_value(&self, field: Field) -> FilterError {
        self.expected(&format!("a value for `{}` such as {}", field.name(), field.example()))
    }

    fn not_a_value(&self, field: Field, value: &str, place: Range<usize>) -> FilterError {
        let reason =
            format!("`{value}` is no value for `{}`; expected such as {}", field.name(), field.example());
        self.error(place, reason)
    }
}
