//! Tasks, as messages carry them.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{AccumUpdate, MapStatus, Properties, TaskEndReason, TaskMetrics};
use crate::{
    ExecutorId, JobId, ShuffleId, StageId, TaskId, Time,
    lineage::{Blob, TaskLocation},
    resources::{ResourceProfile, Resources},
};

/// Whether a task writes shuffle output or answers a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskKind {
    /// Writes its part of a shuffle.
    ShuffleMap {
        /// Which shuffle.
        shuffle_id: ShuffleId,
    },
    /// Applies the job's function to its partition.
    Result,
}

/// What all tasks of a stage attempt have in common; shared, not copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageTask {
    /// The job for which the attempt was submitted: its FIFO priority.
    pub job_id: JobId,
    /// The stage.
    pub stage_id: StageId,
    /// The attempt of the stage, from 0.
    pub stage_attempt_id: u32,
    /// What its tasks do.
    pub kind: TaskKind,
    /// Number of partitions of the stage's RDD.
    pub num_partitions: u32,
    /// Code and data of the stage, decoded once per executor.
    pub binary: Blob,
    /// The job's properties.
    pub properties: Properties,
    /// The state of the map outputs at which the attempt was submitted: an executor's copy that is older is
    /// forgotten (`spark-semantics` 21.6).
    pub epoch: u64,
    /// Whether the tasks are to run all at once.
    pub is_barrier: bool,
}

impl StageTask {
    /// Such as `stage 3.0`.
    pub fn stage_name(&self) -> impl fmt::Display {
        format_args_owned(self.stage_id, self.stage_attempt_id)
    }
}

fn format_args_owned(stage: StageId, attempt: u32) -> impl fmt::Display {
    struct Name(StageId, u32);
    impl fmt::Display for Name {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "stage {}.{}", self.0, self.1)
        }
    }
    Name(stage, attempt)
}

/// One task of a set, before it has an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSpec {
    /// The partition that it computes.
    pub partition_id: u32,
    /// Where its result goes: the position in the job's list of partitions, or the partition itself for
    /// map tasks.
    pub output_id: u32,
    /// Its own partition's bytes.
    pub partition: Blob,
    /// Where it likes to run, best first; empty: anywhere.
    pub locations: Vec<TaskLocation>,
}

/// The tasks of one stage attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSet {
    /// What they share.
    pub stage: Arc<StageTask>,
    /// The tasks, by rising `output_id`.
    pub tasks: Vec<TaskSpec>,
    /// What each of them needs; `None`: the default profile.
    pub profile: Option<Arc<ResourceProfile>>,
}

/// One attempt of one task, as an executor gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskDescription {
    /// The attempt's id.
    pub task_id: TaskId,
    /// How many attempts of this task there were before.
    pub attempt_number: u32,
    /// The executor that is to run it.
    pub executor_id: ExecutorId,
    /// The task's index in its set.
    pub index: u32,
    /// The partition that it computes.
    pub partition_id: u32,
    /// Where its result goes.
    pub output_id: u32,
    /// Cores that it takes.
    pub cpus: u32,
    /// What it takes beyond cores.
    pub resources: Resources,
    /// The hosts of all tasks of its barrier stage, by partition; empty if it has none.
    pub addresses: Arc<[Arc<str>]>,
    /// What it shares with the other tasks of its stage attempt.
    pub stage: Arc<StageTask>,
    /// Its own partition's bytes.
    pub partition: Blob,
}

impl TaskDescription {
    /// Such as `task 7.0 in stage 3.0`, the name that Spark's log lines use.
    pub fn name(&self) -> String {
        format!("task {}.{} in {}", self.index, self.attempt_number, self.stage.stage_name())
    }

    /// An upper bound of the bytes that this description takes on the wire, for the check against
    /// `spark.rpc.message.maxSize`: the partition's bytes, the properties, and 256 for all that is fixed.
    /// The stage binary travels apart.
    pub fn serialized_size(&self) -> u64 {
        let properties: usize =
            self.stage.properties.iter().map(|(key, value)| key.len() + value.len() + 10).sum();
        256 + properties as u64 + self.partition.len()
    }
}

