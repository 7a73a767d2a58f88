//! A task set manager: which tasks of one stage attempt wait, run, and have ended well, and where the next may run.
//!
//! Plain state of the TaskScheduler's: it sends nothing, and knows attempts only by their ids.

mod delay;
mod exceptions;
mod median;
mod needs;
mod pending;
mod speculation;
mod successes;
mod tasks;

use std::{collections::BTreeMap, sync::Arc};

use super::{
    attempts::Attempt,
    executors::{ExecutorSlot, Executors},
    health::TaskSetExcludelist,
    hosts::{HostId, Hosts},
};
use crate::{
    Config, ExecutorId, TaskId, Time,
    config::Locality,
    message::{StageTask, TaskInfo, TaskKind, TaskLocality, TaskMetrics, TaskSet},
};
use delay::DelayScheduling;
use exceptions::RecentExceptions;
use needs::Needs;
use pending::Pending;
use speculation::SpeculationState;
pub(super) use speculation::rate;
use successes::Successes;
use tasks::Tasks;

/// Where a task may run: an executor and its host.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) executor_id: ExecutorId,
    pub(super) slot: ExecutorSlot,
    pub(super) host: HostId,
    pub(super) host_name: Arc<str>,
}

/// A task that was chosen for a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice {
    pub(super) index: u32,
    pub(super) locality: TaskLocality,
    pub(super) speculative: bool,
}

/// The state of a task set.
#[derive(Clone, Debug)]
pub(super) struct TaskSetManager {
    pub(super) stage: Arc<StageTask>,
    pub(super) needs: Needs,
    pub(super) tasks: Tasks,
    pending: Pending,
    pub(super) delay: DelayScheduling,
    speculation: Option<Box<SpeculationState>>,
    /// `None` unless tasks and stages exclude.
    pub(super) exclusion: Option<Box<TaskSetExcludelist>>,
    /// How often each task failed since it last succeeded, if it did.
    pub(super) failures: BTreeMap<u32, u32>,
    pub(super) exceptions: RecentExceptions,
    /// `None` if its outputs stay when an executor is lost.
    successes: Option<Successes>,
    /// Its running attempts, in no order that means anything.
    pub(super) running: Vec<TaskId>,
    /// Its attempts that have not been dealt with to their ends, those whose results are decoded as well.
    pub(super) attempts: u32,
    /// It launches nothing more: done, failed, replaced or cancelled.
    pub(super) zombie: bool,
    pub(super) total_result_size: u64,
    pub(super) results: u64,
    /// Hosts that its tasks prefer, to be released.
    hosts: Vec<HostId>,
    /// The resource or profile for which the last round that launched nothing had too little.
    pub(super) shortage: Option<Arc<str>>,
    /// A barrier set: the slots that the last round of all free cores had for it.
    pub(super) barrier_slots: Option<u32>,
    /// When it was last said that a barrier set had to give its places back.
    pub(super) barrier_logged: Option<Time>,
    pub(super) has_warned_of_size: bool,
}

impl TaskSetManager {
    pub(super) fn new(
        now: Time,
        config: &Config,
        task_set: TaskSet,
        executors: &mut Executors,
        exclusion: Option<TaskSetExcludelist>,
    ) -> Self {
        let TaskSet { stage, tasks, profile } = task_set;
        let needs = Needs::new(config, profile.as_deref());
        let is_plain = tasks.iter().all(|task| task.locations.is_empty());
        let keeps_outputs = config.shuffle.reliable_storage || stage.kind == TaskKind::Result;
        let count = tasks.len() as u32;
        let has_copies = !config.is_local && !stage.is_barrier;
        let speculation = has_copies
            .then(|| SpeculationState::new(&config.speculation, count, needs.slots_of_executor, is_plain))
            .flatten();
        let mut set = TaskSetManager {
            needs,
            pending: Pending::new(is_plain),
            delay: DelayScheduling::new(now, Vec::new()),
            speculation: speculation.map(Box::new),
            exclusion: exclusion.map(Box::new),
            failures: BTreeMap::new(),
            exceptions: RecentExceptions::default(),
            successes: (!keeps_outputs).then(Successes::default),
            running: Vec::new(),
            attempts: 0,
            zombie: count == 0,
            total_result_size: 0,
            results: 0,
            hosts: Vec::new(),
            shortage: None,
            barrier_slots: None,
            barrier_logged: None,
            has_warned_of_size: false,
            tasks: Tasks::new(tasks),
            stage,
        };
        if is_plain {
            set.pending = Pending::plain(count);
        } else {
            (0..count).rev().for_each(|index| set.add_pending(index, &mut executors.hosts));
            set.hosts = set.pending.hosts().collect();
            set.hosts.iter().for_each(|host| executors.hosts.retain(*host));
        }
        set.delay = DelayScheduling::new(now, set.pending.levels(executors));
        set
    }

