//! Starting a context.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use firesteel_actors::{
    Config, ExecutorId,
    carrier::{BoundedThread, ExecutorSpec, Observer, actix::ActorSystem, sim_loop::SimSystem},
    resources::Resources,
    trace::{RecordOptions, TraceWriter},
};

#[cfg(feature = "cluster")]
use super::processes;
use super::{
    Context, Master,
    driver::Driver,
    handle::{Carrier, Inner},
    listener_bus::{ListenerBus, SparkListener},
};
use crate::{
    Result, code,
    spill::Compression,
    task::{ExecutorEnv, TaskRunner, install_panic_hook},
};

/// Says what a [`Context`] is to be, and starts it.
///
/// ```
/// use firesteel::Context;
/// let context = Context::builder()
///     .master("local[4,3]")
///     .config("spark.driver.maxResultSize", "64m")
///     .start()?;
/// assert_eq!(context.default_parallelism(), 4);
/// # Ok::<(), firesteel::Error>(())
/// ```
#[must_use]
#[derive(Default)]
pub struct ContextBuilder {
    master: Option<String>,
    settings: Vec<(String, String)>,
    record: Option<(PathBuf, RecordOptions)>,
    observers: Vec<Arc<dyn Observer>>,
    listeners: Vec<Arc<dyn SparkListener>>,
    runtime: Option<tokio::runtime::Handle>,
    #[cfg(feature = "cluster")]
    route: Option<crate::cluster::Route>,
}

impl ContextBuilder {
    /// The master: `local[N]`, `local[*]` (the default), `local[N,maxFailures]`,
    /// `local-cluster[executors,cores,memoryMiB]`, `firesteel://HOST:PORT` ([`Master`]).
    pub fn master(mut self, master: &str) -> Self {
        self.master = Some(master.to_owned());
        self
    }

    /// A setting, under Spark's name for it. The later of two wins. At the start a value that is not allowed and
    /// settings that contradict each other are errors; a `spark.` or `firesteel.` key that is not known is a warning in the log,
    /// and other keys are left to the program.
    pub fn config(mut self, key: &str, value: &str) -> Self {
        self.settings.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Records every message to a file, as `firesteel trace show` reads it. The setting `firesteel.trace.file` does
    /// the same from outside of the program.
    pub fn trace(self, path: impl Into<PathBuf>) -> Self {
        self.record(path, RecordOptions::default())
    }

    /// Records messages to a file: which, and how much of each. This has precedence over settings.
    pub fn record(mut self, path: impl Into<PathBuf>, options: RecordOptions) -> Self {
        self.record = Some((path.into(), options));
        self
    }

    /// Shows every message to `observer`, from the first one on.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observers.push(Arc::new(observer));
        self
    }

    /// Tells a listener of jobs, stages and tasks.
    pub fn listener(mut self, listener: Arc<dyn SparkListener>) -> Self {
        self.listeners.push(listener);
        self
    }

    /// Lets the actors use the host's tokio runtime for their timers and I/O, on a thread of their own.
    pub fn runtime(mut self, runtime: tokio::runtime::Handle) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// Says by which address processes come to that of another one: through whatever is to be between them. For tests.
    #[cfg(feature = "cluster")]
    #[doc(hidden)]
    pub fn routed(mut self, route: crate::cluster::Route) -> Self {
        self.route = Some(route);
        self
    }

    /// Starts the actors and the task threads.
    ///
    /// # Errors
    /// [`Error`](crate::Error) if a setting is bad, the program is built in a way that cannot work, the trace
    /// file cannot be made, or a thread cannot be started.
    pub fn start(self) -> Result<Context> {
        let runtime = self.runtime.clone();
        let parts = self.prepare("actix")?;
        let Parts { master, config, driver, observers, listeners, .. } = parts;
        let is_local = master.is_local();
        #[cfg(feature = "cluster")]
        let is_observed = !observers.is_empty();
        let mut builder = ActorSystem::builder(driver.clone()).config(config.clone());
        for observer in observers {
            builder = builder.observer(observer);
        }
        if is_local {
            builder = builder.executors([executor(&master)]);
        }
        #[cfg(feature = "cluster")]
        if let Some(processes) = &parts.processes {
            builder = builder.link(processes.executors.clone());
        }
        let system = match runtime {
            Some(runtime) => builder.start_on(runtime)?,
            None => builder.start()?,
        };
        let handle = system.handle().clone();
        let carrier = Carrier::Actix(Mutex::new(Some(system)));
        if is_local {
            driver.env.blocks.connect(handle.clone(), ExecutorId::DRIVER);
        }
        // Stopped again if what follows fails.
        #[cfg_attr(not(feature = "cluster"), expect(unused_mut, reason = "nobody else comes"))]
        let mut inner = Inner::new(handle, driver, config, master, carrier, listeners);
        #[cfg(feature = "cluster")]
        if let Some(processes) = parts.processes {
            inner.connect(processes, is_observed)?;
        }
        Ok(Context::new(inner))
    }

