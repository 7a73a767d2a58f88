//! A run that goes on from a moment of a recording.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    Change,
    model::{Model, lost_executor},
};
use crate::{
    ActorId, ExecutorId, JobId, TaskId, Time,
    carrier::{Sender, decode_reply, getting},
    core::Outbox,
    message::{
        AllocationEvent, ClusterManagerMessage, Describe, DriverEndpointMessage, ExecutorAllocationMessage,
        ExecutorBackendMessage, ExecutorLossReason, Head, Message, MessageId, RemoveExecutor,
        RequestAcknowledged, ResultGetterMessage, StatusUpdate, TaskDescription, TaskEndReason,
        TaskRunnerMessage, TaskStatus,
    },
    trace::{Cores, Messages, Record, Replay, ReplayError},
};

/// How long a task takes to die when it is killed.
const DYING: Duration = Duration::from_millis(1);
/// More events than this, and the run does not end.
const MOST_EVENTS: u64 = 3_000_000;
/// Virtual time beyond the recorded end until which jobs must have ended.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// What is still to happen.
enum Event {
    Message(Head, Box<Message>),
    /// What had started before this message was handled starts.
    Start(Box<Record>),
    TaskEnds(TaskId),
}

/// A task that a thread has.
struct Running {
    executor: ExecutorId,
    cpus: u32,
    cause: MessageId,
    ends: Time,
    status: TaskStatus,
}

/// The cores with all that is still to happen.
pub(super) struct Branch {
    cores: Cores,
    senders: BTreeMap<(ActorId, u32), Sender>,
    model: Model,
    now: Time,
    queue: BTreeMap<(Time, u64), Event>,
    pushed: u64,
    running: BTreeMap<TaskId, Running>,
    /// Jobs that are submitted and have not ended.
    open: BTreeSet<JobId>,
    /// Messages from outside that are still to come.
    inputs: BTreeSet<MessageId>,
    until: Time,
    out: Outbox,
    messages: Messages,
}

impl Branch {
    /// Parts from the recording before the message at this place.
    pub(super) fn new(replay: Replay, recorded: &Messages, place: u64) -> Self {
        let (cores, waiting) = replay.into_parts();
        let before = recorded.iter().take_while(|record| record.number < place);
        let (mut messages, mut open) = (Messages::default(), BTreeSet::new());
        let mut now = Time::ZERO;
        for record in before {
            note_job(record, &mut open);
            now = record.handled;
            messages.push(record.clone());
        }
        let end = recorded.iter().next_back().map_or(now, |record| record.handled);
        let mut branch = Branch {
            cores,
            senders: senders(recorded, place, &waiting.iter().map(|(_, head, _)| *head).collect::<Vec<_>>()),
            model: Model::of(recorded),
            now,
            queue: BTreeMap::new(),
            pushed: 0,
            running: BTreeMap::new(),
            open,
            inputs: BTreeSet::new(),
            until: end + PATIENCE,
            out: Outbox::new(),
            messages,
        };
        branch.under_way(waiting, recorded);
        branch.outside(recorded, place);
        branch.tasks(recorded, place);
        branch
    }

    /// What cores had sent: it comes when it came. What never came was lost, unless it is a timer.
    fn under_way(&mut self, waiting: Vec<(Time, Head, Message)>, recorded: &Messages) {
        for (due, head, message) in waiting {
            match recorded.get(head.id) {
                Some(record) => self.push(record.handled, Event::Message(head, Box::new(message))),
                None if due > head.sent => self.push(due, Event::Message(head, Box::new(message))),
                None => {}
            }
        }
    }