    /// Whether it may have a task to launch.
    pub(super) fn is_schedulable(&self) -> bool {
        !self.zombie && self.has_waiting()
    }

    /// Whether a task or a copy waits.
    pub(super) fn has_waiting(&self) -> bool {
        self.tasks.num_waiting() > 0 || self.speculation.as_ref().is_some_and(|state| state.has_waiting())
    }

    /// Whether nothing can happen to it any more.
    pub(super) fn is_over(&self) -> bool {
        self.zombie && self.attempts == 0
    }

    /// Whether some of its running tasks might be slow.
    pub(super) fn may_speculate(&self) -> bool {
        !self.zombie
            && !self.running.is_empty()
            && self.speculation.as_ref().is_some_and(|state| state.is_due())
    }

    /// Chooses a task for a place, not farther from its data than `max`, and than the time allows. It no longer
    /// waits: it begins, or gives its place back.
    pub(super) fn choose(
        &mut self,
        now: Time,
        place: &Place,
        max: TaskLocality,
        waits: &Locality,
    ) -> Option<Choice> {
        if self.zombie || self.is_excluded(place) {
            return None;
        }
        // Tasks without a preference wait for nothing.
        let allowed = if max == TaskLocality::NoPref { max } else { self.advance(now, waits).min(max) };
        let choice = self.take(place, allowed)?;
        self.tasks.reserve(choice.index);
        if waits.legacy_reset_on_task_launch && max != TaskLocality::NoPref {
            self.delay.reset(now, Some(choice.locality));
        }
        Some(choice)
    }

    /// Whether an executor gets none of its tasks.
    pub(super) fn is_excluded(&self, place: &Place) -> bool {
        self.exclusion.as_ref().is_some_and(|list| {
            list.is_node_excluded_for_set(&place.host_name)
                || list.is_executor_excluded_for_set(place.executor_id)
        })
    }

    /// How far its tasks may be from their data by now.
    pub(super) fn advance(&mut self, now: Time, waits: &Locality) -> TaskLocality {
        let (pending, tasks) = (&mut self.pending, &self.tasks);
        self.delay.advance(now, waits, |level| pending.has_more(level, tasks))
    }

    /// How far its tasks may be by now, and until when; `None` if the distance does not matter. Whoever asks does not
    /// change it.
    pub(super) fn waits_for(&mut self, now: Time, waits: &Locality) -> Option<(TaskLocality, Time)> {
        let (pending, tasks) = (&mut self.pending, &self.tasks);
        let mut delay = self.delay.clone();
        let level = delay.advance(now, waits, |level| pending.has_more(level, tasks));
        Some((level, delay.widens_at(waits)?))
    }

    fn take(&mut self, place: &Place, allowed: TaskLocality) -> Option<Choice> {
        let exclusion = self.exclusion.as_deref();
        let skips = |index| {
            exclusion.is_some_and(|list| {
                list.is_executor_excluded_for_task(place.executor_id, index)
                    || list.is_node_excluded_for_task(&place.host_name, index)
            })
        };
        let tasks = &self.tasks;
        if let Some((index, locality)) =
            self.pending.take(place, allowed, skips, |index| tasks.is_waiting(index))
        {
            return Some(Choice { index, locality, speculative: false });
        }
        let state = self.speculation.as_mut()?;
        let (index, locality) = state.take(place, allowed, skips, tasks)?;
        Some(Choice { index, locality, speculative: true })
    }