    /// Starts the context on a deterministic loop with a virtual clock, for tests: the system's actors, tasks
    /// and the program take turns in [`SimSystem::block_on`], and everything happens in the same order for the
    /// same seed. Only the `_async` actions can be used.
    ///
    /// ```
    /// let (context, mut system) = firesteel::Context::builder().master("local[2]").start_sim(42)?;
    /// let sum = context.range(0..10, 1, 4).reduce_async(|a, b| a + b);
    /// assert_eq!(system.block_on(sum).expect("the job ends")?, 45);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_sim(self, seed: u64) -> Result<(Context, SimSystem)> {
        let Parts { master, config, driver, observers, listeners, .. } = self.prepare("loop")?;
        if !master.is_local() {
            let problem = "the deterministic loop has its executor within it: take a local master";
            return Err(master.unusable(problem).into());
        }
        let executors = vec![executor(&master)];
        let system = SimSystem::new(driver.clone(), config.clone(), executors, seed)?;
        for observer in observers {
            system.add_observer(observer);
        }
        let handle = system.handle().clone();
        driver.env.blocks.connect(handle.clone(), ExecutorId::DRIVER);
        let context = Context::new(Inner::new(handle, driver, config, master, Carrier::Loop, listeners));
        Ok((context, system))
    }

    fn prepare(self, carrier: &str) -> Result<Parts> {
        code::check_environment()?;
        #[cfg(feature = "cluster")]
        crate::executor::check_not_asked()?;
        let master: Master = match &self.master {
            Some(text) => text.parse()?,
            None => Master::default(),
        };
        #[cfg(not(feature = "cluster"))]
        if !master.is_local() {
            return Err(master.unusable("this program is built without the feature `cluster`").into());
        }
        let is_local = master.is_local();
        let mut config = Config { task_max_failures: master.max_failures(), is_local, ..Config::default() };
        config.heartbeat.enabled = !is_local;
        config.shuffle.has_remote_readers = !is_local;
        config.set_all(self.settings.iter().map(|(key, value)| (&**key, &**value)))?;
        config.check()?;
        Compression::check(&config.spill)?;
        if let Some(cores) = master.cores_per_executor() {
            config.check_cores(cores)?;
        }
        // Executors have nothing else.
        config.check_resources(&[&Resources::new()])?;
        install_panic_hook();
        let mut observers = self.observers;
        let by_settings = || Some((config.trace.file.clone()?, RecordOptions::of_config(&config.trace)));
        if let Some((path, options)) = self.record.or_else(by_settings) {
            let executors: Vec<_> = is_local.then(|| executor(&master)).into_iter().collect();
            let options = options.run(carrier, &config, &executors);
            observers.push(Arc::new(TraceWriter::create(&path, options)?));
        }
        let (bus, listeners) = if self.listeners.is_empty() {
            (None, None)
        } else {
            let (bus, thread) = ListenerBus::start(self.listeners)?;
            (Some(bus), Some(thread))
        };
        #[cfg(feature = "cluster")]
        let processes = match is_local {
            true => None,
            false => Some(processes::Plan::new(&master, &config, self.settings, self.route)?),
        };
        let within = || ExecutorEnv::new(&config, master.cores());
        #[cfg(feature = "cluster")]
        let env = processes.as_ref().map_or_else(within, processes::Plan::env);
        #[cfg(not(feature = "cluster"))]
        let env = within();
        let env = Arc::new(env);
        let runner = TaskRunner::new(config.clone(), env.clone());
        let driver = Arc::new(Driver::new(runner, env, bus));
        Ok(Parts {
            master,
            config,
            driver,
            observers,
            listeners,
            #[cfg(feature = "cluster")]
            processes,
        })
    }
}

/// The executor within the driver.
fn executor(master: &Master) -> ExecutorSpec {
    ExecutorSpec::new(ExecutorId::DRIVER, "localhost", master.cores())
}

struct Parts {
    master: Master,
    config: Config,
    driver: Arc<Driver>,
    observers: Vec<Arc<dyn Observer>>,
    listeners: Option<BoundedThread>,
    /// Executors in other processes, if the master wants them.
    #[cfg(feature = "cluster")]
    processes: Option<processes::Plan>,
}

impl std::fmt::Debug for ContextBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ContextBuilder({:?})", self.master)
    }
}
