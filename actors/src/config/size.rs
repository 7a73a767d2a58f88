//! Spark's texts for sizes and durations.

use std::time::Duration;

/// The number in front of a text, and its unit in lower case.
fn split(text: &str) -> Option<(u64, String)> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, unit.to_owned()))
}

/// `512`, `64k`, `128m`, `1g`, with or without a `b` behind; a bare number is in bytes.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let factor = match &*unit {
        "" | "b" => 1,
        "k" | "kb" => 1 << 10,
        "m" | "mb" => 1 << 20,
        "g" | "gb" => 1 << 30,
        "t" | "tb" => 1 << 40,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// A size in the largest unit of which it is a whole number.
pub(super) fn show_bytes(bytes: u64) -> String {
    let units = [(40, "t"), (30, "g"), (20, "m"), (10, "k")];
    match units.into_iter().find(|(shift, _)| bytes != 0 && bytes.is_multiple_of(1 << shift)) {
        Some((shift, unit)) => format!("{}{unit}", bytes >> shift),
        None => bytes.to_string(),
    }
}

/// `15s`, `100ms`, `2min`, `1h`; a bare number counts `bare` milliseconds.
pub(super) fn duration(text: &str, bare: u64) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let milliseconds = match &*unit {
        "us" => return Some(Duration::from_micros(number)),
        "" => bare,
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    Some(Duration::from_millis(number.checked_mul(milliseconds)?))
}

/// A duration in the largest unit of which it is a whole number; minutes are shown in seconds, as Spark's
/// documents do.
pub(super) fn show_duration(duration: Duration) -> String {
    let micros = duration.as_micros();
    let units = [(86_400_000_000, "d"), (3_600_000_000, "h"), (1_000_000, "s"), (1_000, "ms")];
    match units.into_iter().find(|(unit, _)| micros != 0 && micros.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{}{name}", micros / unit),
        None if micros == 0 => "0s".to_owned(),
        None => format!("{micros}us"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_spark_reads_them() {
        assert_eq!(bytes("128"), Some(128));
        assert_eq!(bytes(" 1g "), Some(1 << 30));
        assert_eq!(bytes("64KB"), Some(64 << 10));
        for bad in ["", "-1", "1x", "g", "1.5g", "99999999999t", "ä"] {
            assert_eq!(bytes(bad), None, "{bad}");
        }
    }

    #[test]
    fn durations_as_spark_reads_them() {
        assert_eq!(duration("15s", 1), Some(Duration::from_secs(15)));
        assert_eq!(duration("200ms", 1_000), Some(Duration::from_millis(200)));
        assert_eq!(duration("2MIN", 1), Some(Duration::from_secs(120)));
        assert_eq!(duration("3", 1), Some(Duration::from_millis(3)));
        assert_eq!(duration("3", 1_000), Some(Duration::from_secs(3)));
        for bad in ["", "-1s", "3 fortnights", "s", "1.5s", "99999999999999999999d", "9999999999999999999d"] {
            assert_eq!(duration(bad, 1), None, "{bad}");
        }
    }

    #[test]
    fn what_is_shown_is_read_again() {
        for text in ["0s", "7us", "1500us", "15ms", "90s", "1h", "25h", "365d"] {
            assert_eq!(show_duration(duration(text, 1).unwrap()), text);
        }
        assert_eq!(show_duration(Duration::from_secs(120)), "120s");
        for text in ["0", "1", "1000", "1k", "1025k", "64m", "1g", "3t"] {
            assert_eq!(show_bytes(bytes(text).unwrap()), text);
        }
    }
}
