//! Gathers lives from messages, in one pass.

use std::collections::BTreeMap;

use super::{Attempt, ExecutorEvent, Kill, Moment, Run, reasons};
use crate::{
    ActorId, ExecutorId, StageId, TaskId,
    message::{
        AttemptCause, DagSchedulerMessage as Dag, DriverEndpointMessage as Driver, ExecutorLossReason,
        JobWaiterMessage as Waiter, Message, SparkListenerEvent as Event, StageInfo,
        TaskSchedulerMessage as Tasks, TaskStatus, keys,
    },
    trace::{Messages, Record, text::first_line},
};

/// A partition of a stage attempt.
type Slot = (StageId, u32, u32);

/// Reads a run.
pub(super) fn read(messages: &Messages) -> Run {
    let mut reader = Reader {
        messages,
        run: Run::default(),
        counts: BTreeMap::new(),
        again: BTreeMap::new(),
        copies: BTreeMap::new(),
    };
    for record in messages {
        reader.run.end = reader.run.end.max(record.handled);
        reader.about_task(record);
        reader.about_stage(record);
        reader.about_job(record);
        reader.about_executor(record);
    }
    reader.run
}

struct Reader<'a> {
    messages: &'a Messages,
    run: Run,
    /// How many attempts each has had so far.
    counts: BTreeMap<Slot, u32>,
    /// Since when a partition that was tried can be tried again.
    again: BTreeMap<Slot, Moment>,
    /// Speculative copies that are wanted and not launched yet.
    copies: BTreeMap<Slot, Moment>,
}

