//! Executors in one process that fetch from each other over real connections. A local context makes the programs; the test
//! runs their stages task by task on executors of its choice, and plays the driver.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::{
        Arc, Mutex, OnceLock, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
};

use firesteel_actors::{
    Config, ExecutorId, JobId, ShuffleId, StageId, TaskId,
    carrier::TaskControl,
    lineage::{Blob, StageBinary},
    message::{
        MapOutputStatuses, MapStatus, StageTask, TaskDescription, TaskEndReason, TaskKind, TaskMetrics,
        TaskStatus, TaskValue,
    },
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::super::{BlockServer, Remote, transport_options};
use crate::{
    Context, Rdd,
    code::{Decodable, DecodeError, from_bytes, sealed::Sealed, to_bytes},
    context::encode_partitions,
    rdd::{Compute, NodeDependency, RddNode, ShuffleDependency, decode_split},
    task::{ExecutorEnv, StageCode, StageOutput, TaskContext, TaskError, TaskRunner, encode_stage},
    transport::{Listener, Secret},
};

pub(super) const LOOPBACK: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// What the driver knows of map outputs.
#[derive(Default)]
pub(super) struct Tracker {
    pub(super) statuses: Mutex<HashMap<ShuffleId, Vec<Option<MapStatus>>>>,
    pub(super) asked: AtomicUsize,
    /// Whether questions stay without answers.
    pub(super) is_silent: AtomicBool,
    pub(super) epoch: AtomicU64,
}

impl Tracker {
    pub(super) fn answer(&self, shuffle_id: ShuffleId) -> MapOutputStatuses {
        let statuses = self.statuses.lock().unwrap().get(&shuffle_id).cloned();
        MapOutputStatuses { shuffle_id, statuses: statuses.map(Into::into) }
    }

    /// Changes what is known of a shuffle's outputs.
    pub(super) fn change(&self, shuffle_id: ShuffleId, change: impl FnOnce(&mut Vec<Option<MapStatus>>)) {
        change(self.statuses.lock().unwrap().get_mut(&shuffle_id).unwrap());
        self.epoch.fetch_add(1, SeqCst);
    }
}

/// A block server and what listens for it.
pub(super) struct Served {
    listener: Listener,
    server: Arc<BlockServer>,
}

impl Served {
    fn bind(env: &Arc<ExecutorEnv>, secret: &Secret, config: &Config) -> Self {
        let server = Arc::new(BlockServer::new(env));
        let (serving, options) = (server.clone(), transport_options(&config.fetch));
        let listener =
            Listener::bind(LOOPBACK, secret, options, move |_, connection| serving.serve(connection));
        Served { listener: listener.unwrap(), server }
    }

    fn address(&self) -> SocketAddr {
        self.listener.local_addr()
    }

    pub(super) fn close(&self) {
        self.listener.close();
        self.server.close();
    }
}

pub(super) struct Executor {
    pub(super) id: ExecutorId,
    pub(super) env: Arc<ExecutorEnv>,
    pub(super) remote: Arc<Remote>,
    pub(super) server: Served,
    runner: TaskRunner,
}

impl Executor {
    pub(super) fn address(&self) -> SocketAddr {
        self.server.address()
    }
}

pub(super) struct Cluster {
    pub(super) context: Context,
    pub(super) secret: Secret,
    pub(super) config: Config,
    pub(super) driver: Served,
    pub(super) executors: Vec<Executor>,
    pub(super) tracker: Arc<Tracker>,
    next: AtomicU64,
}

/// What a task has found, and counted.
pub(super) type Found<T> = Result<(Vec<T>, TaskMetrics), TaskEndReason>;

impl Cluster {
    pub(super) fn start(executors: u32, settings: &[(&str, &str)]) -> Self {
        let of_driver = settings.iter().filter(|(key, _)| key.starts_with("spark.broadcast."));
        let context = of_driver
            .fold(Context::builder().master("local[2]"), |builder, (key, value)| builder.config(key, value));
        let context = context.start().unwrap();
        let secret = Secret::generate().unwrap();
        let mut config = Config::default();
        let quick = [("spark.shuffle.io.retryWait", "5ms"), ("spark.executor.memory", "64m")];
        config.set_all(quick.iter().chain(settings).copied()).unwrap();
        let tracker = Arc::<Tracker>::default();
        let driver = Served::bind(context.executor_env(), &secret, &config);
        let next = AtomicU64::new(1);
        let mut cluster = Cluster { context, secret, config, driver, executors: Vec::new(), tracker, next };
        for id in 0..executors {
            let executor = cluster.executor(ExecutorId(id));
            cluster.executors.push(executor);
        }
        for one in &cluster.executors {
            cluster.executors.iter().for_each(|other| one.remote.executor_added(other.id, other.address()));
        }
        cluster
    }

    fn executor(&self, id: ExecutorId) -> Executor {
        let tracker = self.tracker.clone();
        let known = Arc::<OnceLock<Weak<Remote>>>::default();
        let own = known.clone();
        let remote = Remote::of_executor(id, &self.secret, &self.config, move |_, shuffle_id| {
            tracker.asked.fetch_add(1, SeqCst);
            if !tracker.is_silent.load(SeqCst) {
                own.get().unwrap().upgrade().unwrap().on_statuses(tracker.answer(shuffle_id));
            }
            Ok(())
        });
        known.set(Arc::downgrade(&remote)).unwrap();
        remote.executor_added(ExecutorId::DRIVER, self.driver.address());
        let key = self.context.executor_env().key();
        let env = Arc::new(ExecutorEnv::connected(&self.config, 2, Some(key), remote.clone()));
        let server = Served::bind(&env, &self.secret, &self.config);
        let runner = TaskRunner::new(self.config.clone(), env.clone());
        Executor { id, env, remote, server, runner }
    }

    fn next(&self) -> u64 {
        self.next.fetch_add(1, SeqCst)
    }

    pub(super) fn stage(&self, code: Blob, kind: TaskKind, num_partitions: usize) -> Arc<StageTask> {
        Arc::new(StageTask {
            job_id: JobId(0),
            stage_id: StageId(self.next() as u32),
            stage_attempt_id: 0,
            kind,
            num_partitions: num_partitions as u32,
            binary: code,
            properties: Arc::default(),
            epoch: self.tracker.epoch.load(SeqCst),
            is_barrier: false,
        })
    }

    pub(super) fn task(
        &self,
        executor: usize,
        stage: &Arc<StageTask>,
        (partition_id, partition): (u32, Blob),
    ) -> TaskDescription {
        TaskDescription {
            task_id: TaskId(self.next()),
            attempt_number: 0,
            executor_id: self.executors[executor].id,
            index: partition_id,
            partition_id,
            output_id: partition_id,
            cpus: 1,
            resources: Default::default(),
            addresses: Arc::new([]),
            stage: stage.clone(),
            partition,
        }
    }

    pub(super) fn run(&self, executor: usize, task: &TaskDescription) -> TaskStatus {
        self.run_with(executor, task, &Arc::new(TaskControl::new(task.task_id)))
    }

    pub(super) fn run_with(
        &self,
        executor: usize,
        task: &TaskDescription,
        control: &Arc<TaskControl>,
    ) -> TaskStatus {
        self.executors[executor].runner.run(task, control)
    }

    /// Runs one map task of a shuffle, and tells the tracker of its output.
    pub(super) fn run_map(
        &self,
        executor: usize,
        (shuffle_id, binary): (ShuffleId, &StageBinary),
        map: u32,
    ) -> Result<TaskMetrics, TaskEndReason> {
        let maps = binary.partitions.len();
        let stage = self.stage(binary.code.clone(), TaskKind::ShuffleMap { shuffle_id }, maps);
        let task = self.task(executor, &stage, (map, binary.partition(map)));
        match self.run(executor, &task) {
            TaskStatus::Finished(result) => {
                let TaskValue::MapStatus(status) = result.value else { panic!("{:?}", result.value) };
                let mut statuses = self.tracker.statuses.lock().unwrap();
                let statuses = statuses.entry(shuffle_id).or_insert_with(|| vec![None; maps]);
                statuses[map as usize] = Some(status);
                self.tracker.epoch.fetch_add(1, SeqCst);
                Ok(*result.metrics)
            }
            TaskStatus::Failed(reason) | TaskStatus::Killed(reason) => Err(*reason),
            TaskStatus::Running => panic!(),
        }
    }

    /// Runs all map tasks that an RDD needs, each on the next executor.
    pub(super) fn run_maps<P: Compute>(&self, rdd: &Rdd<P>) {
        self.context.block_on(|| self.context.prepare(&rdd.node)).unwrap();
        for shuffle in shuffles(&rdd.node) {
            let binary = shuffle.binary().unwrap().unwrap();
            for map in 0..binary.partitions.len() {
                self.run_map(map % self.executors.len(), (shuffle.id, &binary), map as u32).unwrap();
            }
        }
    }

    /// The task that collects a partition.
    pub(super) fn collecting<P: Compute>(
        &self,
        executor: usize,
        rdd: &Rdd<P>,
        partition: u32,
    ) -> TaskDescription
    where
        P::Item: Serialize,
    {
        let code = encode_stage(&CollectTask { parent: rdd.op.clone() }).unwrap();
        let partitions = encode_partitions(&rdd.op, None).unwrap();
        let stage = self.stage(code, TaskKind::Result, partitions.len());
        self.task(executor, &stage, (partition, partitions[partition as usize].clone()))
    }

    /// Computes a partition on an executor.
    pub(super) fn collect_on<P: Compute>(
        &self,
        executor: usize,
        rdd: &Rdd<P>,
        partition: u32,
    ) -> Found<P::Item>
    where
        P::Item: Serialize + DeserializeOwned,
    {
        let task = self.collecting(executor, rdd, partition);
        found(self.run(executor, &task))
    }

    /// Computes all partitions, each on the next executor but one; what was counted.
    pub(super) fn collect<P: Compute>(&self, rdd: &Rdd<P>) -> (Vec<P::Item>, TaskMetrics)
    where
        P::Item: Serialize + DeserializeOwned,
    {
        self.run_maps(rdd);
        let (mut all, mut counted) = (Vec::new(), TaskMetrics::default());
        for partition in 0..rdd.op.num_partitions().unwrap() {
            let (items, metrics) =
                self.collect_on((partition + 1) % self.executors.len(), rdd, partition as u32).unwrap();
            all.extend(items);
            counted.add(&metrics);
        }
        (all, counted)
    }

    /// Ends all waits if the test fails, so that its other threads end as well.
    pub(super) fn guard(&self) -> Guard<'_> {
        Guard(self)
    }

    /// When all RDDs are gone: no memory is held, and no file is left.
    pub(super) fn assert_clean(&self) {
        for executor in &self.executors {
            assert_eq!(executor.env.memory.used(), 0, "executor {}", executor.id);
            assert_eq!(executor.env.local_dirs.files(), [] as [std::path::PathBuf; 0]);
        }
    }
}

