//! [`ChaosReport`]: what a run saw.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

/// What a run saw.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChaosReport {
    /// The adversary's.
    pub seed: u64,
    /// How long it took.
    pub seconds: f64,
    /// Contexts.
    pub rounds: u32,
    /// Jobs whose answer was the exact one.
    pub finished: u32,
    /// Jobs that failed by name, by what they said.
    pub failed: BTreeMap<String, u32>,
    /// Faults that were injected, by kind.
    pub faults: BTreeMap<&'static str, u32>,
    /// Jobs whose answer was another than the exact one.
    pub wrong: Vec<String>,
    /// Jobs that did not end, and stops that took too long.
    pub hangs: Vec<String>,
    /// What contexts left behind.
    pub leaks: Vec<String>,
    /// What the traces show that must not be.
    pub violations: Vec<String>,
}

impl ChaosReport {
    /// Whether all that ended ended well, nothing is left, and jobs did not fail so often that this says nothing.
    pub fn is_clean(&self) -> bool {
        let is_empty = |list: &Vec<String>| list.is_empty();
        [&self.wrong, &self.hangs, &self.leaks, &self.violations].into_iter().all(is_empty)
            && self.too_few_finished().is_none()
    }

    fn failed_jobs(&self) -> u32 {
        self.failed.values().sum()
    }

    /// What is wrong with the number of jobs whose answer was exact, if something is: with faults there are to be some, and at
    /// most every third job may fail by name.
    fn too_few_finished(&self) -> Option<&'static str> {
        let failed = u64::from(self.failed_jobs());
        if self.finished == 0 && !self.faults.is_empty() {
            return Some("no job has ended with the exact answer");
        }
        let jobs = u64::from(self.finished) + failed + self.wrong.len() as u64;
        (3 * failed > jobs).then_some("more than every third job has failed")
    }

    /// One line.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl fmt::Display for ChaosReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed = self.failed_jobs();
        let faults: u32 = self.faults.values().sum();
        writeln!(
            f,
            "seed {}: {:.0} s, {} contexts, {} jobs with the exact answer, {failed} failed by name, {faults} faults",
            self.seed, self.seconds, self.rounds, self.finished
        )?;
        let kinds: Vec<String> = self.faults.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        writeln!(f, "  faults: {}", kinds.join(", "))?;
        for (reason, count) in &self.failed {
            writeln!(f, "  failed {count} times: {reason}")?;
        }
        for (what, list) in [
            ("wrong answers", &self.wrong),
            ("hangs", &self.hangs),
            ("leaks", &self.leaks),
            ("violations", &self.violations),
        ] {
            write!(f, "  {what}: {}", list.len())?;
            list.iter().try_for_each(|text| write!(f, "\n    {text}"))?;
            writeln!(f)?;
        }
        if let Some(problem) = self.too_few_finished() {
            writeln!(f, "  {problem}")?;
        }
        f.write_str(if self.is_clean() { "all is well" } else { "something is wrong" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(finished: u32, failed: u32, faults: u32) -> ChaosReport {
        let counts = |count, name| (count > 0).then_some((name, count)).into_iter();
        let failed = counts(failed, "there is no executor").map(|(name, count)| (name.to_owned(), count));
        ChaosReport {
            finished,
            failed: failed.collect(),
            faults: counts(faults, "kill").collect(),
            ..ChaosReport::default()
        }
    }

    #[test]
    fn a_run_in_which_few_jobs_end_well_is_not_clean() {
        assert!(report(0, 0, 0).is_clean());
        assert!(!report(0, 0, 1).is_clean());
        assert!(!report(0, 2, 1).is_clean());
        assert!(report(2, 1, 1).is_clean());
        assert!(!report(3, 2, 1).is_clean());
        let text = report(3, 2, 1).to_string();
        assert!(text.ends_with("more than every third job has failed\nsomething is wrong"), "{text}");
    }

    #[test]
    fn what_was_seen_of_each_kind_fails_a_run() {
        let fill: [fn(&mut ChaosReport) -> &mut Vec<String>; 4] = [
            |report| &mut report.wrong,
            |report| &mut report.hangs,
            |report| &mut report.leaks,
            |report| &mut report.violations,
        ];
        for list in fill {
            let mut report = report(5, 0, 1);
            list(&mut report).push("it".to_owned());
            assert!(!report.is_clean());
        }
    }
}
