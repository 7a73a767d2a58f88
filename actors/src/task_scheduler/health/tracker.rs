//! Executors and nodes that the whole application avoids for a while.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use super::{TaskSetExcludelist, task_set_excludelist::ExecutorFailures};
use crate::{
    Config, ExecutorId, StageId, Time,
    config::Exclusion,
    core::Outbox,
    message::{
        DriverEndpoint, ExcludedNodesChanged, ExecutorExcluded, ExecutorUnexcluded, ListenerBus,
        NodeExcluded, NodeUnexcluded,
    },
};

/// So many lost executors are remembered; the lowest ids are the oldest.
const MAX_LOST: usize = 1_000;

/// Which executors and nodes are excluded from the application, until when, and what may still lead to that.
#[derive(Clone, Debug)]
pub(in crate::task_scheduler) struct HealthTracker {
    pub(super) limits: Exclusion,
    /// The shuffle service serves a node's outputs: if one cannot be fetched, the node is to blame.
    shuffle_service: bool,
    /// The executor inside the driver cannot be ended for another.
    pub(super) can_kill: bool,
    /// By executor, the failed tasks of task sets that succeeded: when each stops to count.
    failures: BTreeMap<ExecutorId, Vec<Time>>,
    /// When an executor's failures are to be looked at again, so that none is kept for ever.
    failure_expiries: BTreeSet<(Time, ExecutorId)>,
    executors: BTreeMap<ExecutorId, ExcludedExecutor>,
    nodes: BTreeMap<Arc<str>, Time>,
    /// The excluded executors of each node, also of nodes that are not excluded, and also those that have left.
    executors_on_node: BTreeMap<Arc<str>, BTreeSet<ExecutorId>>,
    /// All that is excluded, in the order in which it ends: every exclusion lasts equally long.
    expiries: VecDeque<(Time, Excluded)>,
    /// Where lost executors were, the latest of them; only if failures to fetch count.
    hosts_of_lost: BTreeMap<ExecutorId, Arc<str>>,
    /// Somebody was excluded since that was asked.
    has_news: bool,
}

#[derive(Clone, Debug)]
struct ExcludedExecutor {
    host: Arc<str>,
    until: Time,
}

#[derive(Clone, Debug)]
enum Excluded {
    Executor(ExecutorId),
    Node(Arc<str>),
}

impl HealthTracker {
    /// One that excludes nothing yet.
    pub(in crate::task_scheduler) fn new(config: &Config) -> Self {
        HealthTracker {
            limits: config.exclusion.clone(),
            shuffle_service: config.shuffle.service_enabled,
            can_kill: !config.is_local,
            failures: BTreeMap::new(),
            failure_expiries: BTreeSet::new(),
            executors: BTreeMap::new(),
            nodes: BTreeMap::new(),
            executors_on_node: BTreeMap::new(),
            expiries: VecDeque::new(),
            hosts_of_lost: BTreeMap::new(),
            has_news: false,
        }
    }

    /// Whether an executor gets no task; its node is another question.
    pub(in crate::task_scheduler) fn is_executor_excluded(&self, executor_id: ExecutorId) -> bool {
        self.executors.contains_key(&executor_id)
    }

    /// Whether no executor of a node gets a task.
    pub(in crate::task_scheduler) fn is_node_excluded(&self, host: &str) -> bool {
        self.nodes.contains_key(host)
    }

    /// Whether any executor or node is excluded.
    pub(in crate::task_scheduler) fn excludes_any(&self) -> bool {
        !self.executors.is_empty() || !self.nodes.is_empty()
    }

    /// Whether any node is excluded.
    pub(in crate::task_scheduler) fn excludes_nodes(&self) -> bool {
        !self.nodes.is_empty()
    }

