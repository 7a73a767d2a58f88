//! A tree as JSON, or whatever else serde writes.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::State;

impl Serialize for State {
    /// Numbers, truth values and texts as such; `None` as null and `Some(x)` as x; a struct as an object whose `type`
    /// is its name; `Name(x)` as `{"Name": x}`; keys of maps as texts.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            State::Leaf(text) => leaf(text, serializer),
            State::List(values) | State::Set(values) => serializer.collect_seq(values),
            State::Map(pairs) => {
                serializer.collect_map(pairs.iter().map(|(key, value)| (key.on_one_line(), value)))
            }
            State::Tuple(name, values) => match (name.as_str(), values.as_slice()) {
                ("", values) => serializer.collect_seq(values),
                ("Some", [value]) => value.serialize(serializer),
                (name, [value]) => serializer.collect_map([(name, value)]),
                (name, values) => serializer.collect_map([(name, values)]),
            },
            State::Struct(name, fields) => {
                let mut map = serializer.serialize_map(Some(fields.len() + 1))?;
                map.serialize_entry("type", name)?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

fn leaf<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if let Some(quoted) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return serializer.serialize_str(&unescaped(quoted));
    }
    match text {
        "None" | "()" => return serializer.serialize_unit(),
        "true" => return serializer.serialize_bool(true),
        "false" => return serializer.serialize_bool(false),
        _ => {}
    }
    if let Ok(number) = text.parse::<u64>() {
        serializer.serialize_u64(number)
    } else if let Ok(number) = text.parse::<i64>() {
        serializer.serialize_i64(number)
    } else if let Some(number) = text.parse::<f64>().ok().filter(|number| number.is_finite()) {
        serializer.serialize_f64(number)
    } else {
        serializer.serialize_str(text)
    }
}

/// A text as it was before `Debug` escaped it.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match rest.next() {
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('t') => plain.push('\t'),
            Some('0') => plain.push('\0'),
            Some('u') => {
                let code: String = rest.by_ref().skip(1).take_while(|character| *character != '}').collect();
                plain.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
            }
            Some(other) => plain.push(other),
            None => {}
        }
    }
    plain
}
