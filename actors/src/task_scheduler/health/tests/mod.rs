//! Exclusion as values: failures go in, events and kills come out.

mod app;
mod kills;
mod task_set;

use std::{sync::Arc, time::Duration};

use super::{HealthTracker, TaskSetExcludelist};
use crate::{Config, ExecutorId, StageId, Time, core::Outbox, testkit::brief};

/// A moment in whole seconds.
fn at(seconds: u64) -> Time {
    Time::ZERO + Duration::from_secs(seconds)
}

/// Both levels on; exclusions last for 100 s.
fn config() -> Config {
    let mut config = Config::default();
    config.exclusion.application_enabled = true;
    config.exclusion.task_and_stage_enabled = true;
    config.exclusion.timeout = Duration::from_secs(100);
    config
}

/// What `act` sends, as short texts.
fn sent(act: impl FnOnce(&mut Outbox)) -> Vec<String> {
    let mut out = Outbox::new();
    act(&mut out);
    out.drain().map(|sending| brief(&sending)).collect()
}

fn list(config: &Config, stage: u32) -> TaskSetExcludelist {
    TaskSetExcludelist::new(config, StageId(stage), 0)
}

/// A task fails on an executor of a host.
fn fail(set: &mut TaskSetExcludelist, now: Time, host: &str, executor: u32, index: u32) -> Vec<String> {
    sent(|out| {
        set.update_for_failed_task(now, &Arc::from(host), ExecutorId(executor), index, "oh", out);
    })
}

/// A task set succeeds in which these tasks failed: host, executor, index.
fn succeed(tracker: &mut HealthTracker, now: Time, stage: u32, failures: &[(&str, u32, u32)]) -> Vec<String> {
    let mut set = list(&config(), stage);
    for (host, executor, index) in failures {
        let _ = fail(&mut set, now, host, *executor, *index);
    }
    report(tracker, now, stage, &set)
}

fn report(tracker: &mut HealthTracker, now: Time, stage: u32, set: &TaskSetExcludelist) -> Vec<String> {
    sent(|out| tracker.update_for_successful_task_set(now, StageId(stage), 0, set, out))
}

fn expire(tracker: &mut HealthTracker, now: Time) -> Vec<String> {
    sent(|out| tracker.apply_timeout(now, out))
}

fn excluded_executors(tracker: &HealthTracker, among: std::ops::Range<u32>) -> Vec<u32> {
    among.filter(|executor| tracker.is_executor_excluded(ExecutorId(*executor))).collect()
}

fn excluded_nodes(tracker: &HealthTracker) -> Vec<&str> {
    let nodes: Vec<&str> = tracker.excluded_nodes().map(|host| &**host).collect();
    assert!(nodes.iter().all(|host| tracker.is_node_excluded(host)));
    nodes
}
