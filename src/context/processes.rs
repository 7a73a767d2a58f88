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
    cluster::{Cluster, ClusterSettings, Executors, MakeFleet},
    launch::{Fleet, FleetPlan, LocalProcesses},
    transport::{Secret, TransportError},
};

/// The number of the cluster's handle among the hosts of a system.
const HOST: u32 = 1;

/// What there is before a system with executors in other processes starts.
pub(super) struct Plan {
    pub(super) master: Master,
    pub(super) config: Config,
    /// As the program gave them.
    pub(super) settings: Vec<(String, String)>,
    pub(super) is_observed: bool,
    /// The way to them, with which the system is built.
    pub(super) executors: Arc<Executors>,
}

impl Plan {
    /// Listens, and starts executors if the master says so.
    pub(super) fn start(self, system: &SystemHandle, driver: &Arc<Driver>) -> Result<Arc<Cluster>> {
        let system = system.named(HOST);
        let (address, secret) = self.place()?;
        let application = 0;
        let total = self.initial_executors();
        let make_fleet = self.fleet(&secret, application);
        let settings = ClusterSettings {
            address,
            secret,
            config: self.config,
            settings: self.settings,
            application,
            is_observed: self.is_observed,
            data: Box::new(drop),
            directory: Box::new(|_| {}),
            fail_jobs: fail_jobs(Arc::downgrade(driver), system.clone()),
        };
        let cluster = Arc::new(Cluster::start(settings, self.executors, system.clone(), make_fleet)?);
        driver.set_cluster(&cluster, system);
        tracing::info!("listening for executors on {}", cluster.address());
        if let (Some(fleet), Some(total)) = (cluster.fleet(), total) {
            fleet.set_total(total);
        }
        Ok(cluster)
    }

    /// Where to listen, and the secret of those who may come.
    fn place(&self) -> Result<(SocketAddr, Secret)> {
        let Master::Listen { host, port } = &self.master else {
            return Ok((SocketAddr::from(([127, 0, 0, 1], 0)), Secret::generate()?));
        };
        let Some(file) = &self.config.processes.secret_file else {
            let problem = "executors that come by themselves have to prove that they may: make a secret with \
                           `firesteel keygen FILE`, and name the file with firesteel.authenticate.secretFile";
            return Err(self.master.unusable(problem).into());
        };
        let address = (&**host, *port).to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
        let address = address.ok_or_else(|| self.master.unusable("its host is not known"))?;
        Ok((address, Secret::from_file(file)?))
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

    fn fleet(&self, secret: &Secret, application: u64) -> Option<MakeFleet> {
        let Master::LocalCluster { cores, memory, .. } = self.master else { return None };
        let (processes, secret) = (self.config.processes.clone(), secret.clone());
        let application_id: Arc<str> = format!("app-{application:016x}").into();
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
            Fleet::start(plan, events, |ends| LocalProcesses::new(&application_id, &processes, ends))
        }))
    }
}

fn fail_jobs(driver: Weak<Driver>, system: SystemHandle) -> Arc<dyn Fn(&str) + Send + Sync> {
    Arc::new(move |reason| {
        let jobs = driver.upgrade().map(|driver| driver.job_ids()).unwrap_or_default();
        for job_id in jobs {
            system.send(DagScheduler, JobCancelled { job_id, reason: Some(reason.into()) }).ok();
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