pub(super) struct Guard<'c>(&'c Cluster);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.executors.iter().for_each(|executor| executor.remote.stop());
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for executor in &self.executors {
            executor.remote.stop();
            executor.server.close();
        }
        self.driver.close();
        self.context.stop();
    }
}

/// What a task that collects has found.
pub(super) fn found<T: DeserializeOwned>(status: TaskStatus) -> Found<T> {
    match status {
        TaskStatus::Finished(result) => {
            let TaskValue::Direct(bytes) = &result.value else { panic!("{:?}", result.value) };
            Ok((from_bytes(bytes.bytes().unwrap()).unwrap(), *result.metrics))
        }
        TaskStatus::Failed(reason) | TaskStatus::Killed(reason) => Err(*reason),
        TaskStatus::Running => panic!(),
    }
}

/// The shuffles that a node needs, parents first.
pub(super) fn shuffles(node: &Arc<RddNode>) -> Vec<Arc<ShuffleDependency>> {
    let (mut shuffles, mut nodes) = (BTreeMap::new(), vec![node.clone()]);
    while let Some(node) = nodes.pop() {
        for dependency in &node.dependencies {
            if let NodeDependency::Shuffle(shuffle) = dependency {
                shuffles.insert(shuffle.id, Arc::clone(shuffle));
            }
            nodes.push(dependency.parent().clone());
        }
    }
    shuffles.into_values().collect()
}

/// Sends back all elements of a partition.
#[derive(Serialize, Deserialize)]
#[serde(bound = "P: Compute")]
struct CollectTask<P> {
    parent: P,
}

impl<P> Sealed for CollectTask<P> {}

impl<P: Compute> Decodable for CollectTask<P>
where
    P::Item: Serialize,
{
    type Object = dyn StageCode;

    fn decode(bytes: &[u8]) -> Result<Box<dyn StageCode>, DecodeError> {
        Ok(Box::new(from_bytes::<Self>(bytes)?))
    }
}

impl<P: Compute> StageCode for CollectTask<P>
where
    P::Item: Serialize,
{
    fn run(&self, partition: &[u8], task: &Arc<TaskContext>) -> Result<StageOutput, TaskError> {
        let items = self.parent.compute(decode_split::<P>(partition, task)?, task)?;
        Ok(StageOutput::Result(to_bytes(&items.collect::<Vec<_>>()).unwrap()))
    }
}
