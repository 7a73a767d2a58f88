//! What messages are called, and the ids that they are about.

use std::{collections::BTreeSet, sync::Arc};

use firesteel_actors::{
    ExecutorId, JobError, JobId, OfferRound, ShuffleId, StageId, TaskId,
    message::{
        CheckStarvation, CompletionEvent, DagSchedulerMessage, Describe, DriverEndpointMessage,
        ExecutorBackendMessage, JobCancelled, JobFailed, JobWaiterMessage, KillTask, LaunchTask, LaunchTasks,
        NotifyPartitionCompletion, Properties, RemoveShuffle, ResourceOffers, StageTask, StatusUpdate,
        SubmitTasks, TaskDescription, TaskEndReason, TaskInfo, TaskKind, TaskLocality, TaskSchedulerMessage,
        TaskSet, TaskSpec, TaskStatus, TaskSucceeded, WorkerOffer, catalogue,
    },
};

fn stage() -> Arc<StageTask> {
    Arc::new(StageTask {
        job_id: JobId(1),
        stage_id: StageId(2),
        stage_attempt_id: 3,
        kind: TaskKind::Result,
        num_partitions: 9,
        binary: Vec::new().into(),
        properties: Properties::default(),
        epoch: 0,
        is_barrier: false,
    })
}

fn said(message: impl Describe) -> String {
    format!("{} {}", message.kind(), message.ids()).trim_end().to_owned()
}

#[test]
fn messages_to_the_dag_scheduler() {
    type M = DagSchedulerMessage;
    let task_info = TaskInfo {
        task_id: TaskId(7),
        index: 0,
        attempt_number: 0,
        partition_id: 4,
        executor_id: ExecutorId::DRIVER,
        locality: TaskLocality::Any,
        speculative: false,
        launch_time: firesteel_actors::Time::ZERO,
        finish_time: None,
        getting_result_time: None,
        outcome: None,
    };
    let end = CompletionEvent {
        stage: stage(),
        output_id: 0,
        reason: TaskEndReason::TaskResultLost,
        output: None,
        metrics: Box::default(),
        accum_updates: Vec::new(),
        task_info,
    };
    assert_eq!(
        said(M::from(end)),
        "CompletionEvent job 1 stage 2.3 partition 4 task 7 executor driver TaskResultLost"
    );
    assert_eq!(said(M::from(JobCancelled { job_id: JobId(5), reason: None })), "JobCancelled job 5");
    assert_eq!(said(M::from(RemoveShuffle { shuffle_id: ShuffleId(6) })), "RemoveShuffle shuffle 6");
}

#[test]
fn messages_to_the_task_scheduler() {
    type M = TaskSchedulerMessage;
    let spec =
        TaskSpec { partition_id: 0, output_id: 0, partition: Vec::new().into(), locations: Vec::new() };
    let task_set = TaskSet { stage: stage(), tasks: vec![spec.clone(), spec], profile: None };
    assert_eq!(said(M::from(SubmitTasks { task_set })), "SubmitTasks job 1 stage 2.3 x2");
    let done = NotifyPartitionCompletion { stage_id: StageId(2), partition_id: 8, output_id: 1 };
    assert_eq!(said(M::from(done)), "NotifyPartitionCompletion stage 2 partition 8");
    let offers = |executors: &[u32]| {
        let offer = |executor: &u32| WorkerOffer::new(ExecutorId(*executor), "here", 3);
        let offers = executors.iter().map(offer).collect();
        M::from(ResourceOffers { round: OfferRound(1), offers, is_all_free_resources: true })
    };
    assert_eq!(said(offers(&[5])), "ResourceOffers executor 5 x3");
    assert_eq!(said(offers(&[5, 6])), "ResourceOffers x6");
    assert_eq!(said(M::from(CheckStarvation {})), "CheckStarvation");
}

#[test]
fn messages_to_driver_executors_and_waiters() {
    let task = TaskDescription {
        task_id: TaskId(7),
        attempt_number: 1,
        executor_id: ExecutorId(5),
        index: 6,
        partition_id: 4,
        output_id: 0,
        cpus: 1,
        resources: Default::default(),
        addresses: Default::default(),
        stage: stage(),
        partition: Vec::new().into(),
    };
    assert_eq!(task.name(), "task 6.1 in stage 2.3");
    let launch = ExecutorBackendMessage::from(LaunchTask { task: task.clone() });
    assert_eq!(said(launch), "LaunchTask job 1 stage 2.3 partition 4 task 7 executor 5");
    let tasks = LaunchTasks { round: OfferRound(1), tasks: vec![task], returned: Vec::new() };
    assert_eq!(said(DriverEndpointMessage::from(tasks)), "LaunchTasks x1");
    let kill = KillTask {
        task_id: TaskId(7),
        executor_id: ExecutorId(5),
        interrupt_thread: true,
        reason: String::new(),
    };
    assert_eq!(said(DriverEndpointMessage::from(kill)), "KillTask task 7 executor 5");
    let update = StatusUpdate {
        executor_id: ExecutorId(5),
        task_id: TaskId(7),
        status: TaskStatus::Running,
        task_cpus: 1,
    };
    assert_eq!(said(ExecutorBackendMessage::from(update)), "StatusUpdate task 7 executor 5 RUNNING");
    let done = TaskSucceeded { job_id: JobId(1), output_id: 4, task_id: TaskId(7) };
    assert_eq!(said(JobWaiterMessage::from(done)), "TaskSucceeded job 1 partition 4 task 7");
    let error = JobError::ContextStopped { job_id: JobId(1) };
    assert_eq!(said(JobWaiterMessage::from(JobFailed { job_id: JobId(1), error })), "JobFailed job 1");
}

#[test]
fn the_catalogue_names_each_kind_of_each_receiver_once() {
    let catalogue = catalogue();
    assert_eq!(catalogue.len(), 14);
    for (receiver, kinds) in catalogue {
        assert_eq!(kinds.iter().collect::<BTreeSet<_>>().len(), kinds.len(), "{receiver}");
        assert!(!kinds.is_empty(), "{receiver}");
    }
}
