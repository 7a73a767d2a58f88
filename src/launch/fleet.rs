//! [`Fleet`]: as many executors as there are to be.

mod core;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    time::{Duration, Instant},
};

use firesteel_actors::{ExecutorId, carrier::BoundedThread};

use self::core::{Action, Event, FleetCore, Limits};
use super::{
    ExecutorEnd, ExecutorEvents, ExecutorLaunch, LaunchError, Launcher, executor_end::EndKind, process,
    with_sources,
};
use crate::transport::Secret;

/// What the executors of a fleet have in common.
#[derive(Clone, Debug)]
pub(crate) struct FleetPlan {
    pub(crate) application_id: Arc<str>,
    pub(crate) cores: u32,
    pub(crate) memory: u64,
    pub(crate) hostname: Option<Arc<str>>,
    pub(crate) driver: SocketAddr,
    pub(crate) secret: Secret,
    /// `spark.deploy.maxExecutorRetries`
    pub(crate) max_executor_retries: u32,
    /// `firesteel.executor.registrationTimeout`
    pub(crate) registration_timeout: Duration,
}

/// Who hears what becomes of a fleet, on its thread.
pub(crate) trait FleetEvents: Send + Sync + 'static {
    /// An executor has ended, whether it had registered or not, and why.
    fn executor_ended(&self, executor_id: ExecutorId, reason: &str);

    /// No more executors are started, and why: jobs cannot go on.
    fn gave_up(&self, reason: &str);
}

/// Keeps as many executors running as there are to be: starts new ones, with new ids, in place of those that ended.
///
/// A thread of its own does so, as the [`core`] says; calls only tell it.
pub(crate) struct Fleet {
    tell: mpsc::Sender<Told>,
    thread: Mutex<Option<BoundedThread>>,
    launcher: Arc<dyn Launcher>,
    ends: Arc<Ends>,
}

enum Told {
    Event(Event),
    Stop,
}

/// How the executors of late ended, for whoever hears of it by other ways first.
#[derive(Default)]
struct Ends {
    known: Mutex<BTreeMap<ExecutorId, ExecutorEnd>>,
    more: Condvar,
}

/// So many ends are remembered.
const REMEMBERED: usize = 256;
/// How long the thread may take to end.
const JOINED: Duration = Duration::from_secs(10);

impl Ends {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ExecutorId, ExecutorEnd>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, executor_id: ExecutorId, end: &ExecutorEnd) {
        let mut known = self.lock();
        known.insert(executor_id, end.clone());
        while known.len() > REMEMBERED {
            known.pop_first();
        }
        self.more.notify_all();
    }
}

impl Fleet {
    /// A fleet without executors, with the launcher that `launcher` makes.
    pub(crate) fn start<L: Launcher>(
        plan: FleetPlan,
        events: Arc<dyn FleetEvents>,
        launcher: impl FnOnce(ExecutorEvents) -> Result<L, LaunchError>,
    ) -> Result<Self, LaunchError> {
        let (tell, told) = mpsc::channel();
        let ends = Arc::<Ends>::default();
        let heard = {
            let (tell, ends) = (tell.clone(), ends.clone());
            ExecutorEvents::new(move |executor_id, end| {
                ends.add(executor_id, &end);
                tell.send(Told::Event(Event::Ended(executor_id, end))).ok();
            })
        };
        let launcher: Arc<dyn Launcher> = Arc::new(launcher(heard)?);
        let fleet = Loop { plan, events, launcher: launcher.clone(), ends: ends.clone() };
        let thread = BoundedThread::start("firesteel-fleet", move || fleet.run(&told));
        let thread = thread.map_err(|problem| {
            process::error("start the thread that starts executors", std::io::Error::other(problem))
        })?;
        Ok(Fleet { tell, thread: Mutex::new(Some(thread)), launcher, ends })
    }

    fn tell(&self, event: Event) {
        // It has stopped else.
        self.tell.send(Told::Event(event)).ok();
    }

    /// There are to be so many executors in all. More of them are left alone.
    pub(crate) fn set_total(&self, total: u32) {
        self.tell(Event::Total(total));
    }

