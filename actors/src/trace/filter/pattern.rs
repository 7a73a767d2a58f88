//! What names and texts are compared with. Capitals make no difference.

use std::fmt::{self, Write};

use crate::{ActorId, JobId};

/// A pattern for a text, in small letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// The whole text.
    Is(String),
    /// A part of it.
    Contains(String),
    /// The whole text, where `*` stands for any letters and `?` for one.
    Glob(String),
}

impl Pattern {
    /// What `=` means, or `~` if it need only be contained. Stars and question marks make a glob of either.
    pub(super) fn new(text: &str, contained: bool) -> Self {
        let small = text.to_ascii_lowercase();
        match (is_glob(text), contained) {
            (true, _) => Pattern::Glob(small),
            (false, true) => Pattern::Contains(small),
            (false, false) => Pattern::Is(small),
        }
    }

    pub(super) fn accepts(&self, text: &str) -> bool {
        match self {
            Pattern::Is(expected) => text.eq_ignore_ascii_case(expected),
            Pattern::Contains(part) => contains(text.as_bytes(), part.as_bytes()),
            Pattern::Glob(glob) => matches_glob(text.as_bytes(), glob.as_bytes()),
        }
    }
}

pub(super) fn is_glob(text: &str) -> bool {
    text.contains(['*', '?'])
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    part.is_empty() || text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

/// Tries each star with as few letters as possible, and goes back to the last one only: that is enough.
fn matches_glob(mut text: &[u8], mut glob: &[u8]) -> bool {
    // The glob behind the last star, and the text that it has still to be tried on.
    let mut star: Option<(&[u8], &[u8])> = None;
    loop {
        match (glob.split_first(), text.split_first()) {
            (Some((b'*', rest)), _) => {
                star = Some((rest, text));
                glob = rest;
            }
            (Some((expected, glob_rest)), Some((found, text_rest)))
                if *expected == b'?' || found.eq_ignore_ascii_case(expected) =>
            {
                (glob, text) = (glob_rest, text_rest);
            }
            (None, None) => return true,
            _ => {
                let Some((behind, [_, tried @ ..])) = star else { return false };
                star = Some((behind, tried));
                (glob, text) = (behind, tried);
            }
        }
    }
}

/// Which actors are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ActorPattern {
    /// This one.
    One(ActorId),
    /// All whose names fit.
    Name(Pattern),
}

impl ActorPattern {
    pub(super) fn accepts(&self, actor: ActorId) -> bool {
        match self {
            ActorPattern::One(one) => *one == actor,
            ActorPattern::Name(pattern) => pattern.accepts(ActorName::of(actor).as_str()),
        }
    }
}

/// An actor's name without an allocation: filters look at many.
struct ActorName {
    bytes: [u8; 32],
    length: usize,
}

impl ActorName {
    fn of(actor: ActorId) -> Self {
        let mut name = ActorName { bytes: [0; 32], length: 0 };
        let class = actor.class();
        // The longest name has 21 letters.
        let written = match actor {
            ActorId::ExecutorBackend(id) | ActorId::TaskRunner(id) => write!(name, "{class}-{id}"),
            ActorId::JobWaiter(JobId(number)) | ActorId::Host(number) => write!(name, "{class}-{number}"),
            _ => name.write_str(class),
        };
        debug_assert!(written.is_ok());
        name
    }

    fn as_str(&self) -> &str {
        self.bytes.get(..self.length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

impl Write for ActorName {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let end = self.length + part.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(part.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_whole_texts() {
        for (glob, text, expected) in [
            ("*", "", true),
            ("executor-*", "Executor-3", true),
            ("executor-*", "Executor", false),
            ("*task*", "LaunchTask", true),
            ("*task", "LaunchTasks", false),
            ("task?", "Tasks", true),
            ("task?", "Task", false),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXbXbX", false),
            ("***x", "yx", true),
        ] {
            assert_eq!(Pattern::new(glob, false).accepts(text), expected, "{glob} {text}");
        }
    }

    #[test]
    fn a_part_is_found_anywhere_in_any_case() {
        for (part, text, expected) in [
            ("task", "LaunchTask", true),
            ("TASK", "launchtasks", true),
            ("", "", true),
            ("tusk", "Task", false),
        ] {
            assert_eq!(Pattern::new(part, true).accepts(text), expected, "{part} {text}");
        }
    }

    #[test]
    fn names_of_actors_are_as_they_print() {
        for code in (1..=14).chain([20, 21, 23, 25, 0xf_ffff_fff4, 0xf_ffff_fff5, 0xf_ffff_fff7]) {
            let Some(actor) = ActorId::from_code(code) else { continue };
            assert_eq!(ActorName::of(actor).as_str(), actor.to_string());
        }
    }
}
