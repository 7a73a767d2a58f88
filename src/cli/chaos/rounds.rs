//! The rounds of a run.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use firesteel_actors::{
    ExecutorId,
    trace::{Check, RecordOptions, Setup, TraceReader},
};

use super::{
    adversary::{Adversary, Done, FaultKind, Victims},
    jobs::{PROGRAMS, write_text},
    leaks::{self, Before, Places},
    network::Network,
    report::ChaosReport,
};
use crate::{Context, Error as JobError, random::Random};

/// A job that takes longer hangs: without faults it takes a second.
const HANG: Duration = Duration::from_secs(120);
/// A stop that takes longer does so too.
const SLOW_STOP: Duration = Duration::from_secs(10);
/// In each round of so many the directories of executors that failed are kept, as they are by default.
const KEEPS_EVERY: u32 = 3;

/// What a run is to be.
#[derive(Debug)]
#[non_exhaustive]
pub struct ChaosOptions {
    pub(super) duration: Duration,
    pub(super) seed: u64,
    pub(super) executors: u32,
    pub(super) jobs_per_round: u32,
    pub(super) faults: Vec<FaultKind>,
    pub(super) traces: Option<PathBuf>,
    /// Set from outside to end the run early.
    pub(super) stop: &'static AtomicBool,
}

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

impl ChaosOptions {
    /// A run of this length with all kinds of faults, on three executors.
    pub fn new(duration: Duration, seed: u64) -> Self {
        static NEVER: AtomicBool = AtomicBool::new(false);
        let faults = FaultKind::parse(&[]).unwrap_or_default();
        ChaosOptions { duration, seed, executors: 3, jobs_per_round: 12, faults, traces: None, stop: &NEVER }
    }

    /// Runs it.
    ///
    /// # Errors
    /// What has nothing to do with faults: no directory can be made, no context started.
    pub fn run(&self) -> Outcome<ChaosReport> {
        let begun = Instant::now();
        let dir = tempfile::Builder::new().prefix("firesteel-chaos-").tempdir()?;
        let text = dir.path().join("text");
        write_text(&text)?;
        let mut random = Random::new(self.seed);
        let mut report = ChaosReport { seed: self.seed, ..ChaosReport::default() };
        while begun.elapsed() < self.duration && report.hangs.is_empty() && !self.is_stopped() {
            let round = Round { options: self, dir: dir.path(), text: &text, until: begun + self.duration };
            round.run(random.next_u64(), &mut report)?;
            report.rounds += 1;
            report.seconds = begun.elapsed().as_secs_f64();
            eprintln!(
                "[{:4.0} s] {} jobs exact, {} failed by name, {} faults",
                report.seconds,
                report.finished,
                report.failed.values().sum::<u32>(),
                report.faults.values().sum::<u32>()
            );
        }
        Ok(report)
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// The executors that have been there, and their processes.
#[derive(Default)]
struct Seen(BTreeMap<ExecutorId, u32>);

impl Seen {
    /// Those that are there now.
    fn look(&mut self, context: &Context) -> BTreeSet<ExecutorId> {
        let executors = context.executors();
        self.0.extend(executors.iter().map(|executor| (executor.executor_id, executor.process_id)));
        executors.iter().map(|executor| executor.executor_id).collect()
    }

    /// Those that the adversary struck, or that are not there any more.
    fn failed(&self, there: &BTreeSet<ExecutorId>, struck: BTreeSet<ExecutorId>) -> BTreeSet<ExecutorId> {
        let gone = self.0.keys().filter(|id| !there.contains(id)).copied();
        struck.into_iter().chain(gone).collect()
    }
}

/// A context and its jobs.
struct Round<'a> {
    options: &'a ChaosOptions,
    dir: &'a Path,
    text: &'a Path,
    until: Instant,
}

impl Round<'_> {
    fn run(&self, seed: u64, report: &mut ChaosReport) -> Outcome<()> {
        let before = Before::look();
        let work_dir = self.dir.join(format!("work-{}", report.rounds));
        std::fs::create_dir(&work_dir)?;
        let trace =
            self.options.traces.as_deref().unwrap_or(self.dir).join(format!("round-{}.trace", report.rounds));
        let network = Arc::new(Network::default());
        let keeps = report.rounds % KEEPS_EVERY == KEEPS_EVERY - 1;
        let context = self.context(&work_dir, keeps, &trace, &network)?;
        let victims =
            Victims { context: context.clone(), work_dir: work_dir.clone(), network: network.clone() };
        let mut kinds = self.options.faults.clone();
        if keeps {
            // Else nobody could say which executors have failed by the adversary.
            kinds.retain(|kind| *kind != FaultKind::Network);
        }
        let adversary = Adversary::start(victims, kinds, seed)?;
        let mut seen = Seen::default();
        let mut random = Random::new(seed);
        for _ in 0..self.options.jobs_per_round {
            if Instant::now() >= self.until || self.options.is_stopped() {
                break;
            }
            self.job(&context, &mut random, &mut seen, report)?;
            if !report.hangs.is_empty() {
                break;
            }
        }
        let Done { faults, struck } = adversary.stop();
        for (kind, count) in faults {
            *report.faults.entry(kind).or_default() += count;
        }
        network.heal();
        let there = seen.look(&context);
        let begun = Instant::now();
        let stopped = context.stop();
        let took = begun.elapsed();
        if took > SLOW_STOP {
            report.hangs.push(format!("the stop of round {} took {took:.1?}", report.rounds));
        }
        drop(context);
        network.close();
        for left in stopped.left_behind.iter().map(ToString::to_string).chain(stopped.threads_left_behind) {
            report.leaks.push(format!("round {}: {left}", report.rounds));
        }
        let failed = seen.failed(&there, struck);
        let failed = keeps.then_some(&failed);
        let processes = seen.0.values().copied().collect();
        let places = Places { before: &before, processes: &processes, work_dir: &work_dir, failed };
        for left in leaks::find(&places) {
            report.leaks.push(format!("round {}: {left}", report.rounds));
        }
        self.check(&trace, report);
        Ok(())
    }