/// How near a task's data is to where it runs, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TaskLocality {
    /// In the same executor, or it has no preference.
    ProcessLocal,
    /// On the same host.
    NodeLocal,
    /// It has no preference.
    NoPref,
    /// In the same rack.
    RackLocal,
    /// Anywhere.
    Any,
}

impl TaskLocality {
    /// As Spark writes it.
    pub fn name(self) -> &'static str {
        match self {
            TaskLocality::ProcessLocal => "PROCESS_LOCAL",
            TaskLocality::NodeLocal => "NODE_LOCAL",
            TaskLocality::NoPref => "NO_PREF",
            TaskLocality::RackLocal => "RACK_LOCAL",
            TaskLocality::Any => "ANY",
        }
    }
}

impl fmt::Display for TaskLocality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What listeners learn about an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskInfo {
    /// The attempt.
    pub task_id: TaskId,
    /// The task's index in its set.
    pub index: u32,
    /// How many attempts of this task there were before.
    pub attempt_number: u32,
    /// The partition.
    pub partition_id: u32,
    /// Where it runs.
    pub executor_id: ExecutorId,
    /// How near it is to its data.
    pub locality: TaskLocality,
    /// Whether it is a speculative copy.
    pub speculative: bool,
    /// When it was launched.
    pub launch_time: Time,
    /// When the driver began to fetch its result, if that was not sent with its end.
    pub getting_result_time: Option<Time>,
    /// When the driver learnt of its end.
    pub finish_time: Option<Time>,
    /// How it ended, if it did.
    pub outcome: Option<TaskState>,
}

/// Spark's task states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskState {
    /// On its way to its executor.
    Launching,
    /// Started.
    Running,
    /// Succeeded.
    Finished,
    /// Failed.
    Failed,
    /// Killed.
    Killed,
}

impl TaskState {
    /// As Spark writes it.
    pub fn name(self) -> &'static str {
        match self {
            TaskState::Launching => "LAUNCHING",
            TaskState::Running => "RUNNING",
            TaskState::Finished => "FINISHED",
            TaskState::Failed => "FAILED",
            TaskState::Killed => "KILLED",
        }
    }
}

impl fmt::Display for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a task tells of itself: RUNNING once, then exactly one of the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TaskStatus {
    /// It has started.
    Running,
    /// It succeeded.
    Finished(Box<TaskResult>),
    /// It failed.
    Failed(Box<TaskEndReason>),
    /// It was killed, or may not commit.
    Killed(Box<TaskEndReason>),
}

impl TaskStatus {
    /// The state without its data.
    pub fn state(&self) -> TaskState {
        match self {
            TaskStatus::Running => TaskState::Running,
            TaskStatus::Finished(_) => TaskState::Finished,
            TaskStatus::Failed(_) => TaskState::Failed,
            TaskStatus::Killed(_) => TaskState::Killed,
        }
    }

    /// Whether it is the last word of the attempt.
    pub fn is_terminal(&self) -> bool {
        !matches!(self, TaskStatus::Running)
    }
}

/// What a successful attempt sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskResult {
    /// Its value.
    pub value: TaskValue,
    /// What it added to accumulators.
    pub accum_updates: Vec<AccumUpdate>,
    /// What it measured.
    pub metrics: Box<TaskMetrics>,
}

/// A successful attempt's value, by the route that its size allows (`spark-semantics` section 15).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TaskValue {
    /// The encoded value itself (DirectTaskResult).
    Direct(Blob),
    /// The value waits in block `taskresult_<tid>` of the executor (IndirectTaskResult).
    Indirect {
        /// Its size in bytes.
        size: u64,
    },
    /// Larger than `spark.driver.maxResultSize`: dropped on the executor, only the size is told.
    Dropped {
        /// Its size in bytes.
        size: u64,
    },
    /// A map task's output.
    MapStatus(MapStatus),
}

impl TaskValue {
    /// The size that counts against `spark.driver.maxResultSize`; map outputs do not count.
    pub fn size(&self) -> u64 {
        match self {
            TaskValue::Direct(value) => value.len(),
            TaskValue::Indirect { size } | TaskValue::Dropped { size } => *size,
            TaskValue::MapStatus(_) => 0,
        }
    }
}

/// What is left of a successful attempt's value once it was decoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskOutput {
    /// The value was decoded and waits for the job's waiter under the attempt's id.
    Decoded,
    /// A map task's output.
    MapStatus(MapStatus),
}
