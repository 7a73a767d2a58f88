//! The DriverEndpoint as a value: one message in, the exact messages out, and after each the cores add up.

mod decommission;
mod offers;
mod random;
mod registration;
mod removal;
mod requests;
mod resources;
mod status;

use std::{collections::BTreeMap, sync::Arc};

use super::{DriverEndpointCore, share::Share};
use crate::{
    Config, ExecutorId, JobId, OfferRound, StageId, TaskId,
    core::Outbox,
    message::{
        DriverEndpointMessage, ExecutorLossReason, LaunchTasks, LaunchedExecutor, Properties,
        RegisterExecutor, RemoveExecutor, ResourceOffers, StageTask, StatusUpdate, TaskDescription,
        TaskEndReason, TaskKind, TaskScheduler, TaskStatus, WorkerOffer,
    },
    resources::{ResourceAmount, Resources},
    testkit::{Harness, NOTHING, brief},
};

struct Driver(Harness<DriverEndpointCore>);

impl Driver {
    fn new() -> Self {
        Driver::with(Config::default())
    }

    fn with(config: Config) -> Self {
        Driver(Harness::new(DriverEndpointCore::new(config)))
    }

    fn with_heartbeats() -> Self {
        let mut config = Config::default();
        config.heartbeat.enabled = true;
        Driver::with(config)
    }

    #[must_use = "all that the core sends is compared"]
    fn tell(&mut self, message: impl Into<DriverEndpointMessage>) -> Vec<String> {
        let sent = self.0.tell(message);
        self.check();
        sent
    }

    /// What must hold after every message.
    fn check(&self) {
        let core = &self.0.core;
        assert!(core.cores_add_up(), "{core:?}");
        let offerable: Vec<_> =
            core.executors.iter().filter(|(_, data)| data.is_offerable()).map(|(id, _)| *id).collect();
        assert!(core.offerable.iter().eq(&offerable), "{core:?}");
        assert!(core.offer_wanted.is_subset(&core.offerable), "{core:?}");
        assert!(core.round_is_open || (core.offer_wanted.is_empty() && !core.revive_wanted), "{core:?}");
        assert!(core.round_is_open || core.kill_wanted.is_empty(), "{core:?}");
        let mut hosts = BTreeMap::<_, std::collections::BTreeSet<_>>::new();
        for (id, data) in &core.executors {
            hosts.entry(data.host.clone()).or_default().insert(*id);
        }
        assert_eq!(core.hosts, hosts);
    }

    /// An executor with all cores free and no round open.
    fn executor(&mut self, executor: u32, cores: u32) {
        self.executor_of(register(executor, cores));
    }

    fn executor_of(&mut self, register: RegisterExecutor) {
        let (id, cores) = (register.executor_id, register.cores);
        let rest = WorkerOffer {
            resources: Share::new(cores, register.resources.clone()).resources,
            profile_id: register.profile_id,
            ..WorkerOffer::new(id, register.hostname.as_str(), cores)
        };
        assert_eq!(self.tell(register)[1], format!("Executor-{id}: registered"));
        let offered = self.tell(LaunchedExecutor { executor_id: id });
        let round = self.0.core.last_round;
        let offer = ResourceOffers { round, offers: vec![rest.clone()], is_all_free_resources: false };
        let mut expected = Outbox::new();
        expected.send(TaskScheduler, offer);
        assert_eq!(offered, expected.drain().map(|sending| brief(&sending)).collect::<Vec<_>>());
        assert_eq!(self.tell(LaunchTasks { round, tasks: Vec::new(), returned: vec![rest] }), NOTHING);
    }

    /// The reply to a round: a task for each of these executors, and what is left.
    #[must_use = "all that the core sends is compared"]
    fn answer(&mut self, round: u64, tasks: &[(u64, u32)], returned: &[(u32, u32)]) -> Vec<String> {
        let cores = |&(executor, cores): &(u32, u32)| WorkerOffer::new(ExecutorId(executor), "here", cores);
        self.tell(LaunchTasks {
            round: OfferRound(round),
            tasks: tasks.iter().map(|&(id, executor)| task(id, executor)).collect(),
            returned: returned.iter().map(cores).collect(),
        })
    }

    /// Free, leased and used cores of an executor.
    fn cores(&self, executor: u32) -> (u32, u32, u32) {
        let data = &self.0.core.executors[&ExecutorId(executor)];
        (data.free.cores, data.leased.cores, data.used())
    }

    fn finish(self) {
        self.0.finish();
    }
}

fn register(executor: u32, cores: u32) -> RegisterExecutor {
    RegisterExecutor {
        executor_id: ExecutorId(executor),
        hostname: "here".to_owned(),
        cores,
        resources: Default::default(),
        profile_id: Default::default(),
    }
}

fn ready(executor: u32) -> LaunchedExecutor {
    LaunchedExecutor { executor_id: ExecutorId(executor) }
}

fn remove(executor: u32) -> RemoveExecutor {
    RemoveExecutor { executor_id: ExecutorId(executor), reason: ExecutorLossReason::ExecutorKilled }
}

/// GPUs and how much of each, in hundredths.
fn gpus(addresses: &[(&str, u64)]) -> Resources {
    let addresses = addresses
        .iter()
        .map(|(address, hundredths)| {
            (Arc::from(*address), ResourceAmount(ResourceAmount::ONE.0 / 100 * hundredths))
        })
        .collect();
    Resources::from([(Arc::from("gpu"), addresses)])
}

fn task(id: u64, executor: u32) -> TaskDescription {
    let stage = StageTask {
        job_id: JobId(0),
        stage_id: StageId(0),
        stage_attempt_id: 0,
        kind: TaskKind::Result,
        num_partitions: 9,
        binary: Vec::new().into(),
        properties: Properties::default(),
        epoch: 0,
        is_barrier: false,
    };
    TaskDescription {
        task_id: TaskId(id),
        attempt_number: 0,
        executor_id: ExecutorId(executor),
        index: id as u32,
        partition_id: id as u32,
        output_id: id as u32,
        cpus: 1,
        resources: Default::default(),
        addresses: Default::default(),
        stage: Arc::new(stage),
        partition: Vec::new().into(),
    }
}

/// A task's last word.
fn end(id: u64, executor: u32) -> StatusUpdate {
    let status = TaskStatus::Killed(Box::new(TaskEndReason::killed("x")));
    StatusUpdate { executor_id: ExecutorId(executor), task_id: TaskId(id), status, task_cpus: 1 }
}