    /// What comes from elsewhere: what was on its way, what programs send, executors that start.
    fn outside(&mut self, recorded: &Messages, place: u64) {
        let starts: BTreeSet<u64> = self.cores.setup().executors.iter().map(|start| start.before).collect();
        for record in recorded.iter().filter(|record| record.number >= place) {
            let Record { number, head, handled, message, .. } = record;
            let is_start = record.kind == "RegisterExecutor" && head.cause.is_none();
            if starts.contains(number) || is_start {
                let at = if is_start { head.sent } else { *handled };
                self.push(at.max(self.now), Event::Start(Box::new(record.clone())));
            }
            let is_endpoint = !self.cores.setup().drives(head.from());
            let is_program = matches!(head.from(), ActorId::Host(_)) && head.cause.is_none();
            // A result that was being decoded, a program that was about to answer.
            let is_answer = matches!(head.from(), ActorId::ResultGetter | ActorId::Host(_))
                && recorded.cause(record).is_some_and(|cause| cause.number < place);
            if let Some(message) = message
                && is_endpoint
                && (is_program || is_answer || head.sent <= self.now)
            {
                self.inputs.insert(head.id);
                self.push(*handled, Event::Message(*head, Box::new(message.clone())));
            }
        }
    }

    /// The tasks that run at the moment.
    fn tasks(&mut self, recorded: &Messages, place: u64) {
        let mut running: BTreeMap<TaskId, (&Record, &TaskDescription)> = BTreeMap::new();
        for record in recorded {
            let was_sent = record.head.sent <= self.now;
            match &record.message {
                Some(Message::TaskRunner(TaskRunnerMessage::LaunchTask(launch))) if record.number < place => {
                    running.insert(launch.task.task_id, (record, &launch.task));
                }
                Some(Message::ExecutorBackend(ExecutorBackendMessage::StatusUpdate(update)))
                    if was_sent && update.status.is_terminal() =>
                {
                    running.remove(&update.task_id);
                }
                _ => {}
            }
            if record.number < place
                && let Some(gone) = lost_executor(record)
            {
                running.retain(|_, (_, task)| task.executor_id != gone);
            }
        }
        for (record, task) in running.into_values() {
            self.launch(record.head.id, task, record.handled);
        }
    }

    /// Makes it happen otherwise; false if the message is one that the model makes anew.
    pub(super) fn change(&mut self, change: &Change, record: &Record) -> bool {
        match change {
            Change::Drop(id) => return self.take(*id).is_some(),
            Change::Delay(id, by) => {
                let Some(event) = self.take(*id) else { return false };
                self.inputs.insert(*id);
                self.push(record.handled + *by, event);
            }
            Change::Inject { to, message, .. } => {
                self.say(ActorId::Host(u32::MAX), *to, None, Duration::ZERO, (**message).clone());
            }
            Change::Nothing { .. } => {}
        }
        true
    }

    fn take(&mut self, id: MessageId) -> Option<Event> {
        self.inputs.remove(&id);
        let is_it = |(_, event): &(_, &Event)| matches!(event, Event::Message(head, _) if head.id == id);
        let key = self.queue.iter().find(is_it).map(|(key, _)| *key)?;
        self.queue.remove(&key)
    }

    /// Runs until all jobs have ended and no program has more to say.
    ///
    /// # Errors
    /// [`ReplayError::InBranch`] if an actor panics.
    pub(super) fn run(mut self) -> Result<Messages, ReplayError> {
        for _ in 0..MOST_EVENTS {
            if self.open.is_empty() && self.inputs.is_empty() {
                break;
            }
            let Some(((at, _), event)) = self.queue.pop_first() else { break };
            if at > self.until {
                break;
            }
            self.now = self.now.max(at);
            match event {
                Event::Message(head, message) => self.deliver(head, *message)?,
                Event::Start(record) => self.start(&record),
                Event::TaskEnds(task) => self.task_ends(task),
            }
        }
        Ok(self.messages)
    }

    fn push(&mut self, at: Time, event: Event) {
        self.pushed += 1;
        self.queue.insert((at, self.pushed), event);
    }

