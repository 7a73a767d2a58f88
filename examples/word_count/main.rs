//! Word count: the words of text files, and how often each occurs.
//!
//! `cargo run --release --example word_count -- FILE...`

mod summary;

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use clap::Parser;
use firesteel::{
    ConsoleProgressBar, Context, Error,
    actors::{Config, ConfigError},
};
use summary::Summary;

/// Whether Ctrl-C was pressed.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Counts the words of text files: files, directories, globs, and .gz files.
///
/// Words are separated by white space (tab, line feed, vertical tab, form feed, carriage return, space).
#[derive(Debug, Parser)]
#[command(name = "word_count")]
struct Args {
    /// Files, directories and globs; several may also be given with commas between.
    #[arg(required = true)]
    files: Vec<String>,
    /// Where to run: local[N], local[*] or local[N,maxFailures].
    #[arg(long, default_value = "local[*]")]
    master: String,
    /// Partitions at least; by default two per task thread.
    #[arg(long)]
    min_partitions: Option<usize>,
    /// How many of the most frequent words to print.
    #[arg(long, default_value_t = 20)]
    top: usize,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
    /// Record every message to this file; `firesteel trace show FILE` prints it.
    #[arg(long, value_name = "FILE")]
    trace: Option<std::path::PathBuf>,
    /// Show no progress bar.
    #[arg(long)]
    no_progress: bool,
    /// A setting, such as spark.default.parallelism=8; may be repeated.
    #[arg(long = "conf", value_name = "KEY=VALUE")]
    settings: Vec<String>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if INTERRUPTED.load(Ordering::Relaxed) => {
            eprintln!("word_count: interrupted");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("word_count: {error}");
            let mut source = std::error::Error::source(&*error);
            while let Some(cause) = source {
                eprintln!("  caused by: {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn std::error::Error>> {
    let begun = Instant::now();
    let mut builder = Context::builder().master(&args.master);
    for setting in &args.settings {
        let (key, value) =
            setting.split_once('=').ok_or_else(|| format!("--conf {setting}: it takes KEY=VALUE"))?;
        // The context only logs it, and nobody reads a log here.
        if let Err(unknown @ ConfigError::UnknownKey { .. }) = Config::default().set(key, value) {
            eprintln!("word_count: {unknown}");
        }
        builder = builder.config(key, value);
    }
    if !args.no_progress {
        builder = builder.listener(Arc::new(ConsoleProgressBar::new()));
    }
    if let Some(path) = &args.trace {
        builder = builder.trace(path);
    }
    let context = builder.start()?;
    let on_interrupt = context.clone();
    // A second Ctrl-C, when cancelling takes too long, ends the process as usual.
    ctrlc::set_handler(move || {
        if on_interrupt.cancel_all_jobs().is_err() || INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })?;
    let summary = count(&context, args);
    // The trace is whole when the context has stopped, also if the job failed.
    let report = context.stop();
    let summary = summary?;
    let seconds = begun.elapsed().as_secs_f64();
    let printed = if args.json { summary.print_json(seconds) } else { summary.print(seconds) };
    match printed {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        printed => printed?,
    }
    match report.not_recorded.first() {
        Some(what) => Err(what.clone().into()),
        None => Ok(()),
    }
}

fn count(context: &Context, args: &Args) -> Result<Summary, Error> {
    let paths = args.files.join(",");
    let min_partitions = args.min_partitions.unwrap_or(2 * context.default_parallelism());
    context
        .text_file(&paths, min_partitions)
        .flat_map(|line| line.into_words())
        .map(|word| (word, 1u64))
        .reduce_by_key(|a, b| a + b)
        .aggregate(Summary::new(args.top), |summary, (word, count)| summary.add(word, count), Summary::merge)
}
