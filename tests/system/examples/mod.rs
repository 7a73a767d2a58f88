//! The examples as a user runs them: arguments, output, exit codes, and answers that are computed here in another way.

mod join;
mod kmeans;
mod options;
mod pagerank;
mod pi;
mod terasort;
mod word_count;

use std::{
    io,
    path::PathBuf,
    process::{Command, Output},
};

use crate::{harness::Scenario, support::random};

pub(crate) fn scenarios() -> Vec<Scenario> {
    let of_examples = [
        ("word_count", word_count::scenarios()),
        ("pi", pi::scenarios()),
        ("kmeans", kmeans::scenarios()),
        ("pagerank", pagerank::scenarios()),
        ("terasort", terasort::scenarios()),
        ("join", join::scenarios()),
        ("pi", options::scenarios()),
    ];
    // Cargo builds examples for `cargo test`, not for `cargo test --test system`.
    let known = |(name, scenarios): (&str, Vec<Scenario>)| {
        let missing = executable(name).is_none();
        scenarios.into_iter().map(move |scenario| scenario.ignored_if(missing))
    };
    of_examples.into_iter().flat_map(known).collect()
}

/// Where cargo puts examples: beside the folder of this executable.
fn executable(name: &str) -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let path =
        own.parent()?.parent()?.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    path.exists().then_some(path)
}

fn command(name: &str, args: &[&str]) -> Command {
    let mut command = Command::new(executable(name).expect("the example is built"));
    command.args(args);
    command
}

fn run(name: &str, args: &[&str]) -> io::Result<Output> {
    command(name, args).output()
}

/// What an example prints.
type Printed = Result<String, Box<dyn std::error::Error + Send + Sync>>;

/// Runs it, which must succeed without a word of complaint: what it prints.
fn succeeds(name: &str, args: &[&str]) -> Printed {
    let output = run(name, args)?;
    let errors = String::from_utf8(output.stderr)?;
    assert!(output.status.success(), "{}: {errors}", output.status);
    assert_eq!(errors, "");
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs it, which must fail without output: what it says.
fn fails(name: &str, args: &[&str], code: i32) -> Printed {
    let output = run(name, args)?;
    let errors = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(code), "{args:?}: {errors}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{args:?}");
    assert!(!errors.contains("panicked"), "{errors}");
    Ok(errors)
}

/// Masters and partition counts that must make no difference.
const WAYS: [[&str; 4]; 4] = [
    ["--master", "local[1]", "--partitions", "1"],
    ["--master", "local[2]", "--partitions", "3"],
    ["--master", "local[3,2]", "--partitions", "17"],
    ["--master", "local-cluster[2,1,512]", "--partitions", "5"],
];

/// The same as fractions from 0 to below 1.
fn units(seed: u64) -> impl Iterator<Item = f64> {
    random(seed).map(|number| (number >> 11) as f64 * 2f64.powi(-53))
}

/// What the numbers of a line are, in their order; what is no number is left out.
fn numbers(line: &str) -> Vec<f64> {
    let pieces = line.split([' ', ',']).map(str::trim);
    pieces.filter_map(|piece| piece.parse().ok()).collect()
}

#[track_caller]
fn assert_near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?} are not {expected:?}");
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= 2e-6 * b.abs().max(1.0), "{found:?} are not {expected:?}");
    }
}
