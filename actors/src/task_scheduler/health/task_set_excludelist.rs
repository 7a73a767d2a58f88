//! The failures of one task set, and whom they exclude from it.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    Config, ExecutorId, StageId, Time,
    config::Exclusion,
    core::Outbox,
    message::{ExecutorExcludedForStage, ListenerBus, NodeExcludedForStage},
};

/// The failed tasks of a task set by executor and by node. Empty as long as nothing fails.
#[derive(Clone, Debug)]
pub(in crate::task_scheduler) struct TaskSetExcludelist {
    limits: Exclusion,
    stage_id: StageId,
    stage_attempt_id: u32,
    executors: BTreeMap<ExecutorId, ExecutorFailures>,
    nodes: BTreeMap<Arc<str>, NodeFailures>,
    latest_failure_reason: String,
}

/// The failed tasks of a task set on one executor.
#[derive(Clone, Debug)]
pub(super) struct ExecutorFailures {
    /// The executor's node.
    pub(super) host: Arc<str>,
    /// By the task's index: how many of its attempts failed here, and when the latest did.
    pub(super) tasks: BTreeMap<u32, (u32, Time)>,
}

/// The failed tasks of a task set on one node, executors that have left included.
#[derive(Clone, Debug, Default)]
struct NodeFailures {
    /// By the task's index: how many of its attempts failed here. Attempts, not executors: a task set gives up
    /// after so many attempts, and a task is to see another node before that.
    attempts: BTreeMap<u32, u32>,
    /// How many executors of the node are excluded from the set.
    excluded_executors: u32,
}

impl TaskSetExcludelist {
    /// Of a task set without failures.
    pub(in crate::task_scheduler) fn new(config: &Config, stage_id: StageId, stage_attempt_id: u32) -> Self {
        TaskSetExcludelist {
            limits: config.exclusion.clone(),
            stage_id,
            stage_attempt_id,
            executors: BTreeMap::new(),
            nodes: BTreeMap::new(),
            latest_failure_reason: String::new(),
        }
    }

    /// Whether an executor may not run a task. Does not look at the whole set or the application: whoever asks for
    /// single tasks has asked for those before.
    pub(in crate::task_scheduler) fn is_executor_excluded_for_task(
        &self,
        executor_id: ExecutorId,
        index: u32,
    ) -> bool {
        let attempts = |executor: &ExecutorFailures| executor.tasks.get(&index).map_or(0, |task| task.0);
        self.limits.task_and_stage_enabled
            && self.executors.get(&executor_id).map_or(0, attempts)
                >= self.limits.task_max_attempts_per_executor
    }

    /// Whether no executor of a node may run a task; as narrow as
    /// [`is_executor_excluded_for_task`](Self::is_executor_excluded_for_task).
    pub(in crate::task_scheduler) fn is_node_excluded_for_task(&self, host: &str, index: u32) -> bool {
        let attempts = |node: &NodeFailures| node.attempts.get(&index).copied().unwrap_or(0);
        self.limits.task_and_stage_enabled
            && self.nodes.get(host).map_or(0, attempts) >= self.limits.task_max_attempts_per_node
    }

    /// Whether an executor may run no task of the set.
    pub(in crate::task_scheduler) fn is_executor_excluded_for_set(&self, executor_id: ExecutorId) -> bool {
        self.limits.task_and_stage_enabled
            && self.failed_tasks_on(executor_id) >= self.limits.stage_max_failed_tasks_per_executor
    }

    /// Whether no executor of a node may run a task of the set.
    pub(in crate::task_scheduler) fn is_node_excluded_for_set(&self, host: &str) -> bool {
        let excluded = self.nodes.get(host).map_or(0, |node| node.excluded_executors);
        self.limits.task_and_stage_enabled && excluded >= self.limits.stage_max_failed_executors_per_node
    }

    /// How many different tasks of the set have failed on an executor.
    pub(in crate::task_scheduler) fn failed_tasks_on(&self, executor_id: ExecutorId) -> u32 {
        self.executors.get(&executor_id).map_or(0, ExecutorFailures::failed_tasks)
    }

    /// Why the latest task failed, for the text with which the set gives up; empty if none has failed.
    pub(in crate::task_scheduler) fn latest_failure_reason(&self) -> &str {
        &self.latest_failure_reason
    }

    /// The failures by executor, for the application.
    pub(super) fn failures(&self) -> impl Iterator<Item = (ExecutorId, &ExecutorFailures)> {
        self.executors.iter().map(|(executor_id, failures)| (*executor_id, failures))
    }

    /// A task has failed on an executor.
    pub(in crate::task_scheduler) fn update_for_failed_task(
        &mut self,
        now: Time,
        host: &Arc<str>,
        executor_id: ExecutorId,
        index: u32,
        reason: &str,
        out: &mut Outbox,
    ) {
        reason.clone_into(&mut self.latest_failure_reason);
        let failures = self
            .executors
            .entry(executor_id)
            .or_insert_with(|| ExecutorFailures { host: host.clone(), tasks: BTreeMap::new() });
        let is_new = failures.add(now, index);
        let failed_tasks = failures.failed_tasks();
        let node = self.nodes.entry(host.clone()).or_default();
        *node.attempts.entry(index).or_insert(0) += 1;
        if is_new && failed_tasks == self.limits.stage_max_failed_tasks_per_executor {
            node.excluded_executors += 1;
            let excluded_executors = node.excluded_executors;
            self.tell_excluded(now, host, executor_id, (failed_tasks, excluded_executors), out);
        }
    }

    /// Tells listeners that an executor has come to the limit, and that its node has with it. Without exclusion at
    /// this level there is nothing to tell: the failures are only kept for the application (TSM-064).
    fn tell_excluded(
        &self,
        now: Time,
        host: &Arc<str>,
        executor_id: ExecutorId,
        (task_failures, executor_failures): (u32, u32),
        out: &mut Outbox,
    ) {
        if !self.limits.task_and_stage_enabled {
            return;
        }
        let (time, stage_id, stage_attempt_id) = (now, self.stage_id, self.stage_attempt_id);
        tracing::info!("Excluding executor {executor_id} for stage {stage_id}");
        out.send(
            ListenerBus,
            ExecutorExcludedForStage { time, executor_id, task_failures, stage_id, stage_attempt_id },
        );
        if executor_failures == self.limits.stage_max_failed_executors_per_node {
            tracing::info!("Excluding {host} for stage {stage_id}");
            let host = host.clone();
            out.send(
                ListenerBus,
                NodeExcludedForStage { time, host, executor_failures, stage_id, stage_attempt_id },
            );
        }
    }
}

impl ExecutorFailures {
    /// Counts a failure; whether it is the first of its task here.
    fn add(&mut self, now: Time, index: u32) -> bool {
        let (attempts, latest) = self.tasks.entry(index).or_insert((0, now));
        *attempts += 1;
        *latest = now;
        *attempts == 1
    }

    fn failed_tasks(&self) -> u32 {
        u32::try_from(self.tasks.len()).unwrap_or(u32::MAX)
    }
}
