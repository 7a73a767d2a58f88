//! The control plane alone: a host schedules tasks of its own kind, without RDDs.
//!
//! `cargo run --example actors_only`
//!
//! The crate `firesteel-actors` knows no closure and no row. What it needs of a program is an [`Application`]: it
//! runs tasks, which are ids and bytes, decodes their results and hears how jobs end. Here a task adds numbers:
//! 1. A graph of two stages is submitted by hand: four map tasks split a range of numbers into even and odd ones,
//!    two more add what was split.
//! 2. An actix actor of the host hears of every message, in an actix `System` of the host's own.
//! 3. The host sends messages of its own through typed addresses: it asks for offers, kills a task, cancels a job.

use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

use actix::{Actor, Addr, Context, Handler, System};
use firesteel_actors::{
    ActorId, Config, ExecutorId, JobId, RddId, ShuffleId, TaskId,
    carrier::{Application, Observed, ResultError, TaskControl, actix::ActorSystem},
    lineage::{Blob, Dependency, Lineage, RddInfo, ShuffleInfo, StageBinary},
    message::{
        DagScheduler, Describe, DriverEndpoint, EnqueueSuccessfulTask, JobCancelled, JobSubmitted,
        JobWaiterMessage, KillTaskAttempt, MapStatus, Properties, ReviveOffers, TaskDescription,
        TaskEndReason, TaskKind, TaskResult, TaskScheduler, TaskStatus, TaskValue,
    },
};

/// Nothing here takes this long.
const LIMIT: Duration = Duration::from_secs(10);

/// What a result stage's tasks do; a stage's code is whatever bytes the host gives it.
const ADD: &[u8] = b"add";
const WAIT: &[u8] = b"wait until killed";

// ---------------------------------------------------------------------------------------------------------------
// The program around the actors
// ---------------------------------------------------------------------------------------------------------------

/// What the host hears of its jobs.
enum News {
    /// A task of a job that waits has begun.
    Begun(TaskId),
    /// A task's result counts: the position in the job's list of partitions, and the sum.
    Sum(u32, u64),
    /// A job failed.
    Failed(String),
}

struct Adder {
    /// Outputs of map tasks, by map task: the sums of the even and of the odd numbers.
    outputs: Mutex<HashMap<u32, [u64; 2]>>,
    /// Results that are decoded and wait for the word that they count.
    decoded: Mutex<HashMap<TaskId, u64>>,
    news: Mutex<mpsc::Sender<News>>,
}

impl Adder {
    fn tell(&self, news: News) {
        // At the end nobody listens any more.
        lock(&self.news).send(news).ok();
    }

    /// Partition `n` of the source holds the numbers from `100 n` on; it goes to both reducers.
    fn map(&self, task: &TaskDescription) -> TaskValue {
        let start = task.partition.bytes().and_then(|bytes| bytes.first().copied()).unwrap_or(0);
        let numbers = (0..100).map(|number| 100 * u64::from(start) + number);
        let (even, odd): (Vec<u64>, Vec<u64>) = numbers.partition(|number| number % 2 == 0);
        lock(&self.outputs).insert(task.partition_id, [even.iter().sum(), odd.iter().sum()]);
        // The scheduler learns where the output is and how large its parts are, not what is in it.
        TaskValue::MapStatus(MapStatus::new(task.executor_id, task.task_id, [8, 8]))
    }

    fn add(&self, task: &TaskDescription) -> TaskValue {
        let side = task.partition_id as usize % 2;
        let sum: u64 = lock(&self.outputs).values().map(|sums| sums[side]).sum();
        TaskValue::Direct(sum.to_le_bytes().to_vec().into())
    }

