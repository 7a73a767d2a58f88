//! The executors of a driver, from its start to its stop.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use firesteel_actors::{
    Config, ExecutorId,
    carrier::{BoundedThread, SystemHandle},
};

use super::{
    executors::Executors,
    manager::{Event, Manager},
    server::Server,
};
use crate::{
    blocks::BlockServer,
    cluster::ClusterError,
    launch::{Fleet, FleetEvents, LaunchError},
    task::ExecutorEnv,
    transport::{Listener, Purpose, Secret, TransportOptions},
};

/// How long the driver's stop waits for executors that are still connected.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// Messages may have so many bytes at least.
const LEAST_MESSAGE: u64 = 512 << 20;

/// What a cluster is made of.
pub(crate) struct ClusterSettings {
    /// Where to listen.
    pub(crate) address: SocketAddr,
    pub(crate) secret: Secret,
    /// What is between processes, in tests.
    pub(crate) route: Option<Route>,
    pub(crate) config: Config,
    /// As the program gave them.
    pub(crate) settings: Vec<(String, String)>,
    /// The driver's, which is told of executors and serves its blocks to them.
    pub(crate) env: Arc<ExecutorEnv>,
    /// Whether the messages that executors handle are to be seen here.
    pub(crate) is_observed: bool,
    /// Fails all jobs for a reason.
    pub(crate) fail_jobs: FailJobs,
    /// Refuses those that come later.
    pub(crate) refuse_jobs: Arc<dyn Fn(&str) + Send + Sync>,
}

/// Fails jobs, for a reason: those that are at least so old.
pub(crate) type FailJobs = Arc<dyn Fn(&str, Duration) + Send + Sync>;

/// Says by which address to come to another one.
pub(crate) type Route = Arc<dyn Fn(SocketAddr) -> SocketAddr + Send + Sync>;

/// Makes the fleet of a driver that starts its executors itself, given where the driver listens.
pub(crate) type MakeFleet = Box<dyn FnOnce(SocketAddr, Arc<dyn FleetEvents>) -> Result<Fleet, LaunchError>>;

/// The executors of a driver.
pub(crate) struct Cluster {
    executors: Arc<Executors>,
    listener: Listener,
    fleet: Option<Arc<Fleet>>,
    events: Events,
    manager: Mutex<Option<BoundedThread>>,
    env: Arc<ExecutorEnv>,
    blocks: Arc<BlockServer>,
    server: Arc<Server>,
}

/// Tells the manager.
#[derive(Clone)]
pub(super) struct Events(Arc<Mutex<mpsc::Sender<Event>>>);

impl Events {
    pub(super) fn tell(&self, event: Event) {
        // It has stopped else.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).send(event).ok();
    }
}

/// What becomes of processes that never came, or are not started any more.
struct FleetReports {
    fail_jobs: FailJobs,
    refuse_jobs: Arc<dyn Fn(&str) + Send + Sync>,
}

impl FleetEvents for FleetReports {
    fn executor_ended(&self, executor_id: ExecutorId, reason: &str) {
        tracing::info!("executor {executor_id}: {reason}");
    }

    fn gave_up(&self, reason: &str) {
        tracing::error!("{reason}");
        // In this order: no job comes between.
        (self.refuse_jobs)(reason);
        (self.fail_jobs)(reason, Duration::ZERO);
    }
}

