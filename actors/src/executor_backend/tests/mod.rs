//! An ExecutorBackend as a value: one message in, the exact messages out.

mod heartbeats;
mod leaving;
mod registration;
mod tasks;

use std::sync::Arc;

use super::ExecutorBackendCore;
use crate::{
    ExecutorId, JobId, StageId, TaskId,
    message::{
        KillTask, LaunchTask, Properties, RegisteredExecutor, StageTask, StatusUpdate, TaskDescription,
        TaskEndReason, TaskKind, TaskStatus,
    },
    testkit::Harness,
};

/// In nanoseconds.
const SECOND: u64 = 1_000_000_000;
const EXECUTOR: ExecutorId = ExecutorId(1);

fn backend() -> Harness<ExecutorBackendCore> {
    Harness::new(ExecutorBackendCore::new(EXECUTOR, "here", 2))
}

fn registered() -> Harness<ExecutorBackendCore> {
    let mut backend = backend();
    assert_eq!(backend.tell(RegisteredExecutor {}), ["DriverEndpoint: executor 1 is ready"]);
    backend
}

fn launch(id: u64) -> LaunchTask {
    let stage = StageTask {
        job_id: JobId(0),
        stage_id: StageId(0),
        stage_attempt_id: 0,
        kind: TaskKind::Result,
        num_partitions: 1,
        binary: Vec::new().into(),
        properties: Properties::default(),
        epoch: 0,
        is_barrier: false,
    };
    let task = TaskDescription {
        task_id: TaskId(id),
        attempt_number: 0,
        executor_id: EXECUTOR,
        index: 0,
        partition_id: 0,
        output_id: 0,
        cpus: 1,
        resources: Default::default(),
        addresses: Default::default(),
        stage: Arc::new(stage),
        partition: Vec::new().into(),
    };
    LaunchTask { task }
}

fn kill(id: u64) -> KillTask {
    KillTask {
        task_id: TaskId(id),
        executor_id: EXECUTOR,
        interrupt_thread: false,
        reason: "slow".to_owned(),
    }
}

fn update(id: u64, status: TaskStatus) -> StatusUpdate {
    StatusUpdate { executor_id: EXECUTOR, task_id: TaskId(id), status, task_cpus: 1 }
}

fn failed() -> TaskStatus {
    TaskStatus::Failed(Box::new(TaskEndReason::UnknownReason))
}
