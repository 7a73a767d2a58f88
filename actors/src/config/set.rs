//! From keys and texts to settings.

use super::{AREAS, Config, ConfigError, Key, recorded::RECORDED};

/// What Spark's keys begin with.
const PREFIX: &str = "spark.";

/// What our own begin with.
const OWN_PREFIX: &str = "firesteel.";

impl Config {
    /// Sets a key from its text.
    ///
    /// # Errors
    /// [`ConfigError`] if there is no such key, the value is not allowed, or the file that it names cannot be read;
    /// nothing is changed then.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), ConfigError> {
        let unknown = || ConfigError::UnknownKey { key: key.to_owned(), nearest: nearest(key) };
        let known = keys().chain(RECORDED).find(|known| known.is(key)).ok_or_else(unknown)?;
        (known.set)(self, key, value)
    }

    /// Sets the keys that a program or a command line gives, in order, as Spark takes them: a `spark.` or
    /// `firesteel.` key that is not known is a warning that names the nearest one, any other key is the program's own business.
    ///
    /// # Errors
    /// As [`Config::set`], except for keys that are not known. Those before the bad one are set.
    pub fn set_all<'s>(
        &mut self,
        settings: impl IntoIterator<Item = (&'s str, &'s str)>,
    ) -> Result<(), ConfigError> {
        for (key, value) in settings.into_iter().filter(|(key, _)| is_ours(key)) {
            match self.set(key, value) {
                Err(unknown @ ConfigError::UnknownKey { .. }) => tracing::warn!("{unknown}"),
                outcome => outcome?,
            }
        }
        Ok(())
    }
}

/// Whether a key is one that is looked at.
fn is_ours(key: &str) -> bool {
    key.starts_with(PREFIX) || key.starts_with(OWN_PREFIX)
}

/// All keys.
pub(super) fn keys() -> impl Iterator<Item = &'static Key> {
    AREAS.iter().flat_map(|area| area.tables).copied().flatten()
}

/// The known key that looks most like this one, if a quarter of it at most is different, the common prefix aside.
fn nearest(key: &str) -> Option<&'static str> {
    let own = key.strip_prefix(PREFIX).or_else(|| key.strip_prefix(OWN_PREFIX))?;
    let best = keys().map(|known| known.name).min_by_key(|name| distance(name, key))?;
    (distance(best, key) * 4 <= own.len()).then_some(best)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