impl Reader<'_> {
    fn about_task(&mut self, record: &Record) {
        match record.kind {
            "BeginEvent" => self.chosen(record),
            "LaunchTask" => self.launched(record),
            "StatusUpdate" => self.status(record),
            "EnqueueSuccessfulTask" => self.with(record, |life| life.fetching = Some(Moment::sent(record))),
            "HandleSuccessfulTask" | "HandleFailedTask" => {
                self.with(record, |life| life.fetched = Some(Moment::handled(record)));
            }
            "CompletionEvent" => self.completed(record),
            "KillTask" if record.to() == ActorId::DriverEndpoint => {
                let reason = match &record.message {
                    Some(Message::DriverEndpoint(Driver::KillTask(kill))) => Some(first_line(&kill.reason)),
                    _ => None,
                };
                self.with(record, |life| life.kills.push(Kill { at: Moment::sent(record), reason }));
            }
            _ => {}
        }
    }

    fn with(&mut self, record: &Record, change: impl FnOnce(&mut Attempt)) {
        let attempt = record.ids.task.and_then(|task| self.run.attempts.get_mut(&task));
        if let Some(attempt) = attempt {
            change(attempt);
        }
    }

    /// The attempt that a message with all its ids is about; made if it is the first that tells of it.
    fn attempt(&mut self, record: &Record) -> Option<&mut Attempt> {
        let ids = &record.ids;
        let (task, stage, stage_attempt) = (ids.task?, ids.stage?, ids.stage_attempt?);
        if !self.run.attempts.contains_key(&task) {
            self.add(record, task, stage, stage_attempt);
        }
        self.run.attempts.get_mut(&task)
    }

    fn add(&mut self, record: &Record, task: TaskId, stage: StageId, stage_attempt: u32) {
        let ids = &record.ids;
        let life = self.run.stages.entry((stage, stage_attempt)).or_default();
        let mut attempt = Attempt::new(task, stage, stage_attempt);
        (attempt.partition, attempt.executor) = (ids.partition, ids.executor);
        (attempt.job, attempt.ready) = (life.job.or(ids.job), life.ready);
        let slot = ids.partition.map(|partition| (stage, stage_attempt, partition));
        let copy = slot.and_then(|slot| self.copies.remove(&slot));
        let again = slot.and_then(|slot| self.again.get(&slot).copied());
        if copy.is_some() || again.is_some() {
            attempt.ready = copy.or(again);
            attempt.speculative = copy.is_some();
        }
        if let Some(slot) = slot {
            let count = self.counts.entry(slot).or_default();
            attempt.number = *count;
            *count += 1;
        }
        life.attempts.push(task);
        if let Some(executor) = ids.executor {
            self.run.executors.entry(executor).or_default().attempts.push(task);
        }
        self.run.attempts.insert(task, attempt);
    }

    fn chosen(&mut self, record: &Record) {
        let speculative = match &record.message {
            Some(Message::DagScheduler(Dag::BeginEvent(begin))) => {
                Some((begin.task_info.speculative, begin.task_info.attempt_number))
            }
            _ => None,
        };
        if let Some(attempt) = self.attempt(record) {
            attempt.chosen = Some(Moment::sent(record));
            if let Some((speculative, number)) = speculative {
                (attempt.speculative, attempt.number) = (speculative, number);
            }
        }
    }

    fn launched(&mut self, record: &Record) {
        let to_thread = matches!(record.to(), ActorId::TaskRunner(_));
        if let Some(attempt) = self.attempt(record) {
            attempt.job = attempt.job.or(record.ids.job);
            let moment = if to_thread { &mut attempt.queued } else { &mut attempt.received };
            *moment = Some(Moment::handled(record));
        }
    }

    fn status(&mut self, record: &Record) {
        let state = record.ids.note;
        let failure = match record.message.as_ref().and_then(status_of) {
            Some(TaskStatus::Failed(reason) | TaskStatus::Killed(reason)) => reasons::of_task(reason),
            _ => None,
        };
        let from_thread = matches!(record.from(), ActorId::TaskRunner(_));
        let to_scheduler = record.to() == ActorId::TaskScheduler;
        self.with(record, |attempt| match (state, from_thread) {
            (Some("RUNNING"), true) => attempt.began = Some(Moment::sent(record)),
            (Some("RUNNING"), false) => {}
            (state, true) => {
                (attempt.ended, attempt.state) = (Some(Moment::sent(record)), state);
                // A thread may end what the driver has given up long before.
                if attempt.completed.is_none() {
                    attempt.failure = failure;
                }
            }
            (_, false) if to_scheduler => attempt.reported = Some(Moment::handled(record)),
            (_, false) => {}
        });
    }

    fn completed(&mut self, record: &Record) {
        let failure = match &record.message {
            Some(Message::DagScheduler(Dag::CompletionEvent(end))) => reasons::of_task(&end.reason),
            _ => None,
        };
        let ids = record.ids;
        if let Some(attempt) = self.attempt(record) {
            if ids.note == Some("Resubmitted") && attempt.outcome == Some("Success") {
                attempt.output_lost = Some(Moment::handled(record));
            } else if attempt.completed.is_none() {
                (attempt.completed, attempt.outcome) = (Some(Moment::handled(record)), ids.note);
                attempt.failure = failure;
            }
        }
        let slot = ids.stage.zip(ids.stage_attempt).zip(ids.partition);
        if let Some(((stage, attempt), partition)) = slot.filter(|_| ids.note != Some("Success")) {
            let since = self.messages.cause(record).map_or(Moment::sent(record), Moment::handled);
            self.again.insert((stage, attempt, partition), since);
        }
    }

    fn about_stage(&mut self, record: &Record) {
        let ids = record.ids;
        let Some((stage, attempt)) = ids.stage.zip(ids.stage_attempt) else { return };
        let kinds =
            ["SubmitTasks", "StageSubmitted", "StageCompleted", "SpeculativeTaskSubmitted", "TaskSetFailed"];
        if !kinds.contains(&record.kind) {
            return;
        }
        let since = self.messages.cause(record).map_or(Moment::sent(record), Moment::handled);
        let life = self.run.stages.entry((stage, attempt)).or_default();
        match record.kind {
            "SubmitTasks" => {
                (life.job, life.tasks) = (ids.job, ids.count);
                life.ready = Some(Moment::handled(record));
                life.submitted.get_or_insert(Moment::sent(record));
            }
            "StageSubmitted" => {
                life.submitted = Some(Moment::sent(record));
                life.tasks = life.tasks.or(ids.count);
                if let Some(Message::ListenerBus(Event::StageSubmitted(event))) = &record.message {
                    life.parents.clone_from(&event.stage.parents);
                    life.cause = cause(&event.stage);
                }
            }
            "StageCompleted" => {
                life.ended = Some(Moment::sent(record));
                life.failed = ids.note == Some("failed");
                if let Some(Message::ListenerBus(Event::StageCompleted(event))) = &record.message {
                    life.failure = event.stage.failure_reason.as_deref().map(first_line);
                }
            }
            "TaskSetFailed" => {
                life.given_up = Some(Moment::sent(record));
                if let Some(Message::DagScheduler(Dag::TaskSetFailed(failed))) = &record.message {
                    life.failure = Some(first_line(&failed.reason));
                }
            }
            _ => {
                let Some(partition) = ids.partition else { return };
                life.copies_wanted.push((Moment::sent(record), partition));
                self.copies.insert((stage, attempt, partition), since);
            }
        }
    }

    fn about_job(&mut self, record: &Record) {
        let (Some(job), ids) = (record.ids.job, record.ids) else { return };
        let to_waiter = matches!(record.to(), ActorId::JobWaiter(_));
        if !to_waiter && !matches!(record.kind, "JobSubmitted" | "MapStageSubmitted" | "JobStart" | "JobEnd")
        {
            return;
        }
        let life = self.run.jobs.entry(job).or_default();
        match record.kind {
            "JobSubmitted" | "MapStageSubmitted" => {
                life.submitted = Some(Moment::sent(record));
                let (call_site, properties) = match &record.message {
                    Some(Message::DagScheduler(Dag::JobSubmitted(job))) => (&job.call_site, &job.properties),
                    Some(Message::DagScheduler(Dag::MapStageSubmitted(job))) => {
                        (&job.call_site, &job.properties)
                    }
                    _ => return,
                };
                life.call_site = Some(call_site.to_string());
                life.pool = properties.get(keys::SCHEDULER_POOL).cloned();
            }
            "JobStart" => {
                life.started = Some(Moment::sent(record));
                if let Some(Message::ListenerBus(Event::JobStart(start))) = &record.message {
                    life.stages = start.stages.iter().map(|stage| stage.stage_id).collect();
                }
            }
            "JobEnd" => {
                life.end_told = Some(Moment::handled(record));
                life.ended.get_or_insert(Moment::handled(record));
                life.outcome = ids.note;
            }
            "TaskSucceeded" | "MapStageSucceeded" => {
                life.first_result.get_or_insert(Moment::handled(record));
                life.ended = Some(Moment::handled(record));
            }
            "JobFailed" => {
                (life.ended, life.outcome) = (Some(Moment::handled(record)), Some("JobFailed"));
                if let Some(Message::JobWaiter(Waiter::JobFailed(failed))) = &record.message {
                    life.failure = Some(first_line(&failed.error.to_string()));
                }
            }
            _ => {}
        }
    }

    fn about_executor(&mut self, record: &Record) {
        let Some((executor, at, what, is_loss)) = executor_event(record) else { return };
        let life = self.run.executors.entry(executor).or_default();
        match &record.message {
            Some(Message::DriverEndpoint(Driver::RegisterExecutor(register))) => {
                (life.host, life.cores) = (Some(register.hostname.clone()), Some(register.cores));
            }
            _ if record.kind == "LaunchedExecutor" => life.ready.push(at),
            _ => {}
        }
        life.events.push(ExecutorEvent { at, what, is_loss });
    }
}