    fn context(
        &self,
        work_dir: &Path,
        keeps: bool,
        trace: &Path,
        network: &Arc<Network>,
    ) -> crate::Result<Context> {
        let network = network.clone();
        // Little memory, so that map outputs are in files, which can be damaged.
        let builder = Context::builder()
            .master(&format!("local-cluster[{},1,64]", self.options.executors))
            .config("spark.memory.fraction", "0.02")
            .config("spark.task.maxFailures", "40")
            .config("spark.stage.maxConsecutiveAttempts", "40")
            .config("spark.executor.heartbeatInterval", "500ms")
            .config("spark.network.timeout", "5s")
            .config("spark.network.timeoutInterval", "1s")
            .config("firesteel.executors.maxLostTime", "30s")
            .config("firesteel.executor.workDir", &work_dir.to_string_lossy())
            // Executors do not end early by themselves here.
            .config("spark.deploy.maxExecutorRetries", "100")
            .record(trace, RecordOptions::payloads())
            .routed(Arc::new(move |address| network.route(address)));
        let builder =
            if keeps { builder } else { builder.config("firesteel.executor.keepWorkDirs", "false") };
        builder.start()
    }

    /// Runs a job, which must end.
    fn job(
        &self,
        context: &Context,
        random: &mut Random,
        seen: &mut Seen,
        report: &mut ChaosReport,
    ) -> Outcome<()> {
        let dice = random.next_u64();
        let (name, program) = PROGRAMS[(dice % PROGRAMS.len() as u64) as usize];
        let salt = dice >> 8;
        let (done, ended) = mpsc::channel();
        let (of_job, text) = (context.clone(), self.text.to_owned());
        let run = move || {
            done.send(program(&of_job, &text, salt)).ok();
        };
        let thread = thread::Builder::new().name("job".to_owned()).spawn(run)?;
        let until = Instant::now() + HANG;
        let answer = loop {
            seen.look(context);
            match ended.recv_timeout(Duration::from_millis(200)) {
                Ok(answer) => break answer,
                Err(mpsc::RecvTimeoutError::Timeout) if Instant::now() < until => {}
                Err(_) => {
                    report.hangs.push(format!("{name} (round {}, number {salt})", report.rounds));
                    // It ends with its context, at the latest.
                    context.cancel_all_jobs().ok();
                    return Ok(());
                }
            }
        };
        thread.join().map_err(|_| format!("{name} panicked"))?;
        match answer {
            Ok(None) => report.finished += 1,
            Ok(Some(problem)) => {
                report.wrong.push(format!("{name} (round {}, number {salt}): {problem}", report.rounds));
            }
            Err(error) => *report.failed.entry(brief(&error)).or_default() += 1,
        }
        Ok(())
    }

    /// Looks at what the trace shows, and removes it unless it is wanted.
    fn check(&self, path: &Path, report: &mut ChaosReport) {
        let checked = violations(path);
        let violations =
            checked.unwrap_or_else(|error| vec![format!("the trace cannot be checked: {error}")]);
        report
            .violations
            .extend(violations.into_iter().map(|text| format!("round {}: {text}", report.rounds)));
        if self.options.traces.is_none() {
            std::fs::remove_file(path).ok();
        }
    }
}

fn violations(path: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let reader = TraceReader::open(path)?;
    let mut check = Check::new(Setup::of_trace(&reader)?);
    for record in reader {
        check.take(record?)?;
    }
    Ok(check.finish()?.violations.iter().map(ToString::to_string).collect())
}

/// What a job failed of, without what differs each time.
fn brief(error: &JobError) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.chars().filter(|char| !char.is_ascii_digit()).take(160).collect()
}
