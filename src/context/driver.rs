//! What the actors need from the driver's program: tasks are run, results decoded, waiting jobs told.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
#[cfg(feature = "cluster")]
use std::{
    sync::{OnceLock, Weak},
    time::Duration,
};

use firesteel_actors::{
    JobError, JobId,
    carrier::{Application, ResultError, TaskControl},
    message::{
        EnqueueSuccessfulTask, HostMessage, JobWaiterMessage, SparkListenerEvent, TaskDescription,
        TaskStatus, TaskValue,
    },
};

use super::{HOST, job_sink::JobSink, listener_bus::ListenerBus, questions::Questions};
#[cfg(feature = "cluster")]
use crate::cluster::Cluster;
use crate::{
    Error,
    accumulator::Accumulators,
    task::{ExecutorEnv, TaskRunner},
};
#[cfg(feature = "cluster")]
use firesteel_actors::{carrier::SystemHandle, message::ClusterManagerMessage};

/// The driver's program, as the actors see it.
pub(super) struct Driver {
    pub(super) env: Arc<ExecutorEnv>,
    runner: TaskRunner,
    jobs: Mutex<Jobs>,
    pub(super) questions: Questions,
    pub(super) accumulators: Arc<Accumulators>,
    /// `None`: nobody listens, or everything has been said.
    listeners: Mutex<Option<ListenerBus>>,
    listens: bool,
    /// Executors in other processes, once they may come; the context has it.
    #[cfg(feature = "cluster")]
    cluster: OnceLock<(Weak<Cluster>, SystemHandle)>,
    /// What was asked of it before.
    #[cfg(feature = "cluster")]
    early_requests: Mutex<Vec<ClusterManagerMessage>>,
}

#[derive(Default)]
struct Jobs {
    sinks: HashMap<JobId, Waiting>,
    /// How the system ended, once it has.
    ended: Option<Ended>,
    /// Why there will be no executor any more.
    without_executors: Option<String>,
}

/// A job that waits for its results.
struct Waiting {
    sink: Arc<dyn JobSink>,
    #[cfg_attr(not(feature = "cluster"), expect(dead_code, reason = "jobs get old only without executors"))]
    since: Instant,
}

/// Requests that may come before executors may.
#[cfg(feature = "cluster")]
const MOST_EARLY: usize = 1_000;

#[derive(Clone)]
enum Ended {
    Stopped,
    Failed(String),
}

impl Ended {
    fn error(&self) -> Error {
        match self {
            Ended::Stopped => Error::Stopped,
            Ended::Failed(reason) => Error::SystemFailed(reason.clone()),
        }
    }
}

impl Driver {
    pub(super) fn new(runner: TaskRunner, env: Arc<ExecutorEnv>, listeners: Option<ListenerBus>) -> Self {
        let listens = listeners.is_some();
        Driver {
            env,
            runner,
            jobs: Mutex::default(),
            questions: Questions::default(),
            accumulators: Arc::default(),
            listeners: Mutex::new(listeners),
            listens,
            #[cfg(feature = "cluster")]
            cluster: OnceLock::new(),
            #[cfg(feature = "cluster")]
            early_requests: Mutex::default(),
        }
    }

    /// From now on executors may come from other processes. What was asked of them before is to be done now.
    #[cfg(feature = "cluster")]
    pub(super) fn set_cluster(
        &self,
        cluster: &Arc<Cluster>,
        system: &SystemHandle,
    ) -> Vec<ClusterManagerMessage> {
        let mut early = self.early_requests.lock().unwrap_or_else(PoisonError::into_inner);
        self.cluster.set((Arc::downgrade(cluster), system.clone())).ok();
        std::mem::take(&mut early)
    }

    /// The jobs that have waited for at least so long.
    #[cfg(feature = "cluster")]
    pub(super) fn jobs_of_age(&self, age: Duration) -> Vec<JobId> {
        let jobs = self.jobs();
        let old = jobs.sinks.iter().filter(|(_, waiting)| waiting.since.elapsed() >= age);
        old.map(|(job, _)| *job).collect()
    }

