//! The known word that a misspelt one most likely means.

/// The candidate that becomes `word` by the fewest changes of a letter, if at most `most` are needed. Capitals are
/// no change.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    most: usize,
) -> Option<&'a str> {
    let word: Vec<char> = word.chars().collect();
    let best = candidates.into_iter().map(|known| (distance(known, &word), known));
    best.min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= most)
        .map(|(_, known)| known)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let Some((first, rest)) = row.split_first_mut() else { break };
        // What the row above has before this column, and what this row has.
        let (mut diagonal, mut left) = (i, i + 1);
        *first = left;
        for (cell, y) in rest.iter_mut().zip(b) {
            let (above, change) = (*cell, diagonal + usize::from(!x.eq_ignore_ascii_case(y)));
            left = change.min(above + 1).min(left + 1);
            diagonal = above;
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_changes_of_a_letter() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "ab", 2),
            ("ab", "", 2),
            ("task", "tusk", 1),
            ("and", "adn", 2),
            ("kitten", "sitting", 3),
            ("Task", "tASK", 0),
        ] {
            assert_eq!(distance(a, &b.chars().collect::<Vec<_>>()), expected, "{a} {b}");
        }
    }

    #[test]
    fn the_nearest_is_the_first_with_the_fewest_changes_unless_they_are_too_many() {
        let known = ["stage", "state", "task"];
        assert_eq!(nearest("stave", known, 1), Some("stage"));
        assert_eq!(nearest("tsk", known, 1), Some("task"));
        assert_eq!(nearest("executor", known, 3), None);
        assert_eq!(nearest("x", [], 3), None);
    }
}
