//! The TaskScheduler as a value: one message in, the exact messages out.

mod barrier_wake_up;
mod failures;
mod kills;
mod offers;
mod results;

use std::sync::Arc;

use super::TaskSchedulerCore;
use crate::{
    Config, ExecutorId, JobId, OfferRound, ShuffleId, StageId, TaskId,
    message::{
        ExceptionFailure, HandleSuccessfulTask, MapStatus, Properties, ResourceOffers, StageTask,
        StatusUpdate, SubmitTasks, TaskEndReason, TaskKind, TaskMetrics, TaskOutput, TaskResult,
        TaskSchedulerMessage, TaskSet, TaskSpec, TaskStatus, TaskValue, WorkerOffer,
    },
    testkit::Harness,
};

type Tasks = Harness<TaskSchedulerCore>;

/// In local mode: no starvation timer.
fn local(task_max_failures: u32) -> Config {
    Config { is_local: true, task_max_failures, ..Config::default() }
}

fn tasks(config: Config) -> Tasks {
    Harness::new(TaskSchedulerCore::new(config))
}

/// A set of result tasks for all partitions of its stage.
fn set(job: u32, stage: u32, attempt: u32, tasks: u32) -> SubmitTasks {
    let spec = |index| TaskSpec {
        partition_id: index,
        output_id: index,
        partition: Vec::new().into(),
        locations: Vec::new(),
    };
    let stage = StageTask {
        job_id: JobId(job),
        stage_id: StageId(stage),
        stage_attempt_id: attempt,
        kind: TaskKind::Result,
        num_partitions: tasks,
        binary: Vec::new().into(),
        properties: Properties::default(),
        epoch: 0,
        is_barrier: false,
    };
    SubmitTasks {
        task_set: TaskSet { stage: Arc::new(stage), tasks: (0..tasks).map(spec).collect(), profile: None },
    }
}

fn map_set(job: u32, stage: u32, attempt: u32, tasks: u32) -> SubmitTasks {
    let mut submit = set(job, stage, attempt, tasks);
    Arc::make_mut(&mut submit.task_set.stage).kind = TaskKind::ShuffleMap { shuffle_id: ShuffleId(0) };
    submit
}

fn offers(round: u64, cores: &[(u32, u32)]) -> ResourceOffers {
    let offer = |&(executor, cores): &(u32, u32)| WorkerOffer::new(ExecutorId(executor), "here", cores);
    ResourceOffers {
        round: OfferRound(round),
        offers: cores.iter().map(offer).collect(),
        is_all_free_resources: true,
    }
}

fn status(task: u64, executor: u32, status: TaskStatus) -> StatusUpdate {
    StatusUpdate { executor_id: ExecutorId(executor), task_id: TaskId(task), status, task_cpus: 1 }
}

fn finished(task: u64, executor: u32, value: TaskValue) -> StatusUpdate {
    let result = TaskResult { value, metrics: TaskMetrics::default(), accum_updates: Vec::new() };
    status(task, executor, TaskStatus::Finished(Box::new(result)))
}

fn bytes(count: usize) -> TaskValue {
    TaskValue::Direct(vec![b'x'; count].into())
}

fn map_status(task: u64, executor: u32) -> TaskValue {
    TaskValue::MapStatus(MapStatus::new(ExecutorId(executor), TaskId(task), [1]))
}

fn failed(task: u64, executor: u32, reason: TaskEndReason) -> StatusUpdate {
    status(task, executor, TaskStatus::Failed(Box::new(reason)))
}

fn decoded(task: u64) -> TaskSchedulerMessage {
    let metrics = TaskMetrics { result_size: 3, ..TaskMetrics::default() };
    HandleSuccessfulTask {
        task_id: TaskId(task),
        output: TaskOutput::Decoded,
        metrics,
        accum_updates: Vec::new(),
    }
    .into()
}

fn exception(fatal: bool) -> TaskEndReason {
    TaskEndReason::ExceptionFailure(Box::new(ExceptionFailure {
        class_name: "panic".to_owned(),
        description: "oh".to_owned(),
        location: None,
        stack_trace: String::new(),
        causes: Vec::new(),
        fatal,
        metrics: TaskMetrics { records_read: 9, ..TaskMetrics::default() },
        accum_updates: Vec::new(),
    }))
}

/// A result task runs to its end: its result goes to the getter, and its end to the DAGScheduler.
fn succeed(tasks: &mut Tasks, task: u64, executor: u32) -> Vec<String> {
    let mut sent = tasks.tell(finished(task, executor, bytes(3)));
    assert_eq!(sent.len(), 1, "{sent:?}");
    sent.extend(tasks.tell(decoded(task)));
    sent
}
