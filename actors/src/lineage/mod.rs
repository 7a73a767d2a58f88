//! A job's lineage as plain data: what the DAGScheduler cuts into stages.
//!
//! RDDs, functions and listeners stay with the program; here they are ids, names and bytes. So a
//! `JobSubmitted` can be recorded and replayed like any other message.

mod blob;
mod chain;
mod dependency;
mod determinism;
mod location;
mod rdd_info;
mod stage_binary;
#[cfg(test)]
mod tests;

pub use blob::Blob;
pub(crate) use chain::Chain;
pub use dependency::{Dependency, ShuffleInfo};
pub use determinism::DeterministicLevel;
pub use location::TaskLocation;
pub use rdd_info::{Lineage, PreferredLocations, RddInfo};
pub use stage_binary::{BinaryError, StageBinary};
