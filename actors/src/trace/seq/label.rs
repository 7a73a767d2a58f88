//! Texts in the source of a diagram: whatever a label says, it is one line, not too long, and no markup.

/// Longer labels are cut: pictures get as wide as their longest label.
pub(super) const LONGEST: usize = 100;

/// A label in which every character that may mean something to a renderer is replaced by its escape. Line breaks and
/// other control characters become spaces. Two equal characters in a row that are not letters, digits or dots may be
/// markup (`//`, `--`, `__`), so the second is escaped; at the start one is enough (`= a heading`, `* a list`, `..a line..`).
pub(super) fn label(text: &str, escape: impl Fn(char) -> String) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut before = None;
    let mut at_start = true;
    let mut left = LONGEST;
    for character in text.chars() {
        if left == 0 {
            clean.push_str("...");
            break;
        }
        left -= 1;
        match character {
            letter if letter.is_alphanumeric() || letter == ' ' => clean.push(letter),
            control if control.is_control() || matches!(control, '\u{2028}' | '\u{2029}') => clean.push(' '),
            '.' if !at_start => clean.push('.'),
            plain @ (',' | '-' | '_' | '/' | '*' | '(' | ')' | '+' | '=' | '…')
                if !at_start && before != Some(plain) =>
            {
                clean.push(plain);
            }
            other => clean.push_str(&escape(other)),
        }
        before = Some(character);
        at_start &= clean.ends_with(' ');
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_one_line_without_markup() {
        let escaped = |text: &str| label(text, |character| format!("<{:X}>", u32::from(character)));
        assert_eq!(
            escaped("LaunchTask x100 task 0..99 executor 1,2"),
            "LaunchTask x100 task 0..99 executor 1,2"
        );
        assert_eq!(escaped("a\nb\r\tc\u{2028}d"), "a b  c d");
        assert_eq!(
            escaped("a;b#c:d\"e'f%g<h>&~\\`|$[{^!?@"),
            "a<3B>b<23>c<3A>d<22>e<27>f<25>g<3C>h<3E><26><7E><5C><60><7C><24><5B><7B><5E><21><3F><40>"
        );
        assert_eq!(escaped("a--b//c**d__e"), "a-<2D>b/<2F>c*<2A>d_<5F>e");
        assert_eq!(escaped("= a =,..b.. (c)"), "<3D> a =,..b.. (c)");
        assert_eq!(escaped("\n  ..b.."), "   <2E>.b..");
        assert_eq!(escaped("grün 12.5 µs"), "grün 12.5 µs");
        assert_eq!(escaped("end"), "end");
    }

    #[test]
    fn a_long_label_is_cut() {
        let cut = label(&"x".repeat(LONGEST + 1), String::from);
        assert_eq!(cut, "x".repeat(LONGEST) + "...");
        assert_eq!(label(&"x".repeat(LONGEST), String::from), "x".repeat(LONGEST));
    }
}
