//! `firesteel sim`: runs seeds of the simulated cluster until one shows something that must not be.

use std::{
    io::{self, IsTerminal},
    ops::Range,
    path::PathBuf,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use firesteel_actors::sim::{self, Failure, Profile};

/// Runs seeds of the simulated cluster.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(super) struct SimArgs {
    /// How many seeds to run.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Run this seed alone and show its case.
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// With `--seed`: write the messages of the run to this trace, also if something in it goes wrong.
    #[arg(long, value_name = "FILE", requires = "seed")]
    trace: Option<PathBuf>,
    /// What the cluster and its luck are like: one of those below, or `all`.
    #[arg(long, default_value = "default", value_parser = profiles)]
    profile: Profiles,
}

#[derive(Clone, Debug)]
struct Profiles(Vec<Profile>);

fn profiles(name: &str) -> Result<Profiles, String> {
    if name == "all" {
        return Ok(Profiles(Profile::quick()));
    }
    Profile::named(name).map(|profile| Profiles(vec![profile])).ok_or_else(|| {
        let names: Vec<&str> = Profile::all().iter().map(Profile::name).collect();
        format!("there is `all`, {}", names.join(", "))
    })
}

fn after_help() -> String {
    let mut text = "Profiles:\n".to_owned();
    for profile in Profile::all() {
        text.push_str(&format!("  {:<12} {}\n", profile.name(), profile.about()));
    }
    text.push_str(&format!("\nChecked with every event: {}.", sim::invariants().join(", ")));
    text
}

pub(super) fn run(args: &SimArgs) -> ExitCode {
    let Profiles(profiles) = &args.profile;
    let stop = super::stop_on_interrupt();
    for profile in profiles {
        if let (Some(seed), Some(trace)) = (args.seed, &args.trace)
            && let Err(error) = profile.export(seed).write(trace)
        {
            eprintln!("firesteel: {error}");
            return ExitCode::FAILURE;
        }
        let result = match args.seed {
            Some(seed) => run_one(profile, seed, stop),
            None => run_many(profile, args.from..args.from.saturating_add(args.seeds), stop),
        };
        if let Err(failure) = result {
            println!("{failure}");
            return ExitCode::FAILURE;
        }
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    ExitCode::SUCCESS
}

/// A flag that Ctrl-C sets: runs and shrinking end, and what has been found is still told.
fn run_one(profile: &Profile, seed: u64, stop: &AtomicBool) -> Result<(), Box<Failure>> {
    if !profile.is_large() {
        println!("{}", profile.describe(seed));
    }
    let begun = Instant::now();
    let Some(summary) = profile.run_until(seed, stop).map_err(|found| found.shrink(stop))? else {
        println!("{} seed {seed}: stopped after {:.3} s", profile.name(), begun.elapsed().as_secs_f64());
        return Ok(());
    };
    let took = begun.elapsed();
    println!(
        "{} seed {seed}: {} jobs, {} task attempts, {} messages, {} s of virtual time in {:.3} s, digest {:016x}",
        profile.name(),
        summary.jobs,
        summary.tasks,
        summary.messages,
        summary.time,
        took.as_secs_f64(),
        summary.digest
    );
    Ok(())
}

/// What the threads that run seeds share.
#[derive(Default)]
struct Progress {
    next: AtomicU64,
    done: AtomicU64,
    messages: AtomicU64,
    tasks: AtomicU64,
    failure: Mutex<Option<(u64, Box<Failure>)>>,
}

fn run_many(profile: &Profile, seeds: Range<u64>, stop: &AtomicBool) -> Result<(), Box<Failure>> {
    let progress = Progress { next: AtomicU64::new(seeds.start), ..Progress::default() };
    let ended = AtomicBool::new(false);
    let begun = Instant::now();
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| work(profile, seeds.end, &progress, stop))).collect();
        let shows = io::stderr().is_terminal();
        let watcher = shows.then(|| scope.spawn(|| show(profile, &seeds, &progress, &ended)));
        for worker in workers {
            if let Err(panic) = worker.join() {
                std::panic::resume_unwind(panic);
            }
        }
        ended.store(true, Ordering::Relaxed);
        if let Some(watcher) = watcher {
            watcher.thread().unpark();
        }
    });
    let (done, took) = (progress.done.load(Ordering::Relaxed), begun.elapsed().as_secs_f64());
    println!(
        "{}: {done} seeds, {} task attempts, {} messages in {took:.2} s: {:.0} seeds/s",
        profile.name(),
        progress.tasks.load(Ordering::Relaxed),
        progress.messages.load(Ordering::Relaxed),
        done as f64 / took.max(1e-9)
    );
    let failure = progress.failure.into_inner().unwrap_or_else(PoisonError::into_inner);
    failure.map_or(Ok(()), |(_, failure)| Err(failure))
}

/// Runs seeds until there are no more, one has failed, or somebody wants to stop. Seeds are taken in order, so the
/// failure that is kept is the one with the smallest seed.
fn work(profile: &Profile, end: u64, progress: &Progress, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let seed = progress.next.fetch_add(1, Ordering::Relaxed);
        if seed >= end {
            return;
        }
        match profile.run_until(seed, stop) {
            Ok(None) => return,
            Ok(Some(summary)) => {
                progress.done.fetch_add(1, Ordering::Relaxed);
                progress.messages.fetch_add(summary.messages, Ordering::Relaxed);
                progress.tasks.fetch_add(summary.tasks, Ordering::Relaxed);
            }
            Err(found) => {
                progress.done.fetch_add(1, Ordering::Relaxed);
                // Before shrinking, which takes a while: the other threads need not begin more.
                progress.next.store(end, Ordering::Relaxed);
                let failure = found.shrink(stop);
                let mut kept = progress.failure.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.as_ref().is_none_or(|(other, _)| seed < *other) {
                    *kept = Some((seed, failure));
                }
                return;
            }
        }
    }
}

/// Shows on the terminal how far it is, until all is done.
fn show(profile: &Profile, seeds: &Range<u64>, progress: &Progress, ended: &AtomicBool) {
    while !ended.load(Ordering::Relaxed) {
        eprint!(
            "\r{}: {} of {} seeds ",
            profile.name(),
            progress.done.load(Ordering::Relaxed),
            seeds.end - seeds.start
        );
        thread::park_timeout(Duration::from_millis(200));
    }
    // Back to the start of an empty line.
    eprint!("\r\x1b[2K");
}
