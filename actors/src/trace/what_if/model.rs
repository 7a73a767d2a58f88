//! What a recording says of tasks, results and connections.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    ExecutorId, ShuffleId, StageId, TaskId, Time,
    lineage::Blob,
    message::{
        DagSchedulerMessage, ExecutorBackendMessage, MapStatus, Message, TaskDescription, TaskKind,
        TaskResult, TaskRunnerMessage, TaskStatus, TaskValue,
    },
    trace::{Messages, Record, run::median},
};

/// A task attempt without its number: that may be another one in the branch.
type Attempt = (StageId, u32, u32, u32);

/// What was recorded.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// By attempt, how long it took and how it ended.
    attempts: BTreeMap<Attempt, (Duration, TaskStatus)>,
    /// By stage and partition, a success.
    successes: BTreeMap<(StageId, u32), TaskStatus>,
    /// By stage, the median of what its successful tasks took.
    medians: BTreeMap<StageId, Duration>,
    /// The median of all.
    median: Duration,
    /// By shuffle, its reducers.
    reducers: BTreeMap<ShuffleId, u32>,
    /// How long a connection takes.
    pub(super) link: Duration,
    /// How long decoding a result takes.
    pub(super) decoding: Duration,
}

impl Model {
    pub(super) fn of(recorded: &Messages) -> Self {
        let mut model = Model::default();
        let mut launched: BTreeMap<TaskId, (Attempt, Time)> = BTreeMap::new();
        let (mut took, mut all): (BTreeMap<StageId, Vec<Duration>>, _) = (BTreeMap::new(), Vec::new());
        let (mut links, mut decodings) = (Vec::new(), Vec::new());
        for record in recorded {
            match &record.message {
                Some(Message::TaskRunner(TaskRunnerMessage::LaunchTask(launch))) => {
                    launched.insert(launch.task.task_id, (attempt(&launch.task), record.handled));
                }
                Some(Message::ExecutorBackend(ExecutorBackendMessage::StatusUpdate(update)))
                    if update.status.is_terminal() =>
                {
                    let Some((attempt, since)) = launched.remove(&update.task_id) else { continue };
                    let ran = record.head.sent.since(since);
                    // A kill is the driver's doing, and may not come again.
                    if !matches!(update.status, TaskStatus::Killed(_)) {
                        model.attempts.insert(attempt, (ran, update.status.clone()));
                    }
                    if matches!(update.status, TaskStatus::Finished(_)) {
                        model.successes.insert((attempt.0, attempt.2), update.status.clone());
                        took.entry(attempt.0).or_default().push(ran);
                        all.push(ran);
                    }
                }
                Some(Message::DagScheduler(DagSchedulerMessage::JobSubmitted(job))) => {
                    let shuffles = job.lineage.shuffles.iter();
                    model.reducers.extend(shuffles.map(|(id, info)| (*id, info.num_reduces)));
                }
                Some(Message::DagScheduler(DagSchedulerMessage::MapStageSubmitted(job))) => {
                    let shuffles = job.lineage.shuffles.iter();
                    model.reducers.extend(shuffles.map(|(id, info)| (*id, info.num_reduces)));
                }
                _ => {}
            }
            if record.kind == "LaunchedExecutor" {
                links.push(record.waited());
            } else if record.kind == "HandleSuccessfulTask"
                && let Some(cause) = recorded.cause(record)
            {
                decodings.push(record.head.sent.since(cause.handled));
            }
        }
        let median = |durations| median(durations).unwrap_or_default();
        model.medians = took.into_iter().map(|(stage, took)| (stage, median(took))).collect();
        (model.median, model.link, model.decoding) = (median(all), median(links), median(decodings));
        model
    }

    /// How long an attempt takes, and how it ends.
    pub(super) fn run(&self, task: &TaskDescription) -> (Duration, TaskStatus) {
        let stage = task.stage.stage_id;
        if let Some((took, status)) = self.attempts.get(&attempt(task)) {
            return (*took, self.on(status.clone(), task));
        }
        let took = self.medians.get(&stage).copied().unwrap_or(self.median);
        let success = self.successes.get(&(stage, task.partition_id)).cloned();
        (took, self.on(success.unwrap_or_else(|| self.success(task)), task))
    }

    /// A success, if none of this partition was recorded.
    fn success(&self, task: &TaskDescription) -> TaskStatus {
        let value = match task.stage.kind {
            TaskKind::Result => TaskValue::Direct(Blob::default()),
            TaskKind::ShuffleMap { shuffle_id } => {
                let reducers = self.reducers.get(&shuffle_id).copied().unwrap_or_default();
                let sizes = (0..reducers).map(|_| 1);
                TaskValue::MapStatus(MapStatus::new(task.executor_id, task.task_id, sizes))
            }
        };
        TaskStatus::Finished(Box::new(TaskResult {
            value,
            accum_updates: Vec::new(),
            metrics: Box::default(),
        }))
    }

    /// What was recorded of another attempt, as if it had run here.
    fn on(&self, mut status: TaskStatus, task: &TaskDescription) -> TaskStatus {
        if let TaskStatus::Finished(result) = &mut status
            && let TaskValue::MapStatus(output) = &mut result.value
        {
            (output.executor_id, output.map_id) = (task.executor_id, task.task_id);
        }
        status
    }
}

fn attempt(task: &TaskDescription) -> Attempt {
    (task.stage.stage_id, task.stage.stage_attempt_id, task.partition_id, task.attempt_number)
}

/// The executor of which the trace says with this message that its process is gone.
pub(super) fn lost_executor(record: &Record) -> Option<ExecutorId> {
    use crate::message::DriverEndpointMessage as M;
    match &record.message {
        Some(Message::DriverEndpoint(M::RemoveExecutor(remove))) => Some(remove.executor_id),
        _ => None,
    }
}
