//! Executors that are not taken in, and what they may not say.

use std::sync::{
    Arc, Mutex,
    mpsc::{self, Receiver},
};

use firesteel_actors::{
    ActorId, Config, ExecutorId, ShuffleId, StageId, TaskId, Time,
    carrier::{Application, Observed, TaskControl, actix::ActorSystem},
    lineage::Blob,
    message::{
        AskPermissionToCommitOutput, DagSchedulerMessage, Describe, DriverEndpointMessage,
        ExecutorBackendMessage, GetMapOutputStatuses, Head, JobWaiterMessage, LaunchTask, LaunchedExecutor,
        MapOutputTrackerMessage, Message, MessageId, RegisterExecutor, StopDagScheduler, StopExecutor,
        TaskDescription, TaskStatus,
    },
};

use super::{
    Cluster, ClusterSettings, Executors,
    driver::{VERSION, may_send},
    protocol::{self, FromExecutor, FromExecutorRef, Hello, PROTOCOL, ToExecutor, Welcome},
};
use crate::{
    blocks::Remote,
    code::executable_digest,
    task::ExecutorEnv,
    transport::{Connection, Purpose, Secret, TransportOptions},
};

const ID: ExecutorId = ExecutorId(3);

fn head(actor: ActorId, to: ActorId) -> Head {
    Head { id: MessageId { actor, incarnation: 0, number: 1 }, cause: None, to, sent: Time(7) }
}

fn register(executor_id: ExecutorId) -> Message {
    let register = RegisterExecutor {
        executor_id,
        hostname: "here".to_owned(),
        cores: 1,
        resources: Default::default(),
        profile_id: Default::default(),
    };
    Message::DriverEndpoint(register.into())
}

#[test]
fn an_executor_speaks_for_itself_and_to_whom_it_should() {
    let (mine, tasks) = (ActorId::ExecutorBackend(ID), ActorId::TaskRunner(ID));
    let endpoint = ActorId::DriverEndpoint;
    assert!(may_send(ID, &head(mine, endpoint), &register(ID)));
    let launched = DriverEndpointMessage::from(LaunchedExecutor { executor_id: ID });
    assert!(may_send(ID, &head(mine, endpoint), &launched.into()));
    let get = GetMapOutputStatuses { shuffle_id: ShuffleId(0), executor_id: ID };
    let get: Message = MapOutputTrackerMessage::from(get).into();
    assert!(may_send(ID, &head(tasks, ActorId::MapOutputTracker), &get));
    let ask = AskPermissionToCommitOutput {
        stage_id: StageId(0),
        stage_attempt_id: 0,
        partition_id: 0,
        attempt_number: 0,
        task_id: TaskId(0),
        executor_id: ID,
    };
    let ask: Message = DagSchedulerMessage::from(ask).into();
    assert!(may_send(ID, &head(tasks, ActorId::DagScheduler), &ask));
    // In the name of another, about another, to another, and what is not an executor's to say.
    assert!(!may_send(ID, &head(ActorId::ExecutorBackend(ExecutorId(4)), endpoint), &register(ID)));
    assert!(!may_send(ID, &head(ActorId::DagScheduler, endpoint), &register(ID)));
    assert!(!may_send(ID, &head(mine, endpoint), &register(ExecutorId(4))));
    assert!(!may_send(ID, &head(mine, ActorId::DagScheduler), &register(ID)));
    let stop: Message = DagSchedulerMessage::from(StopDagScheduler {}).into();
    assert!(!may_send(ID, &head(mine, ActorId::DagScheduler), &stop));
}

