//! A program around the actors whose tasks are bytes, and the two carriers that run one body.

#![allow(dead_code, reason = "each test executable uses its part")]

use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use firesteel_actors::{
    Config, ExecutorId, JobError, JobId, RddId, ShuffleId, TaskId,
    carrier::{
        Application, ExecutorSpec, ResultError, SystemHandle, TaskControl, actix::ActorSystem,
        sim_loop::SimSystem,
    },
    lineage::{Dependency, Lineage, RddInfo, ShuffleInfo, StageBinary},
    message::{
        DagScheduler, Describe, EnqueueSuccessfulTask, ExceptionFailure, JobSubmitted, JobWaiterMessage,
        MapStatus, Properties, SparkListenerEvent, TaskDescription, TaskEndReason, TaskKind, TaskResult,
        TaskStatus, TaskValue,
    },
};

/// Nothing here takes this long; what does hangs.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// How a job ended: its results in order, as numbers.
pub(crate) type Outcome = Result<Vec<u64>, JobError>;

type Program = Box<dyn Fn(&TaskDescription, &Arc<TaskControl>) -> Option<TaskStatus> + Send + Sync>;
type Decoder = Box<dyn Fn(&EnqueueSuccessfulTask) -> Result<(), ResultError> + Send + Sync>;

#[derive(Default)]
struct Job {
    outputs: usize,
    results: BTreeMap<u32, u64>,
    outcome: Option<Outcome>,
    waker: Option<Waker>,
}

/// The program. A map task writes ten times its partition; a task of a stage behind a shuffle sums the outputs of
/// that shuffle and adds its own partition; a task of another stage answers twice its partition.
pub(crate) struct Fake {
    /// Says how a task ends, in place of the rule above.
    program: Program,
    decoder: Decoder,
    jobs: Mutex<HashMap<JobId, Job>>,
    outputs: Mutex<HashMap<(ShuffleId, u32), u64>>,
    decoded: Mutex<HashMap<TaskId, u64>>,
    events: Mutex<Vec<SparkListenerEvent>>,
    ended: Mutex<Vec<String>>,
    next_job: AtomicU32,
}

impl Fake {
    pub(crate) fn new() -> Arc<Self> {
        Fake::running(|_, _| None)
    }

    /// Tasks end as `program` says, or by the rule if it says nothing.
    pub(crate) fn running(
        program: impl Fn(&TaskDescription, &Arc<TaskControl>) -> Option<TaskStatus> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Fake::with(program, |_| Ok(()))
    }

    pub(crate) fn with(
        program: impl Fn(&TaskDescription, &Arc<TaskControl>) -> Option<TaskStatus> + Send + Sync + 'static,
        decoder: impl Fn(&EnqueueSuccessfulTask) -> Result<(), ResultError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Fake {
            program: Box::new(program),
            decoder: Box::new(decoder),
            jobs: Mutex::default(),
            outputs: Mutex::default(),
            decoded: Mutex::default(),
            events: Mutex::default(),
            ended: Mutex::default(),
            next_job: AtomicU32::new(0),
        })
    }

    /// Kinds of listener events with their number.
    pub(crate) fn events(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for event in self.events.lock().unwrap().iter() {
            *counts.entry(event.kind()).or_default() += 1;
        }
        counts
    }

    /// What listeners saw, in order.
    pub(crate) fn history(&self) -> Vec<String> {
        self.events.lock().unwrap().iter().map(|event| format!("{} {}", event.kind(), event.ids())).collect()
    }

    /// The reasons with which the system ended.
    pub(crate) fn ended(&self) -> Vec<String> {
        self.ended.lock().unwrap().clone()
    }

    /// What begins has ended: jobs and stages.
    pub(crate) fn check_events(&self) {
        let events = self.events();
        let count = |kind| events.get(kind).copied().unwrap_or(0);
        assert_eq!(count("JobStart"), count("JobEnd"), "{events:?}");
        assert_eq!(count("StageSubmitted"), count("StageCompleted"), "{events:?}");
        assert!(count("TaskStart") >= count("TaskEnd"), "{events:?}");
    }

    fn end_job(&self, job_id: JobId, outcome: Outcome) {
        let mut jobs = self.jobs.lock().unwrap();
        let job = jobs.entry(job_id).or_default();
        // The first end stands.
        if job.outcome.is_none() {
            job.outcome = Some(outcome);
            if let Some(waker) = job.waker.take() {
                waker.wake();
            }
        }
    }

    fn by_rule(&self, task: &TaskDescription) -> TaskStatus {
        let partition = u64::from(task.partition_id);
        let value = match task.stage.kind {
            TaskKind::ShuffleMap { shuffle_id } => {
                self.outputs.lock().unwrap().insert((shuffle_id, task.partition_id), 10 * partition);
                let status = MapStatus::new(task.executor_id, task.task_id, [8]);
                return finished(TaskValue::MapStatus(status));
            }
            TaskKind::Result => match task.stage.binary.bytes() {
                Some([shuffle, maps]) => {
                    let outputs = self.outputs.lock().unwrap();
                    let shuffle = ShuffleId(u32::from(*shuffle));
                    let sum: u64 = (0..u32::from(*maps)).map(|map| outputs[&(shuffle, map)]).sum();
                    sum + partition
                }
                _ => 2 * partition,
            },
        };
        finished(TaskValue::Direct(value.to_le_bytes().to_vec().into()))
    }
}

