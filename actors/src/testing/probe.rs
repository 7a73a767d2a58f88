//! Collects the messages of a running system, and waits for those that a test expects.

use std::{
    any::type_name,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    failure::{around, fail, nearest},
    pattern::{Matcher, Pattern},
};
use crate::{
    Time,
    carrier::{Observed, Subscription, SystemHandle, sim_loop::SimSystem},
    message::Message,
    trace::{Messages, Record},
};

/// Collects all messages of a system from now on, with what they say: a trace in memory for tests.
///
/// [`within`](Self::within) and [`within_on`](Self::within_on) wait for messages. They look at each message once: what
/// they wait for came after what was waited for before.
///
/// ```
/// # use std::{sync::Arc, time::Duration};
/// # use firesteel_actors::{Config, ExecutorId, message::{JobWaiterMessage, TaskDescription, TaskStatus}};
/// # use firesteel_actors::carrier::{Application, ExecutorSpec, TaskControl, sim_loop::SimSystem};
/// # struct Nothing;
/// # impl Application for Nothing {
/// #     fn run_task(&self, _: &TaskDescription, _: &Arc<TaskControl>) -> TaskStatus { TaskStatus::Running }
/// #     fn job_waiter(&self, _: JobWaiterMessage) {}
/// #     fn system_ended(&self, _: &str) {}
/// # }
/// # let executors = vec![ExecutorSpec::new(ExecutorId(1), "localhost", 2)];
/// # let mut system = SimSystem::new(Arc::new(Nothing), Config::default(), executors, 1)?;
/// use firesteel_actors::{message::RegisterExecutor, testing::Probe};
///
/// let mut probe = Probe::of(system.handle());
/// let mut expected = probe.within_on(&mut system, Duration::from_secs(1));
/// assert_eq!(expected.message::<RegisterExecutor>().cores, 2);
/// let launched = expected.record("kind = LaunchedExecutor and executor = 1");
/// assert_eq!(launched.waited(), Duration::ZERO);
/// expected.nothing("kind = RemoveExecutor");
/// # Ok::<(), firesteel_actors::SystemError>(())
/// ```
#[derive(Debug)]
pub struct Probe {
    seen: Arc<Seen>,
    /// Messages before this place have been looked at.
    place: usize,
    _subscription: Subscription,
}

#[derive(Debug, Default)]
struct Seen {
    messages: Mutex<Messages>,
    more: Condvar,
}

impl Seen {
    fn messages(&self) -> MutexGuard<'_, Messages> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Probe {
    /// A probe of the system that this handle belongs to, on any carrier.
    pub fn of(system: &SystemHandle) -> Self {
        let seen = Arc::new(Seen::default());
        let pushing = seen.clone();
        let subscription = system.observe(move |observed: Observed<'_>| {
            let mut messages = pushing.messages();
            let number = messages.len() as u64;
            messages.push(Record::of(number, &observed));
            pushing.more.notify_all();
        });
        Probe { seen, place: 0, _subscription: subscription }
    }

    /// All messages so far.
    pub fn messages(&self) -> Messages {
        self.seen.messages().clone()
    }

    /// Waits by the wall clock, `limit` from now on: for systems on actix.
    pub fn within(&mut self, limit: Duration) -> Within<'_> {
        let clock = Clock::Wall { until: Instant::now() + limit };
        Within { probe: self, clock, limit }
    }

    /// Waits by the virtual clock of a system on the loop, which it drives, `limit` from now on.
    pub fn within_on<'a>(&'a mut self, system: &'a mut SimSystem, limit: Duration) -> Within<'a> {
        let until = system.now() + limit;
        Within { probe: self, clock: Clock::Virtual { system, until }, limit }
    }
}

enum Clock<'a> {
    Wall { until: Instant },
    Virtual { system: &'a mut SimSystem, until: Time },
}

/// Waits for messages until a moment.
#[must_use = "it waits when it is told for what"]
pub struct Within<'a> {
    probe: &'a mut Probe,
    clock: Clock<'a>,
    limit: Duration,
}

impl Within<'_> {
    /// Waits for a message that fits.
    ///
    /// # Panics
    /// If none came in time.
    #[track_caller]
    pub fn record(&mut self, which: impl Pattern) -> Record {
        let mut which = which.matcher(&self.probe.messages());
        match self.next(&mut which) {
            Some(record) => record,
            None => fail(&self.missed(which.name())),
        }
    }

    /// Waits for a message of this type, such as `LaunchTask`, and gives what it says.
    ///
    /// # Panics
    /// If none came in time.
    #[track_caller]
    pub fn message<M: Clone + 'static>(&mut self) -> M {
        let is_one = |record: &Record| record.message.as_ref().and_then(Message::get::<M>).is_some();
        let found = self.next(&mut is_one.matcher(&Messages::default()));
        match found.as_ref().and_then(|record| record.message.as_ref()?.get::<M>()) {
            Some(message) => message.clone(),
            None => fail(&self.missed(type_name::<M>().rsplit("::").next().unwrap_or_default())),
        }
    }

    /// Waits until the moment: no message that fits may come.
    ///
    /// # Panics
    /// If one came.
    #[track_caller]
    pub fn nothing(&mut self, which: impl Pattern) {
        let mut which = which.matcher(&self.probe.messages());
        if let Some(record) = self.next(&mut which) {
            let (limit, name) = (self.limit, which.name());
            let around = around(&self.probe.seen.messages(), &record);
            fail(&format!("expected no message that fits {name} within {limit:?}, but there was\n{around}"));
        }
    }

    /// The next message that fits, if one comes in time.
    fn next(&mut self, which: &mut Matcher<'_>) -> Option<Record> {
        // Some patterns have to see all messages from the first on.
        let mut looked_at = 0;
        loop {
            let seen = self.probe.seen.clone();
            let messages = seen.messages();
            for (place, record) in messages.iter().enumerate().skip(looked_at) {
                if which.accepts(record) && place >= self.probe.place {
                    self.probe.place = place + 1;
                    return Some(record.clone());
                }
            }
            looked_at = messages.len();
            if !self.wait(&seen, messages) {
                // What was looked at in vain may be what is expected next.
                return None;
            }
        }
    }

    /// Waits for more messages; false if none came in time.
    fn wait(&mut self, seen: &Seen, messages: MutexGuard<'_, Messages>) -> bool {
        let before = messages.len();
        match &mut self.clock {
            Clock::Wall { until } => {
                let left = until.saturating_duration_since(Instant::now());
                let waited =
                    seen.more.wait_timeout_while(messages, left, |messages| messages.len() == before);
                let (messages, _) = waited.unwrap_or_else(PoisonError::into_inner);
                messages.len() > before
            }
            Clock::Virtual { system, until } => {
                // The loop shows its messages on this thread.
                drop(messages);
                system.step_until(*until)
            }
        }
    }

    fn missed(&self, name: &str) -> String {
        let messages = self.probe.seen.messages();
        let clock = match &self.clock {
            Clock::Wall { .. } => String::new(),
            Clock::Virtual { system, .. } => format!(" (virtual time {})", system.now()),
        };
        let passed = self.probe.place;
        let after = if passed > 0 { format!(" after message {}", passed - 1) } else { String::new() };
        let limit = self.limit;
        format!(
            "expected {name} within {limit:?}{after}, it did not come{clock}; {}",
            nearest(name, &messages)
        )
    }
}