#[test]
fn frames_are_read_as_they_are_written_and_nothing_more() {
    let (head, message) = (head(ActorId::ExecutorBackend(ID), ActorId::DriverEndpoint), register(ID));
    let mut frame = b"what was there before".to_vec();
    protocol::write(&FromExecutorRef::Message(&head, message.as_ref()), &mut frame).unwrap();
    let FromExecutor::Message(read_head, read) = protocol::read(&frame, "executor").unwrap() else {
        panic!()
    };
    assert_eq!((read_head, read), (head, message));
    for cut in 0..frame.len() {
        assert!(protocol::read::<FromExecutor>(&frame[..cut], "executor").is_err());
    }
    frame.push(0xc0);
    let error = protocol::read::<FromExecutor>(&frame, "executor").unwrap_err().to_string();
    assert_eq!(error, "the executor does not keep to the protocol: 1 bytes follow a frame");
}

/// A driver's program that hears of nothing.
struct Nothing;

impl Application for Nothing {
    fn run_task(&self, _: &TaskDescription, _: &Arc<TaskControl>) -> TaskStatus {
        TaskStatus::Running
    }

    fn job_waiter(&self, _: JobWaiterMessage) {}

    fn system_ended(&self, _: &str) {}
}

/// A driver that waits for executors, and what its DriverEndpoint gets.
struct Driver {
    cluster: Cluster,
    _system: ActorSystem,
    secret: Secret,
    kinds: Receiver<&'static str>,
}

impl Driver {
    fn new() -> Self {
        let (secret, executors, config) =
            (Secret::generate().unwrap(), Arc::<Executors>::default(), Config::default());
        let (seen, kinds) = mpsc::channel();
        let seen = Mutex::new(seen);
        let observer = move |observed: Observed<'_>| {
            if observed.head.to == ActorId::DriverEndpoint {
                seen.lock().unwrap().send(observed.message.kind()).ok();
            }
        };
        let system = ActorSystem::builder(Arc::new(Nothing))
            .link(executors.clone())
            .observer(Arc::new(observer))
            .start()
            .unwrap();
        let remote = Remote::of_driver(&secret, &config, drop);
        let settings = ClusterSettings {
            address: "127.0.0.1:0".parse().unwrap(),
            secret: secret.clone(),
            route: None,
            env: Arc::new(ExecutorEnv::connected(&config, 1, None, remote)),
            config,
            settings: vec![("spark.task.cpus".to_owned(), "1".to_owned())],
            is_observed: false,
            fail_jobs: Arc::new(|_, _| {}),
            refuse_jobs: Arc::new(|_| {}),
        };
        let cluster = Cluster::start(settings, executors, system.handle().named(1), None).unwrap();
        Driver { cluster, _system: system, secret, kinds }
    }

    fn connect(&self) -> Connection {
        let address = self.cluster.address();
        Connection::open(address, &self.secret, Purpose::Control, &TransportOptions::default()).unwrap()
    }

    /// Says hello; the driver's answer.
    fn hello(&self, hello: &Hello) -> (Connection, ToExecutor) {
        let mut connection = self.connect();
        say(&connection, &FromExecutorRef::Hello(hello));
        let answer = protocol::read(connection.receiver.receive().unwrap().unwrap(), "driver").unwrap();
        (connection, answer)
    }

    fn refusal(&self, hello: &Hello) -> String {
        let (mut connection, answer) = self.hello(hello);
        let ToExecutor::Refused(reason) = answer else { panic!("{answer:?}") };
        assert!(connection.receiver.receive().unwrap().is_none());
        reason
    }

    fn welcome(&self, hello: &Hello) -> (Connection, Welcome) {
        let (connection, answer) = self.hello(hello);
        let ToExecutor::Welcome(welcome) = answer else { panic!("{answer:?}") };
        (connection, welcome)
    }

    /// Waits until the DriverEndpoint gets this.
    fn wait_for(&self, kind: &str) {
        let limit = std::time::Duration::from_secs(60);
        while self.kinds.recv_timeout(limit).unwrap() != kind {}
    }
}

fn say(connection: &Connection, frame: &FromExecutorRef<'_>) {
    let mut bytes = Vec::new();
    protocol::write(frame, &mut bytes).unwrap();
    connection.sender.send(&bytes).unwrap();
}

