//! What must not share its process with other tests runs in a child: this executable again, told by a
//! variable of its environment what to do.

use std::process::{Command, Output};

use crate::harness::Outcome;

pub(crate) const VARIABLE: &str = "FIRESTEEL_SYSTEM_TEST_CHILD";

/// What a child is called, and what it does.
pub(crate) type Child = (&'static str, fn() -> Outcome);

const CHILDREN: [Child; 3] = [
    ("threads", crate::embed::threads_end),
    ("silence", crate::embed::nothing_is_printed),
    ("memory", crate::spill::works_on_eight_times_the_memory),
];

#[cfg(feature = "cluster")]
fn processes() -> &'static [Child] {
    &crate::processes::CHILDREN
}

#[cfg(not(feature = "cluster"))]
fn processes() -> &'static [Child] {
    &[]
}

#[cfg(all(feature = "cli", feature = "cluster"))]
fn chaos() -> &'static [Child] {
    &crate::chaos::CHILDREN
}

#[cfg(not(all(feature = "cli", feature = "cluster")))]
fn chaos() -> &'static [Child] {
    &[]
}

/// In a child: does what it was asked for.
pub(crate) fn run_if_asked() -> bool {
    let Ok(name) = std::env::var(VARIABLE) else { return false };
    let (_, body) = CHILDREN
        .iter()
        .chain(&crate::log::CHILDREN)
        .chain(processes())
        .chain(chaos())
        .find(|(known, _)| *known == name)
        .expect("an unknown child");
    body().unwrap();
    true
}

/// A child that is to be run.
pub(crate) fn command(name: &str) -> Result<Command, std::io::Error> {
    let mut command = Command::new(std::env::current_exe()?);
    command.env(VARIABLE, name);
    Ok(command)
}

/// Runs a child, which must succeed.
pub(crate) fn run(name: &str) -> Result<Output, std::io::Error> {
    let output = command(name)?.output()?;
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    Ok(output)
}