impl Application for Fake {
    fn run_task(&self, task: &TaskDescription, control: &Arc<TaskControl>) -> TaskStatus {
        (self.program)(task, control).unwrap_or_else(|| self.by_rule(task))
    }

    fn decode_result(&self, result: &EnqueueSuccessfulTask) -> Result<(), ResultError> {
        (self.decoder)(result)?;
        let TaskValue::Direct(bytes) = &result.result.value else { panic!("{result:?}") };
        let number = u64::from_le_bytes(bytes.bytes().unwrap().try_into().unwrap());
        self.decoded.lock().unwrap().insert(result.task_id, number);
        Ok(())
    }

    fn job_waiter(&self, message: JobWaiterMessage) {
        match message {
            JobWaiterMessage::TaskSucceeded(done) => {
                let number = self.decoded.lock().unwrap().remove(&done.task_id).unwrap();
                let mut jobs = self.jobs.lock().unwrap();
                let job = jobs.get_mut(&done.job_id).unwrap();
                assert_eq!(job.results.insert(done.output_id, number), None, "an output comes once");
                if job.results.len() == job.outputs {
                    let results = job.results.values().copied().collect();
                    drop(jobs);
                    self.end_job(done.job_id, Ok(results));
                }
            }
            JobWaiterMessage::MapStageSucceeded(_) | JobWaiterMessage::MergeAccumulators(_) => {}
            JobWaiterMessage::JobFailed(failed) => self.end_job(failed.job_id, Err(failed.error)),
        }
    }

    fn listener_event(&self, event: &SparkListenerEvent) {
        self.events.lock().unwrap().push(event.clone());
    }

    fn system_ended(&self, reason: &str) {
        self.ended.lock().unwrap().push(reason.to_owned());
        let waiting: Vec<JobId> = self.jobs.lock().unwrap().keys().copied().collect();
        for job in waiting {
            self.end_job(job, Err(JobError::SystemFailed(reason.to_owned())));
        }
    }
}

pub(crate) fn finished(value: TaskValue) -> TaskStatus {
    TaskStatus::Finished(Box::new(TaskResult { value, metrics: Box::default(), accum_updates: Vec::new() }))
}

pub(crate) fn failure(text: &str) -> TaskStatus {
    TaskStatus::Failed(Box::new(TaskEndReason::ExceptionFailure(Box::new(ExceptionFailure {
        class_name: "Error".to_owned(),
        description: text.to_owned(),
        location: None,
        stack_trace: String::new(),
        causes: Vec::new(),
        fatal: false,
        metrics: Box::default(),
        accum_updates: Vec::new(),
    }))))
}

/// What a body works with: a running system and its program.
#[derive(Clone)]
pub(crate) struct Running {
    pub(crate) system: SystemHandle,
    pub(crate) program: Arc<Fake>,
}

/// A lineage of one RDD, or of two with a shuffle between them.
#[derive(Clone, Copy)]
pub(crate) struct Graph {
    /// The shuffle with its number of map tasks.
    pub(crate) shuffle: Option<(u8, u8)>,
    pub(crate) partitions: u32,
}

impl Graph {
    /// One stage.
    pub(crate) const fn one(partitions: u32) -> Self {
        Graph { shuffle: None, partitions }
    }

    /// Two stages.
    pub(crate) const fn two(shuffle: u8, maps: u8, partitions: u32) -> Self {
        Graph { shuffle: Some((shuffle, maps)), partitions }
    }

    /// The right answer of a job on it.
    pub(crate) fn answer(self) -> Vec<u64> {
        let partitions = 0..u64::from(self.partitions);
        match self.shuffle {
            None => partitions.map(|partition| 2 * partition).collect(),
            Some((_, maps)) => {
                let sum: u64 = (0..u64::from(maps)).map(|map| 10 * map).sum();
                partitions.map(|partition| sum + partition).collect()
            }
        }
    }

