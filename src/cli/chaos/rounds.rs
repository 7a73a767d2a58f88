//! The rounds of a run.

use std::{
    collections::BTreeSet,
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

use firesteel_actors::trace::{Check, RecordOptions, Setup, TraceReader};

use super::{
    adversary::{Adversary, FaultKind, Victims},
    jobs::{PROGRAMS, write_text},
    leaks,
    network::Network,
    report::ChaosReport,
};
use crate::{Context, Error as JobError, random::Random};

/// A job that takes longer hangs: without faults it takes a second.
const HANG: Duration = Duration::from_secs(120);

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

/// A context and its jobs.
struct Round<'a> {
    options: &'a ChaosOptions,
    dir: &'a Path,
    text: &'a Path,
    until: Instant,
}

impl Round<'_> {
    fn run(&self, seed: u64, report: &mut ChaosReport) -> Outcome<()> {
        let threads_before = leaks::threads();
        let work_dir = self.dir.join(format!("work-{}", report.rounds));
        std::fs::create_dir(&work_dir)?;
        let trace =
            self.options.traces.as_deref().unwrap_or(self.dir).join(format!("round-{}.trace", report.rounds));
        let network = Arc::new(Network::default());
        let context = self.context(&work_dir, &trace, &network)?;
        let victims =
            Victims { context: context.clone(), work_dir: work_dir.clone(), network: network.clone() };
        let adversary = Adversary::start(victims, self.options.faults.clone(), seed)?;
        let mut processes = BTreeSet::new();
        let mut random = Random::new(seed);
        for _ in 0..self.options.jobs_per_round {
            if Instant::now() >= self.until || self.options.is_stopped() {
                break;
            }
            self.job(&context, &mut random, &mut processes, report)?;
            if !report.hangs.is_empty() {
                break;
            }
        }
        for (kind, count) in adversary.stop() {
            *report.faults.entry(kind).or_default() += count;
        }
        network.heal();
        processes.extend(context.executors().iter().map(|executor| executor.process_id));
        let stopped = context.stop();
        drop(context);
        network.close();
        for left in stopped.left_behind.iter().map(ToString::to_string).chain(stopped.threads_left_behind) {
            report.leaks.push(format!("round {}: {left}", report.rounds));
        }
        for left in leaks::find(&processes, &work_dir, threads_before) {
            report.leaks.push(format!("round {}: {left}", report.rounds));
        }
        self.check(&trace, report);
        Ok(())
    }

    fn context(&self, work_dir: &Path, trace: &Path, network: &Arc<Network>) -> crate::Result<Context> {
        let network = network.clone();
        // Little memory, so that map outputs are in files, which can be damaged.
        Context::builder()
            .master(&format!("local-cluster[{},1,64]", self.options.executors))
            .config("spark.memory.fraction", "0.02")
            .config("spark.task.maxFailures", "40")
            .config("spark.stage.maxConsecutiveAttempts", "40")
            .config("spark.executor.heartbeatInterval", "500ms")
            .config("spark.network.timeout", "5s")
            .config("spark.network.timeoutInterval", "1s")
            .config("firesteel.executors.maxLostTime", "30s")
            .config("firesteel.executor.workDir", &work_dir.to_string_lossy())
            .config("firesteel.executor.keepWorkDirs", "false")
            .record(trace, RecordOptions::payloads())
            .routed(Arc::new(move |address| network.route(address)))
            .start()
    }

    /// Runs a job, which must end.
    fn job(
        &self,
        context: &Context,
        random: &mut Random,
        processes: &mut BTreeSet<u32>,
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
            processes.extend(context.executors().iter().map(|executor| executor.process_id));
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
