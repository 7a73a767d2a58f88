//! An action as others see it: its jobs, and a way to cancel them.

use std::{
    cell::RefCell,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use firesteel_actors::{
    JobId,
    carrier::SystemHandle,
    message::{DagScheduler, JobCancelled, Properties},
};

/// Names an action's jobs and cancels it, from wherever it is needed (Spark's `FutureAction`); made by
/// [`JobFuture::handle`](crate::JobFuture::handle). It does not keep the action alive.
///
/// ```
/// let context = firesteel::Context::builder().master("local[2]").start()?;
/// let job = context.range(0..i64::MAX, 1, 2).count_async();
/// let handle = job.handle();
/// std::thread::spawn(move || handle.cancel("as it takes too long"));
/// let error = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(job).unwrap_err();
/// assert!(error.to_string().starts_with("Job 0 cancelled as it takes too long"), "{error}");
/// # Ok::<(), firesteel::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct JobHandle {
    action: Arc<Mutex<Action>>,
    /// Those of the thread that made the action: jobs that are submitted elsewhere have them too.
    properties: Properties,
}

#[derive(Debug, Default)]
struct Action {
    jobs: Vec<JobId>,
    /// Where its jobs run, once it has one.
    system: Option<SystemHandle>,
    /// It was cancelled, with this reason.
    cancelled: Option<Option<String>>,
}

thread_local! {
    /// The action that this thread polls.
    static POLLED: RefCell<Option<JobHandle>> = const { RefCell::new(None) };
}

impl JobHandle {
    /// Of an action whose jobs have these local properties.
    pub(super) fn new(properties: Properties) -> Self {
        JobHandle { action: Arc::default(), properties }
    }

    /// The jobs that the action has submitted so far.
    pub fn job_ids(&self) -> Vec<JobId> {
        self.lock().jobs.clone()
    }

    /// Cancels the action: its job fails with this reason, if there is one, and it submits no more. An action that has
    /// ended is left alone.
    pub fn cancel<'a>(&self, reason: impl Into<Option<&'a str>>) {
        let reason = reason.into().map(str::to_owned);
        let mut action = self.lock();
        if action.cancelled.is_some() {
            return;
        }
        action.cancelled = Some(reason.clone());
        // One at a time; those before it have ended.
        if let (Some(system), Some(&job_id)) = (&action.system, action.jobs.last()) {
            system.send(DagScheduler, JobCancelled { job_id, reason }).ok();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Action> {
        self.action.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `poll`, within which jobs are those of this action.
    pub(super) fn polling<T>(&self, poll: impl FnOnce() -> T) -> T {
        struct Restore(Option<JobHandle>);
        impl Drop for Restore {
            fn drop(&mut self) {
                POLLED.set(self.0.take());
            }
        }
        let _restore = Restore(POLLED.replace(Some(self.clone())));
        poll()
    }

    /// The action that this thread polls.
    pub(super) fn polled() -> Option<JobHandle> {
        POLLED.with_borrow(Clone::clone)
    }

    /// The local properties of the action that this thread polls.
    pub(super) fn polled_properties() -> Option<Properties> {
        POLLED.with_borrow(|polled| polled.as_ref().map(|handle| handle.properties.clone()))
    }

    /// Submits a job of the action that this thread polls, by `submit`, unless that action was cancelled: then the
    /// reason of it is the error.
    pub(super) fn submitting<E>(
        job_id: JobId,
        system: &SystemHandle,
        submit: impl FnOnce() -> Result<(), E>,
    ) -> Result<Result<(), E>, Option<String>> {
        let Some(handle) = Self::polled() else { return Ok(submit()) };
        // Held while it is sent: a cancel comes before, and stops it, or after, and finds it.
        let mut action = handle.lock();
        if let Some(reason) = &action.cancelled {
            return Err(reason.clone());
        }
        action.jobs.push(job_id);
        action.system.get_or_insert_with(|| system.clone());
        Ok(submit())
    }
}