    fn lineage(self) -> (Lineage, Vec<u8>) {
        let mut lineage = Lineage::default();
        let mut add = |id: u32, num_partitions: u32, dependencies: Vec<Dependency>| {
            let call_site = format!("rdd{id}");
            let id = RddId(id);
            lineage.rdds.insert(id, RddInfo::new(id, "Fake", call_site, num_partitions, dependencies));
        };
        let Some((shuffle, maps)) = self.shuffle else {
            add(1, self.partitions, Vec::new());
            return (lineage, Vec::new());
        };
        let (id, rdd) = (ShuffleId(u32::from(shuffle)), RddId(0));
        add(0, u32::from(maps), Vec::new());
        add(1, self.partitions, vec![Dependency::Shuffle { rdd, shuffle: id }]);
        let binary = Ok(StageBinary::default());
        lineage.shuffles.insert(id, ShuffleInfo::new(rdd, self.partitions, binary));
        (lineage, vec![shuffle, maps])
    }
}

impl Running {
    /// Submits a job on all partitions; the future is its end.
    pub(crate) fn submit(&self, graph: Graph) -> (JobId, JobFuture) {
        let job_id = JobId(self.program.next_job.fetch_add(1, Ordering::Relaxed));
        let job = Job { outputs: graph.partitions as usize, ..Job::default() };
        self.program.jobs.lock().unwrap().insert(job_id, job);
        let (lineage, code) = graph.lineage();
        let submitted = JobSubmitted {
            job_id,
            final_rdd: RddId(1),
            lineage: Arc::new(lineage),
            partitions: (0..graph.partitions).collect(),
            binary: Ok(StageBinary { code: code.into(), partitions: Arc::new([]) }),
            call_site: format!("job{job_id}").into(),
            properties: Properties::default(),
        };
        let sent = self.system.send(DagScheduler, submitted);
        if sent.is_err() {
            self.program.end_job(job_id, Err(JobError::ContextStopped { job_id }));
        }
        (job_id, JobFuture { program: self.program.clone(), job_id })
    }

    /// Submits a job; its end.
    pub(crate) async fn run(&self, graph: Graph) -> Outcome {
        self.submit(graph).1.await
    }
}

/// Ends when its job ends.
pub(crate) struct JobFuture {
    program: Arc<Fake>,
    job_id: JobId,
}

impl Future for JobFuture {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let mut jobs = self.program.jobs.lock().unwrap();
        let job = jobs.get_mut(&self.job_id).unwrap();
        match job.outcome.clone() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                job.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// Waits for a future; one that takes too long fails the test.
pub(crate) fn wait<F: Future>(body: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(LONG, body).await.expect("it hangs") })
}

/// An executor on this host.
pub(crate) fn executor(id: u32, cores: u32) -> ExecutorSpec {
    ExecutorSpec::new(ExecutorId(id), "localhost", cores)
}

/// What a system is made of.
pub(crate) struct Setup {
    pub(crate) config: Config,
    pub(crate) executors: Vec<ExecutorSpec>,
}

impl Setup {
    /// Two executors of two cores, and this many attempts of a task.
    pub(crate) fn attempts(task_max_failures: u32) -> Self {
        let config = Config { is_local: true, task_max_failures, ..Config::default() };
        Setup { config, executors: vec![executor(1, 2), executor(2, 2)] }
    }

    /// The loop with these.
    pub(crate) fn on_loop(self, program: Arc<Fake>, seed: u64) -> SimSystem {
        SimSystem::new(program, self.config, self.executors, seed).unwrap()
    }
}

/// Runs a body on the loop; after it every table is empty.
pub(crate) fn on_loop<F: Future>(
    setup: Setup,
    program: Arc<Fake>,
    seed: u64,
    body: impl FnOnce(Running) -> F,
) {
    let mut system = setup.on_loop(program.clone(), seed);
    let running = Running { system: system.handle().clone(), program: program.clone() };
    system.block_on(body(running)).unwrap();
    while system.step() {
        assert!(system.cores_add_up());
    }
    assert!(system.is_idle());
    drop(system);
    program.check_events();
}

/// An actix system on a thread of its own.
pub(crate) fn start(setup: Setup, program: &Arc<Fake>) -> (ActorSystem, Running) {
    let builder = ActorSystem::builder(program.clone()).config(setup.config).executors(setup.executors);
    let system = builder.start().unwrap();
    let running = Running { system: system.handle().clone(), program: program.clone() };
    (system, running)
}

/// Runs a body on actix; after it every thread has ended.
pub(crate) fn on_actix<F: Future>(setup: Setup, program: Arc<Fake>, body: impl FnOnce(Running) -> F) {
    let (system, running) = start(setup, &program);
    wait(body(running));
    assert_eq!(system.stop(LONG).left_behind, []);
    program.check_events();
}

/// One body, a test on each carrier.
#[macro_export]
macro_rules! on_both {
    ($name:ident, $setup:expr, $program:expr, $body:expr) => {
        mod $name {
            use super::*;

            #[test]
            fn on_the_loop() {
                $crate::common::on_loop($setup, $program, 1, $body);
            }

            #[test]
            fn on_actix() {
                $crate::common::on_actix($setup, $program, $body);
            }
        }
    };
}
