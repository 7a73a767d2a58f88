//! A simulated cluster: the control plane's own cores on a virtual clock, amid everything that goes wrong.
//!
//! From a seed comes a plan (`plan`, `workload`): executors, jobs over random lineages, and faults (`faults`). The
//! The world runs it: driver actors hear each other at once and in order; executors are behind links that are
//! slow and break (`network`, `executors`); tasks are simulated (`tasks`, `running`), with a model of truth that
//! knows which process holds which map output. After every event the `invariants` must hold. A case for which one
//! does not is made small (`shrink`) and printed with the line that reproduces it.
//!
//! The same seed gives the same messages, in every process and on every machine.
//!
//! What this does not do: run user code, move bytes, or measure time.
//!
//! ```
//! use firesteel_actors::sim::Profile;
//! let profile = Profile::named("default").ok_or("no such profile")?;
//! for seed in 0..20 {
//!     profile.run(seed)?;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(test)]
mod bugs;
#[cfg(test)]
mod commuting;
mod dice;
mod executors;
#[cfg(test)]
mod exhaustive;
mod export;
mod faults;
pub(crate) mod invariants;
pub(crate) mod jobs;
mod network;
pub(crate) mod plan;
mod profile;
mod queue;
mod recording;
mod resources;
mod results;
mod run;
mod running;
mod scene;
mod shrink;
mod strikes;
pub(crate) mod tasks;
#[cfg(test)]
mod tests;
mod workload;
mod world;

pub use profile::Profile;
pub use run::{Exported, Failure, Finding, Summary};

/// The names of all invariants.
pub fn invariants() -> Vec<&'static str> {
    invariants::Checks::names()
}
