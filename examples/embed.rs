//! firesteel as a guest: a program with a tokio runtime of its own runs jobs beside its other work.
//!
//! `cargo run --example embed`
//!
//! What it shows, in this order:
//! 1. A context on the host's runtime, with a listener and a subscription to its messages.
//! 2. Jobs from several threads, each of which blocks until its own is done.
//! 3. Jobs from async code: awaited, two at once, and one that is dropped, which cancels it.
//! 4. Shutting the context down, and what the report says.
//! 5. Another context after it, and two at once that do not know of each other.

use std::{
    collections::BTreeMap,
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use firesteel::{
    Context, JobFuture, SparkListener,
    actors::{
        carrier::Observed,
        message::{Describe, SparkListenerEvent},
    },
};
use tokio::runtime::Handle;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// How often each kind of something came.
#[derive(Clone, Default)]
struct Counts(Arc<Mutex<BTreeMap<&'static str, u64>>>);

impl Counts {
    fn note(&self, kind: &'static str) {
        *lock(&self.0).entry(kind).or_default() += 1;
    }

    fn of(&self, kind: &str) -> u64 {
        lock(&self.0).get(kind).copied().unwrap_or(0)
    }

    fn kinds(&self) -> usize {
        lock(&self.0).len()
    }

    fn total(&self) -> u64 {
        lock(&self.0).values().sum()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Listeners hear of jobs, stages and tasks, on a thread of their own: a slow one holds nobody up.
#[derive(Default)]
struct JobLog {
    events: Counts,
    failures: Mutex<Vec<String>>,
}

impl SparkListener for JobLog {
    fn on_event(&self, event: &SparkListenerEvent) {
        self.events.note(event.kind());
        if let SparkListenerEvent::JobEnd(end) = event
            && let Some(error) = &end.error
        {
            lock(&self.failures).push(error.to_string());
        }
    }
}

fn main() -> Outcome<()> {
    // The runtime is the host's: it comes before the contexts, outlives them, and does other work meanwhile.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    first_context(&runtime)?;
    another_context(runtime.handle())?;
    two_at_once(&runtime)?;
    println!("the host goes on: {}", runtime.block_on(async { "its runtime still runs" }));
    Ok(())
}

fn first_context(runtime: &tokio::runtime::Runtime) -> Outcome<()> {
    let log = Arc::new(JobLog::default());
    let context = start(runtime.handle(), Some(log.clone()))?;
    println!("started {context:?}, {} task threads", context.default_parallelism());

    // An observer sees every message between the actors, with its envelope. It is called by the thread that
    // handles the message, so it only counts; it is called until the subscription is dropped.
    let messages = Counts::default();
    let counting = messages.clone();
    let subscription = context.system().observe(move |observed: Observed<'_>| {
        counting.note(observed.message.kind());
    });

    from_threads(&context)?;
    runtime.block_on(from_async_code(&context))?;
    drop(subscription);
    println!(
        "messages: {} of {} kinds, among them {} LaunchTask and {} StatusUpdate",
        messages.total(),
        messages.kinds(),
        messages.of("LaunchTask"),
        messages.of("StatusUpdate"),
    );

    // Running jobs fail, and every thread that the context has started is joined. A task that does not return
    // from the program's own code is named in the report and left behind. Stopping waits, so async code leaves
    // it to `spawn_blocking`. Without it the context stops when the last clone, RDD or future is dropped.
    let report = context.stop();
    println!("stopped, {} tasks left behind", report.left_behind.len());
    // Listeners have heard everything by now.
    println!(
        "events: {} jobs, {} stages, {} tasks ended; failures: {:?}",
        log.events.of("JobEnd"),
        log.events.of("StageCompleted"),
        log.events.of("TaskEnd"),
        lock(&log.failures),
    );
    match context.range(0..10, 1, 1).count() {
        Ok(count) => Err(format!("a stopped context counted {count}").into()),
        Err(error) => {
            println!("a job on the stopped context: {error}");
            Ok(())
        }
    }
}

/// A context whose actors use the host's runtime. They live on a thread of their own, as tasks do, so the
/// runtime's workers stay free for the host.
fn start(runtime: &Handle, listener: Option<Arc<JobLog>>) -> firesteel::Result<Context> {
    let mut builder = Context::builder().master("local[2]").runtime(runtime.clone());
    if let Some(listener) = listener {
        builder = builder.listener(listener);
    }
    builder.start()
}

/// Contexts and RDDs are cheap to clone and may be used from any thread. Jobs share the task threads, first come
/// first served. (A blocking action on a thread of the runtime would keep that worker from other work.)
fn from_threads(context: &Context) -> Outcome<()> {
    let numbers = context.range(0..30_000, 1, 4);
    let counts = thread::scope(|scope| {
        let threads: Vec<_> = [2, 3, 5]
            .into_iter()
            .map(|divisor| {
                // Closures capture nothing, for they may travel; what they need goes beside them, as data.
                let multiples = numbers.filter_with(divisor, |divisor, number| number % divisor == 0);
                scope.spawn(move || multiples.count())
            })
            .collect();
        threads.into_iter().map(|thread| thread.join()).collect::<Vec<_>>()
    });
    for (divisor, count) in [2, 3, 5].into_iter().zip(counts) {
        let count = count.map_err(|_| "a thread of the host panicked")??;
        println!("a thread counted {count} multiples of {divisor}");
    }
    Ok(())
}

/// Each action has an `_async` variant. Its future may be polled by any runtime, and its job runs from the moment
/// at which the future was made.
async fn from_async_code(context: &Context) -> Outcome<()> {
    println!("awaited: {:?}", digits(context, 100).await?);

    let (few, many) = (digits(context, 1_000), digits(context, 100_000));
    let (few, many) = tokio::try_join!(few, many)?;
    println!("two at once: {few:?} and {many:?}");

    // Dropping the future cancels its job, and kills its tasks; `detach()` would let it run.
    let endless = context.range(0..i64::MAX, 1, 2).filter(|number| *number < 0).count_async();
    drop(endless);
    println!("dropped: a job that would have run for years");

    // An async task of the host's may own a job like any other future.
    let sum = context.range(0..1_000, 1, 2).reduce_async(|a, b| a + b);
    println!("in a spawned task: {}", tokio::spawn(sum).await??);
    Ok(())
}

/// How many numbers below `end` have an even and how many an odd last digit: two stages, with a shuffle between.
fn digits(context: &Context, end: i64) -> JobFuture<Vec<(bool, u64)>> {
    let by_digit = context.range(0..end, 1, 4).map(|number| (number % 2 == 0, 1u64));
    by_digit.reduce_by_key_n(2, |a, b| a + b).sort_by_key_n(true, 1).collect_async()
}

/// Nothing is global: after the first context there may be any number of others.
fn another_context(runtime: &Handle) -> Outcome<()> {
    let context = start(runtime, None)?;
    println!("another context counts from {:?} again", context.range(0..1, 1, 1).id());
    Ok(())
}

fn two_at_once(runtime: &tokio::runtime::Runtime) -> Outcome<()> {
    let (left, right) = (start(runtime.handle(), None)?, start(runtime.handle(), None)?);
    let both = async { tokio::try_join!(digits(&left, 10), digits(&right, 20)) };
    let (first, second) = runtime.block_on(both)?;
    println!("two contexts at once: {first:?} and {second:?}");
    left.stop();
    println!("one is stopped, the other counts {}", right.range(0..7, 1, 2).count()?);
    Ok(())
}
