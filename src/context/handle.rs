//! [`Context`].

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError, TryLockError,
        atomic::{AtomicU32, Ordering},
    },
    thread::ThreadId,
    time::{Duration, Instant},
};

use firesteel_actors::{
    Config, JobError, JobId, RddId, ShuffleId,
    carrier::{
        BoundedThread, StopReport, SystemHandle,
        actix::{ActorSystem, thread_carries_actors},
    },
    lineage::{BinaryError, Blob, Lineage, StageBinary},
    message::{
        DagScheduler, DagSchedulerMessage, JobSubmitted, MapStageSubmitted, Properties, StopDagScheduler,
    },
};
use serde::de::DeserializeOwned;

use super::{
    CallSite, ContextBuilder, JobHandle, Master, ShuffleCleaner, driver::Driver, job_future::SubmittedJob,
    job_sink::TypedSink, plan,
};
use crate::{
    Result,
    accumulator::Accumulators,
    error::JobFailure,
    rdd::RddNode,
    task::{ExecutorEnv, in_task},
};

/// How long stopping waits for tasks that do not end.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// How long stopping waits for listeners to hear the last events.
const LISTENER_TIMEOUT: Duration = Duration::from_secs(10);

/// The driver's side of a running system (Spark's `SparkContext`): makes RDDs and runs their jobs.
///
/// Cheap to clone; every RDD holds one. The system stops when the last is dropped, or with
/// [`stop`](Context::stop). Several contexts in one process do not know of each other.
#[derive(Clone)]
pub struct Context {
    pub(super) inner: Arc<Inner>,
}

pub(super) enum Carrier {
    Actix(Mutex<Option<ActorSystem>>),
    Loop,
}

pub(super) struct Inner {
    handle: SystemHandle,
    pub(super) driver: Arc<Driver>,
    config: Config,
    pub(super) master: Master,
    next_rdd: AtomicU32,
    next_shuffle: AtomicU32,
    next_job: AtomicU32,
    carrier: Carrier,
    listeners: Mutex<Option<BoundedThread>>,
    listeners_id: Option<ThreadId>,
    pub(super) checkpoint_dir: Mutex<Option<PathBuf>>,
    /// How stopping went, once it has; held while it goes on.
    stopped: Mutex<Option<StopReport>>,
    /// Executors in other processes, if they are there.
    #[cfg(feature = "cluster")]
    pub(super) cluster: Option<Arc<crate::cluster::Cluster>>,
}

impl Inner {
    pub(super) fn new(
        handle: SystemHandle,
        driver: Arc<Driver>,
        config: Config,
        master: Master,
        carrier: Carrier,
        listeners: Option<BoundedThread>,
    ) -> Self {
        Inner {
            handle,
            driver,
            config,
            master,
            next_rdd: AtomicU32::new(0),
            next_shuffle: AtomicU32::new(0),
            next_job: AtomicU32::new(0),
            carrier,
            listeners_id: listeners.as_ref().map(BoundedThread::id),
            listeners: Mutex::new(listeners),
            checkpoint_dir: Mutex::new(None),
            stopped: Mutex::new(None),
            #[cfg(feature = "cluster")]
            cluster: None,
        }
    }

    /// Lets executors come from other processes.
    #[cfg(feature = "cluster")]
    pub(super) fn connect(&mut self, plan: super::processes::Plan, is_observed: bool) -> Result<()> {
        self.cluster = Some(plan.start(&self.handle, &self.driver, is_observed)?);
        Ok(())
    }

