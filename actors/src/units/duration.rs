//! Durations as people write and read them.

use std::time::Duration;

/// A text that is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time such as `1.5s`, `20ms` or `300us`")]
pub struct NotADuration(pub String);

const SECOND: u64 = 1_000_000_000;

/// Units by name, with their nanoseconds.
const UNITS: [(&str, u64); 9] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("min", 60 * SECOND),
    ("h", 3_600 * SECOND),
    ("d", 86_400 * SECOND),
];

/// Reads a duration: a number, with a decimal point if need be, and a unit (ns, us, ms, s, m, h, d; s if there is none).
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

/// The nanoseconds of a duration as [`parse_duration`] reads it.
pub(crate) fn nanoseconds(text: &str) -> Option<u64> {
    read(text, SECOND)?.as_nanos().try_into().ok()
}

/// A setting's duration as Spark reads it: `15s`, `100ms`, `2min`, `1h`, without a decimal point; a bare number counts
/// `bare` milliseconds.
pub(crate) fn read_setting(text: &str, bare: u64) -> Option<Duration> {
    let whole = Some(text.trim()).filter(|text| !text.contains('.'))?;
    // Spark knows nothing smaller than a microsecond.
    read(whole, bare * 1_000_000).filter(|duration| duration.subsec_nanos().is_multiple_of(1_000))
}

/// A number and a unit; a bare number counts so many nanoseconds.
fn read(text: &str, bare: u64) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = unit.to_lowercase();
    let unit = match UNITS.into_iter().find(|(name, _)| *name == unit) {
        Some((_, nanoseconds)) => nanoseconds,
        None if unit.is_empty() => bare,
        None => return None,
    };
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
    let all = u128::from(whole.parse::<u64>().ok()?) * u128::from(unit) + u128::from(parts);
    let (seconds, rest) = (all / u128::from(SECOND), all % u128::from(SECOND));
    Some(Duration::new(seconds.try_into().ok()?, rest as u32))
}

/// A setting's duration in the largest unit of which it is a whole number; minutes are shown in seconds, as Spark's
/// documents do.
pub(crate) fn show_setting(duration: Duration) -> String {
    let micros = duration.as_micros();
    let units = [(86_400_000_000, "d"), (3_600_000_000, "h"), (1_000_000, "s"), (1_000, "ms")];
    match units.into_iter().find(|(unit, _)| micros != 0 && micros.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{}{name}", micros / unit),
        None if micros == 0 => "0s".to_owned(),
        None => format!("{micros}us"),
    }
}

/// For sentences and sums, with all digits that mean something: `850 ns`, `12.3 µs`, `4.120 ms`, `3.204 s`.
pub(crate) fn duration(time: Duration) -> String {
    let nanos = time.as_nanos();
    match in_unit(nanos) {
        (_, _, "ns") => format!("{nanos} ns"),
        (whole, thousandths, "µs") => format!("{whole}.{} µs", thousandths / 100),
        (whole, thousandths, name) => format!("{whole}.{thousandths:03} {name}"),
    }
}

/// For columns: three digits and a unit, such as `417ns`, `12.4µs` or `1.50s`; from a thousand seconds on whole seconds.
#[must_use]
pub fn short(nanoseconds: u64) -> String {
    let (whole, thousandths, name) = in_unit(nanoseconds.into());
    match whole {
        _ if name == "ns" => format!("{nanoseconds}ns"),
        0..10 => format!("{whole}.{:02}{name}", thousandths / 10),
        10..100 => format!("{whole}.{}{name}", thousandths / 100),
        _ => format!("{whole}{name}"),
    }
}

/// Nanoseconds in the largest unit up to seconds of which there is one, with thousandths: cut, not rounded, since
/// 999.9999 µs must not become 1000 µs.
fn in_unit(nanoseconds: u128) -> (u128, u128, &'static str) {
    let (unit, name) = match nanoseconds {
        0..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    (nanoseconds / unit, nanoseconds % unit * 1_000 / unit, name)
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
            ("2d", Some(172_800_000_000_000)),
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

    #[test]
    fn durations_in_sentences_have_a_unit_that_fits() {
        let texts =
            [0, 999, 12_345, 4_120_000, 3_204_999_999].map(|nanos| duration(Duration::from_nanos(nanos)));
        assert_eq!(texts, ["0 ns", "999 ns", "12.3 µs", "4.120 ms", "3.204 s"]);
    }

    #[test]
    fn settings_are_read_as_spark_reads_them() {
        assert_eq!(read_setting("15s", 1), Some(Duration::from_secs(15)));
        assert_eq!(read_setting("200ms", 1_000), Some(Duration::from_millis(200)));
        assert_eq!(read_setting(" 2MIN ", 1), Some(Duration::from_secs(120)));
        assert_eq!(read_setting("3", 1), Some(Duration::from_millis(3)));
        assert_eq!(read_setting("3", 1_000), Some(Duration::from_secs(3)));
        assert_eq!(read_setting("9223372036854775807ms", 1), Some(Duration::from_millis(i64::MAX as u64)));
        for bad in
            ["", "-1s", "3 fortnights", "s", "1.5s", "7ns", "99999999999999999999d", "9999999999999999999d"]
        {
            assert_eq!(read_setting(bad, 1), None, "{bad}");
        }
    }

    #[test]
    fn settings_that_are_shown_are_read_again() {
        for text in ["0s", "7us", "1500us", "15ms", "90s", "1h", "25h", "365d"] {
            assert_eq!(show_setting(read_setting(text, 1).unwrap()), text);
        }
        assert_eq!(show_setting(Duration::from_secs(120)), "120s");
    }
}
