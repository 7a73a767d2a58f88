//! Takes executors in, each on a thread of its own, and tells what becomes of them.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use firesteel_actors::{
    Config, ExecutorId,
    carrier::SystemHandle,
    message::{DriverEndpoint, ExecutorLossReason, RemoveExecutor},
};

use super::{
    admission,
    cluster::{Events, Route},
    executors::Executors,
    incoming::Incoming,
    link::ExecutorLink,
    manager::Event,
};
use crate::{
    ExecutorInfo,
    cluster::{
        ClusterError,
        protocol::{self, FromExecutor, Hello, ToExecutorRef, Welcome},
    },
    launch::{EndKind, ExecutorEnd, Fleet},
    task::ExecutorEnv,
    transport::Connection,
};

/// How long an executor has for its first frame.
const HELLO_TIMEOUT: Duration = Duration::from_secs(10);
/// How long it is waited for the end of a process whose connection has ended: its status says more than the connection.
const STATUS_AWAITED: Duration = Duration::from_millis(500);

/// What the threads of connections need.
pub(super) struct Server {
    pub(super) executors: Arc<Executors>,
    pub(super) env: Arc<ExecutorEnv>,
    pub(super) system: SystemHandle,
    pub(super) route: Option<Route>,
    pub(super) config: Config,
    pub(super) settings: Vec<(String, String)>,
    pub(super) is_observed: bool,
    pub(super) fleet: OnceLock<Arc<Fleet>>,
    pub(super) ids: Mutex<Ids>,
    pub(super) events: Events,
    /// Nobody is taken in any more.
    pub(super) is_stopping: AtomicBool,
}

/// The ids of executors that were there, of which none comes again.
#[derive(Default)]
pub(super) struct Ids {
    taken: BTreeSet<ExecutorId>,
    next: u32,
}

impl Ids {
    /// The id of an executor that comes by itself, or under this one; `None`: it is not to be had.
    fn take(&mut self, wanted: Option<ExecutorId>) -> Option<ExecutorId> {
        let id = match wanted {
            Some(id) => id,
            None => {
                while self.taken.contains(&ExecutorId(self.next)) {
                    self.next = self.next.checked_add(1)?;
                }
                ExecutorId(self.next)
            }
        };
        (id < ExecutorId::DRIVER && self.taken.insert(id)).then_some(id)
    }
}

impl Server {
    /// By which address others come to this one.
    pub(super) fn routed(&self, address: SocketAddr) -> SocketAddr {
        self.route.as_ref().map_or(address, |route| route(address))
    }

    /// Serves an executor on a thread of its own.
    pub(super) fn serve_apart(self: Arc<Self>, connection: Connection) {
        let peer = connection.peer;
        let serve = move || self.serve(connection);
        if let Err(error) = std::thread::Builder::new().name("firesteel-executor".to_owned()).spawn(serve) {
            tracing::error!("an executor at {peer} is turned away: no thread can be had: {error}");
        }
    }

    fn serve(&self, mut connection: Connection) {
        let peer = connection.peer;
        let link = match self.admit(&mut connection) {
            Ok(Ok(link)) => link,
            Ok(Err(refusal)) => {
                tracing::warn!("an executor at {peer} is refused: {refusal}");
                return refuse(&mut connection, &refusal);
            }
            Err(error) => {
                tracing::warn!("a connection from {peer} is ended: {error}");
                return connection.sender.abort();
            }
        };
        let incoming =
            Incoming { executor_id: link.executor_id(), is_observed: self.is_observed, system: &self.system };
        let ended = incoming.pass_on(&mut connection.receiver);
        link.close();
        self.lost(&link, ended);
        link.abort();
    }

    /// Takes an executor in; the inner error is what it is to be told.
    fn admit(&self, connection: &mut Connection) -> Result<Result<Arc<ExecutorLink>, String>, ClusterError> {
        let broken = |problem: &str| ClusterError::Protocol { side: "executor", problem: problem.to_owned() };
        connection.receiver.set_timeout(Some(HELLO_TIMEOUT))?;
        let first = connection.receiver.receive()?.ok_or_else(|| broken("it said nothing"))?;
        let FromExecutor::Hello(hello) = protocol::read(first, "executor")? else {
            return Err(broken("its first frame is no hello"));
        };
        // From here on heartbeats tell, and a cut is told by the connection.
        connection.receiver.set_timeout(None)?;
        let by_driver = self.fleet.get().is_some();
        let checked = admission::check(&hello, &self.config, by_driver);
        let checked = checked.and_then(|()| match self.is_stopping.load(Ordering::Relaxed) {
            true => Err("the driver stops".to_owned()),
            false => self.welcome(hello, connection),
        });
        Ok(checked)
    }