    fn start(&mut self, record: &Record) {
        let mut sent = Vec::new();
        self.cores.begin(record, &mut |actor, incarnation, (_, out)| {
            sent.push((actor, incarnation, std::mem::take(out)));
        });
        for (actor, incarnation, mut out) in sent {
            self.senders.insert((actor, incarnation), Sender::of_life(actor, incarnation));
            self.carry_out(actor, None, &mut out);
        }
    }

    fn deliver(&mut self, head: Head, message: Message) -> Result<(), ReplayError> {
        self.inputs.remove(&head.id);
        let (kind, ids) = (message.as_ref().kind(), message.as_ref().ids());
        let number = self.messages.len() as u64;
        let mut record = Record { number, head, handled: self.now, kind, ids, message: Some(message) };
        note_job(&record, &mut self.open);
        self.messages.push(record.clone());
        if let Some(gone) = lost_executor(&record).filter(|_| matches!(head.from(), ActorId::Host(_))) {
            self.running.retain(|_, task| task.executor != gone);
        }
        if !self.cores.setup().drives(head.to) {
            if let Some(message) = record.message {
                self.at_the_edge(&head, message);
            }
            return Ok(());
        }
        let mut out = std::mem::take(&mut self.out);
        let message = record.message.take();
        match self.cores.handle(&record, message, &mut out) {
            // A message for an executor that is not there is lost.
            Ok(()) | Err(ReplayError::UnknownExecutor { .. }) => {}
            Err(ReplayError::Differs(panicked)) => {
                return Err(ReplayError::InBranch(panicked.beyond_the_trace()));
            }
            Err(error) => return Err(error),
        }
        self.carry_out(head.to, Some(head.id), &mut out);
        self.out = out;
        Ok(())
    }

    fn carry_out(&mut self, from: ActorId, cause: Option<MessageId>, out: &mut Outbox) {
        for sending in out.drain() {
            let after = sending.after.unwrap_or_default();
            self.say(from, sending.to, cause, after, sending.message);
        }
    }

    fn say(
        &mut self,
        from: ActorId,
        to: ActorId,
        cause: Option<MessageId>,
        after: Duration,
        message: impl Into<Message>,
    ) {
        let (side, other) = (from.executor(), to.executor());
        let incarnation = side.and_then(|id| self.cores.incarnation(id)).unwrap_or_default();
        let sender = self.senders.entry((from, incarnation));
        let sender = sender.or_insert_with(|| Sender::of_life(from, incarnation));
        let head = sender.head(to, cause, self.now);
        let link = if side == other { Duration::ZERO } else { self.model.link };
        self.push(self.now + after + link, Event::Message(head, Box::new(message.into())));
    }

    /// What those do who are no cores.
    fn at_the_edge(&mut self, head: &Head, message: Message) {
        let cause = Some(head.id);
        match message {
            Message::TaskRunner(TaskRunnerMessage::LaunchTask(launch)) => {
                self.report(cause, &launch.task, TaskStatus::Running);
                self.launch(head.id, &launch.task, self.now);
            }
            Message::TaskRunner(TaskRunnerMessage::KillTask(kill)) => {
                if let Some(task) = self.running.get_mut(&kill.task_id) {
                    task.status = TaskStatus::Killed(Box::new(TaskEndReason::killed(kill.reason.as_str())));
                    task.ends = self.now + DYING;
                    let ends = task.ends;
                    self.push(ends, Event::TaskEnds(kill.task_id));
                }
            }
            Message::TaskRunner(TaskRunnerMessage::StopTaskRunner(_)) => {
                let executor = head.to.executor();
                self.running.retain(|_, task| Some(task.executor) != executor);
            }
            Message::ResultGetter(ResultGetterMessage::EnqueueSuccessfulTask(task)) => {
                let (from, to) = (ActorId::ResultGetter, ActorId::TaskScheduler);
                if let Some(getting) = getting(&task) {
                    self.say(from, to, cause, Duration::ZERO, getting);
                }
                let decoding = self.model.decoding;
                self.say(from, to, cause, decoding, decode_reply(task, Ok(())));
            }
            Message::ListenerBus(event) if self.cores.setup().config.has_dynamic_allocation() => {
                let message = ExecutorAllocationMessage::from(AllocationEvent { event });
                let (from, to) = (ActorId::ListenerBus, ActorId::ExecutorAllocation);
                self.say(from, to, cause, Duration::ZERO, message);
            }
            Message::ClusterManager(message) => self.cluster_manager(cause, message),
            _ => {}
        }
    }

