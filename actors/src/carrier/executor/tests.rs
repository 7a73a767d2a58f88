use std::{
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use super::ExecutorSystem;
use crate::{
    ActorId, Config, ExecutorId, JobId, StageId, TaskId, Time,
    carrier::{Application, ExecutorSpec, Link, TaskControl},
    lineage::Blob,
    message::{
        Addressed, DriverEndpointMessage, ExecutorBackendMessage, GetMapOutputStatuses, Head,
        JobWaiterMessage, KillTask, LaunchTask, MapOutputStatuses, Message, MessageId, RegisteredExecutor,
        StageTask, StopExecutor, TaskDescription, TaskKind, TaskResult, TaskRunnerMessage, TaskState,
        TaskStatus, TaskValue,
    },
};

const LIMIT: Duration = Duration::from_secs(60);
const ID: ExecutorId = ExecutorId(3);

/// What leaves the process.
struct Out(Mutex<mpsc::Sender<(Head, Addressed)>>);

impl Link for Out {
    fn send(&self, head: &Head, message: &Addressed) -> bool {
        self.0.lock().unwrap().send((*head, message.clone())).is_ok()
    }
}

/// Tasks whose partition is empty end at once; others wait to be killed.
struct Program(Mutex<mpsc::Sender<MapOutputStatuses>>);

impl Application for Program {
    fn run_task(&self, task: &TaskDescription, control: &Arc<TaskControl>) -> TaskStatus {
        if task.partition_id == 1 {
            let question = GetMapOutputStatuses { shuffle_id: crate::ShuffleId(5), executor_id: ID };
            control.get_map_output_statuses(question).unwrap();
        }
        while !task.partition.is_empty() {
            if let Some(reason) = control.kill_reason() {
                return TaskStatus::Killed(Box::new(crate::message::TaskEndReason::killed(reason)));
            }
            std::thread::yield_now();
        }
        let value = TaskValue::Direct(Blob::from(vec![7]));
        TaskStatus::Finished(Box::new(TaskResult {
            value,
            accum_updates: Vec::new(),
            metrics: Box::default(),
        }))
    }

    fn map_output_statuses(&self, statuses: MapOutputStatuses) {
        self.0.lock().unwrap().send(statuses).unwrap();
    }

    fn job_waiter(&self, _message: JobWaiterMessage) {}

    fn system_ended(&self, _reason: &str) {}
}

struct Fixture {
    system: ExecutorSystem,
    out: mpsc::Receiver<(Head, Addressed)>,
    statuses: mpsc::Receiver<MapOutputStatuses>,
    sent: u64,
}

impl Fixture {
    fn new() -> Self {
        let (link, out) = mpsc::channel();
        let (program, statuses) = mpsc::channel();
        let system = ExecutorSystem::start(
            Arc::new(Program(Mutex::new(program))),
            &Config::default(),
            ExecutorSpec::new(ID, "here", 1),
            Arc::new(Out(Mutex::new(link))),
            Time(1_000_000_000_000),
            None,
        );
        Fixture { system: system.unwrap(), out, statuses, sent: 0 }
    }

    fn tell(&mut self, to: ActorId, message: Message) {
        self.sent += 1;
        let id = MessageId { actor: ActorId::DriverEndpoint, incarnation: 0, number: self.sent };
        let head = Head { id, cause: None, to, sent: Time(0) };
        assert!(self.system.receive(head, Addressed { to, message }));
    }

    fn tell_backend(&mut self, message: impl Into<ExecutorBackendMessage>) {
        self.tell(ActorId::ExecutorBackend(ID), Message::ExecutorBackend(message.into()));
    }

    fn next(&self) -> (Head, Message) {
        let (head, addressed) = self.out.recv_timeout(LIMIT).unwrap();
        assert_eq!(head.to, addressed.to);
        (head, addressed.message)
    }

    /// The next message, which is to the DriverEndpoint.
    fn next_of_endpoint(&self) -> (Head, DriverEndpointMessage) {
        let (head, message) = self.next();
        let Message::DriverEndpoint(message) = message else { panic!("{message:?}") };
        (head, message)
    }

    fn next_state(&self) -> (TaskId, TaskState) {
        let (head, message) = self.next_of_endpoint();
        assert_eq!(head.id.actor, ActorId::ExecutorBackend(ID));
        let DriverEndpointMessage::StatusUpdate(update) = message else { panic!("{message:?}") };
        (update.task_id, update.status.state())
    }

    fn registered(mut self) -> Self {
        let (head, message) = self.next_of_endpoint();
        assert!(
            matches!(message, DriverEndpointMessage::RegisterExecutor(register) if register.hostname == "here")
        );
        assert_eq!((head.id.number, head.cause), (1, None));
        assert!(head.sent >= Time(1_000_000_000_000), "by the driver's clock");
        self.tell_backend(RegisteredExecutor {});
        let (head, message) = self.next_of_endpoint();
        assert!(
            matches!(message, DriverEndpointMessage::LaunchedExecutor(launched) if launched.executor_id == ID)
        );
        assert_eq!(head.cause.map(|cause| cause.number), Some(1));
        self
    }
}

fn task(task_id: u64, partition_id: u32, waits: bool) -> LaunchTask {
    let stage = StageTask {
        job_id: JobId(0),
        stage_id: StageId(0),
        stage_attempt_id: 0,
        kind: TaskKind::Result,
        num_partitions: 2,
        binary: Blob::default(),
        properties: Default::default(),
        epoch: 0,
        is_barrier: false,
    };
    let partition = Blob::from(if waits { vec![1] } else { Vec::new() });
    let task = TaskDescription {
        task_id: TaskId(task_id),
        attempt_number: 0,
        executor_id: ID,
        index: partition_id,
        partition_id,
        output_id: partition_id,
        cpus: 1,
        resources: Default::default(),
        addresses: Arc::from([]),
        stage: Arc::new(stage),
        partition,
    };
    LaunchTask { task }
}

#[test]
fn it_registers_runs_tasks_and_reports_in_order() {
    let mut fixture = Fixture::new().registered();
    for id in 0..100 {
        fixture.tell_backend(task(id, 0, false));
        assert_eq!(fixture.next_state(), (TaskId(id), TaskState::Running));
        assert_eq!(fixture.next_state(), (TaskId(id), TaskState::Finished));
    }
}

#[test]
fn a_task_is_killed_and_a_stop_ends_the_executor() {
    let mut fixture = Fixture::new().registered();
    fixture.tell_backend(task(7, 0, true));
    assert_eq!(fixture.next_state(), (TaskId(7), TaskState::Running));
    let kill =
        KillTask { task_id: TaskId(7), executor_id: ID, interrupt_thread: true, reason: "enough".to_owned() };
    fixture.tell_backend(kill);
    assert_eq!(fixture.next_state(), (TaskId(7), TaskState::Killed));
    assert!(!fixture.system.is_stopped());
    fixture.tell_backend(StopExecutor {});
    fixture.system.wait_stopped();
    assert_eq!(fixture.system.stop(LIMIT).left_behind, []);
}

#[test]
fn a_question_for_map_outputs_leaves_and_its_answer_is_for_the_program() {
    let mut fixture = Fixture::new().registered();
    fixture.tell_backend(task(1, 1, false));
    let launch = MessageId { actor: ActorId::ExecutorBackend(ID), incarnation: 0, number: 3 };
    let mut kinds = Vec::new();
    for _ in 0..3 {
        let (head, message) = fixture.next();
        if let Message::MapOutputTracker(_) = message {
            assert_eq!((head.id.actor, head.cause), (ActorId::TaskRunner(ID), Some(launch)));
        }
        kinds.push(std::mem::discriminant(&message));
    }
    let answer = MapOutputStatuses { shuffle_id: crate::ShuffleId(5), statuses: None };
    fixture.tell(ActorId::TaskRunner(ID), Message::TaskRunner(TaskRunnerMessage::from(answer.clone())));
    assert_eq!(fixture.statuses.recv_timeout(LIMIT).unwrap(), answer);
}

#[test]
fn what_is_for_another_executor_is_refused() {
    let fixture = Fixture::new().registered();
    let to = ActorId::ExecutorBackend(ExecutorId(4));
    let id = MessageId { actor: ActorId::DriverEndpoint, incarnation: 0, number: 9 };
    let head = Head { id, cause: None, to, sent: Time(0) };
    let message = Message::ExecutorBackend(StopExecutor {}.into());
    assert!(!fixture.system.receive(head, Addressed { to, message: message.clone() }));
    let head = Head { to: ActorId::TaskRunner(ID), ..head };
    assert!(!fixture.system.receive(head, Addressed { to: head.to, message }));
}
