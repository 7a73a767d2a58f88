//! Starting, watching and stopping executors.
//!
//! Whoever can start a process somewhere is a [`Launcher`]; [`LocalProcesses`], which starts them on this machine, is the
//! first. A launcher starts one executor when told so and says how it ended. How many there are to be, and what an
//! end before the registration means, is the `fleet`'s business. What the driver and an executor say to each other
//! once they are connected is no business of this module.

mod error;
mod executor_end;
mod executor_launch;
mod fleet;
mod launcher;
mod local_processes;
mod log_tail;
mod out_of_memory;
mod process;
mod signals;
#[cfg(test)]
mod tests;
mod work_dirs;

pub use error::LaunchError;
pub(crate) use error::with_sources;
pub use executor_end::{EndKind, ExecutorEnd};
pub use executor_launch::ExecutorLaunch;
pub(crate) use executor_launch::Orphan;
pub(crate) use fleet::{Fleet, FleetEvents, FleetPlan};
pub use launcher::{ExecutorEvents, Launcher};
pub use local_processes::LocalProcesses;
pub(crate) use process::{ASKED_BY, STDIN, STOP};
pub(crate) use work_dirs::{local_dirs, remove_empty};