    /// An executor has registered.
    pub(crate) fn registered(&self, executor_id: ExecutorId) {
        self.tell(Event::Registered(executor_id));
    }

    /// These executors, which have been told to stop, are to end.
    pub(crate) fn end(&self, executor_ids: Vec<ExecutorId>) {
        self.tell(Event::End(executor_ids));
    }

    /// The application ends: no executor is started any more, and those that have not registered yet are told to end. Their
    /// ends, and those of the others, which are told by their actors, are as they are to be. More calls do nothing.
    pub(crate) fn retire(&self) {
        self.tell(Event::Retire);
    }

    /// How an executor ended. Whoever sees its connection end comes here a moment before its launcher knows: it waits
    /// for so long.
    pub(crate) fn end_of(&self, executor_id: ExecutorId, wait: Duration) -> Option<ExecutorEnd> {
        let is_unknown = |known: &mut BTreeMap<_, _>| !known.contains_key(&executor_id);
        let waited = self.ends.more.wait_timeout_while(self.ends.lock(), wait, is_unknown);
        let (known, _) = waited.unwrap_or_else(PoisonError::into_inner);
        known.get(&executor_id).cloned()
    }

    /// Ends all executors, with so much time to end by themselves, and names those that could not be ended.
    pub(crate) fn stop(&self, grace: Duration) -> Vec<String> {
        self.retire();
        self.tell.send(Told::Stop).ok();
        let mut left = Vec::new();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            left.extend(thread.join_by(Instant::now() + JOINED).err());
        }
        left.extend(self.launcher.stop_all(grace));
        left
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.tell.send(Told::Stop).ok();
    }
}

/// What the thread has.
struct Loop {
    plan: FleetPlan,
    events: Arc<dyn FleetEvents>,
    launcher: Arc<dyn Launcher>,
    ends: Arc<Ends>,
}

impl Loop {
    fn run(&self, told: &mpsc::Receiver<Told>) {
        let limits = Limits {
            max_executor_retries: self.plan.max_executor_retries,
            registration_timeout: self.plan.registration_timeout,
        };
        let mut core = FleetCore::new(limits);
        loop {
            let next = match core.deadline() {
                Some(deadline) => told.recv_timeout(deadline.saturating_duration_since(Instant::now())),
                None => told.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
            };
            let event = match next {
                Ok(Told::Event(event)) => event,
                Err(mpsc::RecvTimeoutError::Timeout) => Event::Time,
                Ok(Told::Stop) | Err(mpsc::RecvTimeoutError::Disconnected) => return,
            };
            let mut actions = core.handle(Instant::now(), event);
            // What cannot be started has ended, which may have consequences.
            while !actions.is_empty() {
                let failed: Vec<Event> = actions.into_iter().filter_map(|action| self.act(action)).collect();
                actions = failed.into_iter().flat_map(|event| core.handle(Instant::now(), event)).collect();
            }
        }
    }

    /// Does it; an executor that cannot be started has ended.
    fn act(&self, action: Action) -> Option<Event> {
        match action {
            Action::Start(executor_id) => {
                let error = self.launcher.start(&self.launch(executor_id)).err()?;
                let end = ExecutorEnd::new(EndKind::FailedToStart(with_sources(&error)));
                self.ends.add(executor_id, &end);
                return Some(Event::Ended(executor_id, end));
            }
            Action::Stop(executor_id) => self.launcher.stop(executor_id),
            Action::Tell(executor_id, reason) => self.events.executor_ended(executor_id, &reason),
            Action::GiveUp(reason) => self.events.gave_up(&reason),
        }
        None
    }

    fn launch(&self, executor_id: ExecutorId) -> ExecutorLaunch {
        let FleetPlan { application_id, cores, memory, hostname, driver, secret, .. } = &self.plan;
        ExecutorLaunch {
            executor_id,
            application_id: application_id.clone(),
            cores: *cores,
            memory: *memory,
            hostname: hostname.clone(),
            driver: *driver,
            secret: secret.clone(),
        }
    }
}