fn hello() -> Hello {
    Hello {
        protocol: PROTOCOL,
        version: VERSION.to_owned(),
        digest: Some(executable_digest().unwrap()),
        executor_id: None,
        hostname: "here".to_owned(),
        cores: 2,
        block_port: 7,
        process_id: 42,
    }
}

#[test]
fn what_differs_is_said_when_an_executor_is_refused() {
    let driver = Driver::new();
    let refusal = driver.refusal(&Hello { protocol: PROTOCOL + 1, ..hello() });
    assert!(
        refusal.contains("(protocol 2)") && refusal.contains("start both from the same build"),
        "{refusal}"
    );
    let refusal = driver.refusal(&Hello { version: "0.0.9".to_owned(), ..hello() });
    assert!(refusal.contains("firesteel 0.0.9"), "{refusal}");
    let digest = crate::code::from_bytes(&crate::code::to_bytes(&5u128).unwrap()).unwrap();
    let refusal = driver.refusal(&Hello { digest: Some(digest), ..hello() });
    assert!(refusal.contains("00000000000000000000000000000005"), "{refusal}");
    assert!(refusal.contains("start both from the same file"), "{refusal}");
    let refusal = driver.refusal(&Hello { digest: None, ..hello() });
    assert!(refusal.contains("does not say which executable"), "{refusal}");
    let refusal = driver.refusal(&Hello { executor_id: Some(ExecutorId::DRIVER), ..hello() });
    assert!(refusal.contains("an executor of this id"), "{refusal}");
    let refusal = driver.refusal(&Hello { cores: 0, ..hello() });
    assert!(refusal.contains("spark.task.cpus"), "{refusal}");
    assert!(driver.cluster.executors().is_empty());
}

#[test]
fn an_executor_that_comes_by_itself_gets_an_id_the_settings_and_the_others() {
    let driver = Driver::new();
    let (_first, welcome) = driver.welcome(&hello());
    assert_eq!(welcome.executor_id, ExecutorId(0));
    assert_eq!(welcome.settings, [("spark.task.cpus".to_owned(), "1".to_owned())]);
    assert_eq!(welcome.executors, [(ExecutorId::DRIVER, driver.cluster.address())]);
    let (mut second, welcome) = driver.welcome(&hello());
    assert_eq!(welcome.executor_id, ExecutorId(1));
    assert!(welcome.executors.contains(&(ExecutorId(0), "127.0.0.1:7".parse().unwrap())));
    let info = driver.cluster.executors().infos();
    assert_eq!(info.iter().map(|info| (info.cores, info.process_id)).collect::<Vec<_>>(), [(2, 42), (2, 42)]);
    // The second hears that the first is gone, at once; the DriverEndpoint too.
    drop(_first);
    let frame = protocol::read(second.receiver.receive().unwrap().unwrap(), "driver").unwrap();
    let ToExecutor::ExecutorLost(ExecutorId(0), why) = frame else { panic!("{frame:?}") };
    assert!(why.contains("executor 0 on here"), "{why}");
    driver.wait_for("RemoveExecutor");
    // No id comes twice.
    let refusal = driver.refusal(&Hello { executor_id: Some(ExecutorId(0)), ..hello() });
    assert!(refusal.contains("an executor of this id"), "{refusal}");
}

#[test]
fn an_executor_that_says_what_it_may_not_is_cut_off() {
    let driver = Driver::new();
    for frame_of in [
        |_: ExecutorId| {
            (
                head(ActorId::DagScheduler, ActorId::DagScheduler),
                DagSchedulerMessage::from(StopDagScheduler {}).into(),
            )
        },
        |id: ExecutorId| {
            (head(ActorId::ExecutorBackend(id), ActorId::DriverEndpoint), register(ExecutorId(99)))
        },
    ] {
        let (mut connection, welcome) = driver.welcome(&hello());
        let (head, message): (Head, Message) = frame_of(welcome.executor_id);
        say(&connection, &FromExecutorRef::Message(&head, message.as_ref()));
        driver.wait_for("RemoveExecutor");
        while let Ok(Some(_)) = connection.receiver.receive() {}
    }
    assert!(driver.cluster.executors().is_empty());
}

