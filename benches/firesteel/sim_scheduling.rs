//! `sim_scheduling`: what scheduling alone costs, with many executors and a million tasks, on one thread.
//!
//! Measured: the cores of DAGScheduler, TaskScheduler and DriverEndpoint, and a queue that hands each what the others
//! sent it, from JobSubmitted to JobEnd of one stage. Executors are no actors here: a LaunchTask is answered by the
//! task's RUNNING and its result, the oldest task first, so that every core is busy until the end. The result getter
//! answers at once; listener events are dropped. Not measured: how executors register, carriers, threads, user code.

use std::{
    collections::VecDeque,
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};

use firesteel::actors::{
    Config, ExecutorId, JobId, RddId, Time,
    core::{Core, Outbox},
    dag_scheduler::DagSchedulerCore,
    driver_endpoint::DriverEndpointCore,
    lineage::{Blob, Lineage, RddInfo, StageBinary},
    message::{
        DriverEndpointMessage, ExecutorBackendMessage, HandleSuccessfulTask, JobSubmitted, LaunchedExecutor,
        Message, Properties, RegisterExecutor, ResultGetterMessage, SparkListenerEvent, StatusUpdate,
        TaskOutput, TaskResult, TaskSchedulerMessage, TaskSpec, TaskStatus, TaskValue,
    },
    resources::{ProfileId, Resources},
    task_scheduler::TaskSchedulerCore,
};
use serde::{Deserialize, Serialize};

use super::{
    child,
    context::{Context, Outcome},
    report::Report,
};

/// Cores of an executor.
const CORES: u32 = 16;
/// Tasks of the job.
const TASKS: u32 = 1_000_000;
/// Children of each size, of which the median counts.
const ROUNDS: usize = 3;
/// Executors.
const SIZES: [u32; 3] = [100, 1_000, 10_000];

#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    decisions_per_second: f64,
    messages_per_decision: f64,
}

/// The driver's three cores and what waits for them.
struct Driver {
    dag_scheduler: DagSchedulerCore,
    task_scheduler: TaskSchedulerCore,
    driver_endpoint: DriverEndpointCore,
    waiting: VecDeque<Message>,
    /// Tasks that run, the oldest first.
    running: VecDeque<(ExecutorId, firesteel::actors::TaskId)>,
    out: Outbox,
    now: Time,
    launched: u64,
    messages: u64,
    has_ended: bool,
}

impl Driver {
    fn new() -> Self {
        let config = Config::default();
        Driver {
            dag_scheduler: DagSchedulerCore::new(config.clone()),
            task_scheduler: TaskSchedulerCore::new(config.clone()),
            driver_endpoint: DriverEndpointCore::new(config),
            waiting: VecDeque::new(),
            running: VecDeque::new(),
            out: Outbox::new(),
            now: Time::ZERO,
            launched: 0,
            messages: 0,
            has_ended: false,
        }
    }

    fn handle(&mut self, message: Message) {
        self.messages += 1;
        let (now, out) = (self.now, &mut self.out);
        match message {
            Message::DagScheduler(message) => self.dag_scheduler.handle(now, message, out),
            Message::TaskScheduler(message) => self.task_scheduler.handle(now, message, out),
            Message::DriverEndpoint(message) => self.driver_endpoint.handle(now, message, out),
            Message::ExecutorBackend(ExecutorBackendMessage::LaunchTask(launch)) => {
                self.launched += 1;
                self.running.push_back((launch.task.executor_id, launch.task.task_id));
            }
            Message::ResultGetter(ResultGetterMessage::EnqueueSuccessfulTask(task)) => {
                let success = HandleSuccessfulTask {
                    task_id: task.task_id,
                    output: TaskOutput::Decoded,
                    metrics: task.result.metrics,
                    accum_updates: Vec::new(),
                };
                self.waiting.push_back(TaskSchedulerMessage::from(success).into());
            }
            Message::ListenerBus(SparkListenerEvent::JobEnd(_)) => self.has_ended = true,
            _ => {}
        }
        // Timers only warn here, and nothing of it is late.
        for sending in self.out.drain() {
            if sending.after.is_none() {
                self.waiting.push_back(sending.message);
            }
        }
    }

    fn settle(&mut self) {
        while let Some(message) = self.waiting.pop_front() {
            self.handle(message);
        }
    }

    fn tell(&mut self, message: impl Into<Message>) {
        self.waiting.push_back(message.into());
        self.settle();
    }

