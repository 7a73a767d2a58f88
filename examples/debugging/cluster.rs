//! A small cluster of opaque tasks: the actors on the loop, for what RDD programs in one process cannot show.

use std::{
    collections::BTreeMap,
    error::Error,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use firesteel_actors::{
    Config, ExecutorId, JobError, JobId, RddId, Time,
    carrier::{Application, ExecutorSpec, TaskControl, sim_loop::SimSystem},
    lineage::{Lineage, StageBinary},
    message::{
        DagScheduler, JobSubmitted, JobWaiterMessage, Properties, TaskDescription, TaskResult, TaskStatus,
        TaskValue,
    },
    trace::{RecordOptions, TraceWriter},
};

type Run = dyn Fn(&TaskDescription) -> TaskStatus + Send + Sync;

/// The program around the actors.
struct Program {
    run: Box<Run>,
    /// By job, the results that are still to come, or its failure.
    jobs: Mutex<BTreeMap<JobId, Result<usize, JobError>>>,
}

impl Program {
    fn jobs(&self) -> MutexGuard<'_, BTreeMap<JobId, Result<usize, JobError>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Application for Program {
    fn run_task(&self, task: &TaskDescription, _: &Arc<TaskControl>) -> TaskStatus {
        (self.run)(task)
    }

    fn job_waiter(&self, message: JobWaiterMessage) {
        match message {
            JobWaiterMessage::TaskSucceeded(done) => {
                if let Some(Ok(left)) = self.jobs().get_mut(&done.job_id) {
                    *left -= 1;
                }
            }
            JobWaiterMessage::JobFailed(failed) => {
                self.jobs().insert(failed.job_id, Err(failed.error));
            }
            JobWaiterMessage::MapStageSucceeded(_) | JobWaiterMessage::MergeAccumulators(_) => {}
        }
    }

    fn system_ended(&self, _: &str) {}
}

/// A running cluster whose messages are recorded.
pub(crate) struct Cluster {
    pub(crate) system: SimSystem,
    program: Arc<Program>,
}

impl Cluster {
    /// Executors by host, with their cores; they are numbered from 1 on.
    pub(crate) fn start(
        trace: &Path,
        settings: &[(String, String)],
        executors: &[(&str, u32)],
        run: impl Fn(&TaskDescription) -> TaskStatus + Send + Sync + 'static,
    ) -> Result<Self, Box<dyn Error>> {
        let mut config = Config::default();
        config.set_all(settings.iter().map(|(key, value)| (&**key, &**value)))?;
        let spec =
            |(id, (host, cores)): (u32, &(&str, u32))| ExecutorSpec::new(ExecutorId(id), *host, *cores);
        let executors: Vec<ExecutorSpec> = (1..).zip(executors).map(spec).collect();
        let options = RecordOptions::payloads().run("loop", &config, &executors);
        let writer = TraceWriter::create(trace, options)?;
        let program = Arc::new(Program { run: Box::new(run), jobs: Mutex::default() });
        let system = SimSystem::new(program.clone(), config, executors, 1)?;
        system.add_observer(Arc::new(writer));
        Ok(Cluster { system, program })
    }

    /// Submits a job on all partitions of an RDD.
    pub(crate) fn submit(&self, job: u32, lineage: Lineage, rdd: RddId) -> Result<(), Box<dyn Error>> {
        let job_id = JobId(job);
        let partitions = lineage.rdds.get(&rdd).map_or(0, |rdd| rdd.num_partitions);
        self.program.jobs().insert(job_id, Ok(partitions as usize));
        let job = JobSubmitted {
            job_id,
            final_rdd: rdd,
            lineage: Arc::new(lineage),
            partitions: (0..partitions).collect(),
            binary: Ok(StageBinary::default()),
            call_site: "count at examples/debugging".into(),
            properties: Properties::default(),
        };
        Ok(self.system.handle().send(DagScheduler, job)?)
    }

    /// Lets this much time pass since the start.
    pub(crate) fn run_until(&mut self, time: Duration) {
        while self.system.step_until(Time::ZERO + time) {}
    }

    /// Runs until all jobs have ended: how long that took.
    pub(crate) fn run_to_end(mut self) -> Result<String, Box<dyn Error>> {
        let is_open = |job: &Result<usize, JobError>| matches!(job, Ok(1..));
        while self.program.jobs().values().any(is_open) {
            if !self.system.step() {
                return Err("nothing is left to happen, and a job has not ended".into());
            }
        }
        let failure = self.program.jobs().values().find_map(|job| job.clone().err());
        let after = self.system.now();
        Ok(match failure {
            None => format!("the job ended after {after} s"),
            Some(error) => format!("the job failed after {after} s: {error}"),
        })
    }
}

/// A task that ends well.
pub(crate) fn done(value: TaskValue) -> TaskStatus {
    TaskStatus::Finished(Box::new(TaskResult { value, metrics: Box::default(), accum_updates: Vec::new() }))
}
