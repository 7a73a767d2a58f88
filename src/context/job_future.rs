//! A running action as a future.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, Waker},
    time::Instant,
};

use firesteel_actors::{
    JobError, JobId,
    carrier::{SystemHandle, panic_text},
    message::{DagScheduler, JobCancelled},
};

use super::{CallSite, Context, JobHandle, block_on::park_until_ready, driver::Driver, job_sink::TypedSink};
use crate::{Error, Result, error::JobFailure};

/// A running action: a future of its result, on any runtime. Results are handled where it is polled. Dropping it
/// cancels its jobs; [`detach`](JobFuture::detach) lets them run.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let context = firesteel::Context::builder().master("local[2]").start()?;
/// let (low, high) = (context.range(0..100, 1, 4), context.range(100..200, 1, 4));
/// let (first, second) = (low.count_async(), high.reduce_async(|a, b| a + b)); // both run now
/// assert_eq!((first.await?, second.await?), (100, 14_950));
/// # Ok::<(), firesteel::Error>(())
/// # }).unwrap();
/// ```
#[must_use = "dropping a job's future cancels the job; await it or call detach()"]
pub struct JobFuture<T> {
    state: Option<State<T>>,
    handle: JobHandle,
}

enum State<T> {
    Running(Pin<Box<dyn Future<Output = Result<T>> + Send>>),
    Ended(Result<T>),
}

impl<T> JobFuture<T> {
    /// Begins at once: the first poll plans the job and submits it. All of its jobs have the local properties that
    /// this thread has now, wherever it is polled.
    pub(crate) fn new(context: &Context, action: impl Future<Output = Result<T>> + Send + 'static) -> Self {
        let mut action: Pin<Box<dyn Future<Output = Result<T>> + Send>> = Box::pin(action);
        let handle = JobHandle::new(context.local_properties());
        let poll = || action.as_mut().poll(&mut TaskContext::from_waker(Waker::noop()));
        let state = match handle.polling(poll) {
            Poll::Ready(result) => State::Ended(result),
            Poll::Pending => State::Running(action),
        };
        JobFuture { state: Some(state), handle }
    }

    /// A handle that names the action's jobs and cancels it from elsewhere.
    pub fn handle(&self) -> JobHandle {
        self.handle.clone()
    }

    /// Cancels the action, with a reason for its error if there is one; see [`JobHandle::cancel`].
    pub fn cancel<'a>(&self, reason: impl Into<Option<&'a str>>) {
        self.handle.cancel(reason);
    }

    /// Lets the action run to its end on a thread of its own; its result is dropped, a failure is logged.
    pub fn detach(self)
    where
        T: Send + 'static,
    {
        let run = move || {
            if let Err(error) = park_until_ready(self) {
                tracing::warn!("a detached action failed: {error}");
            }
        };
        let thread = std::thread::Builder::new().name("firesteel-detached".to_owned()).spawn(run);
        if let Err(error) = thread {
            tracing::error!("a detached action was cancelled: its thread cannot be started: {error}");
        }
    }
}

impl<T> Future for JobFuture<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Result<T>> {
        match self.state.take() {
            Some(State::Running(mut action)) => {
                let poll = self.handle.polling(|| action.as_mut().poll(context));
                if poll.is_pending() {
                    self.state = Some(State::Running(action));
                }
                poll
            }
            Some(State::Ended(result)) => Poll::Ready(result),
            // Polled again after its end, which the contract of futures leaves open.
            None => Poll::Pending,
        }
    }
}

impl<T> Unpin for JobFuture<T> {}

impl<T> std::fmt::Debug for JobFuture<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JobFuture")
    }
}

/// A submitted job; dropped before its end, it is cancelled.
pub(crate) struct SubmittedJob<U> {
    pub(super) job_id: JobId,
    pub(super) call_site: CallSite,
    pub(super) begun: Instant,
    pub(super) sink: Arc<TypedSink<U>>,
    pub(super) driver: Arc<Driver>,
    pub(super) handle: SystemHandle,
    pub(super) ended: bool,
}

impl<U> SubmittedJob<U> {
    /// Waits for the end: `handler` gets each result with its position, one at a time, in order of arrival.
    pub(crate) async fn run(mut self, mut handler: impl FnMut(usize, U) + Send) -> Result<()> {
        loop {
            match self.next().await {
                Ok(Some((position, result))) => {
                    // A handler that panics fails its job, not the scheduler.
                    let handled = catch_unwind(AssertUnwindSafe(|| handler(position as usize, result)));
                    if let Err(payload) = handled {
                        return Err(Error::Handler { message: panic_text(&*payload) });
                    }
                }
                Ok(None) => {
                    self.log("finished");
                    return Ok(());
                }
                Err(source) => {
                    self.log("failed");
                    let (job_id, call_site) = (self.job_id, self.call_site.text());
                    return Err(JobFailure { job_id, call_site, source }.into());
                }
            }
        }
    }

    fn log(&self, how: &str) {
        let seconds = self.begun.elapsed().as_secs_f64();
        tracing::info!("Job {} {how}: {}, took {seconds:.6} s", self.job_id, self.call_site.text());
    }

    /// The next result with its position, `None` at the end.
    async fn next(&mut self) -> std::result::Result<Option<(u32, U)>, JobError> {
        let next = std::future::poll_fn(|context| self.sink.poll_next(context.waker())).await;
        self.ended = !matches!(next, Ok(Some(_)));
        self.driver.accumulators.settle();
        next
    }
}

impl<U> Drop for SubmittedJob<U> {
    fn drop(&mut self) {
        self.driver.remove_job(self.job_id);
        self.sink.close();
        if !self.ended {
            let reason = Some("because its future was dropped".to_owned());
            self.handle.send(DagScheduler, JobCancelled { job_id: self.job_id, reason }).ok();
        }
    }
}
