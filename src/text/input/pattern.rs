//! The language of input paths: lists with commas, and patterns. Pure string work, nothing here looks at a
//! disk.
//!
//! `*` and `?` stand for characters of one name, `[a-z]` and `[^a-z]` (or `[!a-z]`) for one character,
//! `{a,b}` for either; a backslash before a character takes its meaning away.

/// One name in a path.
#[derive(Debug, PartialEq)]
pub(super) enum Component {
    /// This name.
    Literal(String),
    /// The names that match.
    Glob(glob::Pattern),
}

/// Cuts a list at its commas, except those in braces and after a backslash.
pub(super) fn split_list(paths: &str) -> Vec<&str> {
    let mut elements = vec![];
    let mut start = 0;
    let mut depth = 0_usize;
    for (at, char) in meaningful(paths) {
        match char {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                elements.push(&paths[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    elements.push(&paths[start..]);
    elements
}

/// Whether the path is a pattern.
pub(super) fn is_pattern(path: &str) -> bool {
    meaningful(path).any(|(_, char)| matches!(char, '*' | '?' | '[' | '{'))
}

/// The path without the backslashes that take meaning away.
pub(super) fn unescape(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut chars = path.chars();
    while let Some(char) = chars.next() {
        plain.push(if char == '\\' { chars.next().unwrap_or(char) } else { char });
    }
    plain
}

/// The patterns without braces that a pattern with braces stands for.
///
/// # Errors
///
/// A text that says what is wrong.
pub(super) fn expand_braces(pattern: &str) -> Result<Vec<String>, String> {
    let Some((open, _)) = meaningful(pattern).find(|&(_, char)| char == '{') else {
        return Ok(vec![pattern.to_owned()]);
    };
    let mut depth = 0_usize;
    let mut alternatives = vec![];
    let mut start = open + 1;
    for (at, char) in meaningful(&pattern[open..]).map(|(at, char)| (open + at, char)) {
        match char {
            '{' => depth += 1,
            ',' if depth == 1 => {
                alternatives.push(&pattern[start..at]);
                start = at + 1;
            }
            '}' if depth == 1 => {
                alternatives.push(&pattern[start..at]);
                let mut expanded = vec![];
                for alternative in alternatives {
                    // What is left has a pair of braces less, so this ends.
                    expanded.extend(expand_braces(
                        &[&pattern[..open], alternative, &pattern[at + 1..]].concat(),
                    )?);
                }
                return Ok(expanded);
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    Err(format!("Unclosed group at {}", &pattern[open..]))
}

/// The names of a path without braces; empty ones and `.` do not count.
///
/// # Errors
///
/// A text that says what is wrong.
pub(super) fn components(path: &str) -> Result<Vec<Component>, String> {
    path.split('/').filter(|name| !matches!(*name, "" | ".")).map(component).collect()
}

fn component(name: &str) -> Result<Component, String> {
    if !is_pattern(name) {
        return Ok(Component::Literal(unescape(name)));
    }
    // In the words of the crate `glob`, which knows no backslashes.
    let mut translated = String::new();
    let mut rest = name;
    while let Some(char) = rest.chars().next() {
        let mut taken = char.len_utf8();
        match char {
            '*' => {
                // Two stars would mean directories of any depth; here they mean what one means.
                taken = rest.len() - rest.trim_start_matches('*').len();
                translated.push('*');
            }
            '?' => translated.push('?'),
            '[' => {
                let negated = rest[1..].starts_with(['^', '!']);
                let first = if negated { 2 } else { 1 };
                // A bracket that comes first is a member.
                let from = first + usize::from(rest[first..].starts_with(']'));
                let Some(close) = rest[from..].find(']') else {
                    return Err(format!("Unclosed character class at {rest}"));
                };
                taken = from + close + 1;
                translated.push_str(if negated { "[!" } else { "[" });
                translated.push_str(&rest[first..taken]);
            }
            '\\' => {
                let escaped = rest[1..].chars().next().unwrap_or('\\');
                taken = (1 + escaped.len_utf8()).min(rest.len());
                translated.push_str(&glob::Pattern::escape(escaped.encode_utf8(&mut [0; 4])));
            }
            plain => translated.push_str(&glob::Pattern::escape(plain.encode_utf8(&mut [0; 4]))),
        }
        rest = &rest[taken..];
    }
    glob::Pattern::new(&translated).map(Component::Glob).map_err(|error| format!("{} at {name}", error.msg))
}

/// The characters that no backslash stands before, with their places; the backslashes are left out too.
fn meaningful(path: &str) -> impl Iterator<Item = (usize, char)> {
    let mut escaped = false;
    path.char_indices().filter(move |&(_, char)| {
        let meant = !escaped && char != '\\';
        escaped = !escaped && char == '\\';
        meant
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        assert_eq!(split_list("a"), ["a"]);
        assert_eq!(split_list("a,b"), ["a", "b"]);
        assert_eq!(split_list("a,,b,"), ["a", "", "b", ""]);
        assert_eq!(split_list(r"a\,b,c"), [r"a\,b", "c"]);
        assert_eq!(split_list(r"a\\,b"), [r"a\\", "b"]);
        assert_eq!(split_list("{a,{b,c}}d,e"), ["{a,{b,c}}d", "e"]);
        assert_eq!(split_list("a},b"), ["a}", "b"]);
    }

    #[test]
    fn escapes() {
        assert_eq!(unescape(r"a\,b\\c\*d"), r"a,b\c*d");
        assert_eq!(unescape("a\\"), "a\\");
        assert!(
            is_pattern("a*")
                && is_pattern("a?")
                && is_pattern("[a]")
                && is_pattern("{a}")
                && is_pattern(r"\\*")
        );
        assert!(!is_pattern(r"a\*\?\[\{b}]"));
    }

    #[test]
    fn braces() {
        assert_eq!(expand_braces("ab").unwrap(), ["ab"]);
        assert_eq!(expand_braces("a{b,c}d").unwrap(), ["abd", "acd"]);
        assert_eq!(expand_braces("{a,b}/{c,d}").unwrap(), ["a/c", "a/d", "b/c", "b/d"]);
        assert_eq!(expand_braces("{a{b,c},d}").unwrap(), ["ab", "ac", "d"]);
        assert_eq!(expand_braces("a{}b{,c}").unwrap(), ["ab", "abc"]);
        assert_eq!(expand_braces(r"\{a,b\}").unwrap(), [r"\{a,b\}"]);
        assert_eq!(expand_braces(r"{a\,b,c}").unwrap(), [r"a\,b", "c"]);
        assert_eq!(expand_braces("a}").unwrap(), ["a}"]);
        assert_eq!(expand_braces("x{a,{b").unwrap_err(), "Unclosed group at {a,{b");
    }

    #[test]
    fn globs() {
        let matches = |pattern: &str, name: &str| match component(pattern).unwrap() {
            Component::Literal(literal) => literal == name,
            Component::Glob(pattern) => pattern.matches(name),
        };
        assert!(matches("a", "a") && !matches("a", "b"));
        assert!(matches("*", "abc") && matches("**", "abc") && matches("a***c", "abc"));
        assert!(matches("?b", "\u{e9}b") && !matches("?b", "b"));
        assert!(matches("[a-c]x", "bx") && !matches("[a-c]x", "dx"));
        assert!(matches("[^a-c]x", "dx") && !matches("[!a-c]x", "bx"));
        assert!(matches("[]a]", "]") && matches("[^]a]", "b") && !matches("[^]a]", "]"));
        assert!(matches(r"\**", "*a") && !matches(r"\**", "a"));
        assert!(matches(r"\[?", "[a") && matches(r"*\", r"a\"));
        assert!(component("a[bc").unwrap_err().starts_with("Unclosed character class"));
        assert!(component("[").is_err() && component("[]").is_err() && component("[^").is_err());
    }

    #[test]
    fn names_of_a_path() {
        let literals = ["a", "..", "b"].map(|name| Component::Literal(name.to_owned()));
        assert_eq!(components("/a/.//../b/").unwrap(), literals);
    }
}