#[test]
fn a_first_frame_that_is_no_hello_ends_the_connection() {
    let driver = Driver::new();
    for bytes in [&b"\xc1"[..], b"", b"hello"] {
        let mut connection = driver.connect();
        connection.sender.send(bytes).unwrap();
        assert!(!matches!(connection.receiver.receive(), Ok(Some(_))));
    }
    let mut connection = driver.connect();
    let head = head(ActorId::ExecutorBackend(ID), ActorId::DriverEndpoint);
    say(&connection, &FromExecutorRef::Message(&head, register(ID).as_ref()));
    assert!(!matches!(connection.receiver.receive(), Ok(Some(_))));
    assert!(driver.cluster.executors().is_empty());
}

#[test]
fn a_stage_travels_before_its_first_task_only() {
    let driver = Driver::new();
    let (mut connection, welcome) = driver.welcome(&hello());
    let stage = Arc::new(protocol::test_stage(5));
    let backend = ActorId::ExecutorBackend(welcome.executor_id);
    let head = head(ActorId::DriverEndpoint, backend);
    let launch = |task_id| {
        let task = TaskDescription {
            task_id: TaskId(task_id),
            attempt_number: 0,
            executor_id: welcome.executor_id,
            index: 0,
            partition_id: 0,
            output_id: 0,
            cpus: 1,
            resources: Default::default(),
            addresses: Arc::from([]),
            stage: stage.clone(),
            partition: Blob::from(vec![1, 2, 3]),
        };
        Message::ExecutorBackend(ExecutorBackendMessage::from(LaunchTask { task }))
    };
    use firesteel_actors::{carrier::Link, message::Addressed};
    for message in [launch(1), launch(2), Message::ExecutorBackend(StopExecutor {}.into())] {
        assert!(driver.cluster.executors().send(&head, &Addressed { to: backend, message }));
    }
    let mut next =
        || protocol::read::<ToExecutor>(connection.receiver.receive().unwrap().unwrap(), "driver").unwrap();
    let ToExecutor::Stage(0, told) = next() else { panic!() };
    assert_eq!(told, stage);
    for task_id in [1, 2] {
        let ToExecutor::Launch(_, launched) = next() else { panic!() };
        assert_eq!(
            Message::ExecutorBackend(ExecutorBackendMessage::from(launched.with(stage.clone()))),
            launch(task_id)
        );
    }
    assert!(matches!(next(), ToExecutor::Message(..)));
}

#[test]
fn what_nobody_asked_to_see_is_not_shown() {
    let driver = Driver::new();
    let (connection, welcome) = driver.welcome(&hello());
    let to = ActorId::ExecutorBackend(welcome.executor_id);
    let stop = ExecutorBackendMessage::from(StopExecutor {});
    let head = head(ActorId::DriverEndpoint, to);
    say(&connection, &FromExecutorRef::Observed(&head, Time(8), (&stop).into()));
    driver.wait_for("RemoveExecutor");
}

#[test]
fn no_executor_is_taken_in_while_the_driver_stops() {
    let driver = Driver::new();
    let (mut connection, _) = driver.welcome(&hello());
    driver.cluster.begin_stop();
    assert_eq!(driver.refusal(&hello()), "the driver stops");
    let stopping = std::thread::spawn(move || driver.cluster.stop());
    // It hears of the end, and ends its side.
    while connection.receiver.receive().unwrap().is_some() {}
    drop(connection);
    assert_eq!(stopping.join().unwrap(), Vec::<String>::new());
}
