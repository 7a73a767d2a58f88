//! What a message is, apart from the run that it happened in.

use crate::{
    ActorId, ExecutorId, JobId, ShuffleId, StageId,
    trace::{Record, Run},
};

/// Rounds, timers and signs of life. How many there are depends on moments, so they tell nothing of their own: what
/// they lead to does.
pub(super) const ROUNDS: [&str; 23] = [
    // Rounds of offers: tasks that end at one moment are one round, else several. Launches are compared.
    "ReviveOffers",
    "ResourceOffers",
    "LaunchTasks",
    // Timers that come again and again, as long as a run takes.
    "CheckSpeculatableTasks",
    "CheckStarvation",
    "ExpireDeadHosts",
    "RecheckBarrierSlots",
    "Schedule",
    "SendHeartbeat",
    // Timers of which there is one for what happens within a time, or that come late and find nothing to do. What they
    // do then (kills, aborts, submissions, launches) is compared.
    "AbortUnschedulableTaskSet",
    "BarrierTimeout",
    "CheckDecommission",
    "CheckLocality",
    "ExpireExclusions",
    "ForgetKillMarks",
    "ResubmitFailedStages",
    // Signs of life, and what they carry on.
    "Heartbeat",
    "ExecutorHeartbeatReceived",
    "ExecutorMetricsUpdate",
    "HeartbeatResponse",
    "TaskMetricsReport",
    // Copies of what listeners are told, which is compared there.
    "AllocationEvent",
    // The answer to a request for executors, of which there is one for what is wanted at a time.
    "RequestAcknowledged",
];

/// Whether a message is of a round, a timer or a sign of life.
pub(super) fn is_of_a_round(record: &Record) -> bool {
    ROUNDS.contains(&record.kind)
}

/// What a message is: who says what to whom about what. Task attempts are named by what they compute, since their
/// numbers depend on the order in which they were launched, and a message about one does not depend on where it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    from: ActorId,
    to: ActorId,
    kind: &'static str,
    job: Option<JobId>,
    stage: Option<(StageId, Option<u32>)>,
    partition: Option<u32>,
    /// Which attempt of its partition.
    attempt: Option<u32>,
    executor: Option<ExecutorId>,
    shuffle: Option<ShuffleId>,
    is_begin: bool,
}

/// Stands for the place of a task.
const SOMEWHERE: ExecutorId = ExecutorId(0);

impl Identity {
    pub(super) fn of(run: &Run, record: &Record) -> Self {
        let ids = record.ids;
        let mut identity = Identity {
            from: record.from(),
            to: record.to(),
            kind: record.kind,
            job: ids.job,
            stage: ids.stage.map(|stage| (stage, ids.stage_attempt)),
            partition: ids.partition,
            attempt: None,
            executor: ids.executor,
            shuffle: ids.shuffle,
            is_begin: ids.note == Some("RUNNING"),
        };
        if is_of_a_round(record) {
            identity.executor = None;
        }
        if let Some(task) = ids.task {
            identity.executor = None;
            (identity.from, identity.to) = (somewhere(identity.from), somewhere(identity.to));
            if let Some(attempt) = run.attempts.get(&task) {
                identity.stage = Some((attempt.stage, Some(attempt.stage_attempt)));
                identity.partition = attempt.partition;
                identity.attempt = Some(attempt.number);
            }
        }
        identity
    }
}

fn somewhere(actor: ActorId) -> ActorId {
    match actor {
        ActorId::ExecutorBackend(_) => ActorId::ExecutorBackend(SOMEWHERE),
        ActorId::TaskRunner(_) => ActorId::TaskRunner(SOMEWHERE),
        other => other,
    }
}
