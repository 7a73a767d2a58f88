//! Spark's texts for sizes and durations.

use std::time::Duration;

/// `512`, `64k`, `128m`, `1g`, with or without a `b` behind; a bare number is in `unit` bytes.
pub(super) fn bytes(text: &str, unit: u64) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let factor = match &text[digits..] {
        "" => unit,
        "b" => 1,
        "k" | "kb" => 1 << 10,
        "m" | "mb" => 1 << 20,
        "g" | "gb" => 1 << 30,
        "t" | "tb" => 1 << 40,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// `15s`, `100ms`, `2min`, `1h`; a bare number is in seconds.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    Some(match &text[digits..] {
        "us" => Duration::from_micros(number),
        "ms" => Duration::from_millis(number),
        "" | "s" => Duration::from_secs(number),
        "m" | "min" => Duration::from_secs(number.checked_mul(60)?),
        "h" => Duration::from_secs(number.checked_mul(3_600)?),
        "d" => Duration::from_secs(number.checked_mul(86_400)?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_spark_reads_them() {
        assert_eq!(bytes("128", 1 << 20), Some(128 << 20));
        assert_eq!(bytes("1g", 1), Some(1 << 30));
        assert_eq!(bytes("64KB", 1), Some(64 << 10));
        for bad in ["", "-1", "1x", "g", "99999999999t"] {
            assert_eq!(bytes(bad, 1), None, "{bad}");
        }
    }

    #[test]
    fn durations_as_spark_reads_them() {
        assert_eq!(duration("15s"), Some(Duration::from_secs(15)));
        assert_eq!(duration("200ms"), Some(Duration::from_millis(200)));
        assert_eq!(duration("3"), Some(Duration::from_secs(3)));
        assert_eq!(duration("3 fortnights"), None);
    }
}
