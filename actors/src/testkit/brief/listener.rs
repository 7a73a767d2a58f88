//! Listener events.

use std::fmt::Write;

use super::{
    parts::{attempt, job_cause, metrics, profile, properties, reason, resources},
    tasks::{copy_of, task_of},
};
use crate::message::{AttemptCause, SparkListenerEvent as Event, StageInfo};

pub(super) fn brief(event: &Event) -> String {
    match event {
        Event::JobStart(start) => {
            let stages: Vec<String> = start.stages.iter().map(stage).collect();
            format!(
                "JobStart {:?} at {} [{}]{}",
                start.job_id,
                start.time.0,
                stages.join(", "),
                properties(&start.properties)
            )
        }
        Event::JobEnd(end) => {
            let error = end.error.as_ref();
            let error = error.map(|error| format!(": {error}{}", job_cause(error))).unwrap_or_default();
            format!("JobEnd {:?} at {}{error}", end.job_id, end.time.0)
        }
        Event::StageSubmitted(submitted) => {
            format!("StageSubmitted {}{}", stage(&submitted.stage), properties(&submitted.properties))
        }
        Event::StageCompleted(completed) => format!("StageCompleted {}", stage(&completed.stage)),
        Event::TaskStart(start) => {
            format!("TaskStart {}", task_of(start.stage_id, start.stage_attempt_id, &start.task_info))
        }
        Event::TaskEnd(end) => format!(
            "TaskEnd {}: {}{}",
            task_of(end.stage_id, end.stage_attempt_id, &end.task_info),
            reason(&end.reason),
            metrics(&end.metrics)
        ),
        Event::SparkListenerExecutorAdded(added) => {
            format!(
                "ExecutorAdded {} on {} with {}{} at {}",
                added.executor_id,
                added.hostname,
                added.cores,
                resources(&added.resources),
                added.time.0
            )
        }
        Event::SparkListenerExecutorRemoved(removed) => {
            format!("ExecutorRemoved {} at {}: {}", removed.executor_id, removed.time.0, removed.reason)
        }
        Event::ExecutorExcluded(_)
        | Event::ExecutorExcludedForStage(_)
        | Event::ExecutorUnexcluded(_)
        | Event::NodeExcluded(_)
        | Event::NodeExcludedForStage(_)
        | Event::NodeUnexcluded(_) => exclusion(event),
        Event::TaskGettingResult(event) => {
            format!("TaskGettingResult {}", task_of(event.stage_id, event.stage_attempt_id, &event.task_info))
        }
        Event::SpeculativeTask(event) => format!(
            "SpeculativeTask {}",
            copy_of(event.stage_id, event.stage_attempt_id, event.index, event.partition_id)
        ),
        Event::UnschedulableAdded(event) => {
            format!("UnschedulableAdded {}", attempt(event.stage_id, event.stage_attempt_id))
        }
        Event::UnschedulableRemoved(event) => {
            format!("UnschedulableRemoved {}", attempt(event.stage_id, event.stage_attempt_id))
        }
        other => format!("{other:?}"),
    }
}

fn exclusion(event: &Event) -> String {
    match event {
        Event::ExecutorExcluded(event) => format!(
            "ExecutorExcluded {} after {} failures at {}",
            event.executor_id, event.task_failures, event.time.0
        ),
        Event::ExecutorExcludedForStage(event) => format!(
            "ExecutorExcludedForStage {} after {} failures for {} at {}",
            event.executor_id,
            event.task_failures,
            attempt(event.stage_id, event.stage_attempt_id),
            event.time.0
        ),
        Event::ExecutorUnexcluded(event) => {
            format!("ExecutorUnexcluded {} at {}", event.executor_id, event.time.0)
        }
        Event::NodeExcluded(event) => {
            format!(
                "NodeExcluded {} after {} executors at {}",
                event.host, event.executor_failures, event.time.0
            )
        }
        Event::NodeExcludedForStage(event) => format!(
            "NodeExcludedForStage {} after {} executors for {} at {}",
            event.host,
            event.executor_failures,
            attempt(event.stage_id, event.stage_attempt_id),
            event.time.0
        ),
        Event::NodeUnexcluded(event) => format!("NodeUnexcluded {} at {}", event.host, event.time.0),
        other => format!("{other:?}"),
    }
}

/// `s1.1 x2 job0 <s0 makes shuffle0 profile 3 (cause) from 0 to 5 failed: why`; the profile and the cause if they are not the usual.
fn stage(stage: &StageInfo) -> String {
    let attempt = attempt(stage.stage_id, stage.attempt);
    let mut text = format!("{attempt} x{} {}", stage.num_tasks, stage.name);
    for (index, parent) in stage.parents.iter().enumerate() {
        write!(text, "{}{parent:?}", if index == 0 { " <" } else { "," }).unwrap();
    }
    if let Some(shuffle_id) = stage.shuffle_id {
        write!(text, " makes {shuffle_id:?}").unwrap();
    }
    text.push_str(&profile(stage.profile_id));
    if stage.cause != AttemptCause::FirstAttempt {
        write!(text, " ({})", stage.cause).unwrap();
    }
    if let Some(time) = stage.submission_time {
        write!(text, " from {}", time.0).unwrap();
    }
    if let Some(time) = stage.completion_time {
        write!(text, " to {}", time.0).unwrap();
    }
    if let Some(reason) = &stage.failure_reason {
        write!(text, " failed: {reason}").unwrap();
    }
    text
}
