//! Why a stage's tasks do not run: the part of an explanation that the TaskScheduler knows. Costs the executors, and
//! the tasks if the question is about one.

use std::collections::BTreeSet;

use super::{TaskSchedulerCore, TaskSetId, health::HealthTracker, task_set::TaskSetManager};
use crate::{
    StageId, Time,
    core::Outbox,
    message::{ExplainStages, ExplainSubject, Explanation, Host, Reason, TaskLocality},
};

impl TaskSchedulerCore {
    pub(super) fn on_explain_stages(&mut self, now: Time, question: ExplainStages, out: &mut Outbox) {
        let ExplainStages { request, host, subject, mut reasons, stages } = question;
        for stage_id in stages {
            self.explain_stage(now, stage_id, subject, &mut reasons);
        }
        if reasons.is_empty() {
            reasons.push(Reason::Unknown);
        }
        out.send(Host(host), Explanation { request, subject, reasons });
    }

    fn explain_stage(
        &mut self,
        now: Time,
        stage_id: StageId,
        subject: ExplainSubject,
        reasons: &mut Vec<Reason>,
    ) {
        let Some(id) = self.sets_of_stage(stage_id).pop() else { return };
        let Some(set) = self.task_sets.get_mut(&id) else { return };
        let waits_for = set.waits_for(now, &self.config.locality);
        let Some(set) = self.task_sets.get(&id) else { return };
        let index = task_in_question(set, subject);
        let before = reasons.len();
        if let Some(index) = index {
            self.explain_task(set, index, reasons);
        }
        if reasons.len() == before && set.is_schedulable() {
            self.explain_waiting(id, set, waits_for, index, reasons);
        }
        reasons.push(Reason::Running {
            stage_id,
            running: set.running.len() as u32,
            finished: set.tasks.num_successful(),
            total: set.tasks.len(),
        });
        self.explain_failures(set, index, reasons);
    }

    /// What there is to say of a task that does not wait.
    fn explain_task(&self, set: &TaskSetManager, index: u32, reasons: &mut Vec<Reason>) {
        let (stage_id, partition_id) = (set.stage.stage_id, set.tasks.partition_id(index));
        if set.tasks.is_successful(index) {
            return reasons.push(Reason::TaskDone { stage_id, partition_id });
        }
        let running = set.running.iter().filter_map(|task_id| self.attempts.get(*task_id));
        let mut attempts: Vec<_> = running
            .filter(|attempt| attempt.info.index == index)
            .map(|attempt| (attempt.info.attempt_number, attempt.info.executor_id))
            .collect();
        attempts.sort_unstable();
        if (attempts.len() as u32) < u32::from(set.tasks.copies(index)) {
            reasons.push(Reason::FetchingResult { stage_id, partition_id });
        }
        reasons.extend(attempts.into_iter().map(|(attempt, executor_id)| Reason::TaskRuns {
            stage_id,
            partition_id,
            attempt,
            executor_id,
        }));
    }

    fn explain_waiting(
        &self,
        id: TaskSetId,
        set: &TaskSetManager,
        waits_for: Option<(TaskLocality, Time)>,
        index: Option<u32>,
        reasons: &mut Vec<Reason>,
    ) {
        let stage_id = id.0;
        if self.executors.present().next().is_none() {
            return reasons.push(Reason::NoExecutors { stage_id });
        }
        let before = reasons.len();
        let needed = set.tasks.len();
        if let Some(available) = set.barrier_slots.filter(|slots| *slots < needed) {
            reasons.push(Reason::BarrierSlots { stage_id, needed, available });
        }
        self.explain_exclusions(stage_id, set, index, reasons);
        if let Some(what) = set.shortage.clone() {
            reasons.push(Reason::NotEnoughResources { stage_id, what });
        }
        if self.delayed.contains(id)
            && let Some((level, until)) = waits_for
        {
            reasons.push(Reason::DelayScheduling { stage_id, level, until });
        }
        if let Some(first) = self.pools.first().filter(|first| *first != id) {
            let pool = self.pools.pool_name(id).cloned().unwrap_or_default();
            reasons.push(Reason::BehindPool { stage_id, pool, first: first.0 });
        }
        let (needed, best) = (set.needs.cpus, self.executors.most_cores_left());
        if best.is_none_or(|(_, cores)| cores < needed) {
            reasons.push(Reason::NotEnoughCores { stage_id, needed, best });
        } else if reasons.len() == before {
            reasons.push(Reason::AwaitingOffers { stage_id });
        }
    }

    /// The nodes that are excluded, and the executors that are on other nodes.
    fn explain_exclusions(
        &self,
        stage_id: StageId,
        set: &TaskSetManager,
        index: Option<u32>,
        reasons: &mut Vec<Reason>,
    ) {
        let Some(list) = &set.exclusion else { return };
        let health = self.health.as_ref();
        let mut tell = |place: String, scope: &str, until| {
            reasons.push(Reason::Excluded { stage_id, place: place.into(), scope: scope.into(), until });
        };
        for host in health.into_iter().flat_map(HealthTracker::excluded_nodes) {
            let until = health.and_then(|health| health.node_excluded_until(host));
            tell(format!("node {host}"), "application", until);
        }
        let excluded = health.into_iter().flat_map(HealthTracker::excluded_nodes);
        let mut nodes: BTreeSet<&str> = excluded.map(|host| &**host).collect();
        for (executor_id, _, host) in self.executors.present() {
            if nodes.contains(&**host) {
                continue;
            }
            let until = health.and_then(|health| health.executor_excluded_until(executor_id));
            if list.is_node_excluded_for_set(host) {
                nodes.insert(host);
                tell(format!("node {host}"), "stage", None);
            } else if let Some(index) = index.filter(|index| list.is_node_excluded_for_task(host, *index)) {
                nodes.insert(host);
                tell(format!("node {host}"), &format!("task {index}"), None);
            } else if until.is_some() {
                tell(format!("executor {executor_id}"), "application", until);
            } else if list.is_executor_excluded_for_set(executor_id) {
                tell(format!("executor {executor_id}"), "stage", None);
            } else if let Some(index) =
                index.filter(|index| list.is_executor_excluded_for_task(executor_id, *index))
            {
                tell(format!("executor {executor_id}"), &format!("task {index}"), None);
            }
        }
    }

    /// The failures of the task in question, or without one those of the task that has failed most.
    fn explain_failures(&self, set: &TaskSetManager, index: Option<u32>, reasons: &mut Vec<Reason>) {
        let failures = set.failures.iter().map(|(index, failures)| (*index, *failures));
        let worst = match index {
            Some(index) => set.failures.get(&index).map(|failures| (index, *failures)),
            None => failures.max_by_key(|(index, failures)| (*failures, std::cmp::Reverse(*index))),
        };
        if let Some((index, failures)) = worst {
            let partition_id = set.tasks.partition_id(index);
            let (stage_id, max_failures) = (set.stage.stage_id, self.config.task_max_failures);
            reasons.push(Reason::Failed { stage_id, partition_id, failures, max_failures });
        }
    }
}

/// The task of a set that is asked about, by index. A job may name a partition twice: then one that is not done.
fn task_in_question(set: &TaskSetManager, subject: ExplainSubject) -> Option<u32> {
    let ExplainSubject::Task { stage_id, partition_id } = subject else { return None };
    // Of the stages that it waits for, all tasks are in question.
    if stage_id != set.stage.stage_id {
        return None;
    }
    let of_partition = || (0..set.tasks.len()).filter(|index| set.tasks.partition_id(*index) == partition_id);
    of_partition().find(|index| !set.tasks.is_successful(*index)).or_else(|| of_partition().next())
}
