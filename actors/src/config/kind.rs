//! Kinds of values: how each is read from a text and shown, and what is allowed.

use std::{fmt::Display, marker::PhantomData, path::PathBuf, str::FromStr, time::Duration};

use super::ConfigError;
use crate::units;

/// A kind of values.
pub(super) trait Kind {
    /// What the setting's field holds.
    type Value;
    /// What documents call it.
    const NAME: &'static str;

    /// What values are allowed, in words.
    fn allowed() -> String;

    /// The value that a text says, allowed or not.
    fn read(text: &str) -> Option<Self::Value>;

    /// The text of a value; `None` if nothing is set.
    fn show(value: &Self::Value) -> Option<String>;

    /// Whether a value is allowed.
    fn accepts(_: &Self::Value) -> bool {
        true
    }

    /// Reads an allowed value.
    fn parse(key: &str, text: &str) -> Result<Self::Value, ConfigError> {
        Self::read(text).filter(Self::accepts).ok_or_else(|| Self::refuse(key, text.to_owned()))
    }

    /// Checks a value that came in another way than as a text.
    fn check(key: &str, value: &Self::Value) -> Result<(), ConfigError> {
        let refuse = || Self::refuse(key, Self::show(value).unwrap_or_default());
        if Self::accepts(value) { Ok(()) } else { Err(refuse()) }
    }

    /// The error for a value that is not allowed.
    fn refuse(key: &str, value: String) -> ConfigError {
        ConfigError::BadValue { key: key.to_owned(), value, allowed: Self::allowed() }
    }
}

fn read_plain<T: FromStr>(text: &str) -> Option<T> {
    text.trim().parse().ok()
}

fn show_plain(value: &impl Display) -> Option<String> {
    Some(value.to_string())
}

/// One of some values by its name, in any case.
pub(super) fn read_name<T: Copy>(names: &[(&str, T)], text: &str) -> Option<T> {
    let text = text.trim();
    names.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, value)| *value)
}

/// The name of one of some values.
pub(super) fn show_name<T: PartialEq>(names: &[(&str, T)], value: &T) -> Option<String> {
    names.iter().find(|(_, named)| named == value).map(|(name, _)| (*name).to_owned())
}

/// `true` or `false`.
pub(super) struct Switch;

impl Kind for Switch {
    type Value = bool;
    const NAME: &'static str = "boolean";

    fn allowed() -> String {
        "true or false".to_owned()
    }

    fn read(text: &str) -> Option<bool> {
        read_plain(text)
    }

    fn show(value: &bool) -> Option<String> {
        show_plain(value)
    }
}

/// A whole number between two.
pub(super) struct Whole<const MIN: u32, const MAX: u32>;

/// The largest whole number that settings take: that of Spark's `Int`.
pub(super) const LARGEST: u32 = i32::MAX as u32;

/// At least one.
pub(super) type Count = Whole<1, LARGEST>;

/// At least nothing.
pub(super) type Number = Whole<0, LARGEST>;

impl<const MIN: u32, const MAX: u32> Kind for Whole<MIN, MAX> {
    type Value = u32;
    const NAME: &'static str = "integer";

    fn allowed() -> String {
        match MAX {
            LARGEST => format!("a whole number of at least {MIN}"),
            _ => format!("a whole number between {MIN} and {MAX}"),
        }
    }

    fn read(text: &str) -> Option<u32> {
        read_plain(text)
    }

    fn show(value: &u32) -> Option<String> {
        show_plain(value)
    }

    fn accepts(value: &u32) -> bool {
        (MIN..=MAX).contains(value)
    }
}

/// At least one; the largest number is also called `infinity`.
pub(super) struct Limit;

impl Kind for Limit {
    type Value = u32;
    const NAME: &'static str = "integer";

    fn allowed() -> String {
        format!("{}, or infinity", Count::allowed())
    }

    fn read(text: &str) -> Option<u32> {
        if is_infinity(text) { Some(LARGEST) } else { read_plain(text) }
    }

    fn show(value: &u32) -> Option<String> {
        if *value == LARGEST { Some(INFINITY.to_owned()) } else { show_plain(value) }
    }

    fn accepts(value: &u32) -> bool {
        Count::accepts(value)
    }
}

/// What stands for a limit or a time that never comes.
const INFINITY: &str = "infinity";

fn is_infinity(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case(INFINITY)
}

/// The path of a file.
pub(super) struct FilePath;

impl Kind for FilePath {
    type Value = PathBuf;
    const NAME: &'static str = "path";

    fn allowed() -> String {
        "the path of a file of this machine".to_owned()
    }

    fn read(text: &str) -> Option<PathBuf> {
        let text = text.trim();
        (!text.is_empty()).then(|| text.into())
    }

    fn show(value: &PathBuf) -> Option<String> {
        show_plain(&value.display())
    }
}

/// Bytes.
pub(super) struct Bytes;

impl Kind for Bytes {
    type Value = u64;
    const NAME: &'static str = "size";

    fn allowed() -> String {
        "a size such as 512k, 64m or 1g; a bare number is in bytes".to_owned()
    }

    fn read(text: &str) -> Option<u64> {
        units::read_size(text)
    }

    fn show(value: &u64) -> Option<String> {
        Some(units::show_size(*value))
    }
}

/// Bytes of memory; a bare number counts MiB, as Spark takes it.
pub(super) struct MemorySize;

impl Kind for MemorySize {
    type Value = u64;
    const NAME: &'static str = "size";

    fn allowed() -> String {
        "a size of at least 64k such as 512m or 4g; a bare number is in MiB".to_owned()
    }

    fn read(text: &str) -> Option<u64> {
        if text.trim().bytes().all(|byte| byte.is_ascii_digit()) {
            return read_plain::<u64>(text)?.checked_mul(1 << 20);
        }
        units::read_size(text)
    }

