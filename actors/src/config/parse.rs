//! The table of keys: name, what is allowed, meaning, and how a text becomes a setting.

use thiserror::Error;

use super::{Config, size};

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Its default, as a text.
    pub default: &'static str,
    /// What values are allowed.
    pub allowed: &'static str,
    /// What it means.
    pub meaning: &'static str,
    set: fn(&mut Config, &str) -> Option<()>,
}

/// Why a setting was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// The value is not allowed.
    #[error("{key} cannot be \"{value}\": it takes {allowed}")]
    BadValue {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// No such key.
    #[error("there is no setting {key}; {}", advice(*nearest))]
    UnknownKey {
        /// The key.
        key: String,
        /// The known key that looks much like it, if one does.
        nearest: Option<&'static str>,
    },
    /// No task fits into an executor.
    #[error(
        "The number of cores per executor (={cores}) has to be >= the number of cpus per task = {cpus}: lower \
         spark.task.cpus or give executors more cores"
    )]
    TooFewCores {
        /// An executor's cores.
        cores: u32,
        /// `spark.task.cpus`.
        cpus: u32,
    },
}

impl Config {
    /// Sets a key from its text.
    ///
    /// # Errors
    /// [`ConfigError`] if there is no such key or the value is not allowed; nothing is changed then.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), ConfigError> {
        let known = KEYS
            .iter()
            .find(|known| known.name == key)
            .ok_or_else(|| ConfigError::UnknownKey { key: key.to_owned(), nearest: nearest(key) })?;
        (known.set)(self, value).ok_or_else(|| ConfigError::BadValue {
            key: known.name,
            value: value.to_owned(),
            allowed: known.allowed,
        })
    }
}

/// The known key that looks most like this one, if a third of it at most is different.
fn nearest(key: &str) -> Option<&'static str> {
    let best = KEYS.iter().map(|known| known.name).min_by_key(|name| distance(name, key))?;
    (distance(best, key) * 3 <= key.len()).then_some(best)
}

fn advice(nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => {
            let known: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
            format!("there are {}", known.join(", "))
        }
    }
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

fn at_least_one(value: &str) -> Option<u32> {
    value.trim().parse().ok().filter(|number| *number >= 1)
}

const POSITIVE: &str = "a whole number of at least 1";
const SIZE: &str = "a size such as 512k, 64m or 1g";

/// All keys.
pub const KEYS: &[Key] = &[
    Key {
        name: "spark.default.parallelism",
        default: "unset: the number of cores; for shuffles the largest parent's partitions",
        allowed: POSITIVE,
        meaning: "partitions of collections and shuffles when the program does not say",
        set: |config, value| at_least_one(value).map(|n| config.default_parallelism = Some(n)),
    },
    Key {
        name: "spark.driver.maxResultSize",
        default: "1g",
        allowed: "a size such as 512m or 1g; 0 is no limit",
        meaning: "bytes of all results of one stage attempt at most; more aborts the job",
        set: |config, value| size::bytes(value, 1).map(|n| config.driver_max_result_size = n),
    },
    Key {
        name: "spark.logLineage",
        default: "false",
        allowed: "true or false",
        meaning: "whether the lineage of every job is logged when it starts",
        set: |config, value| value.trim().parse().ok().map(|on| config.log_lineage = on),
    },
    Key {
        name: "spark.resultGetter.threads",
        default: "4",
        allowed: "a whole number between 1 and 256",
        meaning: "threads that decode results",
        set: |config, value| {
            config.result_getter_threads = at_least_one(value).filter(|threads| *threads <= 256)?;
            Some(())
        },
    },
    Key {
        name: "spark.rpc.message.maxSize",
        default: "128",
        allowed: "a number of MiB between 1 and 2047",
        meaning: "MiB of one serialized task at most; a larger one aborts its stage",
        set: |config, value| {
            let mib: u64 = value.trim().parse().ok().filter(|mib| (1..2048).contains(mib))?;
            config.rpc_message_max_size = mib << 20;
            Some(())
        },
    },
    Key {
        name: "spark.stage.maxConsecutiveAttempts",
        default: "4",
        allowed: POSITIVE,
        meaning: "attempts of a stage in a row that may fail to fetch before its jobs are given up",
        set: |config, value| at_least_one(value).map(|n| config.stage.max_consecutive_attempts = n),
    },
    Key {
        name: "spark.starvation.timeout",
        default: "15s",
        allowed: "a duration such as 15s or 500ms",
        meaning: "how long a job may wait for its first task before a warning is logged (never in local mode)",
        set: |config, value| size::duration(value).map(|wait| config.starvation_timeout = wait),
    },
    Key {
        name: "spark.task.cpus",
        default: "1",
        allowed: POSITIVE,
        meaning: "cores that one task takes",
        set: |config, value| at_least_one(value).map(|n| config.task_cpus = n),
    },
    Key {
        name: "spark.task.maxDirectResultSize",
        default: "1m",
        allowed: SIZE,
        meaning: "bytes up to which a result travels in the status update itself",
        set: |config, value| size::bytes(value, 1).map(|n| config.task_max_direct_result_size = n),
    },
    Key {
        name: "spark.task.maxFailures",
        default: "4; local[N]: 1; local[N,M]: M",
        allowed: POSITIVE,
        meaning: "failures of one task until its job is given up",
        set: |config, value| at_least_one(value).map(|n| config.task_max_failures = n),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_names_the_nearest() {
        let error = Config::default().set("spark.task.maxFailure", "3").unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no setting spark.task.maxFailure; did you mean spark.task.maxFailures?"
        );
    }

    #[test]
    fn a_key_like_no_other_gets_the_list() {
        let error = Config::default().set("spark.app.name", "words").unwrap_err().to_string();
        assert!(
            error.contains("there are spark.default.parallelism, ") && !error.contains("did you"),
            "{error}"
        );
    }

    #[test]
    fn a_task_that_fits_no_executor_is_an_error() {
        let mut config = Config::default();
        config.set("spark.task.cpus", "4").unwrap();
        assert_eq!(config.check_cores(4), Ok(()));
        let error = config.check_cores(2).unwrap_err().to_string();
        assert!(error.starts_with("The number of cores per executor (=2) has to be >="), "{error}");
    }

    #[test]
    fn a_bad_value_changes_nothing_and_says_what_is_allowed() {
        let mut config = Config::default();
        for (key, value) in [
            ("spark.task.maxFailures", "0"),
            ("spark.rpc.message.maxSize", "2048"),
            ("spark.driver.maxResultSize", "much"),
            ("spark.starvation.timeout", "soon"),
            ("spark.logLineage", "yes"),
        ] {
            let error = config.set(key, value).unwrap_err().to_string();
            assert!(error.contains(key) && error.contains(value) && error.contains("it takes"), "{error}");
        }
        assert_eq!(config, Config::default());
    }

    #[test]
    fn keys_are_sorted_and_their_defaults_parse_to_the_default() {
        assert!(KEYS.is_sorted_by_key(|key| key.name));
        let mut config = Config::default();
        for key in KEYS.iter().filter(|key| !key.default.contains([':', ';'])) {
            config.set(key.name, key.default).unwrap();
        }
        assert_eq!(config, Config::default());
    }
}
