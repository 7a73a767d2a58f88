//! Why something is not running, or ran again: what `explain` answers.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::TaskLocality;
use crate::{ExecutorId, JobId, ShuffleId, StageId, Time};

/// Why a stage attempt was submitted. Each attempt carries its cause, in `StageInfo`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttemptCause {
    /// A job needs it, and its parents are there.
    #[default]
    FirstAttempt,
    /// One of its tasks could not read a shuffle output.
    FetchFailed {
        /// The attempt that failed.
        attempt: u32,
        /// The shuffle that could not be read.
        shuffle_id: ShuffleId,
        /// The map output that could not be read; `None` for a metadata failure.
        map_index: Option<u32>,
        /// The executor that should have served it, if known.
        executor_id: Option<ExecutorId>,
    },
    /// A task of `reader` could not read this stage's outputs.
    OutputsUnreadable {
        /// The stage that could not read.
        reader: StageId,
        /// Its attempt.
        attempt: u32,
        /// The executor that should have served them, if known.
        executor_id: Option<ExecutorId>,
    },
    /// Outputs were lost before all were there, or before the stage that needs them was submitted.
    OutputsLost {
        /// How many are made again.
        missing: u32,
    },
    /// A task of its barrier failed.
    BarrierFailed {
        /// The attempt that failed.
        attempt: u32,
    },
    /// The outputs of an indeterminate parent were made again, so what was made from them is not valid.
    RolledBack {
        /// That parent.
        parent: StageId,
    },
}

impl fmt::Display for AttemptCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = |executor: &Option<ExecutorId>| match executor {
            Some(executor) => format!(" from executor {executor}"),
            None => String::new(),
        };
        match self {
            AttemptCause::FirstAttempt => f.write_str("first attempt"),
            AttemptCause::FetchFailed { attempt, shuffle_id, map_index, executor_id } => {
                write!(f, "attempt {attempt} could not fetch ")?;
                match map_index {
                    Some(index) => write!(f, "output {index} of shuffle {shuffle_id}")?,
                    None => write!(f, "the locations of shuffle {shuffle_id}")?,
                }
                f.write_str(&on(executor_id))
            }
            AttemptCause::OutputsUnreadable { reader, attempt, executor_id } => {
                write!(f, "stage {reader}.{attempt} could not fetch its outputs{}", on(executor_id))
            }
            AttemptCause::OutputsLost { missing } => write!(f, "{missing} of its outputs were lost"),
            AttemptCause::BarrierFailed { attempt } => {
                write!(f, "a barrier task of attempt {attempt} failed")
            }
            AttemptCause::RolledBack { parent } => {
                write!(f, "stage {parent}, whose output is indeterminate, was computed again")
            }
        }
    }
}

/// One reason why something is not running, is running, or ran again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reason {
    /// There is no such active job or stage (any more).
    Unknown,
    /// The job waits until this many barrier tasks can run at once.
    BarrierSlotsCheck {
        /// The job.
        job_id: JobId,
        /// Slots that the stage needs.
        needed: u32,
        /// Slots that there were at the last check, if one was answered.
        available: Option<u32>,
        /// Checks that have failed.
        failures: u32,
    },
    /// A stage waits for the outputs of its parents.
    WaitingForParents {
        /// The stage.
        stage_id: StageId,
        /// Those that are not there.
        parents: Vec<StageId>,
    },
    /// A stage failed and will be submitted again when the resubmission timer fires.
    Resubmission {
        /// The stage.
        stage_id: StageId,
        /// When.
        at: Time,
    },
    /// A stage's latest attempt, and why it was submitted.
    Attempt {
        /// The stage.
        stage_id: StageId,
        /// The attempt.
        attempt: u32,
        /// Why.
        cause: AttemptCause,
    },
    /// Tasks run.
    Running {
        /// The stage.
        stage_id: StageId,
        /// How many run.
        running: u32,
        /// How many have ended well.
        finished: u32,
        /// How many there are.
        total: u32,
    },
    /// No executor has registered.
    NoExecutors {
        /// The stage.
        stage_id: StageId,
    },
    /// The task in question runs; once for each attempt.
    TaskRuns {
        /// The stage.
        stage_id: StageId,
        /// The partition.
        partition_id: u32,
        /// The number of the attempt.
        attempt: u32,
        /// Where.
        executor_id: ExecutorId,
    },
    /// The task in question has ended, and its result is on its way to the driver.
    FetchingResult {
        /// The stage.
        stage_id: StageId,
        /// The partition.
        partition_id: u32,
    },
    /// The task in question is done.
    TaskDone {
        /// The stage.
        stage_id: StageId,
        /// The partition.
        partition_id: u32,
    },
    /// There are enough free cores, and the set is asked what it runs on them when they are offered next.
    AwaitingOffers {
        /// The stage.
        stage_id: StageId,
    },
    /// No executor has enough free cores.
    NotEnoughCores {
        /// The stage.
        stage_id: StageId,
        /// Cores that a task takes.
        needed: u32,
        /// The most that is free on an executor, and on which; `None` if all are in use.
        best: Option<(ExecutorId, u32)>,
    },
    /// No executor has enough of a resource, or none is of the profile.
    NotEnoughResources {
        /// The stage.
        stage_id: StageId,
        /// The resource, or the profile.
        what: Arc<str>,
    },
    /// Tasks wait for a place near their data.
    DelayScheduling {
        /// The stage.
        stage_id: StageId,
        /// The farthest level that is allowed now.
        level: TaskLocality,
        /// When the next level is allowed, if nothing is launched until then.
        until: Time,
    },
    /// Executors may not run the set's tasks because tasks failed there.
    Excluded {
        /// The stage.
        stage_id: StageId,
        /// Where: `executor 3` or `node host1`.
        place: Arc<str>,
        /// Why: `stage`, `task 7` or `application`.
        scope: Arc<str>,
        /// When it ends, if it does by itself.
        until: Option<Time>,
    },
    /// Other sets come first.
    BehindPool {
        /// The stage.
        stage_id: StageId,
        /// Its pool.
        pool: Arc<str>,
        /// The set that is served first.
        first: StageId,
    },
    /// A barrier set needs all its slots at once.
    BarrierSlots {
        /// The stage.
        stage_id: StageId,
        /// Slots that it needs.
        needed: u32,
        /// Slots that the last round offered.
        available: u32,
    },
    /// A task was not allowed to commit because another attempt is.
    CommitDenied {
        /// The stage.
        stage_id: StageId,
        /// The partition.
        partition_id: u32,
        /// The attempt that may commit.
        authorized_attempt: u32,
    },
    /// A task has failed before.
    Failed {
        /// The stage.
        stage_id: StageId,
        /// The partition.
        partition_id: u32,
        /// How often it counted.
        failures: u32,
        /// How often it may.
        max_failures: u32,
    },
}

