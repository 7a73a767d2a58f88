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
    /// Jobs that did not end.
    pub hangs: Vec<String>,
    /// What contexts left behind.
    pub leaks: Vec<String>,
    /// What the traces show that must not be.
    pub violations: Vec<String>,
}

impl ChaosReport {
    /// Whether all that ended ended well, and nothing is left.
    pub fn is_clean(&self) -> bool {
        self.wrong.is_empty() && self.hangs.is_empty() && self.leaks.is_empty() && self.violations.is_empty()
    }

    /// One line.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl fmt::Display for ChaosReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed: u32 = self.failed.values().sum();
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
        f.write_str(if self.is_clean() { "all is well" } else { "something is wrong" })
    }
}