    fn welcome(&self, hello: Hello, connection: &Connection) -> Result<Arc<ExecutorLink>, String> {
        let id = self.ids.lock().unwrap_or_else(PoisonError::into_inner).take(hello.executor_id);
        let Some(id) = id else {
            return Err(
                "an executor of this id is there or was there, or it is none that executors have: each process needs a \
                 new one"
                    .to_owned(),
            );
        };
        let blocks = self.routed(SocketAddr::new(connection.peer.ip(), hello.block_port));
        let Hello { hostname, cores, process_id, .. } = hello;
        let info = ExecutorInfo { executor_id: id, hostname, cores, process_id };
        let link = Arc::new(ExecutorLink::new(info, blocks, connection.sender.clone()));
        if let Some(remote) = &self.env.remote {
            remote.executor_added(id, blocks);
        }
        let welcome = |mut executors: Vec<_>| {
            executors.push((ExecutorId::DRIVER, self.routed(connection.local)));
            Welcome {
                executor_id: id,
                application: self.env.key(),
                settings: self.settings.clone(),
                now: self.system.now(),
                is_observed: self.is_observed,
                executors,
            }
        };
        self.executors.add(&link, welcome, || self.env.notices());
        if let Some(fleet) = self.fleet.get() {
            fleet.registered(id);
        }
        self.events.tell(Event::Came);
        let hostname = &link.info.hostname;
        tracing::info!("Executor {id} has come from {hostname} ({}, process {process_id})", connection.peer);
        Ok(link)
    }

    /// An executor's connection has ended: all who want something from it are told, then the DriverEndpoint; why, as soon as
    /// that is known.
    fn lost(&self, link: &ExecutorLink, ended: Result<(), ClusterError>) {
        let (id, hostname) = (link.executor_id(), &link.info.hostname);
        let problem = match ended {
            Ok(()) => format!("Executor {id} on {hostname} has ended its connection"),
            Err(error) => format!("The connection to executor {id} on {hostname} ended: {error}"),
        };
        if let Some(remote) = &self.env.remote {
            remote.executor_lost(id, &problem);
        }
        self.executors.remove(id, &problem);
        let reason = match self.fleet.get() {
            Some(fleet) => {
                self.remove(id, ExecutorLossReason::LossReasonPending);
                match fleet.end_of(id, STATUS_AWAITED) {
                    Some(end) => loss_of_process(&end),
                    None => {
                        // It lives, and must not go on.
                        fleet.end(vec![id]);
                        ExecutorLossReason::process_lost(problem)
                    }
                }
            }
            None => ExecutorLossReason::process_lost(problem),
        };
        self.events.tell(Event::Gone { executor_id: id, reason: reason.to_string() });
        self.remove(id, reason);
    }

    fn remove(&self, executor_id: ExecutorId, reason: ExecutorLossReason) {
        // A system that has stopped has removed all.
        self.system.send(DriverEndpoint, RemoveExecutor { executor_id, reason }).ok();
    }
}

fn refuse(connection: &mut Connection, refusal: &str) {
    let mut frame = Vec::new();
    if protocol::write(&ToExecutorRef::Refused(refusal), &mut frame).is_ok() {
        connection.sender.send(&frame).ok();
    }
    connection.sender.close();
    // What it has sent must not cut off what it is told.
    if connection.receiver.set_timeout(Some(HELLO_TIMEOUT)).is_ok() {
        while let Ok(Some(_)) = connection.receiver.receive() {}
    }
}

fn loss_of_process(end: &ExecutorEnd) -> ExecutorLossReason {
    let exit_code = match end.kind {
        EndKind::Exited(status) => status,
        EndKind::Signalled { signal, .. } | EndKind::OutOfMemory { signal } => 128 + signal,
        _ => -1,
    };
    ExecutorLossReason::ExecutorExited { exit_code, exit_caused_by_app: true, reason: end.reason() }
}