    /// Stops once; whoever calls meanwhile waits and gets the same report. Threads of the system's own cannot wait
    /// for themselves, and do not.
    fn stop(&self) -> StopReport {
        let current = Some(std::thread::current().id());
        let from_within = in_task() || thread_carries_actors() || self.listeners_id == current;
        let mut stopped = match self.stopped.try_lock() {
            Ok(stopped) => stopped,
            Err(TryLockError::WouldBlock) if from_within => return StopReport::default(),
            Err(_) => self.stopped.lock().unwrap_or_else(PoisonError::into_inner),
        };
        if let Some(report) = &*stopped {
            return report.clone();
        }
        // First: stopping waits for the threads that fetch results.
        #[cfg(feature = "cluster")]
        if let Some(cluster) = &self.cluster {
            cluster.stop_fetching();
        }
        let mut report = match &self.carrier {
            Carrier::Actix(system) => {
                let system = system.lock().unwrap_or_else(PoisonError::into_inner).take();
                system.map(|system| system.stop(STOP_TIMEOUT)).unwrap_or_default()
            }
            Carrier::Loop => {
                self.handle.send(DagScheduler, StopDagScheduler {}).ok();
                StopReport::default()
            }
        };
        #[cfg(feature = "cluster")]
        if let Some(cluster) = self.cluster.as_ref().filter(|_| !from_within) {
            report.threads_left_behind.extend(cluster.stop());
        }
        self.driver.close_listeners();
        self.driver.env.blocks.close();
        self.driver.env.local_dirs.close();
        let listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = listeners.filter(|_| !from_within) {
            let late = thread.join_by(Instant::now() + LISTENER_TIMEOUT).err();
            report.threads_left_behind.extend(late);
        }
        *stopped = Some(report.clone());
        report
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Context {
    /// Says what a context is to be.
    pub fn builder() -> ContextBuilder {
        ContextBuilder::default()
    }

    pub(super) fn new(inner: Inner) -> Self {
        Context { inner: Arc::new(inner) }
    }

    /// Sends messages to the system's actors and observes them.
    pub fn system(&self) -> &SystemHandle {
        &self.inner.handle
    }

    /// The master.
    pub fn master(&self) -> &Master {
        &self.inner.master
    }

    /// How many partitions collections have when the program does not care: `spark.default.parallelism`, or
    /// the number of task threads.
    pub fn default_parallelism(&self) -> usize {
        self.inner.config.default_parallelism.unwrap_or_else(|| self.cores()) as usize
    }

    /// Task threads: those that the master names, or those that are there.
    fn cores(&self) -> u32 {
        let named = self.inner.master.cores();
        match self.inner.master {
            Master::Listen { .. } => named.max(self.executors().iter().map(|executor| executor.cores).sum()),
            _ => named,
        }
    }

    /// Tells the context from all others that live.
    pub(crate) fn key(&self) -> usize {
        Arc::as_ptr(&self.inner).addr()
    }

    /// Stops the system: running jobs fail, threads are joined, listeners hear the last events. Threads on which
    /// code that is not ours does not return within about ten seconds are named in the report and left behind.
    /// Stopping again gives the same report; from a task, a listener or an observer it only begins the stop.
    pub fn stop(&self) -> StopReport {
        self.inner.stop()
    }

    pub(super) fn is_on_loop(&self) -> bool {
        matches!(self.inner.carrier, Carrier::Loop)
    }

    pub(crate) fn next_rdd_id(&self) -> RddId {
        RddId(self.inner.next_rdd.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn next_shuffle_id(&self) -> ShuffleId {
        ShuffleId(self.inner.next_shuffle.fetch_add(1, Ordering::Relaxed))
    }

    /// Partitions of shuffles when the program does not say; `None`: as many as the parent.
    pub(crate) fn default_reduces(&self) -> Option<usize> {
        self.inner.config.default_parallelism.map(|count| count as usize)
    }

    pub(crate) fn accumulators(&self) -> &Arc<Accumulators> {
        &self.inner.driver.accumulators
    }

    pub(crate) fn executor_env(&self) -> &Arc<ExecutorEnv> {
        &self.inner.driver.env
    }

    pub(crate) fn shuffle_cleaner(&self) -> ShuffleCleaner {
        ShuffleCleaner { handle: self.inner.handle.clone(), env: self.inner.driver.env.clone() }
    }

    /// Submits a job whose results are `U`s.
    pub(crate) fn submit<U: DeserializeOwned + Send + 'static>(
        &self,
        node: &Arc<RddNode>,
        code: std::result::Result<Blob, BinaryError>,
        encoded: Arc<[Blob]>,
        partitions: &[usize],
        call_site: CallSite,
    ) -> Result<SubmittedJob<U>> {
        self.submit_as(node, partitions.len(), call_site, |NewJob { job_id, lineage, properties }| {
            DagSchedulerMessage::from(JobSubmitted {
                job_id,
                final_rdd: node.id,
                lineage,
                partitions: partitions.iter().map(|partition| *partition as u32).collect(),
                binary: code.map(|code| StageBinary { code, partitions: encoded }),
                call_site: call_site.text(),
                properties,
            })
        })
    }

    /// Submits a job that only makes the outputs of a shuffle which `node` is made from. Its one result are their bytes
    /// by reduce partition.
    pub(crate) fn submit_map_stage(
        &self,
        node: &Arc<RddNode>,
        shuffle_id: ShuffleId,
        call_site: CallSite,
    ) -> Result<SubmittedJob<Arc<[u64]>>> {
        self.submit_as(node, 1, call_site, |NewJob { job_id, lineage, properties }| {
            let call_site = call_site.text();
            MapStageSubmitted { job_id, shuffle_id, lineage, call_site, properties }.into()
        })
    }

    /// Submits a job of so many results, as `message` says it.
    fn submit_as<U: DeserializeOwned + Send + 'static>(
        &self,
        node: &Arc<RddNode>,
        results: usize,
        call_site: CallSite,
        message: impl FnOnce(NewJob) -> DagSchedulerMessage,
    ) -> Result<SubmittedJob<U>> {
        let Inner { handle, driver, config, next_job, .. } = &*self.inner;
        let lineage = Arc::new(plan::lineage(node)?);
        let job_id = JobId(next_job.fetch_add(1, Ordering::Relaxed));
        tracing::info!("Starting job: {}", call_site.text());
        if config.log_lineage {
            tracing::info!("RDD's recursive dependencies:\n{}", crate::rdd::debug_string(node));
        }
        let sink = Arc::new(TypedSink::new(results));
        driver.add_job(job_id, sink.clone())?;
        // From here on dropping it takes the job back.
        let mut job = SubmittedJob {
            job_id,
            call_site,
            begun: Instant::now(),
            sink,
            driver: driver.clone(),
            handle: handle.clone(),
            ended: false,
        };
        let properties = JobHandle::polled_properties().unwrap_or_else(|| self.local_properties());
        let submitted = message(NewJob { job_id, lineage, properties });
        let sent = JobHandle::submitting(job_id, handle, || handle.send(DagScheduler, submitted));
        job.ended = !matches!(sent, Ok(Ok(())));
        match sent {
            Ok(sent) => sent?,
            Err(reason) => {
                let source = JobError::Cancelled { job_id, reason };
                return Err(JobFailure { job_id, call_site: call_site.text(), source }.into());
            }
        }
        Ok(job)
    }
}

/// What every job is submitted with.
struct NewJob {
    job_id: JobId,
    lineage: Arc<Lineage>,
    properties: Properties,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Context({})", self.inner.master)
    }
}
