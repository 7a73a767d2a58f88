//! `firesteel chaos`: jobs with known answers on executor processes that an adversary kills, stops, cuts off and robs of files.
//!
//! Each round has a context of its own: some jobs run while faults are injected, then the context is stopped and looked at for
//! what it has left behind. Wrong answers, jobs and stops that hang, and leaks fail the run; a job that fails by name does not, unless
//! there are many. The same seed makes the same faults in the same order, though not at the same moments of a job.

mod adversary;
mod jobs;
mod leaks;
mod network;
mod report;
mod rounds;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;

pub use report::ChaosReport;
pub use rounds::ChaosOptions;

/// A positive number of minutes.
fn minutes(text: &str) -> Result<f64, String> {
    let minutes = text.trim().parse().ok();
    let is_possible = |minutes: &f64| minutes.is_finite() && *minutes > 0.0;
    minutes.filter(is_possible).ok_or_else(|| "it has to be a number above 0".to_owned())
}

/// Runs jobs on executor processes while an adversary injects faults, and compares every answer with the exact one.
#[derive(Debug, Args)]
pub(super) struct ChaosArgs {
    /// How long.
    #[arg(long, default_value_t = 1.0, value_parser = minutes)]
    minutes: f64,
    /// What the adversary's dice begin with.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Executors.
    #[arg(long, default_value_t = 3)]
    executors: u32,
    /// Jobs of one context.
    #[arg(long, default_value_t = 12)]
    jobs: u32,
    /// Only these kinds of faults, with commas between: kill, stop, file, network.
    #[arg(long, value_delimiter = ',')]
    faults: Vec<String>,
    /// Keep the trace of each round here, instead of checking and removing it.
    #[arg(long, value_name = "DIR")]
    traces: Option<PathBuf>,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ChaosArgs) -> ExitCode {
    let faults = match adversary::FaultKind::parse(&args.faults) {
        Ok(faults) => faults,
        Err(problem) => {
            eprintln!("firesteel: {problem}");
            return ExitCode::from(2);
        }
    };
    let options = ChaosOptions {
        duration: Duration::from_secs_f64(args.minutes.min(1e6) * 60.0),
        seed: args.seed,
        executors: args.executors.max(1),
        jobs_per_round: args.jobs.max(1),
        faults,
        traces: args.traces.clone(),
        stop: super::stop_on_interrupt(),
    };
    match options.run() {
        Ok(report) => {
            if args.json {
                println!("{}", report.to_json());
            } else {
                println!("{report}");
            }
            if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("firesteel: {}", crate::launch::with_sources(&*error));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_takes_a_positive_time() {
        assert_eq!((minutes("2"), minutes("0.5")), (Ok(2.0), Ok(0.5)));
        for text in ["0", "-1", "NaN", "inf", "-inf", "1e999", "two", ""] {
            assert!(minutes(text).is_err(), "{text}");
        }
    }
}
