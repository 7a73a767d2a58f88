//! Exclusion of executors and nodes where tasks fail (`spark-semantics` section 11).
//!
//! Two plain values of the TaskScheduler's: a [`TaskSetExcludelist`] per task set, for its tasks and its stage, and
//! one [`HealthTracker`] for the application, which learns of failures only from task sets that succeeded. Both
//! tell listeners what they exclude; the tracker tells the DriverEndpoint which nodes are out, and has executors
//! killed if that is wanted. Neither decides what becomes of a task set that no executor may run.

mod kills;
mod task_set_excludelist;
#[cfg(test)]
mod tests;
mod tracker;

pub(super) use task_set_excludelist::TaskSetExcludelist;
pub(super) use tracker::HealthTracker;
