//! Sizes as Spark shows them to people.

/// A size with one digit after the point, in the largest unit of which there are at least two.
pub(super) fn show(bytes: u64) -> String {
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
            assert_eq!(show(bytes), text);
        }
    }
}