    /// Threads cannot be killed: a task asks its control whether it is to end.
    fn wait(&self, task: &TaskDescription, control: &TaskControl) -> TaskStatus {
        self.tell(News::Begun(task.task_id));
        loop {
            if let Some(reason) = control.kill_reason() {
                return TaskStatus::Killed(Box::new(TaskEndReason::killed(reason)));
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Application for Adder {
    /// On a task thread, so it may take its time. A panic would be a failure of the attempt, which is repeated.
    fn run_task(&self, task: &TaskDescription, control: &Arc<TaskControl>) -> TaskStatus {
        let value = match task.stage.kind {
            TaskKind::ShuffleMap { .. } => self.map(task),
            TaskKind::Result if task.stage.binary.bytes() == Some(WAIT) => return self.wait(task, control),
            TaskKind::Result => self.add(task),
        };
        TaskStatus::Finished(Box::new(TaskResult {
            value,
            metrics: Box::default(),
            accum_updates: Vec::new(),
        }))
    }

    /// On a thread of the result getter.
    fn decode_result(&self, result: &EnqueueSuccessfulTask) -> Result<(), ResultError> {
        let TaskValue::Direct(value) = &result.result.value else { return Err(ResultError::Lost) };
        let bytes = value.bytes().and_then(|bytes| bytes.try_into().ok());
        let bytes = bytes.ok_or_else(|| ResultError::Undecodable("a sum has eight bytes".to_owned()))?;
        lock(&self.decoded).insert(result.task_id, u64::from_le_bytes(bytes));
        Ok(())
    }

    /// On the thread of the actors, so it only passes the word on.
    fn job_waiter(&self, message: JobWaiterMessage) {
        match message {
            JobWaiterMessage::TaskSucceeded(done) => {
                if let Some(sum) = lock(&self.decoded).remove(&done.task_id) {
                    self.tell(News::Sum(done.output_id, sum));
                }
            }
            // This program asks for neither.
            JobWaiterMessage::MapStageSucceeded(_) | JobWaiterMessage::MergeAccumulators(_) => {}
            JobWaiterMessage::JobFailed(failed) => self.tell(News::Failed(failed.error.to_string())),
        }
    }

    fn system_ended(&self, reason: &str) {
        self.tell(News::Failed(reason.to_owned()));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// ---------------------------------------------------------------------------------------------------------------
// The host's own actor, which subscribes to messages
// ---------------------------------------------------------------------------------------------------------------

/// A message of the system, short enough to pass on.
struct Summary {
    from: ActorId,
    to: ActorId,
    kind: &'static str,
    ids: String,
}

impl actix::Message for Summary {
    type Result = ();
}

/// What the host says; its actor is the one that prints, so that all comes in order.
struct Say(String);

impl actix::Message for Say {
    type Result = ();
}

/// Nothing follows.
struct Finish;

impl actix::Message for Finish {
    type Result = ();
}

/// Prints what scheduling is about, and counts the rest.
#[derive(Default)]
struct Chronicle {
    kinds: BTreeMap<&'static str, u64>,
}

impl Chronicle {
    const TOLD: [&str; 7] = [
        "JobSubmitted",
        "SubmitTasks",
        "KillTaskAttempt",
        "JobCancelled",
        "KillAllTaskAttempts",
        "TaskSucceeded",
        "JobFailed",
    ];
}

impl Actor for Chronicle {
    type Context = Context<Self>;
}

impl Handler<Summary> for Chronicle {
    type Result = ();

    fn handle(&mut self, summary: Summary, _: &mut Context<Self>) {
        let Summary { from, to, kind, ids } = summary;
        *self.kinds.entry(kind).or_default() += 1;
        if Chronicle::TOLD.contains(&kind) || (kind == "ReviveOffers" && matches!(from, ActorId::Host(_))) {
            println!("{}", format!("  {from:>14} → {to:<14} {kind} {ids}").trim_end());
        }
    }
}

impl Handler<Say> for Chronicle {
    type Result = ();

    fn handle(&mut self, Say(text): Say, _: &mut Context<Self>) {
        println!("{text}");
    }
}

impl Handler<Finish> for Chronicle {
    type Result = ();

    fn handle(&mut self, _: Finish, _: &mut Context<Self>) {
        let total: u64 = self.kinds.values().sum();
        println!("{total} messages were seen: {:?}", self.kinds);
        System::current().stop();
    }
}

/// The host's actix System, on a thread of the host's.
struct Host {
    chronicle: Addr<Chronicle>,
    thread: thread::JoinHandle<std::io::Result<()>>,
}

fn start_host() -> Result<Host, Box<dyn Error>> {
    let (made, address) = mpsc::channel();
    let run = move || {
        let system = System::new();
        made.send(system.block_on(async { Chronicle::default().start() })).ok();
        system.run()
    };
    let thread = thread::Builder::new().name("host".to_owned()).spawn(run)?;
    Ok(Host { chronicle: address.recv()?, thread })
}

// ---------------------------------------------------------------------------------------------------------------
// Jobs as plain data
// ---------------------------------------------------------------------------------------------------------------

fn rdd(id: u32, name: &str, num_partitions: u32, dependencies: Vec<Dependency>) -> (RddId, RddInfo) {
    let id = RddId(id);
    (id, RddInfo::new(id, name, name, num_partitions, dependencies))
}

/// Two RDDs with a shuffle between them: the scheduler makes two stages of it.
fn adding(job_id: JobId) -> JobSubmitted {
    let (source, shuffle) = (RddId(0), ShuffleId(0));
    // Each task gets its own partition's bytes, all of a stage get its code.
    let partitions: Vec<Blob> = (0..4).map(|number| vec![number].into()).collect();
    let split = StageBinary { code: b"split".to_vec().into(), partitions: partitions.into() };
    let lineage = Lineage {
        rdds: BTreeMap::from([
            rdd(0, "numbers", 4, Vec::new()),
            rdd(1, "sums", 2, vec![Dependency::Shuffle { rdd: source, shuffle }]),
        ]),
        shuffles: BTreeMap::from([(shuffle, ShuffleInfo::new(source, 2, Ok(split)))]),
    };
    job(job_id, lineage, RddId(1), vec![0, 1], ADD)
}

/// One RDD, one task, which waits until it is killed.
fn waiting(job_id: JobId) -> JobSubmitted {
    let lineage = Lineage { rdds: BTreeMap::from([rdd(2, "wait", 1, Vec::new())]), ..Lineage::default() };
    job(job_id, lineage, RddId(2), vec![0], WAIT)
}

fn job(job_id: JobId, lineage: Lineage, final_rdd: RddId, partitions: Vec<u32>, code: &[u8]) -> JobSubmitted {
    JobSubmitted {
        job_id,
        final_rdd,
        lineage: Arc::new(lineage),
        partitions,
        binary: Ok(StageBinary { code: code.to_vec().into(), partitions: Arc::new([]) }),
        call_site: "the host".into(),
        properties: Properties::default(),
    }
}

// ---------------------------------------------------------------------------------------------------------------
// The story
// ---------------------------------------------------------------------------------------------------------------

fn main() -> Result<(), Box<dyn Error>> {
    let Host { chronicle, thread: host } = start_host()?;
    let say = |text: String| chronicle.do_send(Say(text));

    let (tell, news) = mpsc::channel();
    let adder = Adder { outputs: Mutex::default(), decoded: Mutex::default(), news: Mutex::new(tell) };
    let system = ActorSystem::builder(Arc::new(adder))
        .config(Config { is_local: true, ..Config::default() })
        .executor(ExecutorId(1), "localhost", 2)
        .executor(ExecutorId(2), "localhost", 2)
        .start()?;
    say(format!("started {system:?}"));

    // The observer is called by the thread that handles the message: it passes a summary on and returns.
    let listening = chronicle.clone();
    let subscription = system.handle().observe(move |Observed { head, message, .. }: Observed<'_>| {
        let (kind, ids) = (message.kind(), message.ids().to_string());
        listening.do_send(Summary { from: head.from(), to: head.to, kind, ids });
    });
    // Messages carry their sender: this handle's come from Host-1.
    let handle = system.handle().named(1);

    say("a job of two stages:".to_owned());
    handle.send(DagScheduler, adding(JobId(0)))?;
    let mut sums = [0; 2];
    for _ in 0..2 {
        match news.recv_timeout(LIMIT)? {
            News::Sum(output, sum) => sums[output as usize % 2] = sum,
            News::Begun(task) => return Err(format!("task {task} is of another job").into()),
            News::Failed(reason) => return Err(reason.into()),
        }
    }
    say(format!("its answer: the even numbers below 400 make {}, the odd ones {}", sums[0], sums[1]));

    say("messages that the host makes up, to a job whose task waits:".to_owned());
    // Only what an actor accepts compiles: `handle.send(TaskScheduler, ReviveOffers {})` does not.
    handle.send(DriverEndpoint, ReviveOffers {})?;
    handle.send(DagScheduler, waiting(JobId(1)))?;
    let first = begun(&news)?;
    // A killed attempt is no failure of the job: the task gets another one.
    let reason = "the host wants to see another attempt".to_owned();
    handle.send(TaskScheduler, KillTaskAttempt { task_id: first, interrupt_thread: false, reason })?;
    let second = begun(&news)?;
    say(format!("task {first} was killed, its next attempt is task {second}"));
    handle.send(
        DagScheduler,
        JobCancelled { job_id: JobId(1), reason: Some("because the host has seen enough".to_owned()) },
    )?;
    match news.recv_timeout(LIMIT)? {
        News::Failed(reason) => say(format!("its end: {reason}")),
        News::Begun(_) | News::Sum(..) => return Err("the job was not cancelled".into()),
    }

    let report = system.stop(LIMIT);
    drop(subscription);
    say(format!("stopped, {} tasks left behind", report.left_behind.len()));
    chronicle.do_send(Finish);
    host.join().map_err(|_| "the thread of the host panicked")??;
    Ok(())
}

/// The next task that begins to wait.
fn begun(news: &mpsc::Receiver<News>) -> Result<TaskId, Box<dyn Error>> {
    match news.recv_timeout(LIMIT)? {
        News::Begun(task) => Ok(task),
        News::Sum(..) => Err("a task that waits has no sum".into()),
        News::Failed(reason) => Err(reason.into()),
    }
}
