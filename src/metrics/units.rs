//! Numbers as people read them. A counter's name says what it counts.

/// The value of a counter with its unit.
pub(super) fn show(counter: &str, value: u64) -> String {
    if counter.ends_with("_time") {
        time(value)
    } else if counter.contains("bytes") || counter.ends_with("_size") {
        bytes(value)
    } else {
        count(value)
    }
}

/// Nanoseconds.
fn time(nanos: u64) -> String {
    match nanos {
        0 => "0".to_owned(),
        1..1_000 => format!("{nanos} ns"),
        1_000..1_000_000 => format!("{:.1} µs", nanos as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", nanos as f64 / 1e6),
        _ => format!("{:.1} s", nanos as f64 / 1e9),
    }
}

/// Bytes, in powers of 1,024.
fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    match bytes {
        0 => "0".to_owned(),
        1..1_024 => format!("{bytes} B"),
        _ => {
            let mut value = bytes as f64 / 1024.0;
            let mut unit = UNITS[0];
            for larger in &UNITS[1..] {
                // What would be shown as 1024.0.
                if value < 1023.95 {
                    break;
                }
                value /= 1024.0;
                unit = larger;
            }
            format!("{value:.1} {unit}")
        }
    }
}

/// A number with its thousands apart.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counters_name_says_its_unit() {
        assert_eq!(show("executor_run_time", 1_500_000), "1.5 ms");
        assert_eq!(show("shuffle_bytes_written", 1_536), "1.5 KiB");
        assert_eq!(show("result_size", 7), "7 B");
        assert_eq!(show("records_read", 1_234_567), "1,234,567");
    }

    #[test]
    fn every_size_has_a_unit_in_which_it_is_short() {
        let times = [0, 999, 1_000, 59_949, 1_000_000, 1_000_000_000, 86_400_000_000_000].map(time);
        assert_eq!(times, ["0", "999 ns", "1.0 µs", "59.9 µs", "1.0 ms", "1.0 s", "86400.0 s"]);
        let sizes = [0, 1_023, 1_024, (1 << 20) - 1, 1 << 20, 5 << 30, u64::MAX].map(bytes);
        assert_eq!(sizes, ["0", "1023 B", "1.0 KiB", "1.0 MiB", "1.0 MiB", "5.0 GiB", "16384.0 PiB"]);
        assert_eq!([0, 12, 999, 1_000, 1_000_000].map(count), ["0", "12", "999", "1,000", "1,000,000"]);
    }
}