    /// Whether somebody was excluded since this was last asked.
    pub(in crate::task_scheduler) fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.has_news)
    }

    /// When an executor's exclusion ends, if it is excluded.
    pub(in crate::task_scheduler) fn executor_excluded_until(&self, executor_id: ExecutorId) -> Option<Time> {
        self.executors.get(&executor_id).map(|executor| executor.until)
    }

    /// When a node's exclusion ends, if it is excluded.
    pub(in crate::task_scheduler) fn node_excluded_until(&self, host: &str) -> Option<Time> {
        self.nodes.get(host).copied()
    }

    /// The excluded nodes, in order.
    pub(in crate::task_scheduler) fn excluded_nodes(&self) -> impl Iterator<Item = &Arc<str>> {
        self.nodes.keys()
    }

    /// The end of the next exclusion: after this moment [`apply_timeout`](Self::apply_timeout) lifts something.
    pub(in crate::task_scheduler) fn next_expiry(&self) -> Option<Time> {
        self.expiries.front().map(|(until, _)| *until)
    }

    /// Lifts the exclusions that have ended; costs nothing while none has.
    pub(in crate::task_scheduler) fn apply_timeout(&mut self, now: Time, out: &mut Outbox) {
        self.drop_expired_failures(now);
        let mut nodes_changed = false;
        while self.next_expiry().is_some_and(|until| until < now) {
            let Some((_, excluded)) = self.expiries.pop_front() else { break };
            match excluded {
                Excluded::Executor(executor_id) => self.lift_executor(now, executor_id, out),
                Excluded::Node(host) => {
                    tracing::info!("Removing node {host} from exclude list because it has timed out");
                    self.nodes.remove(&host);
                    nodes_changed = true;
                    out.send(ListenerBus, NodeUnexcluded { time: now, host });
                }
            }
        }
        if nodes_changed {
            self.tell_nodes(out);
        }
    }

    /// A task set has succeeded: the failures of its tasks count from now on. Those of sets that failed never do, as
    /// they say more about the program than about the executors.
    pub(in crate::task_scheduler) fn update_for_successful_task_set(
        &mut self,
        now: Time,
        stage_id: StageId,
        stage_attempt_id: u32,
        failures: &TaskSetExcludelist,
        out: &mut Outbox,
    ) {
        for (executor_id, failures) in failures.failures() {
            let total = self.add_failures(now, executor_id, failures);
            if total < self.limits.application_max_failed_tasks_per_executor
                || self.executors.contains_key(&executor_id)
            {
                continue;
            }
            tracing::info!(
                "Excluding executor id: {executor_id} because it has {total} task failures in successful task sets \
                 (the latest: stage {stage_id}.{stage_attempt_id})"
            );
            self.failures.remove(&executor_id);
            let on_node = self.exclude_executor(now, executor_id, &failures.host, total, out);
            let exclude_node = on_node >= self.limits.application_max_failed_executors_per_node
                && self.exclude_node(now, &failures.host, on_node, out);
            self.kill_excluded_executor(executor_id, out);
            if exclude_node {
                self.kill_executors_on(&failures.host, out);
            }
        }
    }

    /// A map output could not be fetched from an executor. If the settings say so, that is no passing trouble, and
    /// one failure excludes the executor, or the whole node if a shuffle service serves its outputs.
    pub(in crate::task_scheduler) fn update_for_fetch_failure(
        &mut self,
        now: Time,
        host: &Arc<str>,
        executor_id: ExecutorId,
        out: &mut Outbox,
    ) {
        if !self.limits.fetch_failure_enabled {
            return;
        }
        if self.shuffle_service {
            if self.exclude_node(now, host, 1, out) {
                tracing::info!("Excluding node {host} due to fetch failure of external shuffle service");
                self.kill_executors_on(host, out);
            }
        } else if !self.executors.contains_key(&executor_id) {
            tracing::info!("Excluding executor {executor_id} due to fetch failure");
            self.exclude_executor(now, executor_id, host, 1, out);
            self.kill_excluded_executor(executor_id, out);
        }
    }

    /// Where an executor was that has left, if failures to fetch from it count.
    pub(in crate::task_scheduler) fn host_of_lost(&self, executor_id: ExecutorId) -> Option<&Arc<str>> {
        self.hosts_of_lost.get(&executor_id)
    }

    /// An executor has left. If it is excluded it stays so: with others of its node it may still exclude the node.
    /// Failures to fetch from it mostly come later.
    pub(in crate::task_scheduler) fn executor_removed(
        &mut self,
        executor_id: ExecutorId,
        host: Option<&Arc<str>>,
    ) {
        self.failures.remove(&executor_id);
        if let Some(host) = host.filter(|_| self.limits.fetch_failure_enabled) {
            self.hosts_of_lost.insert(executor_id, host.clone());
            if self.hosts_of_lost.len() > MAX_LOST {
                self.hosts_of_lost.pop_first();
            }
        }
    }

    /// Adds a succeeded task set's failures; how many count now.
    fn add_failures(&mut self, now: Time, executor_id: ExecutorId, failures: &ExecutorFailures) -> u32 {
        let ends = self.failures.entry(executor_id).or_default();
        for (_, failed) in failures.tasks.values() {
            let end = *failed + self.limits.timeout;
            ends.push(end);
            self.failure_expiries.insert((end, executor_id));
        }
        ends.retain(|end| *end >= now);
        let total = u32::try_from(ends.len()).unwrap_or(u32::MAX);
        if total == 0 {
            self.failures.remove(&executor_id);
        }
        total
    }

    fn drop_expired_failures(&mut self, now: Time) {
        while let Some((end, executor_id)) =
            self.failure_expiries.first().copied().filter(|(end, _)| *end < now)
        {
            self.failure_expiries.remove(&(end, executor_id));
            if let Some(ends) = self.failures.get_mut(&executor_id) {
                ends.retain(|end| *end >= now);
                if ends.is_empty() {
                    self.failures.remove(&executor_id);
                }
            }
        }
    }

    /// Excludes an executor; how many of its node are excluded then.
    fn exclude_executor(
        &mut self,
        now: Time,
        executor_id: ExecutorId,
        host: &Arc<str>,
        task_failures: u32,
        out: &mut Outbox,
    ) -> u32 {
        let until = now + self.limits.timeout;
        self.has_news = true;
        self.executors.insert(executor_id, ExcludedExecutor { host: host.clone(), until });
        self.expiries.push_back((until, Excluded::Executor(executor_id)));
        out.send(ListenerBus, ExecutorExcluded { time: now, executor_id, task_failures });
        let on_node = self.executors_on_node.entry(host.clone()).or_default();
        on_node.insert(executor_id);
        u32::try_from(on_node.len()).unwrap_or(u32::MAX)
    }

    /// Excludes a node and says so to the DriverEndpoint, which refuses executors there from then on; false if it
    /// was excluded already.
    fn exclude_node(&mut self, now: Time, host: &Arc<str>, executor_failures: u32, out: &mut Outbox) -> bool {
        if self.nodes.contains_key(host) {
            return false;
        }
        tracing::info!("Excluding node {host}; executors of it that are to blame: {executor_failures}");
        let until = now + self.limits.timeout;
        self.has_news = true;
        self.nodes.insert(host.clone(), until);
        self.expiries.push_back((until, Excluded::Node(host.clone())));
        out.send(ListenerBus, NodeExcluded { time: now, host: host.clone(), executor_failures });
        self.tell_nodes(out);
        true
    }

    fn lift_executor(&mut self, now: Time, executor_id: ExecutorId, out: &mut Outbox) {
        tracing::info!("Removing executor {executor_id} from exclude list because it has timed out");
        let Some(ExcludedExecutor { host, .. }) = self.executors.remove(&executor_id) else { return };
        if let Some(on_node) = self.executors_on_node.get_mut(&host) {
            on_node.remove(&executor_id);
            if on_node.is_empty() {
                self.executors_on_node.remove(&host);
            }
        }
        out.send(ListenerBus, ExecutorUnexcluded { time: now, executor_id });
    }

    fn tell_nodes(&self, out: &mut Outbox) {
        out.send(DriverEndpoint, ExcludedNodesChanged { nodes: self.nodes.keys().cloned().collect() });
    }
}
