//! Errors that a set's tasks had lately, so that the log has each in full only now and then.

use std::{collections::BTreeMap, time::Duration};

use crate::Time;

/// How long an error that was logged in full is logged in short (`spark.logging.exceptionPrintInterval`).
const INTERVAL: Duration = Duration::from_secs(10);
/// Different errors that are remembered.
const MOST: usize = 100;

/// Errors by description: when each was logged in full, and how often it came since.
#[derive(Clone, Debug, Default)]
pub(in crate::task_scheduler) struct RecentExceptions(BTreeMap<String, (Time, u32)>);

impl RecentExceptions {
    /// An error came; how often it has since it was logged in full, or `None` if it is to be logged in full now.
    pub(in crate::task_scheduler) fn count(&mut self, now: Time, description: &str) -> Option<u32> {
        if let Some((printed, duplicates)) = self.0.get_mut(description)
            && now.since(*printed) <= INTERVAL
        {
            *duplicates += 1;
            return Some(*duplicates);
        }
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(description.to_owned(), (now, 0));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_in_full_once_in_ten_seconds() {
        let mut recent = RecentExceptions::default();
        let at = |seconds: u64| Time::ZERO + Duration::from_secs(seconds);
        assert_eq!(recent.count(at(0), "oh"), None);
        assert_eq!(recent.count(at(1), "oh"), Some(1));
        assert_eq!(recent.count(at(1), "no"), None);
        assert_eq!(recent.count(at(10), "oh"), Some(2));
        assert_eq!(recent.count(at(11), "oh"), None);
        assert_eq!(recent.count(at(12), "oh"), Some(1));
    }

    #[test]
    fn errors_that_are_all_different_do_not_fill_the_memory() {
        let mut recent = RecentExceptions::default();
        for number in 0..1_000 {
            assert_eq!(recent.count(Time::ZERO, &number.to_string()), None);
            assert!(recent.0.len() <= MOST);
        }
    }
}
