//! Durations, shares and sets of numbers as people write them. For the texts of this module's neighbours.

use std::{collections::BTreeSet, time::Duration};

use super::Payloads;
pub(super) use crate::units::duration;

/// `part` of `whole` in percent, such as `62 %`; of nothing it is `0 %`. What is there but rounds to nothing is `<1 %`.
pub(super) fn percent(part: Duration, whole: Duration) -> String {
    let (part, whole) = (part.as_nanos(), whole.as_nanos());
    let rounded = (part * 100 + whole / 2).checked_div(whole).unwrap_or(0);
    if rounded == 0 && part > 0 { "<1 %".to_owned() } else { format!("{rounded} %") }
}

/// `many` with its number, such as `1 task` or `3 tasks`.
pub(super) fn count(number: usize, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

/// Such as `0..99` if none is left out, `2, 5, 9` if they are few, else `2..90 (17 of them)`.
pub(super) fn numbers(numbers: &BTreeSet<u64>) -> String {
    let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else { return String::new() };
    let all = numbers.len() as u64;
    if all > 2 && last - first == all - 1 {
        format!("{first}..{last}")
    } else if all <= 4 {
        numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
    } else {
        format!("{first}..{last} ({all} of them)")
    }
}

/// Why answers from messages without payloads tell no reasons.
pub(super) fn without_reasons(payloads: Payloads) -> Option<&'static str> {
    match payloads {
        Payloads::Readable => None,
        Payloads::NotRecorded => {
            Some("the trace has heads only: it does not tell reasons; record payloads to see them")
        }
        Payloads::OtherSchema => Some(
            "another version recorded what messages say, so only heads can be read: reasons are told by the version \
             that wrote the trace",
        ),
    }
}

/// The first line of a text of several, and that there are more.
pub(super) fn first_line(text: &str) -> String {
    match text.split_once('\n') {
        Some((first, _)) => format!("{} ...", first.trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_whole_percents() {
        let of = |part, whole| percent(Duration::from_nanos(part), Duration::from_nanos(whole));
        assert_eq!(
            [of(1, 3), of(2, 3), of(1, 1_000), of(0, 5), of(0, 0)],
            ["33 %", "67 %", "<1 %", "0 %", "0 %"]
        );
    }

    #[test]
    fn sets_of_numbers_are_written_as_ranges() {
        let of = |all: &[u64]| numbers(&all.iter().copied().collect());
        assert_eq!(of(&[]), "");
        assert_eq!(of(&[7]), "7");
        assert_eq!(of(&[4, 5]), "4,5");
        assert_eq!(of(&[4, 5, 6]), "4..6");
        assert_eq!(of(&[2, 5, 9]), "2,5,9");
        assert_eq!(of(&[1, 2, 3, 4, 9]), "1..9 (5 of them)");
    }
}
