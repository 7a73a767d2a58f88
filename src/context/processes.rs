//! Executors in other processes, as a context needs them: where they come from, who hears of them, how they end.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    sync::{Arc, Weak},
};

use firesteel_actors::{
    Config,
    carrier::SystemHandle,
    message::{ClusterManagerMessage, DagScheduler, DriverEndpoint, JobCancelled, RequestAcknowledged},
};

use super::{Master, driver::Driver};
use crate::{
    Error, Result,
    blocks::Remote,
    cluster::{Cluster, ClusterSettings, Executors, FailJobs, MakeFleet, Route, application_id},
    launch::{Fleet, FleetPlan, LocalProcesses},
    task::ExecutorEnv,
    transport::{Secret, TransportError},
};

/// The number of the cluster's handle among the hosts of a system.
const HOST: u32 = 1;

/// What there is before a system with executors in other processes starts.
pub(super) struct Plan {
    master: Master,
    config: Config,
    /// As the program gave them.
    settings: Vec<(String, String)>,
    address: SocketAddr,
    secret: Secret,
    route: Option<Route>,
    /// The way to them, with which the system is built.
    pub(super) executors: Arc<Executors>,
}

impl Plan {
    /// For a master that is not local.
    pub(super) fn new(
        master: &Master,
        config: &Config,
        settings: Vec<(String, String)>,
        route: Option<Route>,
    ) -> Result<Self> {
        check_memory(master, config)?;
        let (address, secret) = place(master, config)?;
        let (master, config) = (master.clone(), config.clone());
        Ok(Plan { master, config, settings, address, secret, route, executors: Arc::default() })
    }

    /// What the driver has, which runs no tasks.
    pub(super) fn env(&self) -> ExecutorEnv {
        let executors = self.executors.clone();
        let remote = Remote::of_driver(&self.secret, &self.config, move |notice| executors.tell(&notice));
        ExecutorEnv::connected(&self.config, 1, None, remote)
    }

    /// Listens, and starts executors if the master says so.
    pub(super) fn start(
        self,
        system: &SystemHandle,
        driver: &Arc<Driver>,
        is_observed: bool,
    ) -> Result<Arc<Cluster>> {
        let system = system.named(HOST);
        let total = self.initial_executors();
        let make_fleet = self.fleet(driver.env.key());
        let settings = ClusterSettings {
            address: self.address,
            secret: self.secret,
            route: self.route,
            config: self.config,
            settings: self.settings,
            env: driver.env.clone(),
            is_observed,
            fail_jobs: fail_jobs(Arc::downgrade(driver), system.clone()),
            refuse_jobs: refuse_jobs(Arc::downgrade(driver)),
        };
        let cluster = Arc::new(Cluster::start(settings, self.executors, system.clone(), make_fleet)?);
        for message in driver.set_cluster(&cluster, &system) {
            manage(&cluster, &system, message);
        }
        tracing::info!("listening for executors on {}", cluster.address());
        if let (Some(fleet), Some(total)) = (cluster.fleet(), total) {
            fleet.set_total(total);
        }
        Ok(cluster)
    }

    /// How many executors the driver starts at first; `None`: the ExecutorAllocation says so.
    fn initial_executors(&self) -> Option<u32> {
        match self.master {
            Master::LocalCluster { executors, .. } if !self.config.has_dynamic_allocation() => {
                Some(executors)
            }
            _ => None,
        }
    }

    fn fleet(&self, application: u64) -> Option<MakeFleet> {
        let Master::LocalCluster { cores, memory, .. } = self.master else { return None };
        let memory = self.config.memory.executor_memory.unwrap_or(memory);
        let (processes, secret) = (self.config.processes.clone(), self.secret.clone());
        let application_id: Arc<str> = application_id(application).into();
        let local_dir = self.config.spill.local_dir.clone();
        Some(Box::new(move |driver, events| {
            let plan = FleetPlan {
                application_id: application_id.clone(),
                cores,
                memory,
                hostname: Some("localhost".into()),
                driver,
                secret,
                max_executor_retries: processes.max_executor_retries,
                registration_timeout: processes.registration_timeout,
            };
            Fleet::start(plan, events, |ends| {
                LocalProcesses::new(&application_id, &processes, local_dir.as_deref(), ends)
            })
        }))
    }
}

/// An executor gets what the setting says, of what the master has for it.
fn check_memory(master: &Master, config: &Config) -> Result<()> {
    match (master, config.memory.executor_memory) {
        (Master::LocalCluster { memory, .. }, Some(wanted)) if wanted > *memory => {
            Err(master.unusable("spark.executor.memory is more than it has for an executor").into())
        }
        _ => Ok(()),
    }
}

/// Where to listen, and the secret of those who may come.
fn place(master: &Master, config: &Config) -> Result<(SocketAddr, Secret)> {
    let Master::Listen { host, port } = master else {
        return Ok((SocketAddr::from(([127, 0, 0, 1], 0)), Secret::generate()?));
    };
    let Some(file) = &config.processes.secret_file else {
        let problem = "executors that come by themselves have to prove that they may: make a secret with \
                       `firesteel keygen FILE`, and name the file with firesteel.authenticate.secretFile";
        return Err(master.unusable(problem).into());
    };
    let address = (&**host, *port).to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    let address = address.ok_or_else(|| master.unusable("its host is not known"))?;
    Ok((address, Secret::from_file(file)?))
}

fn fail_jobs(driver: Weak<Driver>, system: SystemHandle) -> FailJobs {
    Arc::new(move |reason, age| {
        let jobs = driver.upgrade().map(|driver| driver.jobs_of_age(age)).unwrap_or_default();
        for job_id in jobs {
            system
                .send(DagScheduler, JobCancelled { job_id, reason: Some(format!("because {reason}")) })
                .ok();
        }
    })
}

fn refuse_jobs(driver: Weak<Driver>) -> Arc<dyn Fn(&str) + Send + Sync> {
    Arc::new(move |reason| {
        if let Some(driver) = driver.upgrade() {
            driver.refuse_jobs(reason);
        }
    })
}

/// Does what the DriverEndpoint asks of a cluster manager.
pub(super) fn manage(cluster: &Cluster, system: &SystemHandle, message: ClusterManagerMessage) {
    match message {
        ClusterManagerMessage::RequestTotalExecutors(request) => {
            let fleet = cluster.fleet();
            if let Some(fleet) = fleet {
                fleet.set_total(request.total);
            }
            let acknowledged = RequestAcknowledged { total: request.total, accepted: fleet.is_some() };
            system.send(DriverEndpoint, acknowledged).ok();
        }
        ClusterManagerMessage::EndExecutors(end) => {
            if let Some(fleet) = cluster.fleet() {
                fleet.end(end.executor_ids);
            }
        }
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Error::Cluster(error.into())
    }
}
