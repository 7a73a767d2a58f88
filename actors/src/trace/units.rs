//! Durations and moments as people write and read them.

use std::time::Duration;

/// A text that is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time such as `1.5s`, `20ms` or `300us`")]
pub struct NotADuration(pub String);

/// Units by name, with their nanoseconds. Seconds are also what a bare number counts, as `show` prints times.
const UNITS: [(&str, u64); 9] = [
    ("", 1_000_000_000),
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads a duration: a number, with a decimal point if need be, and a unit (ns, us, ms, s, m, h; s if there is none).
/// What is smaller than a nanosecond is left out.
///
/// ```
/// # use firesteel_actors::trace::parse_duration;
/// # use std::time::Duration;
/// assert_eq!(parse_duration("1.5s"), Ok(Duration::from_millis(1500)));
/// assert_eq!(parse_duration("0.000020"), Ok(Duration::from_micros(20)));
/// assert!(parse_duration("soon").is_err());
/// ```
///
/// # Errors
/// [`NotADuration`] if it is none, or more than 584 years.
pub fn parse_duration(text: &str) -> Result<Duration, NotADuration> {
    nanoseconds(text).map(Duration::from_nanos).ok_or_else(|| NotADuration(text.to_owned()))
}

/// The nanoseconds of a duration.
pub(super) fn nanoseconds(text: &str) -> Option<u64> {
    let number = text.trim_end_matches(char::is_alphabetic);
    let unit = text.get(number.len()..)?.to_lowercase();
    let (_, unit) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let (mut parts, mut weight) = (0, unit);
    for digit in fraction.bytes() {
        // 19 digits at most count: `weight` is 0 then.
        weight /= 10;
        parts += u64::from(digit - b'0') * weight;
    }
    whole.parse::<u64>().ok()?.checked_mul(unit)?.checked_add(parts)
}

/// Three digits and a unit, such as `417ns`, `12.4µs` or `1.50s`; from a thousand seconds on whole seconds.
pub(super) fn short(nanoseconds: u64) -> String {
    let (unit, name) = match nanoseconds {
        0..1_000 => return format!("{nanoseconds}ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    // Cut, not rounded: 999.99 µs must not become 1000µs.
    let (whole, thousandths) = (nanoseconds / unit, nanoseconds % unit * 1_000 / unit);
    match whole {
        0..10 => format!("{whole}.{:02}{name}", thousandths / 10),
        10..100 => format!("{whole}.{}{name}", thousandths / 100),
        _ => format!("{whole}{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_to_the_nanosecond() {
        for (text, expected) in [
            ("1.5s", Some(1_500_000_000)),
            ("20ms", Some(20_000_000)),
            ("300us", Some(300_000)),
            ("0.5µs", Some(500)),
            ("7ns", Some(7)),
            ("2m", Some(120_000_000_000)),
            ("1h", Some(3_600_000_000_000)),
            ("0.001204", Some(1_204_000)),
            ("3", Some(3_000_000_000)),
            ("1.23456789123s", Some(1_234_567_891)),
            ("", None),
            ("s", None),
            ("1.s", None),
            (".5s", None),
            ("-1s", None),
            ("1 s", None),
            ("1x", None),
            ("1.2.3s", None),
            ("99999999999h", None),
            ("18446744073709551616ns", None),
        ] {
            assert_eq!(nanoseconds(text), expected, "{text}");
        }
        assert_eq!(
            parse_duration("1x").unwrap_err().to_string(),
            "`1x` is not a time such as `1.5s`, `20ms` or `300us`"
        );
    }

    #[test]
    fn short_texts_have_three_digits() {
        for (nanoseconds, expected) in [
            (0, "0ns"),
            (417, "417ns"),
            (1_000, "1.00µs"),
            (12_499, "12.4µs"),
            (999_999, "999µs"),
            (3_210_000, "3.21ms"),
            (1_500_000_000, "1.50s"),
            (4_000_000_000_000, "4000s"),
        ] {
            assert_eq!(short(nanoseconds), expected);
        }
    }
}
