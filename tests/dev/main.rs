#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, dead_code)]
#[path = "../system/harness.rs"]
mod harness;
#[path = "../system/history.rs"]
mod history;
#[path = "../system/joins.rs"]
mod joins;
#[path = "../system/pair_suite.rs"]
mod pair_suite;
#[path = "../system/pairs.rs"]
mod pairs;
#[path = "../system/partitioners.rs"]
mod partitioners;
#[path = "../system/probe.rs"]
mod probe;
#[path = "../system/support.rs"]
mod support;
use libtest_mimic::Arguments;
fn main() {
    harness::quiet_deliberate_panics();
    let modules =
        [joins::scenarios(), pair_suite::scenarios(), partitioners::scenarios(), pairs::scenarios()];
    let trials = modules.into_iter().flatten().flat_map(harness::Scenario::trials).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