impl fmt::Display for Reason {
    /// A sentence for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Unknown => f.write_str("it is not active: it has ended, or never was"),
            Reason::BarrierSlotsCheck { job_id, needed, available, failures } => {
                write!(f, "job {job_id} waits until {needed} barrier tasks can run at once")?;
                match available {
                    Some(available) => write!(f, "; {available} can ({failures} checks failed)"),
                    None => f.write_str("; the first check is on its way"),
                }
            }
            Reason::WaitingForParents { stage_id, parents } => {
                let parents: Vec<String> = parents.iter().map(ToString::to_string).collect();
                write!(f, "stage {stage_id} waits for the outputs of stage {}", parents.join(", "))
            }
            Reason::Resubmission { stage_id, at } => {
                write!(f, "stage {stage_id} failed and is submitted again at {at}")
            }
            Reason::Attempt { stage_id, attempt, cause } => {
                write!(f, "stage {stage_id}.{attempt} was submitted: {cause}")
            }
            Reason::Running { stage_id, running, finished, total } => {
                write!(f, "stage {stage_id}: {running} tasks run, {finished} of {total} have ended well")
            }
            Reason::NoExecutors { stage_id } => {
                write!(f, "stage {stage_id} waits for executors: none has registered")
            }
            Reason::NotEnoughCores { stage_id, needed, best } => {
                write!(f, "stage {stage_id} waits for {needed} free cores on one executor; ")?;
                match best {
                    Some((executor, cores)) => write!(f, "at most {cores} are free, on executor {executor}"),
                    None => f.write_str("all cores are in use"),
                }
            }
            Reason::AwaitingOffers { stage_id } => {
                write!(f, "stage {stage_id} waits for the next offer of the free cores")
            }
            Reason::TaskRuns { stage_id, partition_id, attempt, executor_id } => write!(
                f,
                "partition {partition_id} of stage {stage_id} runs: attempt {attempt}, on executor {executor_id}"
            ),
            Reason::FetchingResult { stage_id, partition_id } => {
                write!(
                    f,
                    "partition {partition_id} of stage {stage_id} has ended, and its result is being fetched"
                )
            }
            Reason::TaskDone { stage_id, partition_id } => {
                write!(f, "partition {partition_id} of stage {stage_id} is done")
            }
            Reason::NotEnoughResources { stage_id, what } => {
                write!(f, "stage {stage_id} waits for an executor with enough free {what}")
            }
            Reason::DelayScheduling { stage_id, level, until } => {
                write!(f, "stage {stage_id} waits for a place at {level} until {until}")
            }
            Reason::Excluded { stage_id, place, scope, until } => {
                write!(f, "stage {stage_id} may not use {place}: excluded for the {scope}")?;
                until.map_or(Ok(()), |until| write!(f, " until {until}"))
            }
            Reason::BehindPool { stage_id, pool, first } => {
                write!(f, "stage {stage_id} is behind stage {first} in pool {pool}")
            }
            Reason::BarrierSlots { stage_id, needed, available } => {
                write!(f, "stage {stage_id} needs {needed} slots at once; {available} were offered")
            }
            Reason::CommitDenied { stage_id, partition_id, authorized_attempt } => write!(
                f,
                "partition {partition_id} of stage {stage_id} may not commit: attempt {authorized_attempt} may"
            ),
            Reason::Failed { stage_id, partition_id, failures, max_failures } => write!(
                f,
                "partition {partition_id} of stage {stage_id} has failed {failures} times of at most {max_failures}"
            ),
        }
    }
}
