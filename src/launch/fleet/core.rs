//! What a fleet does, as a value: events in, actions out. The clock comes in; nothing is started here.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use firesteel_actors::ExecutorId;

use crate::launch::ExecutorEnd;

/// What a fleet hears.
#[derive(Debug)]
pub(super) enum Event {
    /// There are to be so many executors.
    Total(u32),
    /// One has registered.
    Registered(ExecutorId),
    /// One has ended.
    Ended(ExecutorId, ExecutorEnd),
    /// These are to end.
    End(Vec<ExecutorId>),
    /// All of them end: none is started any more.
    Retire,
    /// The deadline has come.
    Time,
}

/// What a fleet does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action {
    Start(ExecutorId),
    Stop(ExecutorId),
    /// Say that it has ended, and why.
    Tell(ExecutorId, String),
    /// Say that no more are started, and why.
    GiveUp(String),
}

/// When a fleet gives up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) max_executor_retries: u32,
    pub(super) registration_timeout: Duration,
}

/// How long a fleet waits before it starts another executor after one that did not register, and after each further one
/// twice as long,
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// but not longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// An executor that ends within so long after it has registered has not stayed.
pub(super) const STAYED: Duration = Duration::from_secs(3);
/// How long a fleet waits after the second of them in a row, and so much longer after each further one,
const QUICK_PAUSE: Duration = Duration::from_millis(100);
/// but not longer than this.
const LONGEST_QUICK_PAUSE: Duration = Duration::from_secs(2);

/// What to do about a program that does not become an executor.
const LINE: &str = "does main begin with `firesteel::executor::run_if_asked();`?";

/// A fleet's state.
#[derive(Debug)]
pub(super) struct FleetCore {
    limits: Limits,
    total: u32,
    next_id: u32,
    executors: BTreeMap<ExecutorId, State>,
    /// Executors that ended before they had registered, since one has.
    failures: u32,
    /// Executors that ended soon after they had registered, since one has stayed.
    quick_ends: u32,
    /// Before it none is started.
    pause_until: Option<Instant>,
    gave_up: bool,
    retired: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// To register by then.
    Starting(Instant),
    /// Since then.
    Registered(Instant),
    /// It did not register in time, and is being ended.
    Overdue,
    /// It is being ended because it is not wanted any more.
    Ending,
}

impl FleetCore {
    pub(super) fn new(limits: Limits) -> Self {
        FleetCore {
            limits,
            total: 0,
            next_id: 0,
            executors: BTreeMap::new(),
            failures: 0,
            quick_ends: 0,
            pause_until: None,
            gave_up: false,
            retired: false,
        }
    }