    /// An attempt of a chosen task begins; its number.
    pub(super) fn begin(&mut self, choice: Choice, task_id: TaskId) -> u32 {
        self.attempts += 1;
        if choice.speculative
            && let Some(state) = &mut self.speculation
        {
            state.launched(choice.index, task_id);
        }
        self.tasks.begin(choice.index)
    }

    /// A chosen task gives its place back and waits again.
    pub(super) fn give_back(&mut self, index: u32, hosts: &mut Hosts) {
        self.tasks.end(index);
        self.add_pending(index, hosts);
    }

    /// Lets a task wait.
    pub(super) fn add_pending(&mut self, index: u32, hosts: &mut Hosts) {
        let locations = self.tasks.spec(index).map_or(&[][..], |spec| &spec.locations);
        self.pending.push(index, locations, hosts);
    }

    /// An attempt has been taken out; those that run beside it.
    pub(super) fn ended(&mut self, attempt: &Attempt) -> Vec<TaskId> {
        self.attempts -= 1;
        self.tasks.end(attempt.info.index);
        match &mut self.speculation {
            Some(state) => state.ended(attempt.info.index, attempt.info.task_id),
            None => Vec::new(),
        }
    }

    /// An attempt that was taken out ended well.
    pub(super) fn succeeded(&mut self, now: Time, attempt: &Attempt, metrics: &TaskMetrics) {
        if let Some(state) = &mut self.speculation {
            state.succeeded(now.since(attempt.info.launch_time), attempt, metrics);
        }
        if let Some(successes) = &mut self.successes {
            successes.insert(&TaskInfo { finish_time: Some(now), ..attempt.info });
        }
        self.complete(attempt.info.index);
    }

    /// A task is done, here or elsewhere; the set is a zombie once all are.
    pub(super) fn complete(&mut self, index: u32) {
        self.tasks.succeed(index);
        self.failures.remove(&index);
        if let Some(state) = &mut self.speculation {
            state.done(index);
        }
        if self.tasks.are_all_successful() {
            self.zombie = true;
        }
    }

    /// An attempt that was taken out did not end well.
    pub(super) fn failed(&mut self, attempt: &Attempt) {
        if let Some(state) = &mut self.speculation {
            state.failed(attempt);
        }
    }

    /// Counts a failure; the number of failures of this task so far.
    pub(super) fn count_failure(&mut self, index: u32) -> u32 {
        let failures = self.failures.entry(index).or_default();
        *failures += 1;
        *failures
    }

    /// The attempts by which tasks had succeeded on an executor that is lost: those tasks wait again.
    pub(super) fn lose_outputs(&mut self, executor_id: ExecutorId, hosts: &mut Hosts) -> Vec<TaskInfo> {
        let Some(successes) = self.successes.as_mut().filter(|_| !self.zombie) else { return Vec::new() };
        let mut lost = successes.lose(executor_id);
        lost.retain(|info| self.tasks.is_successful(info.index));
        for info in &mut lost {
            info.partition_id = self.tasks.partition_id(info.index);
            self.tasks.lose(info.index);
            self.add_pending(info.index, hosts);
        }
        lost
    }

    /// The executors have changed: other levels may be possible.
    pub(super) fn recompute_locality(&mut self, executors: &Executors) {
        if !self.zombie && !self.pending.is_plain {
            self.delay.set_levels(self.pending.levels(executors));
        }
    }

    /// The waiting task that was added last.
    pub(super) fn last_waiting(&mut self) -> Option<u32> {
        self.pending.last_waiting(&self.tasks)
    }

    /// It is over: hosts that only it preferred are forgotten.
    pub(super) fn release_hosts(&mut self, hosts: &mut Hosts) {
        self.hosts.drain(..).for_each(|host| hosts.release(host));
    }
}
