//! Jobs with known answers on executor processes that an adversary kills, stops, cuts off and robs of files, for a short time:
//! `firesteel chaos` does so for longer.

use std::time::Duration;

use firesteel::cli::chaos::ChaosOptions;

use crate::{
    child::{self, Child},
    harness::{Outcome, Scenario, scenario},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![scenario!(free answers_are_exact_and_nothing_is_left_whatever_the_adversary_does)]
}

/// What runs in children: threads and processes of other tests would count as left behind.
pub(crate) const CHILDREN: [Child; 1] = [("chaos", is_clean)];

fn answers_are_exact_and_nothing_is_left_whatever_the_adversary_does() -> Outcome {
    child::run("chaos")?;
    Ok(())
}

fn is_clean() -> Outcome {
    let report = ChaosOptions::new(Duration::from_secs(20), 27).run()?;
    assert!(report.is_clean(), "{report}");
    Ok(())
}
