//! The lives of jobs, stage attempts and executors.

use super::Moment;
use crate::{JobId, StageId, TaskId};

/// A job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobLife {
    /// The host sent it.
    pub submitted: Option<Moment>,
    /// The DAGScheduler had cut it into stages.
    pub started: Option<Moment>,
    /// Its stages, those that were skipped as well; only if the trace has payloads.
    pub stages: Vec<StageId>,
    /// Where it was called, if the trace has payloads.
    pub call_site: Option<String>,
    /// The pool that it asked for, if it did and the trace has payloads.
    pub pool: Option<String>,
    /// Its waiter had the first result.
    pub first_result: Option<Moment>,
    /// Its waiter had all that it gets.
    pub ended: Option<Moment>,
    /// How it ended: `JobSucceeded` or `JobFailed`.
    pub outcome: Option<&'static str>,
    /// Why it failed, if the trace has payloads.
    pub failure: Option<String>,
    /// What its listeners heard of its end.
    pub end_told: Option<Moment>,
}

/// An attempt of a stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageLife {
    /// The job for which it was submitted.
    pub job: Option<JobId>,
    /// The DAGScheduler submitted it.
    pub submitted: Option<Moment>,
    /// The TaskScheduler had its tasks.
    pub ready: Option<Moment>,
    /// Number of its tasks.
    pub tasks: Option<u32>,
    /// The stages that it needs; only if the trace has payloads.
    pub parents: Vec<StageId>,
    /// Why it was submitted, if it was not simply needed and the trace has payloads.
    pub cause: Option<String>,
    /// Its task attempts in the order in which they were chosen.
    pub attempts: Vec<TaskId>,
    /// Speculative copies that were wanted.
    pub copies_wanted: Vec<(Moment, u32)>,
    /// It ended.
    pub ended: Option<Moment>,
    /// Whether it ended badly.
    pub failed: bool,
    /// Why, if the trace has payloads.
    pub failure: Option<String>,
    /// The TaskScheduler gave its tasks up.
    pub given_up: Option<Moment>,
}

/// An executor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecutorLife {
    /// Its host, if the trace has payloads.
    pub host: Option<String>,
    /// Its cores, if the trace has payloads.
    pub cores: Option<u32>,
    /// It was ready for tasks. More than one if it came again.
    pub ready: Vec<Moment>,
    /// Its task attempts in the order in which they were chosen.
    pub attempts: Vec<TaskId>,
    /// What happened to it, oldest first.
    pub events: Vec<ExecutorEvent>,
}

/// Something that happened to an executor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutorEvent {
    /// When.
    pub at: Moment,
    /// What, such as `it asked to work`.
    pub what: String,
    /// Whether its tasks were lost with it.
    pub is_loss: bool,
}