impl Cluster {
    /// Listens for executors, and starts them if that is wanted. `executors` is the link that the system was built with.
    pub(crate) fn start(
        settings: ClusterSettings,
        executors: Arc<Executors>,
        system: SystemHandle,
        make_fleet: Option<MakeFleet>,
    ) -> Result<Cluster, ClusterError> {
        let (sender, told) = mpsc::channel();
        let events = Events(Arc::new(Mutex::new(sender)));
        let ClusterSettings { address, secret, fail_jobs, refuse_jobs, env, .. } = settings;
        let max_lost_time = settings.config.processes.max_lost_time;
        // Map outputs of the largest shuffles have to fit, and what tasks may be sent with.
        let least = settings.config.rpc_message_max_size.saturating_add(LEAST_MESSAGE / 8) as usize;
        let transport = TransportOptions {
            max_message: least.max(LEAST_MESSAGE as usize),
            ..TransportOptions::default()
        };
        executors.system.set(system.clone()).ok();
        let server = Arc::new(Server {
            executors: executors.clone(),
            system,
            config: settings.config,
            settings: settings.settings,
            env: env.clone(),
            route: settings.route,
            is_observed: settings.is_observed,
            fleet: OnceLock::new(),
            ids: Mutex::default(),
            events: events.clone(),
            is_stopping: AtomicBool::new(false),
        });
        let serving = server.clone();
        let blocks = Arc::new(BlockServer::new(&env));
        let data = blocks.clone();
        let listener =
            Listener::bind(address, &secret, transport, move |purpose, connection| match purpose {
                Purpose::Data => data.serve(connection),
                Purpose::Control => serving.clone().serve_apart(connection),
            })?;
        let reports = Arc::new(FleetReports { fail_jobs: fail_jobs.clone(), refuse_jobs });
        let make = |make: MakeFleet| make(server.routed(listener.local_addr()), reports);
        let fleet = make_fleet.map(make).transpose()?.map(Arc::new);
        if let Some(fleet) = &fleet {
            server.fleet.set(fleet.clone()).ok();
        }
        let manager = Manager::new(executors.clone(), fleet.clone(), max_lost_time, fail_jobs);
        let manager = BoundedThread::start("firesteel-executors", move || manager.run(&told))?;
        Ok(Cluster {
            executors,
            listener,
            fleet,
            events,
            manager: Mutex::new(Some(manager)),
            env,
            blocks,
            server,
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.local_addr()
    }

    /// The executors that are connected.
    pub(crate) fn executors(&self) -> &Arc<Executors> {
        &self.executors
    }

    /// The executors of the driver's own, if it starts them.
    pub(crate) fn fleet(&self) -> Option<&Arc<Fleet>> {
        self.fleet.as_ref()
    }

    /// The DriverEndpoint has removed an executor. Called on the thread of the actors.
    pub(crate) fn removed(&self, executor_id: ExecutorId) {
        self.events.tell(Event::Removed { executor_id });
    }

    /// The driver is about to stop: no executor is taken in or started any more, and none that ends is a loss.
    pub(crate) fn begin_stop(&self) {
        self.server.is_stopping.store(true, Ordering::Relaxed);
        self.events.tell(Event::Stop);
        if let Some(fleet) = &self.fleet {
            fleet.retire();
        }
        // Result getters that wait for a result go on.
        if let Some(remote) = &self.env.remote {
            remote.stop();
        }
    }

    /// Waits for the executors, which have been told to stop, and ends what is left of them. Names what could not be ended.
    pub(crate) fn stop(&self) -> Vec<String> {
        self.begin_stop();
        // Those that came when the others were told to stop hear of it this way.
        self.executors.close_all();
        let left = self.executors.wait_empty(Instant::now() + STOP_GRACE);
        if !left.is_empty() {
            tracing::warn!("executors {left:?} did not end within {STOP_GRACE:?}: their connections are cut");
            if let Some(fleet) = &self.fleet {
                fleet.end(left);
            }
            self.executors.abort_all();
        }
        self.listener.close();
        let mut left_behind = self.blocks.close();
        left_behind.extend(self.fleet.as_ref().map(|fleet| fleet.stop(STOP_GRACE)).unwrap_or_default());
        if let Some(manager) = self.manager.lock().unwrap_or_else(PoisonError::into_inner).take() {
            left_behind.extend(manager.join_by(Instant::now() + STOP_GRACE).err());
        }
        left_behind
    }
}
