//! The names that a filter may use: of kinds, actors, fields, presets.

use super::{
    field::FIELDS,
    pattern::{ActorPattern, Pattern, is_glob},
    preset::PRESETS,
};
use crate::{ActorId, message::catalogue};

/// Words of the language itself, for those who misspell them.
const KEYWORDS: [&str; 6] = ["and", "or", "not", "in", "below", "above"];

/// All kinds of messages. Some receivers have one of the same name.
pub(super) fn kinds() -> impl Iterator<Item = &'static str> {
    catalogue().into_iter().flat_map(|(_, kinds)| kinds).copied()
}

/// All kinds of actors.
pub(super) fn classes() -> impl Iterator<Item = &'static str> {
    (1..16).filter_map(ActorId::from_code).map(ActorId::class)
}

/// The kinds that fit, each once.
pub(super) fn kinds_like(pattern: &Pattern) -> Vec<&'static str> {
    let mut found: Vec<_> = kinds().filter(|kind| pattern.accepts(kind)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The actors of this name: one, all of a kind such as `Executor`, or those that fit a glob.
pub(super) fn actors(name: &str) -> Option<ActorPattern> {
    if is_glob(name) {
        return Some(ActorPattern::Name(Pattern::new(name, false)));
    }
    if let Ok(actor) = name.parse() {
        return Some(ActorPattern::One(actor));
    }
    // As the messages' catalogue calls it.
    let name = if name.eq_ignore_ascii_case("ExecutorBackend") { "Executor" } else { name };
    let class = classes().find(|class| class.eq_ignore_ascii_case(name))?;
    Some(ActorPattern::Name(Pattern::new(&format!("{class}-*"), false)))
}

/// `; did you mean ...?`, if one of these names is near.
pub(super) fn advice<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let letters = word.chars().count();
    // In a short word already two swapped letters are half of it.
    let most = if letters <= 4 { 2 } else { letters / 3 };
    let nearest = crate::nearest::nearest(word, known, most);
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// All names that can stand alone.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    let fields = FIELDS.iter().map(|(name, ..)| *name);
    let presets = PRESETS.iter().map(|(name, ..)| *name);
    KEYWORDS.into_iter().chain(fields).chain(presets).chain(classes()).chain(kinds())
}
