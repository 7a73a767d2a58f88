//! The master: where executors are.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// Where executors are. So far: threads of this process.
///
/// ```
/// use firesteel::Master;
/// let master: Master = "local[4,3]".parse()?;
/// assert_eq!((master.cores(), master.max_failures()), (4, 3));
/// # Ok::<(), firesteel::MasterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Master {
    cores: u32,
    max_failures: u32,
}

/// The most task threads that a local master takes.
const MAX_CORES: u32 = 4096;

/// Why a master text was not understood.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "Could not parse Master URL: '{text}': {problem}. It can be local, local[N], local[*] or local[N,maxFailures]"
)]
pub struct MasterError {
    text: String,
    problem: &'static str,
}

impl Master {
    /// Task threads.
    pub fn cores(self) -> u32 {
        self.cores
    }

    /// Failures of one task until its job is given up.
    pub fn max_failures(self) -> u32 {
        self.max_failures
    }
}

impl Default for Master {
    /// `local[*]`: as many threads as the machine has for us.
    fn default() -> Self {
        Master { cores: all_cores(), max_failures: 1 }
    }
}

fn all_cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32).min(MAX_CORES)
}

impl FromStr for Master {
    type Err = MasterError;

    fn from_str(text: &str) -> Result<Self, MasterError> {
        let error = |problem| MasterError { text: text.to_owned(), problem };
        let Some(rest) = text.strip_prefix("local") else {
            return Err(error("this firesteel runs in one process only"));
        };
        if rest.is_empty() {
            return Ok(Master { cores: 1, max_failures: 1 });
        }
        let inner = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let Some(inner) = inner else { return Err(error("brackets are missing")) };
        let (cores, failures) = match inner.split_once(',') {
            Some((cores, failures)) => (cores.trim(), Some(failures.trim())),
            None => (inner.trim(), None),
        };
        let cores = match cores {
            "*" => all_cores(),
            number => number.parse().map_err(|_| error("the number of threads is not a number"))?,
        };
        if cores == 0 {
            return Err(error("it asks for no thread at all"));
        }
        if cores > MAX_CORES {
            return Err(error("it asks for more than 4096 threads"));
        }
        let max_failures = match failures {
            None => 1,
            Some(number) => number.parse().map_err(|_| error("maxFailures is not a number"))?,
        };
        if max_failures == 0 {
            return Err(error("maxFailures must be at least 1"));
        }
        Ok(Master { cores, max_failures })
    }
}

impl fmt::Display for Master {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "local[{},{}]", self.cores, self.max_failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masters_as_spark_reads_them() {
        let of = |text: &str| text.parse::<Master>().map(|master| (master.cores, master.max_failures));
        assert_eq!(of("local"), Ok((1, 1)));
        assert_eq!(of("local[3]"), Ok((3, 1)));
        assert_eq!(of("local[ 3 , 5 ]"), Ok((3, 5)));
        assert_eq!(of("local[*]"), Ok((all_cores(), 1)));
        assert_eq!(of("local[*,2]"), Ok((all_cores(), 2)));
    }

    #[test]
    fn bad_ones_say_what_is_wrong_and_what_is_allowed() {
        for text in [
            "",
            "local[",
            "local[]",
            "local[0]",
            "local[-1]",
            "local[2,0]",
            "local[2,x]",
            "local2",
            "local[99999]",
        ] {
            let error = text.parse::<Master>().unwrap_err().to_string();
            assert!(error.contains(&format!("'{text}'")) && error.contains("local[N]"), "{error}");
        }
        let error = "spark://host:7077".parse::<Master>().unwrap_err().to_string();
        assert!(error.contains("one process only"), "{error}");
    }
}
