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
    /// From now on none is started: the driver stops.
    Close,
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
    /// Before it none is started.
    pause_until: Option<Instant>,
    gave_up: bool,
    closed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// To register by then.
    Starting(Instant),
    Registered,
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
            pause_until: None,
            gave_up: false,
            closed: false,
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
        match event {
            Event::Total(total) => self.total = total,
            Event::Registered(executor_id) => self.on_registered(executor_id),
            Event::Ended(executor_id, end) => self.on_ended(now, executor_id, &end, &mut actions),
            Event::End(executor_ids) => {
                for executor_id in executor_ids {
                    self.stop(executor_id, State::Ending, &mut actions);
                }
            }
            Event::Close => self.closed = true,
            Event::Time => self.on_time(now, &mut actions),
        }
        self.start_missing(now, &mut actions);
        actions
    }

    fn on_registered(&mut self, executor_id: ExecutorId) {
        if let Some(state @ State::Starting(_)) = self.executors.get_mut(&executor_id) {
            *state = State::Registered;
            self.failures = 0;
            self.pause_until = None;
        }
    }

    fn stop(&mut self, executor_id: ExecutorId, state: State, actions: &mut Vec<Action>) {
        if let Some(current @ (State::Starting(_) | State::Registered)) = self.executors.get_mut(&executor_id)
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
        let reason = match state {
            State::Registered | State::Ending => {
                actions.push(Action::Tell(executor_id, end.reason()));
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
        if self.closed {
            // It was told to end in the midst of coming.
            return;
        }
        self.failures += 1;
        let pause = FIRST_PAUSE.saturating_mul(1 << (self.failures - 1).min(16)).min(LONGEST_PAUSE);
        self.pause_until = Some(now + pause);
        actions.push(Action::Tell(executor_id, reason.clone()));
        if end.is_foreign() && state != State::Overdue {
            // The next would do the same.
            self.give_up(reason, actions);
        } else if self.failures >= self.limits.max_executor_retries && !self.has_registered() {
            let count = self.failures;
            let reason = format!(
                "{count} executors in a row ended before they registered (spark.deploy.maxExecutorRetries); the last: \
                 {reason}"
            );
            self.give_up(reason, actions);
        }
    }

    fn has_registered(&self) -> bool {
        self.executors.values().any(|state| *state == State::Registered)
    }

    fn give_up(&mut self, reason: String, actions: &mut Vec<Action>) {
        if !self.gave_up {
            self.gave_up = true;
            self.pause_until = None;
            actions.push(Action::GiveUp(reason));
        }
    }

    fn start_missing(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.gave_up || self.closed || self.pause_until.is_some() {
            return;
        }
        let is_wanted = |state: &&State| matches!(state, State::Starting(_) | State::Registered);
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
