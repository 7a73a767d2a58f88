//! `reduce_by_key_10m`, `sort_by_key_10m`, `join_2m`, `pagerank`, `kmeans`, `pi_100m`: an RDD program against what a good
//! programmer writes by hand for the same work, both with two threads.
//!
//! Both sides are children of this executable, in turn. Each times itself, from the start of the work to its last answer:
//! the engine's context and the other side's threads are started within, the data is generated within (but for
//! k-means, whose points both sides have in memory). Every answer must be the one that is known for the size.

mod answer;
mod join;
mod kmeans;
mod pagerank;
mod pi;
mod reduce_by_key;
mod sort_by_key;

use std::{error::Error, io::Write, time::Instant};

use firesteel::Context as Firesteel;

pub(crate) use self::answer::Answer;
use super::{
    child,
    compare::{self, Comparison, Sample},
    context::{Context, Outcome},
    report::Report,
};

/// A side of a workload: is given how many rows, and how many threads it may use.
pub(crate) type Side = fn(rows: u64, threads: usize) -> Result<Answer, Box<dyn Error>>;

/// Work that both sides know.
pub(crate) struct Workload {
    /// The bench's name.
    pub(crate) name: &'static str,
    /// Rows of the bench.
    pub(crate) rows: u64,
    /// What both sides must find with so many.
    pub(crate) expected: &'static str,
    /// Pairs of runs. Odd, so that a median is a run that took place.
    pairs: usize,
    /// The RDD program.
    pub(crate) engine: Side,
    /// The program without the engine.
    pub(crate) hand: Side,
}

/// All of them.
pub(crate) const WORKLOADS: &[Workload] = &[
    reduce_by_key::WORKLOAD,
    sort_by_key::WORKLOAD,
    join::WORKLOAD,
    pagerank::WORKLOAD,
    kmeans::WORKLOAD,
    pi::WORKLOAD,
];

fn find(name: &str) -> Result<&'static Workload, String> {
    WORKLOADS.iter().find(|known| known.name == name).ok_or_else(|| format!("no workload {name}"))
}

/// Runs the bench `name` and emits its report.
///
/// # Errors
/// If a side fails or an answer is wrong.
pub(crate) fn run(name: &str) -> Outcome {
    let workload = find(name)?;
    let rows = workload.rows.to_string();
    let run = |side: &str| -> Result<Sample, Box<dyn Error>> {
        let finished = child::run(side, &[name, &rows, &Context::THREADS.to_string()])?;
        let answer: Answer = serde_json::from_str(&finished.stdout)?;
        answer.check(side, workload.expected)?;
        Ok(Sample { seconds: answer.seconds, peak_rss_bytes: finished.peak_rss_bytes })
    };
    let Comparison { seconds, peak_rss_bytes } =
        compare::in_turn(name, workload.pairs, &mut || run("engine"), &mut || run("hand"))?;
    Report::new(name, seconds.subject, "s")
        .baseline(seconds.baseline, seconds.ratio)
        .with("peak_rss_bytes", peak_rss_bytes.subject)
        .with("baseline_peak_rss_bytes", peak_rss_bytes.baseline)
        .with("peak_rss_ratio", peak_rss_bytes.ratio)
        .with("rows", workload.rows)
        .with("threads", Context::THREADS)
        .with("pairs", workload.pairs)
        .emit()?;
    Ok(())
}

/// `engine WORKLOAD ROWS THREADS`: the RDD program.
pub(crate) fn engine_child(arguments: &[String]) -> Outcome {
    side_child(arguments, |workload| workload.engine)
}

/// `hand WORKLOAD ROWS THREADS`: the program without the engine.
pub(crate) fn hand_child(arguments: &[String]) -> Outcome {
    side_child(arguments, |workload| workload.hand)
}

fn side_child(arguments: &[String], side: fn(&Workload) -> Side) -> Outcome {
    let [name, rows, threads] = arguments else {
        return Err(format!("expected the arguments WORKLOAD ROWS THREADS, got {arguments:?}").into());
    };
    let answer = side(find(name)?)(rows.parse()?, threads.parse()?)?;
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &answer)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// Times an RDD program with as many task slots as threads, from before the start of its context.
fn in_engine(
    threads: usize,
    work: impl FnOnce(&Firesteel) -> firesteel::Result<String>,
) -> Result<Answer, Box<dyn Error>> {
    let begun = Instant::now();
    let context = Firesteel::builder().master(&format!("local[{threads}]")).start()?;
    let found = work(&context)?;
    Ok(Answer { found, seconds: begun.elapsed().as_secs_f64() })
}

/// Times a program by hand, from before the start of its threads.
fn by_hand(threads: usize, work: impl FnOnce() -> String + Send) -> Result<Answer, Box<dyn Error>> {
    let begun = Instant::now();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let found = pool.install(work);
    Ok(Answer { found, seconds: begun.elapsed().as_secs_f64() })
}
