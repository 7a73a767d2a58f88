//! Numbers as people read them. A counter's name says what it counts.

use firesteel_actors::units::{short, size};

/// The value of a counter with its unit.
pub(super) fn show(counter: &str, value: u64) -> String {
    if value == 0 {
        "0".to_owned()
    } else if counter.ends_with("_time") {
        short(value)
    } else if ["bytes", "size", "memory"].iter().any(|what| counter.contains(what)) {
        size(value)
    } else {
        count(value)
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
    use firesteel_actors::message::TaskMetrics;

    use super::*;

    #[test]
    fn a_counters_name_says_its_unit() {
        assert_eq!(show("executor_run_time", 1_500_000), "1.50ms");
        assert_eq!(show("shuffle_bytes_written", 1_536 << 10), "1536.0 KiB");
        assert_eq!(show("result_size", 7), "7.0 B");
        assert_eq!(show("peak_execution_memory", 64 << 20), "64.0 MiB");
        assert_eq!(show("records_read", 1_234_567), "1,234,567");
        assert_eq!(show("disk_bytes_spilled", 0), "0");
    }

    /// A new counter with another name gets a unit here on purpose.
    #[test]
    fn no_counter_has_a_unit_by_accident() {
        let plain = TaskMetrics::default().counters().map(|(name, _)| name);
        let plain: Vec<&str> = plain.filter(|name| show(name, 1 << 40) == count(1 << 40)).collect();
        let counts =
            ["shuffle_records_read", "shuffle_remote_blocks_fetched", "shuffle_local_blocks_fetched"];
        let more = ["shuffle_records_written", "records_read", "records_written"];
        assert_eq!(plain, [&counts[..], &more].concat());
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!([0, 12, 999, 1_000, 1_000_000].map(count), ["0", "12", "999", "1,000", "1,000,000"]);
    }
}