    fn show(value: &u64) -> Option<String> {
        // With a unit always: a bare number would be read as MiB.
        Some(units::show_size(*value)).map(|text| match text.parse::<u64>() {
            Ok(_) => format!("{text}b"),
            Err(_) => text,
        })
    }

    fn accepts(value: &u64) -> bool {
        *value >= 64 << 10
    }
}

/// Any text that is not empty.
pub(super) struct Text;

impl Kind for Text {
    type Value = String;
    const NAME: &'static str = "text";

    fn allowed() -> String {
        "a text that is not empty".to_owned()
    }

    fn read(text: &str) -> Option<String> {
        Some(text.trim().to_owned())
    }

    fn show(value: &String) -> Option<String> {
        Some(value.clone())
    }

    fn accepts(value: &String) -> bool {
        !value.trim_matches([',', ' ']).is_empty()
    }
}

/// Bytes, said in MiB.
pub(super) struct Mebibytes;

impl Kind for Mebibytes {
    type Value = u64;
    const NAME: &'static str = "integer";

    fn allowed() -> String {
        "a number of MiB between 1 and 2047".to_owned()
    }

    fn read(text: &str) -> Option<u64> {
        read_plain::<u64>(text)?.checked_mul(1 << 20)
    }

    fn show(value: &u64) -> Option<String> {
        show_plain(&(value >> 20))
    }

    // A program may set fewer bytes than one MiB by hand.
    fn accepts(value: &u64) -> bool {
        (1..2048 << 20).contains(value)
    }
}

/// A duration; a bare number counts so many milliseconds.
pub(super) struct Time<const BARE: u64>;

/// A duration whose bare numbers are milliseconds.
pub(super) type Millis = Time<1>;

/// A duration whose bare numbers are seconds.
pub(super) type Seconds = Time<1_000>;

impl<const BARE: u64> Kind for Time<BARE> {
    type Value = Duration;
    const NAME: &'static str = "duration";

    fn allowed() -> String {
        let unit = if BARE == 1 { "milliseconds" } else { "seconds" };
        format!("a duration such as 15s or 500ms; a bare number is in {unit}")
    }

    fn read(text: &str) -> Option<Duration> {
        units::read_duration(text, BARE)
    }

    fn show(value: &Duration) -> Option<String> {
        Some(units::show_duration(*value))
    }
}

/// A duration above zero: zero would be a loop without rest.
pub(super) struct Positive<K>(PhantomData<K>);

impl<K: Kind<Value = Duration>> Kind for Positive<K> {
    type Value = Duration;
    const NAME: &'static str = K::NAME;

    fn allowed() -> String {
        K::allowed().replacen("a duration", "a duration above 0", 1)
    }

    fn read(text: &str) -> Option<Duration> {
        K::read(text)
    }

    fn show(value: &Duration) -> Option<String> {
        K::show(value)
    }

    fn accepts(value: &Duration) -> bool {
        !value.is_zero() && K::accepts(value)
    }
}

/// A value that may be unset.
pub(super) struct Maybe<K>(PhantomData<K>);

impl<K: Kind> Kind for Maybe<K> {
    type Value = Option<K::Value>;
    const NAME: &'static str = K::NAME;

    fn allowed() -> String {
        K::allowed()
    }

    fn read(text: &str) -> Option<Self::Value> {
        K::read(text).map(Some)
    }

    fn show(value: &Self::Value) -> Option<String> {
        value.as_ref().and_then(K::show)
    }

    fn accepts(value: &Self::Value) -> bool {
        value.as_ref().is_none_or(K::accepts)
    }
}

/// A duration that may be `infinity`, which is `None`.
pub(super) struct OrInfinity<K>(PhantomData<K>);

impl<K: Kind> Kind for OrInfinity<K> {
    type Value = Option<K::Value>;
    const NAME: &'static str = K::NAME;

    fn allowed() -> String {
        format!("{}, or infinity", K::allowed())
    }

    fn read(text: &str) -> Option<Self::Value> {
        if is_infinity(text) { Some(None) } else { K::read(text).map(Some) }
    }

    fn show(value: &Self::Value) -> Option<String> {
        value.as_ref().map_or_else(|| Some(INFINITY.to_owned()), K::show)
    }

    fn accepts(value: &Self::Value) -> bool {
        value.as_ref().is_none_or(K::accepts)
    }
}

/// Defines kinds of floating-point numbers; what is allowed keeps out NaN and infinity.
macro_rules! floats {
    ($($(#[doc = $doc:literal])+ $name:ident takes $allowed:literal: $accepts:expr;)+) => {$(
        $(#[doc = $doc])+
        pub(super) struct $name;

        impl Kind for $name {
            type Value = f64;
            const NAME: &'static str = "number";

            fn allowed() -> String {
                $allowed.to_owned()
            }

            fn read(text: &str) -> Option<f64> {
                read_plain(text)
            }

            fn show(value: &f64) -> Option<String> {
                show_plain(value)
            }

            fn accepts(value: &f64) -> bool {
                let accepts: fn(f64) -> bool = $accepts;
                value.is_finite() && accepts(*value)
            }
        }
    )+};
}

floats! {
    /// A part of a whole, which may be nothing.
    Part takes "a number between 0 and 1": |part| (0.0..=1.0).contains(&part);
    /// A part of a whole that is not nothing.
    Ratio takes "a number above 0 and at most 1": |ratio| ratio > 0.0 && ratio <= 1.0;
    /// A factor.
    Factor takes "a number of at least 0": |factor| factor >= 0.0;
    /// A factor that does not make anything smaller.
    Enlargement takes "a number of at least 1": |factor| factor >= 1.0;
}
