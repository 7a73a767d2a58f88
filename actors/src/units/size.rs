//! Sizes as people write and read them.

/// A setting's size as Spark reads it: `512`, `64k`, `128m`, `1g`, with or without a `b` behind; a bare number is in bytes.
pub(crate) fn read_setting(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let factor = match unit {
        "" | "b" => 1,
        "k" | "kb" => 1 << 10,
        "m" | "mb" => 1 << 20,
        "g" | "gb" => 1 << 30,
        "t" | "tb" => 1 << 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

/// A setting's size in the largest unit of which it is a whole number.
pub(crate) fn show_setting(bytes: u64) -> String {
    let units = [(40, "t"), (30, "g"), (20, "m"), (10, "k")];
    match units.into_iter().find(|(shift, _)| bytes != 0 && bytes.is_multiple_of(1 << shift)) {
        Some((shift, unit)) => format!("{}{unit}", bytes >> shift),
        None => bytes.to_string(),
    }
}

/// A size with one digit after the point, in the largest unit of which there are at least two.
#[must_use]
pub fn size(bytes: u64) -> String {
    let units = [(60, "EiB"), (50, "PiB"), (40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
    let (shift, unit) = units.into_iter().find(|(shift, _)| bytes >= 2 << shift).unwrap_or((0, "B"));
    // Rounded half up, without loss for large sizes.
    let tenths = ((u128::from(bytes) * 20) >> shift).div_ceil(2);
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_spark_reads_them() {
        assert_eq!(read_setting("128"), Some(128));
        assert_eq!(read_setting(" 1g "), Some(1 << 30));
        assert_eq!(read_setting("64KB"), Some(64 << 10));
        for bad in ["", "-1", "1x", "g", "1.5g", "99999999999t", "ä"] {
            assert_eq!(read_setting(bad), None, "{bad}");
        }
    }

    #[test]
    fn settings_that_are_shown_are_read_again() {
        for text in ["0", "1", "1000", "1k", "1025k", "64m", "1g", "3t"] {
            assert_eq!(show_setting(read_setting(text).unwrap()), text);
        }
    }

    #[test]
    fn sizes_are_shown_as_spark_does() {
        for (bytes, text) in [
            (0, "0.0 B"),
            (2_047, "2047.0 B"),
            (2_048, "2.0 KiB"),
            (2_304, "2.3 KiB"),
            (5 << 20, "5.0 MiB"),
            (1 << 30, "1024.0 MiB"),
            ((1 << 30) + 104_858, "1024.1 MiB"),
            (3 << 30, "3.0 GiB"),
            (5 << 40, "5.0 TiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