    fn cluster_manager(&mut self, cause: Option<MessageId>, message: ClusterManagerMessage) {
        let (from, to) = (ActorId::Host(0), ActorId::DriverEndpoint);
        match message {
            ClusterManagerMessage::RequestTotalExecutors(request) => {
                let reply = RequestAcknowledged { total: request.total, accepted: true };
                self.say(from, to, cause, Duration::ZERO, DriverEndpointMessage::from(reply));
            }
            ClusterManagerMessage::EndExecutors(end) => {
                for executor_id in end.executor_ids {
                    self.running.retain(|_, task| task.executor != executor_id);
                    let reason = ExecutorLossReason::process_lost("ended by the cluster manager");
                    let remove = RemoveExecutor { executor_id, reason };
                    self.say(from, to, cause, DYING, DriverEndpointMessage::from(remove));
                }
            }
        }
    }

    fn launch(&mut self, cause: MessageId, task: &TaskDescription, since: Time) {
        let (took, status) = self.model.run(task);
        let ends = (since + took).max(self.now);
        let (executor, cpus) = (task.executor_id, task.cpus);
        self.running.insert(task.task_id, Running { executor, cpus, cause, ends, status });
        self.push(ends, Event::TaskEnds(task.task_id));
    }

    /// A task ends, unless it was killed meanwhile, which ends it at another time.
    fn task_ends(&mut self, task_id: TaskId) {
        if self.running.get(&task_id).is_none_or(|task| task.ends != self.now) {
            return;
        }
        let Some(Running { executor, cpus, cause, status, .. }) = self.running.remove(&task_id) else {
            return;
        };
        let update = StatusUpdate { executor_id: executor, task_id, status, task_cpus: cpus };
        self.status(Some(cause), update);
    }

    fn report(&mut self, cause: Option<MessageId>, task: &TaskDescription, status: TaskStatus) {
        let (executor_id, task_id, task_cpus) = (task.executor_id, task.task_id, task.cpus);
        self.status(cause, StatusUpdate { executor_id, task_id, status, task_cpus });
    }

    fn status(&mut self, cause: Option<MessageId>, update: StatusUpdate) {
        let id = update.executor_id;
        let (from, to) = (ActorId::TaskRunner(id), ActorId::ExecutorBackend(id));
        self.say(from, to, cause, Duration::ZERO, ExecutorBackendMessage::from(update));
    }
}

/// Counts on where the recording stopped. Endpoints go on behind all that they ever said, for some of it is on its way.
fn senders(recorded: &Messages, place: u64, waiting: &[Head]) -> BTreeMap<(ActorId, u32), Sender> {
    let mut highest: BTreeMap<(ActorId, u32), u64> = BTreeMap::new();

    let kept = recorded.iter().filter(|record| record.number < place || !record.head.from().is_core());
    for id in kept.map(|record| record.head.id).chain(waiting.iter().map(|head| head.id)) {
        let number = highest.entry((id.actor, id.incarnation)).or_default();
        *number = (*number).max(id.number);
    }
    let sender = |((actor, life), number)| ((actor, life), Sender::behind(actor, life, number));
    highest.into_iter().map(sender).collect()
}

fn note_job(record: &Record, open: &mut BTreeSet<JobId>) {
    let Some(job) = record.ids.job else { return };
    match record.kind {
        "JobSubmitted" | "MapStageSubmitted" | "JobStart" => open.insert(job),
        "JobEnd" => open.remove(&job),
        _ => false,
    };
}
