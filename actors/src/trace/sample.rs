//! A small hand-made trace for tests: a job of two tasks on two executors, of which one fails and is run again.

use super::{Messages, Record};
use crate::{
    ActorId, ExecutorId, JobId, StageId, TaskId, Time,
    message::{
        DriverEndpointMessage, ExecutorBackendMessage, Head, Ids, MessageId, RegisterExecutorFailed,
        ReviveOffers,
    },
};

pub(crate) const HOST: ActorId = ActorId::Host(0);
pub(crate) const DAG: ActorId = ActorId::DagScheduler;
pub(crate) const TASKS: ActorId = ActorId::TaskScheduler;
pub(crate) const ENDPOINT: ActorId = ActorId::DriverEndpoint;
pub(crate) const EVENTS: ActorId = ActorId::ListenerBus;

pub(crate) fn executor(number: u32) -> ActorId {
    ActorId::ExecutorBackend(ExecutorId(number))
}

pub(crate) fn id(actor: ActorId, number: u64) -> MessageId {
    MessageId { actor, incarnation: 0, number }
}

/// The ids of an attempt at a task of stage 0.0.
pub(crate) fn attempt(task: u64, partition: u32, executor: u32) -> Ids {
    Ids {
        stage: Some(StageId(0)),
        stage_attempt: Some(0),
        partition: Some(partition),
        task: Some(TaskId(task)),
        executor: Some(ExecutorId(executor)),
        ..Ids::default()
    }
}

/// Makes traces of heads; times are microseconds.
#[derive(Default)]
pub(crate) struct Sample {
    pub(crate) messages: Messages,
}

impl Sample {
    pub(crate) fn head(
        &mut self,
        id: MessageId,
        cause: Option<MessageId>,
        to: ActorId,
        (sent, handled): (u64, u64),
        kind: &'static str,
        ids: Ids,
    ) {
        self.messages.push(Record {
            number: self.messages.len() as u64,
            head: Head { id, cause, to, sent: Time(sent * 1_000) },
            handled: Time(handled * 1_000),
            kind,
            ids,
            message: None,
        });
    }
}

/// The trace.
pub(crate) fn sample() -> Messages {
    let mut to = Sample::default();
    let job = Ids { job: Some(JobId(0)), ..Ids::default() };
    let stage = Ids { stage: Some(StageId(0)), stage_attempt: Some(0), count: Some(2), ..job };
    let noted = |ids: Ids, note| Ids { note: Some(note), ..ids };
    to.head(id(HOST, 1), None, DAG, (1_000, 1_004), "JobSubmitted", Ids { count: Some(2), ..job });
    to.head(id(DAG, 1), Some(id(HOST, 1)), EVENTS, (1_004, 1_004), "JobStart", job);
    to.head(id(DAG, 2), Some(id(HOST, 1)), TASKS, (1_004, 1_010), "SubmitTasks", stage);
    to.head(
        id(TASKS, 1),
        Some(id(DAG, 2)),
        ENDPOINT,
        (1_010, 1_013),
        "LaunchTasks",
        Ids { count: Some(2), ..Ids::default() },
    );
    to.head(id(ENDPOINT, 1), Some(id(TASKS, 1)), executor(1), (1_013, 1_020), "LaunchTask", attempt(0, 0, 1));
    to.head(id(ENDPOINT, 2), Some(id(TASKS, 1)), executor(2), (1_013, 1_024), "LaunchTask", attempt(1, 1, 2));
    to.head(id(executor(1), 1), None, executor(1), (1_020, 2_000), "SendHeartbeat", Ids::default());
    to.head(
        id(executor(1), 2),
        Some(id(executor(1), 1)),
        ActorId::HeartbeatReceiver,
        (2_000, 2_100),
        "Heartbeat",
        Ids { executor: Some(ExecutorId(1)), ..Ids::default() },
    );
    to.head(
        id(executor(2), 1),
        Some(id(ENDPOINT, 2)),
        ENDPOINT,
        (3_000, 3_001),
        "StatusUpdate",
        noted(attempt(1, 1, 2), "FAILED"),
    );
    to.head(
        id(ENDPOINT, 3),
        Some(id(executor(2), 1)),
        TASKS,
        (3_001, 3_002),
        "HandleFailedTask",
        noted(attempt(1, 1, 2), "ExceptionFailure"),
    );
    to.head(
        id(executor(1), 3),
        Some(id(ENDPOINT, 1)),
        ENDPOINT,
        (4_000, 9_000),
        "StatusUpdate",
        noted(attempt(0, 0, 1), "FINISHED"),
    );
    to.messages
}

/// Two messages with payloads.
pub(crate) fn with_payloads() -> Messages {
    let mut to = Sample::default();
    to.head(id(ENDPOINT, 1), None, executor(1), (1, 2), "RegisterExecutorFailed", Ids::default());
    to.head(id(TASKS, 1), None, ENDPOINT, (2, 3), "ReviveOffers", Ids::default());
    let failed = RegisterExecutorFailed { message: "Duplicate executor ID: 1".to_owned() };
    let says =
        [ExecutorBackendMessage::from(failed).into(), DriverEndpointMessage::from(ReviveOffers {}).into()];
    let mut messages = Messages::default();
    for (record, message) in to.messages.iter().zip(says) {
        messages.push(Record { message: Some(message), ..record.clone() });
    }
    messages
}
