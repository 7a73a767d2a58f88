//! Turns bodies into trials: one per carrier and seed, and one with executors in processes of their own, each with a time
//! limit and with checks after its end.

use std::{
    error::Error,
    future::Future,
    pin::Pin,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use firesteel::{
    Context, ContextBuilder, Master,
    actors::{carrier::panic_text, message::SparkListenerEvent},
};
use libtest_mimic::{Failed, Trial};

use crate::history::{self, History};

/// What a body answers.
pub(crate) type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// No body takes nearly this long; one that does hangs.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);

const SEEDS: std::ops::RangeInclusive<u64> = 1..=5;

/// Deliberate panics carry this word, and are not printed.
pub(crate) const DELIBERATE: &str = "deliberate";

type Program = Arc<dyn Fn(Context) -> Pin<Box<dyn Future<Output = Outcome>>> + Send + Sync>;
type Check = fn(&[SparkListenerEvent]) -> Outcome;

#[derive(Clone)]
enum Body {
    /// On both carriers, and in processes.
    Program(Program),
    /// Not on the loop: it blocks.
    Blocking(fn(Context) -> Outcome),
    /// Without a context of the harness.
    Free(Arc<dyn Fn() -> Outcome + Send + Sync>),
}

/// A body, and how it is to be run.
#[derive(Clone)]
pub(crate) struct Scenario {
    name: String,
    master: &'static str,
    settings: Vec<(&'static str, &'static str)>,
    body: Body,
    check: Option<Check>,
    ignored: bool,
    /// Why its executor cannot be elsewhere.
    in_process: Option<&'static str>,
}

/// A scenario with the name of its body: `scenario!(both body)`, `blocking` or `free`.
macro_rules! scenario {
    ($kind:ident $body:ident) => {
        $crate::harness::Scenario::$kind(concat!(module_path!(), "::", stringify!($body)), $body)
    };
}
pub(crate) use scenario;

impl Scenario {
    /// A body for both carriers, and for executors in processes of their own.
    pub(crate) fn both<F, B>(name: &str, body: B) -> Self
    where
        F: Future<Output = Outcome> + 'static,
        B: Fn(Context) -> F + Send + Sync + 'static,
    {
        Scenario::new(name, Body::Program(Arc::new(move |context| Box::pin(body(context)))))
    }

    /// A body that is not for the loop.
    pub(crate) fn blocking(name: &str, body: fn(Context) -> Outcome) -> Self {
        Scenario::new(name, Body::Blocking(body))
    }

    /// A body that makes its own contexts.
    pub(crate) fn free(name: &str, body: impl Fn() -> Outcome + Send + Sync + 'static) -> Self {
        Scenario::new(name, Body::Free(Arc::new(body)))
    }

    fn new(name: &str, body: Body) -> Self {
        let name = name.trim_start_matches("system::").to_owned();
        Scenario {
            name,
            master: "local[2]",
            settings: Vec::new(),
            body,
            check: None,
            ignored: false,
            in_process: None,
        }
    }

    /// Another master than `local[2]`.
    pub(crate) fn master(mut self, master: &'static str) -> Self {
        self.master = master;
        self
    }

    /// With a setting.
    pub(crate) fn config(mut self, key: &'static str, value: &'static str) -> Self {
        self.settings.push((key, value));
        self
    }

    /// Looks at all listener events when the context has stopped.
    pub(crate) fn then(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    /// Not with executors in processes of their own, and why not.
    pub(crate) fn in_process(mut self, why: &'static str) -> Self {
        self.in_process = Some(why);
        self
    }

    /// Not run unless asked for.
    pub(crate) fn ignored_if(mut self, ignored: bool) -> Self {
        self.ignored = ignored;
        self
    }

    /// The trials of the scenario.
    pub(crate) fn trials(self) -> Vec<Trial> {
        let trial = |name: String, run: Box<dyn FnOnce(Scenario) -> Outcome + Send>| {
            let (scenario, ignored) = (self.clone(), self.ignored);
            Trial::test(name, move || limited(move || run(scenario))).with_ignored_flag(ignored)
        };
        let in_processes = |run: Box<dyn FnOnce(Scenario) -> Outcome + Send>| {
            let possible = cfg!(feature = "cluster") && self.in_process.is_none();
            possible.then(|| trial(format!("{}[local-cluster]", self.name), run))
        };
        match &self.body {
            Body::Program(program) => {
                let mut trials = Vec::new();
                for seed in SEEDS {
                    let program = program.clone();
                    let run = move |scenario: Scenario| scenario.on_loop(&program, seed);
                    trials.push(trial(format!("{}[loop {seed}]", self.name), Box::new(run)));
                }
                let program = program.clone();
                let run = move |context: Context| -> Outcome { wait(LIMIT, program(context))? };
                let on_actix = run.clone();
                let run_on_actix = move |scenario: Scenario| scenario.on_actix(on_actix);
                trials.push(trial(format!("{}[actix]", self.name), Box::new(run_on_actix)));
                trials.extend(in_processes(Box::new(move |scenario| scenario.on_cluster(run))));
                trials
            }
            Body::Blocking(body) => {
                let body = *body;
                let run = move |scenario: Scenario| scenario.on_actix(body);
                let mut trials = vec![trial(format!("{}[actix]", self.name), Box::new(run))];
                trials.extend(in_processes(Box::new(move |scenario| scenario.on_cluster(body))));
                trials
            }
            Body::Free(body) => {
                let body = body.clone();
                vec![trial(self.name.clone(), Box::new(move |_| body()))]
            }
        }
    }

    /// With executors that are processes: one with each core, or two.
    fn on_cluster(mut self, body: impl FnOnce(Context) -> Outcome) -> Outcome {
        crate::probe::serve_executors();
        let local: Master = self.master.parse()?;
        let (executors, cores) = match local.cores() {
            few @ 1..=3 => (few, 1),
            more => (2, more / 2),
        };
        // As many cores and attempts as locally, and executors have the memory that the driver has locally.
        let attempts = local.max_failures().to_string();
        for (key, _) in &mut self.settings {
            if *key == "spark.driver.memory" {
                *key = "spark.executor.memory";
            }
        }
        let master = format!("local-cluster[{executors},{cores},512]");
        let (history, dir) = (Arc::new(History::default()), tempfile::tempdir()?);
        let work_dir = dir.path().to_str().ok_or("a path that is no text")?;
        let builder = self.builder(&history).master(&master).config("firesteel.executor.workDir", work_dir);
        let is_given = self.settings.iter().any(|(key, _)| *key == "spark.task.maxFailures");
        let builder = if is_given { builder } else { builder.config("spark.task.maxFailures", &attempts) };
        let context = builder.start()?;
        // As locally, where they are there from the start.
        let begun = Instant::now();
        let is_added =
            |event: &&SparkListenerEvent| matches!(event, SparkListenerEvent::SparkListenerExecutorAdded(_));
        while history.events().iter().filter(is_added).count() < executors as usize {
            assert!(begun.elapsed() < LIMIT / 2, "executors do not come");
            std::thread::sleep(Duration::from_millis(1));
        }
        body(context.clone())?;
        let report = context.stop();
        assert_eq!((report.left_behind, report.threads_left_behind), (vec![], vec![]));
        // Not even a log: no executor has failed.
        assert_eq!(std::fs::read_dir(work_dir)?.count(), 0);
        let events = history.events();
        history::check(&events, false);
        self.check.map_or(Ok(()), |check| check(&events))
    }

    fn builder(&self, history: &Arc<History>) -> ContextBuilder {
        let builder = Context::builder().master(self.master).listener(history.clone());
        self.settings.iter().fold(builder, |builder, (key, value)| builder.config(key, value))
    }

    /// On the loop: after the body every table is empty, and every beginning has its end.
    fn on_loop(&self, program: &Program, seed: u64) -> Outcome {
        let history = Arc::new(History::default());
        let (context, mut system) = self.builder(&history).start_sim(seed)?;
        let outcome = system.block_on(program(context.clone()))?;
        while system.step() {
            assert!(system.cores_add_up(), "free, leased and used cores are not all cores");
        }
        outcome?;
        assert!(system.is_idle(), "a table is not empty");
        assert!(system.cores_add_up());
        context.stop();
        let events = history.events();
        history::check(&events, true);
        self.check.map_or(Ok(()), |check| check(&events))
    }

    fn on_actix(&self, body: impl FnOnce(Context) -> Outcome) -> Outcome {
        let history = Arc::new(History::default());
        let context = self.builder(&history).start()?;
        body(context.clone())?;
        assert_eq!(context.stop().left_behind, []);
        let events = history.events();
        history::check(&events, false);
        self.check.map_or(Ok(()), |check| check(&events))
    }
}

/// Waits for a future on this thread, but not for ever.
pub(crate) fn wait<F: Future>(limit: Duration, body: F) -> Result<F::Output, tokio::time::error::Elapsed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(limit, body).await })
}

/// Runs a body on a thread of its own; one that hangs is left behind and fails.
fn limited(body: impl FnOnce() -> Outcome + Send + 'static) -> Result<(), Failed> {
    let (done, ended) = mpsc::channel();
    let run = move || {
        done.send(body()).ok();
    };
    // On the loop tasks run here: with the stack that task threads have.
    let thread = std::thread::Builder::new().name("body".to_owned()).stack_size(8 << 20).spawn(run)?;
    match ended.recv_timeout(LIMIT) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Failed::from(crate::support::text_of(&*error))),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(Failed::from("it hangs")),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let payload = thread.join().err();
            Err(Failed::from(
                payload.map_or_else(|| "it said nothing".to_owned(), |panic| panic_text(&*panic)),
            ))
        }
    }
}

/// Keeps panics that tests cause on purpose out of the output.
pub(crate) fn quiet_deliberate_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !panic_text(info.payload()).contains(DELIBERATE) {
            before(info);
        }
    }));
}
