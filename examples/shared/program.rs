//! What the examples have in common: their options, the progress bar, Ctrl-C, the metrics at the end, exit codes.
#![allow(dead_code, reason = "not every program needs all of it")]

use std::{
    error::Error,
    io::{self, StdoutLock, Write},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use firesteel::{
    ConsoleProgressBar, Context, MetricsTable,
    actors::{Config, ConfigError},
};

/// Whether Ctrl-C was pressed.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a program ends with.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// The options that every example has.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Where to run: local[N], local[*], local[N,maxFailures], local-cluster[executors,cores,memoryMiB] or
    /// firesteel://HOST:PORT.
    #[arg(long, default_value = "local[*]")]
    master: String,
    /// Record every message to this file; `firesteel trace show FILE` prints it.
    #[arg(long, value_name = "FILE")]
    trace: Option<std::path::PathBuf>,
    /// Print what the tasks measured, per stage and per executor, to standard error.
    #[arg(long)]
    metrics: bool,
    /// Show no progress bar.
    #[arg(long)]
    no_progress: bool,
    /// A setting, such as spark.default.parallelism=8; may be repeated.
    #[arg(long = "conf", value_name = "KEY=VALUE")]
    settings: Vec<String>,
}

/// Runs the work of the example `name` in a context of its own, and prints its answer with the seconds that all of
/// that took, the start of the context included.
pub(crate) fn run<T>(
    name: &str,
    options: &Options,
    work: impl FnOnce(&Context) -> Outcome<T>,
    print: impl FnOnce(&T, f64, &mut StdoutLock<'static>) -> io::Result<()>,
) -> ExitCode {
    match run_and_print(name, options, work, print) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if INTERRUPTED.load(Ordering::Relaxed) => {
            eprintln!("{name}: interrupted");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("{name}: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  caused by: {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn run_and_print<T>(
    name: &str,
    options: &Options,
    work: impl FnOnce(&Context) -> Outcome<T>,
    print: impl FnOnce(&T, f64, &mut StdoutLock<'static>) -> io::Result<()>,
) -> Outcome<()> {
    let begun = Instant::now();
    let metrics = Arc::new(MetricsTable::new());
    let context = start(name, options, &metrics)?;
    let on_interrupt = context.clone();
    // A second Ctrl-C, when cancelling takes too long, ends the process as usual.
    ctrlc::set_handler(move || {
        let is_second = INTERRUPTED.swap(true, Ordering::Relaxed);
        if on_interrupt.cancel_all_jobs().is_err() || is_second {
            std::process::exit(130);
        }
    })?;
    let answer = work(&context);
    // The trace is whole when the context has stopped, also if a job failed, and listeners have heard everything.
    let report = context.stop();
    let seconds = begun.elapsed().as_secs_f64();
    if options.metrics {
        eprint!("{}", metrics.table());
    }
    let mut out = io::stdout().lock();
    match print(&answer?, seconds, &mut out).and_then(|()| out.flush()) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        printed => printed?,
    }
    match report.not_recorded.first() {
        Some(what) => Err(what.clone().into()),
        None => Ok(()),
    }
}

fn start(name: &str, options: &Options, metrics: &Arc<MetricsTable>) -> Outcome<Context> {
    let mut builder = Context::builder().master(&options.master);
    for setting in &options.settings {
        let (key, value) =
            setting.split_once('=').ok_or_else(|| format!("--conf {setting}: it takes KEY=VALUE"))?;
        // The context only logs it, and nobody reads a log here.
        if let Err(unknown @ ConfigError::UnknownKey { .. }) = Config::default().set(key, value) {
            eprintln!("{name}: {unknown}");
        }
        builder = builder.config(key, value);
    }
    if !options.no_progress {
        builder = builder.listener(Arc::new(ConsoleProgressBar::new()));
    }
    if options.metrics {
        builder = builder.listener(metrics.clone());
    }
    if let Some(path) = &options.trace {
        builder = builder.trace(path);
    }
    Ok(builder.start()?)
}

/// Between two jobs: an error if Ctrl-C was pressed, which cancels only jobs that run.
pub(crate) fn check_interrupt() -> Outcome<()> {
    if INTERRUPTED.load(Ordering::Relaxed) { Err("interrupted".into()) } else { Ok(()) }
}

/// How many partitions generated data has if the user does not say: two per task thread.
pub(crate) fn partitions(context: &Context, asked: Option<usize>) -> usize {
    asked.unwrap_or(2 * context.default_parallelism())
}