    fn add_executor(&mut self, id: u32) {
        let executor_id = ExecutorId(id);
        let register = RegisterExecutor {
            executor_id,
            hostname: format!("host{}", id / 4),
            cores: CORES,
            resources: Resources::new(),
            profile_id: ProfileId::DEFAULT,
        };
        self.tell(DriverEndpointMessage::from(register));
        self.tell(DriverEndpointMessage::from(LaunchedExecutor { executor_id }));
    }

    /// The oldest task starts and ends.
    fn run_one(&mut self) -> Result<(), String> {
        let (executor_id, task_id) =
            self.running.pop_front().ok_or("nothing runs, and the job has not ended")?;
        self.now = self.now + Duration::from_micros(1);
        let result = TaskResult {
            value: TaskValue::Direct(Blob::default()),
            accum_updates: Vec::new(),
            metrics: Box::default(),
        };
        for status in [TaskStatus::Running, TaskStatus::Finished(Box::new(result))] {
            let update = StatusUpdate { executor_id, task_id, status, task_cpus: 1 };
            self.tell(DriverEndpointMessage::from(update));
        }
        Ok(())
    }
}

fn job(tasks: u32) -> JobSubmitted {
    let rdd = RddInfo::new(RddId(0), "RangeRDD", "range", tasks, Vec::new());
    let mut lineage = Lineage::default();
    lineage.rdds.insert(rdd.id, rdd);
    JobSubmitted {
        job_id: JobId(0),
        final_rdd: RddId(0),
        lineage: Arc::new(lineage),
        partitions: (0..tasks).collect(),
        binary: Ok(StageBinary { code: vec![0].into(), partitions: Arc::new([]) }),
        call_site: "bench".into(),
        properties: Properties::default(),
    }
}

/// `sim_scheduling EXECUTORS TASKS`: one job.
pub(crate) fn child(arguments: &[String]) -> Outcome {
    let [executors, tasks] = arguments else {
        return Err(format!("expected the arguments EXECUTORS TASKS, got {arguments:?}").into());
    };
    let (executors, tasks): (u32, u32) = (executors.parse()?, tasks.parse()?);
    let mut driver = Driver::new();
    (0..executors).for_each(|id| driver.add_executor(id));
    let before = driver.messages;
    let begun = Instant::now();
    driver.tell(firesteel::actors::message::DagSchedulerMessage::from(job(tasks)));
    while !driver.has_ended {
        driver.run_one()?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    if driver.launched != u64::from(tasks) || !driver.task_scheduler.is_idle() {
        return Err(format!("{} tasks were launched for {tasks}", driver.launched).into());
    }
    let answer = Answer {
        decisions_per_second: f64::from(tasks) / seconds,
        messages_per_decision: (driver.messages - before) as f64 / f64::from(tasks),
    };
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &answer)?;
    writeln!(out)?;
    Ok(())
}

/// Runs the bench and emits its reports.
///
/// # Errors
/// If a child fails.
pub(crate) fn run(_context: &Context) -> Outcome {
    let start = |executors: u32, tasks: u32| -> Result<(Answer, u64), Box<dyn std::error::Error>> {
        let finished = child::run("sim_scheduling", &[&executors.to_string(), &tasks.to_string()])?;
        Ok((serde_json::from_str(&finished.stdout)?, finished.peak_rss_bytes))
    };
    let mut rates = [0.0; SIZES.len()];
    for (executors, rate) in SIZES.into_iter().zip(&mut rates) {
        let (mut values, mut messages, mut peaks) = (Vec::new(), 0.0, Vec::new());
        for _ in 0..ROUNDS {
            let (answer, peak) = start(executors, TASKS)?;
            values.push(answer.decisions_per_second);
            messages = answer.messages_per_decision;
            peaks.push(peak);
        }
        values.sort_by(f64::total_cmp);
        peaks.sort_unstable();
        *rate = values.get(ROUNDS / 2).copied().unwrap_or_default();
        // As many tasks as cores: what a task costs beyond that is the growth.
        let (_, few) = start(executors, executors * CORES)?;
        let peak = peaks.get(ROUNDS / 2).copied().unwrap_or_default();
        let more = f64::from(TASKS - executors * CORES);
        eprintln!("{executors} executors: {:.0} decisions/s", *rate);
        Report::new(format!("sim_scheduling_{executors}"), *rate, "decisions/s")
            .with("executors", executors)
            .with("cores", executors * CORES)
            .with("tasks", TASKS)
            .with("messages_per_decision", messages)
            .with("bytes_per_task", peak.saturating_sub(few) as f64 / more)
            .with("own_bytes_per_task", std::mem::size_of::<TaskSpec>())
            .emit()?;
    }
    let [few, _, many] = rates;
    Report::new("sim_scheduling_growth", 1e9 / many, "ns/decision").baseline(1e9 / few, few / many).emit()?;
    Ok(())
}