    /// There will be no executor any more: jobs that come from now on fail with this reason.
    #[cfg(feature = "cluster")]
    pub(super) fn refuse_jobs(&self, reason: &str) {
        self.jobs().without_executors.get_or_insert_with(|| reason.to_owned());
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a job wait here for its results, unless the system has ended.
    pub(super) fn add_job(&self, job: JobId, sink: Arc<dyn JobSink>) -> Result<(), Error> {
        let mut jobs = self.jobs();
        if let Some(ended) = &jobs.ended {
            return Err(ended.error());
        }
        if let Some(reason) = &jobs.without_executors {
            return Err(Error::NoExecutors(reason.clone()));
        }
        jobs.sinks.insert(job, Waiting { sink, since: Instant::now() });
        Ok(())
    }

    /// How the system ended, if it has.
    pub(super) fn end_error(&self) -> Option<Error> {
        self.jobs().ended.as_ref().map(Ended::error)
    }

    /// A job waits no more.
    pub(super) fn remove_job(&self, job: JobId) {
        let mut jobs = self.jobs();
        jobs.sinks.remove(&job);
        if jobs.sinks.is_empty() {
            // Under the lock: no new job can have results yet.
            let stages = self.env.no_jobs();
            drop(jobs);
            // Outside of the lock: what it drops is the user's, and may submit a job.
            drop(stages);
        }
    }

    fn sink(&self, job: JobId) -> Option<Arc<dyn JobSink>> {
        self.jobs().sinks.get(&job).map(|waiting| waiting.sink.clone())
    }

    /// Lets the listeners' thread end when it has heard everything.
    pub(super) fn close_listeners(&self) {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Application for Driver {
    fn run_task(&self, task: &TaskDescription, control: &Arc<TaskControl>) -> TaskStatus {
        self.runner.run(task, control)
    }

    fn decode_result(&self, result: &EnqueueSuccessfulTask) -> Result<(), ResultError> {
        let fetched;
        let bytes = match &result.result.value {
            TaskValue::Direct(value) => value.bytes().unwrap_or_default(),
            TaskValue::Indirect { size } => {
                fetched = self.indirect(result, *size)?;
                &fetched
            }
            TaskValue::Dropped { .. } | TaskValue::MapStatus(_) => return Err(ResultError::Lost),
        };
        match self.sink(result.stage.job_id) {
            Some(sink) => sink.decode(result.task_id, bytes).map_err(ResultError::Undecodable),
            // Cancelled meanwhile.
            None => Ok(()),
        }
    }

    fn job_waiter(&self, message: JobWaiterMessage) {
        match message {
            JobWaiterMessage::TaskSucceeded(success) => {
                if let Some(sink) = self.sink(success.job_id) {
                    sink.task_succeeded(success.output_id, success.task_id);
                }
            }
            JobWaiterMessage::MergeAccumulators(merge) => self.accumulators.put(merge.updates),
            JobWaiterMessage::MapStageSucceeded(success) => {
                if let Some(sink) = self.sink(success.job_id) {
                    sink.map_stage_succeeded(success.bytes_by_partition);
                }
            }
            JobWaiterMessage::JobFailed(failed) => {
                if let Some(sink) = self.sink(failed.job_id) {
                    sink.failed(failed.error);
                }
            }
        }
    }

    fn listener_event(&self, event: &SparkListenerEvent) {
        #[cfg(feature = "cluster")]
        if let SparkListenerEvent::SparkListenerExecutorRemoved(removed) = event
            && let Some(cluster) = self.cluster.get().and_then(|(cluster, _)| cluster.upgrade())
        {
            cluster.removed(removed.executor_id);
        }
        if self.listens
            && let Some(bus) = &*self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
        {
            bus.post(event);
        }
    }

    fn host_message(&self, host: u32, message: HostMessage) {
        // Other hosts ask for themselves, and observe the answers.
        if host == HOST {
            self.questions.answer(message);
        }
    }

    #[cfg(feature = "cluster")]
    fn cluster_manager(&self, message: ClusterManagerMessage) {
        let mut early = self.early_requests.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((cluster, system)) = self.cluster.get() else {
            // The ExecutorAllocation asks as soon as there is a system.
            if self.env.remote.is_some() && early.len() < MOST_EARLY {
                early.push(message);
            }
            return;
        };
        drop(early);
        if let Some(cluster) = cluster.upgrade() {
            super::processes::manage(&cluster, system, message);
        }
    }

    fn system_ended(&self, reason: &str) {
        self.end(&Ended::Failed(reason.to_owned()));
    }

    fn system_stopped(&self) {
        self.end(&Ended::Stopped);
    }
}

impl Driver {
    /// A result that was too large for its status update.
    fn indirect(&self, result: &EnqueueSuccessfulTask, size: u64) -> Result<Arc<Vec<u8>>, ResultError> {
        #[cfg(feature = "cluster")]
        if let Some(remote) = &self.env.remote {
            let fetched = remote.fetch_result(result.executor_id, result.task_id, size);
            return fetched.map(Arc::new).map_err(|error| {
                tracing::warn!("the result of task {} is lost: {error}", result.task_id);
                ResultError::Lost
            });
        }
        debug_assert!(size > 0);
        self.env.results.take(result.task_id).ok_or(ResultError::Lost)
    }

    /// Fails all that wait; the first end is the one that counts for jobs that come later.
    fn end(&self, ended: &Ended) {
        let mut jobs = self.jobs();
        jobs.ended.get_or_insert_with(|| ended.clone());
        let waiting: Vec<_> = jobs.sinks.drain().collect();
        drop(jobs);
        self.questions.end();
        for (job_id, Waiting { sink, .. }) in waiting {
            sink.failed(match ended {
                Ended::Stopped => JobError::ContextStopped { job_id },
                Ended::Failed(reason) => JobError::SystemFailed(reason.clone()),
            });
        }
    }
}
