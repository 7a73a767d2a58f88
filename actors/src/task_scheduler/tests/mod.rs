//! The TaskScheduler as a value: one message in, the exact messages out.

mod barrier;
mod barrier_wake_up;
mod cost;
mod decommission;
mod delay;
mod excluded_executors;
mod exclusion;
mod explain;
mod failures;
mod gpu_amounts;
mod gpus;
mod kills;
mod locality;
mod locality_wake_up;
mod loss;
mod offers;
mod outputs;
mod pools;
mod results;
mod slow_tasks;
mod small_rounds;
mod speculation;
mod unschedulable;

use std::sync::Arc;

use super::TaskSchedulerCore;
use crate::{
    Config, ExecutorId, JobId, OfferRound, ShuffleId, StageId, TaskId,
    lineage::TaskLocation,
    message::{
        DagSchedulerMessage, DriverEndpointMessage, ExceptionFailure, ExecutorLossReason,
        HandleSuccessfulTask, LaunchTasks, MapStatus, Message, Properties, ResourceOffers, StageTask,
        StatusUpdate, SubmitTasks, TaskEndReason, TaskExecutorLost, TaskKind, TaskLocality, TaskMetrics,
        TaskOutput, TaskResult, TaskSchedulerMessage, TaskSet, TaskSpec, TaskStatus, TaskValue, WorkerOffer,
    },
    testkit::{Harness, brief},
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
    let result = TaskResult { value, metrics: Box::default(), accum_updates: Vec::new() };
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
    let metrics = Box::new(TaskMetrics { result_size: 3, ..TaskMetrics::default() });
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
        metrics: Box::new(TaskMetrics { records_read: 9, ..TaskMetrics::default() }),
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

const MILLI: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MILLI;
const REVIVE: &str = "DriverEndpoint: revive";

/// A set comes, and cores are asked for.
fn submit(tasks: &mut Tasks, set: SubmitTasks) {
    let mut sent = tasks.tell(set);
    // Timers: while something is excluded, a set that waits watches for its end.
    sent.retain(|sent| !sent.ends_with("check starvation") && !sent.ends_with("expire exclusions"));
    assert_eq!(sent, [REVIVE]);
}

/// The places that the tasks of a set prefer, by task.
fn prefer(mut submit: SubmitTasks, locations: &[&[&str]]) -> SubmitTasks {
    for (spec, locations) in submit.task_set.tasks.iter_mut().zip(locations) {
        spec.locations = locations.iter().map(|text| TaskLocation::parse(text)).collect();
    }
    submit
}

/// All free cores: executors, their hosts, and how many each has.
fn all(tasks: &mut Tasks, offers: &[(u32, &str, u32)]) -> Vec<String> {
    round(tasks, true, offers.iter().map(offer).collect())
}

/// The cores that have become free on some executors.
fn some(tasks: &mut Tasks, offers: &[(u32, &str, u32)]) -> Vec<String> {
    round(tasks, false, offers.iter().map(offer).collect())
}

fn offer(&(executor, host, cores): &(u32, &str, u32)) -> WorkerOffer {
    WorkerOffer::new(ExecutorId(executor), host, cores)
}

/// A round: what is launched, such as `t5 = s0 i1.0 on 2 NODE_LOCAL`, then all else that is sent except what goes
/// without saying: that an executor is new, that a launched task begins. What was offered comes back or is taken.
fn round(tasks: &mut Tasks, is_all_free_resources: bool, offers: Vec<WorkerOffer>) -> Vec<String> {
    let offered = offers.clone();
    let sent = tasks.send(ResourceOffers { round: OfferRound(7), offers, is_all_free_resources });
    let mut launched = Vec::new();
    let mut others = Vec::new();
    let mut begun = Vec::new();
    for sending in &sent {
        match &sending.message {
            Message::DagScheduler(DagSchedulerMessage::ExecutorAdded(_)) => {}
            Message::DagScheduler(DagSchedulerMessage::BeginEvent(begin)) => begun.push(begin.task_info),
            Message::DriverEndpoint(DriverEndpointMessage::LaunchTasks(launch)) => {
                check_lease(&offered, launch);
                for (task, info) in launch.tasks.iter().zip(&begun) {
                    assert_eq!((task.task_id, task.executor_id), (info.task_id, info.executor_id));
                    let level = match info.locality {
                        TaskLocality::ProcessLocal => String::new(),
                        level => format!(" {level}"),
                    };
                    let copy = if info.speculative { " copy" } else { "" };
                    launched.push(format!(
                        "{:?} = {:?} i{}.{} on {}{level}{copy}",
                        task.task_id, task.stage.stage_id, task.index, task.attempt_number, task.executor_id
                    ));
                }
                assert_eq!(launch.tasks.len(), begun.len());
            }
            _ => others.push(brief(sending)),
        }
    }
    launched.extend(others);
    launched
}

/// For each executor the cores that were offered are those of its new tasks and those that come back.
fn check_lease(offered: &[WorkerOffer], launch: &LaunchTasks) {
    for offer in offered {
        let of = |id: &ExecutorId| *id == offer.executor_id;
        let taken: u32 = launch.tasks.iter().filter(|task| of(&task.executor_id)).map(|task| task.cpus).sum();
        let back: u32 =
            launch.returned.iter().filter(|back| of(&back.executor_id)).map(|back| back.cores).sum();
        assert_eq!(offer.cores, taken + back, "executor {}", offer.executor_id);
    }
}

/// A map task ends well.
fn map_done(tasks: &mut Tasks, task: u64, executor: u32) -> Vec<String> {
    tasks.tell(finished(task, executor, map_status(task, executor)))
}

fn lost(executor: u32, reason: ExecutorLossReason) -> TaskExecutorLost {
    TaskExecutorLost { executor_id: ExecutorId(executor), reason }
}

fn killed(task: u64, executor: u32) -> StatusUpdate {
    status(task, executor, TaskStatus::Killed(Box::new(TaskEndReason::killed("test"))))
}