    /// When it wants to hear of the time.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let registrations = self.executors.values().filter_map(|state| match state {
            State::Starting(deadline) => Some(*deadline),
            _ => None,
        });
        registrations.chain(self.pause_until).min()
    }

    pub(super) fn handle(&mut self, now: Instant, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.quick_ends > 0 && self.has_one_that_stayed(now) {
            self.quick_ends = 0;
        }
        match event {
            Event::Total(total) => self.total = total,
            Event::Registered(executor_id) => self.on_registered(now, executor_id),
            Event::Ended(executor_id, end) => self.on_ended(now, executor_id, &end, &mut actions),
            Event::End(executor_ids) => {
                for executor_id in executor_ids {
                    self.stop(executor_id, State::Ending, &mut actions);
                }
            }
            Event::Retire => self.on_retire(&mut actions),
            Event::Time => self.on_time(now, &mut actions),
        }
        self.start_missing(now, &mut actions);
        actions
    }

    fn on_registered(&mut self, now: Instant, executor_id: ExecutorId) {
        if let Some(state @ State::Starting(_)) = self.executors.get_mut(&executor_id) {
            *state = State::Registered(now);
            self.failures = 0;
            if self.quick_ends == 0 {
                self.pause_until = None;
            }
        }
    }

    /// Those that have registered are told to end by others; who would tell those that have not?
    fn on_retire(&mut self, actions: &mut Vec<Action>) {
        self.retired = true;
        self.total = 0;
        self.pause_until = None;
        let is_starting = |state: &State| matches!(state, State::Starting(_));
        let starting: Vec<_> =
            self.executors.iter().filter(|(_, state)| is_starting(state)).map(|(id, _)| *id).collect();
        for executor_id in starting {
            self.stop(executor_id, State::Ending, actions);
        }
    }

    fn stop(&mut self, executor_id: ExecutorId, state: State, actions: &mut Vec<Action>) {
        if let Some(current @ (State::Starting(_) | State::Registered(_))) =
            self.executors.get_mut(&executor_id)
        {
            *current = state;
            actions.push(Action::Stop(executor_id));
        }
    }

    fn on_time(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let is_overdue = |state: &State| matches!(state, State::Starting(deadline) if *deadline <= now);
        let overdue: Vec<_> =
            self.executors.iter().filter(|(_, state)| is_overdue(state)).map(|(id, _)| *id).collect();
        for executor_id in overdue {
            self.stop(executor_id, State::Overdue, actions);
        }
        if self.pause_until.is_some_and(|until| until <= now) {
            self.pause_until = None;
        }
    }

    fn on_ended(
        &mut self,
        now: Instant,
        executor_id: ExecutorId,
        end: &ExecutorEnd,
        actions: &mut Vec<Action>,
    ) {
        let Some(state) = self.executors.remove(&executor_id) else { return };
        if self.retired {
            // So it was to be.
            return;
        }
        let reason = match state {
            State::Ending => {
                actions.push(Action::Tell(executor_id, end.reason()));
                return;
            }
            State::Registered(since) => {
                actions.push(Action::Tell(executor_id, end.reason()));
                if now.saturating_duration_since(since) < STAYED {
                    self.on_quick_end(now, executor_id, end, actions);
                }
                return;
            }
            State::Starting(_) if end.is_foreign() => {
                format!("executor {executor_id} ended before it registered ({end}): {LINE} {}", rest(end))
            }
            State::Starting(_) => {
                format!("executor {executor_id} ended before it registered: {}", end.reason())
            }
            State::Overdue => format!(
                "executor {executor_id} did not register within {:?} (firesteel.executor.registrationTimeout) and was \
                 ended: {LINE} {}",
                self.limits.registration_timeout,
                rest(end),
            ),
        };
        self.failures += 1;
        let pause = FIRST_PAUSE.saturating_mul(1 << (self.failures - 1).min(16)).min(LONGEST_PAUSE);
        self.pause_until = Some(now + pause);
        actions.push(Action::Tell(executor_id, reason.clone()));
        if self.has_registered() {
            return;
        }
        if end.is_foreign() && state != State::Overdue {
            // The next would do the same.
            self.give_up(reason, actions);
        } else if self.failures >= self.limits.max_executor_retries {
            let count = self.failures;
            let reason = format!(
                "{count} executors in a row ended before they registered (spark.deploy.maxExecutorRetries); the last: \
                 {reason}"
            );
            self.give_up(reason, actions);
        }
    }

    /// One has ended soon after it had registered, though nobody had told it to: the driver may have refused it, as it will refuse
    /// those in its place.
    fn on_quick_end(
        &mut self,
        now: Instant,
        executor_id: ExecutorId,
        end: &ExecutorEnd,
        actions: &mut Vec<Action>,
    ) {
        let pause = QUICK_PAUSE.saturating_mul(self.quick_ends).min(LONGEST_QUICK_PAUSE);
        self.quick_ends += 1;
        if !pause.is_zero() {
            self.pause_until = self.pause_until.max(Some(now + pause));
        }
        if self.quick_ends >= self.limits.max_executor_retries && !self.has_one_that_stayed(now) {
            let reason = format!(
                "{} executors in a row ended within {STAYED:?} after they had registered \
                 (spark.deploy.maxExecutorRetries); the last: executor {executor_id}: {}",
                self.quick_ends,
                end.reason()
            );
            self.give_up(reason, actions);
        }
    }

    fn has_registered(&self) -> bool {
        self.executors.values().any(|state| matches!(state, State::Registered(_)))
    }

    fn has_one_that_stayed(&self, now: Instant) -> bool {
        let has_stayed = |since: &Instant| now.saturating_duration_since(*since) >= STAYED;
        self.executors.values().any(|state| matches!(state, State::Registered(since) if has_stayed(since)))
    }

    fn give_up(&mut self, reason: String, actions: &mut Vec<Action>) {
        if !self.gave_up {
            self.gave_up = true;
            self.pause_until = None;
            actions.push(Action::GiveUp(reason));
        }
    }

    fn start_missing(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.gave_up || self.retired || self.pause_until.is_some() {
            return;
        }
        let is_wanted = |state: &&State| matches!(state, State::Starting(_) | State::Registered(_));
        let wanted = self.executors.values().filter(is_wanted).count();
        for _ in wanted..self.total as usize {
            let executor_id = ExecutorId(self.next_id);
            self.next_id += 1;
            self.executors.insert(executor_id, State::Starting(now + self.limits.registration_timeout));
            actions.push(Action::Start(executor_id));
        }
    }
}

/// Where there is more to read about an end whose kind has been said.
fn rest(end: &ExecutorEnd) -> String {
    end.log_text().unwrap_or_else(|| "it left no log".to_owned())
}