/// What a message says that happened to an executor.
fn executor_event(record: &Record) -> Option<(ExecutorId, Moment, String, bool)> {
    let executor = record.ids.executor?;
    let why = |reason: Option<&ExecutorLossReason>| match reason {
        Some(reason) => format!(": {}", first_line(&reason.to_string())),
        None => String::new(),
    };
    let (what, is_loss) = match (record.kind, &record.message) {
        ("RegisterExecutor", _) => ("it asked to work".to_owned(), false),
        ("LaunchedExecutor", _) => ("it was ready for tasks".to_owned(), false),
        ("RemoveExecutor", Some(Message::DriverEndpoint(Driver::RemoveExecutor(remove)))) => {
            (format!("its removal was asked for{}", why(Some(&remove.reason))), false)
        }
        ("RemoveExecutor", _) => ("its removal was asked for".to_owned(), false),
        ("TaskExecutorLost", Some(Message::TaskScheduler(Tasks::TaskExecutorLost(lost)))) => {
            (format!("it was lost{}", why(Some(&lost.reason))), true)
        }
        ("TaskExecutorLost", _) => ("it was lost".to_owned(), true),
        ("ExecutorDecommission", _) if record.to() == ActorId::TaskScheduler => {
            ("it was told to leave when it can".to_owned(), false)
        }
        ("ExecutorExcluded", _) => ("it was excluded: tasks failed on it".to_owned(), false),
        ("ExecutorExcludedForStage", _) => {
            (format!("it was excluded for {}: tasks failed on it", stage_text(record)), false)
        }
        ("ExecutorUnexcluded", _) => ("its exclusion ended".to_owned(), false),
        _ => return None,
    };
    Some((executor, Moment::handled(record), what, is_loss))
}

fn stage_text(record: &Record) -> String {
    match &record.message {
        Some(Message::ListenerBus(Event::ExecutorExcludedForStage(event))) => {
            format!("stage {}.{}", event.stage_id, event.stage_attempt_id)
        }
        _ => "a stage".to_owned(),
    }
}

/// Why a stage attempt was submitted, unless simply because it is needed.
fn cause(stage: &StageInfo) -> Option<String> {
    (stage.cause != AttemptCause::FirstAttempt).then(|| stage.cause.to_string())
}

fn status_of(message: &Message) -> Option<&TaskStatus> {
    match message {
        Message::ExecutorBackend(crate::message::ExecutorBackendMessage::StatusUpdate(update)) => {
            Some(&update.status)
        }
        _ => None,
    }
}
