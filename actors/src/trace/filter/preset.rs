//! Filters that have a name.

/// Name, what it lets through, filter.
pub(super) const PRESETS: [(&str, &str, &str); 4] = [
    (
        "heartbeats",
        "what executors send to show that they live, and what comes of it",
        "kind in {SendHeartbeat, Heartbeat, HeartbeatResponse, TaskMetricsReport, \
         ExecutorHeartbeatReceived, ExecutorMetricsUpdate, ExpireDeadHosts}",
    ),
    (
        "failures",
        "what tells of something that failed: attempts, task sets, jobs, executors; not what was killed on purpose",
        "kind in {JobFailed, TaskSetFailed, HandleFailedTask, AbortTaskSet, AbortUnschedulableTaskSet, ExecutorLost, \
         TaskExecutorLost, RegisterExecutorFailed, ExecutorExcluded, ExecutorExcludedForStage, NodeExcluded, \
         NodeExcludedForStage, UnschedulableTaskSetAdded, UnschedulableAdded} and not note = TaskKilled \
         or note in {FAILED, JobFailed, FetchFailed, ExceptionFailure, TaskResultLost, TaskCommitDenied, \
         ExecutorLostFailure, UnknownReason, denied, broken}",
    ),
    (
        "kills",
        "what ends attempts on purpose, and what comes of it",
        "kind in {KillTask, KillTaskAttempt, KillAllTaskAttempts, JobCancelled, StageCancelled, JobGroupCancelled, \
         JobTagCancelled, AllJobsCancelled} or note in {KILLED, TaskKilled}",
    ),
    ("events", "what listeners hear", "to = ListenerBus"),
];

/// The filter of this name.
pub(super) fn preset(name: &str) -> Option<&'static str> {
    PRESETS.iter().find(|(known, ..)| *known == name).map(|(.., filter)| *filter)
}
