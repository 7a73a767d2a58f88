//! How the simulated task threads run tasks: the order of steps is that of `spark-semantics` 21.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::{
    faults::Fault,
    plan::Makes,
    tasks::{Missing, Outcome, Phase, SimTask, Statuses, makes, num_maps, rdd_of, reads},
    world::{Event, Happening, World},
};
use crate::{
    ActorId, ExecutorId, ShuffleId, TaskId,
    lineage::Blob,
    message::{
        AskPermissionToCommitOutput, BarrierCoordinatorMessage, BarrierReply, CommitPermission,
        DagSchedulerMessage, EnqueueSuccessfulTask, ExceptionFailure, ExecutorBackendMessage,
        GetMapOutputStatuses, HandleFailedTask, HandleSuccessfulTask, HandleTaskGettingResult, KillTask,
        LaunchTask, MapOutputStatuses, MapOutputTrackerMessage, MapStatus, Message, RequestMethod,
        RequestToSync, StatusUpdate, TaskEndReason, TaskMetrics, TaskOutput, TaskResult, TaskRunnerMessage,
        TaskSchedulerMessage, TaskStatus, TaskValue,
    },
};

impl World {
    /// A message for an executor's task threads.
    pub(super) fn on_task_runner(&mut self, id: ExecutorId, message: TaskRunnerMessage) {
        match message {
            TaskRunnerMessage::LaunchTask(launch) => self.launch(id, launch),
            TaskRunnerMessage::KillTask(kill) => self.kill(&kill),
            TaskRunnerMessage::CommitPermission(permission) => self.permitted(&permission),
            TaskRunnerMessage::BarrierReply(reply) => self.barrier_replied(&reply),
            TaskRunnerMessage::MapOutputStatuses(statuses) => self.told_statuses(id, statuses),
            TaskRunnerMessage::StopTaskRunner(_) => self.end_executor(id, true, None),
        }
    }

    fn launch(&mut self, id: ExecutorId, launch: LaunchTask) {
        let description = launch.task;
        let makes = makes(&description.stage);
        let task_id = description.task_id;
        let runs = self.tasks.runs.entry((makes, description.partition_id)).or_default();
        let run = *runs;
        *runs += 1;
        if let Some(executor) = self.executors.get_mut(&id) {
            executor.running.insert(task_id);
            executor.used_cores += description.cpus;
        }
        self.report(id, task_id, description.cpus, TaskStatus::Running);
        let phase = Phase::Asking(BTreeSet::new());
        let task = SimTask { description, makes, run, phase, step: 0, met: false };
        self.tasks.running.insert(task_id, task);
        self.ask(id, task_id);
    }

    /// Asks where the inputs are, if that is not known here.
    fn ask(&mut self, id: ExecutorId, task_id: TaskId) {
        if !self.plan.config.shuffle.has_remote_readers {
            return self.fetch(id, task_id);
        }
        let Some(task) = self.tasks.running.get(&task_id) else { return };
        let epoch = task.description.stage.epoch;
        let known = self.executors.get(&id).map(|executor| &executor.statuses);
        let is_known = |shuffle: &ShuffleId| {
            known.and_then(|known| known.get(shuffle)).is_some_and(|statuses| statuses.epoch >= epoch)
        };
        let wanted: BTreeSet<ShuffleId> =
            self.inputs(task).into_iter().map(|input| input.0).filter(|shuffle| !is_known(shuffle)).collect();
        if wanted.is_empty() {
            return self.fetch(id, task_id);
        }
        for shuffle_id in &wanted {
            let ask = GetMapOutputStatuses { shuffle_id: *shuffle_id, executor_id: id };
            self.say(id, ActorId::MapOutputTracker, MapOutputTrackerMessage::from(ask));
        }
        if let Some(task) = self.tasks.running.get_mut(&task_id) {
            task.phase = Phase::Asking(wanted);
        }
    }

    fn inputs(&self, task: &SimTask) -> BTreeSet<(ShuffleId, u32)> {
        let rdd = rdd_of(&self.plan, task.makes);
        rdd.map_or_else(BTreeSet::new, |rdd| reads(&self.plan.lineage, rdd, task.description.partition_id))
    }

    fn told_statuses(&mut self, id: ExecutorId, told: MapOutputStatuses) {
        let MapOutputStatuses { shuffle_id, epoch, statuses } = told;
        let Some(executor) = self.executors.get_mut(&id) else { return };
        executor.statuses.insert(shuffle_id, Statuses { epoch, by_map: statuses });
        let mut ready = Vec::new();
        for task_id in &executor.running {
            let Some(task) = self.tasks.running.get_mut(task_id) else { continue };
            if let Phase::Asking(wanted) = &mut task.phase {
                if wanted.remove(&shuffle_id) && wanted.is_empty() {
                    ready.push(*task_id);
                }
            }
        }
        for task_id in ready {
            self.fetch(id, task_id);
        }
    }

    /// Reads the inputs, as far as they are there, and goes to work.
    fn fetch(&mut self, id: ExecutorId, task_id: TaskId) {
        let Some(task) = self.tasks.running.get(&task_id) else { return };
        let inputs = self.inputs(task);
        let mut missing = inputs.iter().find_map(|input| self.missing(id, *input));
        let blame = self.tasks.fault(task, |fault| matches!(fault, Fault::FetchFails { .. })).is_some();
        if let (None, true, Some((shuffle, reduce))) = (&missing, blame, inputs.first()) {
            let from = self.locate(id, *shuffle, 0);
            missing = from.map(|from| Missing {
                shuffle: *shuffle,
                map: Some(0),
                from: Some(from),
                reduce: *reduce,
            });
        }
        let fails = self.tasks.fault(task, |fault| matches!(fault, Fault::TaskFails { .. })).is_some();
        let outcome = match missing {
            Some(missing) => Outcome::CannotFetch(missing),
            None if fails => Outcome::Fails,
            None => Outcome::Succeeds,
        };
        if task.description.stage.is_barrier && !task.met && outcome == Outcome::Succeeds {
            return self.meet(id, task_id);
        }
        self.work(task_id, outcome);
    }

    /// Where a map output is, as this executor believes.
    fn locate(&self, id: ExecutorId, shuffle: ShuffleId, map: u32) -> Option<(ExecutorId, TaskId)> {
        if self.plan.config.shuffle.has_remote_readers {
            let statuses = self.executors.get(&id)?.statuses.get(&shuffle)?.by_map.as_ref()?;
            let status = statuses.get(map as usize)?.as_ref()?;
            return Some((status.executor_id, status.map_id));
        }
        let copies = self.tasks.copies.get(&(shuffle, map))?;
        let there = copies.iter().rev().find(|copy| self.holds(**copy, shuffle, map));
        there.or(copies.last()).copied()
    }

    /// Whether an executor truly holds this copy of a map output.
    fn holds(&self, (id, map_id): (ExecutorId, TaskId), shuffle: ShuffleId, map: u32) -> bool {
        let executor = self.executors.get(&id).filter(|executor| executor.alive);
        executor.is_some_and(|executor| executor.outputs.get(&(shuffle, map)) == Some(&map_id))
    }

    fn missing(&self, id: ExecutorId, (shuffle, reduce): (ShuffleId, u32)) -> Option<Missing> {
        let maps = num_maps(&self.plan.lineage, shuffle);
        (0..maps).find_map(|map| match self.locate(id, shuffle, map) {
            Some(copy) if self.holds(copy, shuffle, map) => None,
            Some(copy) => Some(Missing { shuffle, map: Some(map), from: Some(copy), reduce }),
            None => Some(Missing { shuffle, map: None, from: None, reduce }),
        })
    }

    fn meet(&mut self, id: ExecutorId, task_id: TaskId) {
        let Some(task) = self.tasks.running.get_mut(&task_id) else { return };
        task.phase = Phase::AtBarrier;
        let (stage, partition_id) = (&task.description.stage, task.description.partition_id);
        let request = RequestToSync {
            num_tasks: task.description.addresses.len() as u32,
            stage_id: stage.stage_id,
            stage_attempt_id: stage.stage_attempt_id,
            task_id,
            executor_id: id,
            barrier_epoch: 0,
            partition_id,
            message: Arc::from(""),
            method: RequestMethod::Barrier,
        };
        self.say(id, ActorId::BarrierCoordinator, BarrierCoordinatorMessage::from(request));
    }

    fn barrier_replied(&mut self, reply: &BarrierReply) {
        let Some(task) = self.tasks.running.get_mut(&reply.task_id) else { return };
        if task.phase == Phase::AtBarrier {
            task.met = true;
            let outcome = if reply.result.is_ok() { Outcome::Succeeds } else { Outcome::Fails };
            self.work(reply.task_id, outcome);
        }
    }

    fn work(&mut self, task_id: TaskId, outcome: Outcome) {
        let Some(task) = self.tasks.running.get(&task_id) else { return };
        let about = [0x44, task.makes.code(), u64::from(task.description.partition_id), u64::from(task.run)];
        let mut takes = self.dice.duration(self.plan.task, &about);
        if let Some(Fault::TaskSlow { times, .. }) =
            self.tasks.fault(task, |fault| matches!(fault, Fault::TaskSlow { .. }))
        {
            takes *= *times;
        }
        if let Some(task) = self.tasks.running.get_mut(&task_id) {
            task.phase = Phase::Working(outcome);
        }
        self.step_after(task_id, takes);
    }

    /// Plans the next step of a task; one that was planned before no longer counts.
    fn step_after(&mut self, task_id: TaskId, after: Duration) {
        let Some(task) = self.tasks.running.get_mut(&task_id) else { return };
        task.step += 1;
        let step = task.step;
        self.queue.push(self.now + after, Event::World(Happening::TaskStep { task_id, step }));
    }

    fn kill(&mut self, kill: &KillTask) {
        let Some(task) = self.tasks.running.get_mut(&kill.task_id) else { return };
        if matches!(task.phase, Phase::Dying(_)) {
            return;
        }
        task.phase = Phase::Dying(kill.reason.as_str().into());
        let takes = self.dice.duration(self.plan.task, &[0x55, kill.task_id.0]) / 4;
        self.step_after(kill.task_id, takes);
    }

    /// A task has come to the end of what it was doing.
    pub(super) fn task_step(&mut self, task_id: TaskId, step: u32) {
        let Some(task) = self.tasks.running.get(&task_id).filter(|task| task.step == step) else { return };
        let id = task.description.executor_id;
        let status = match &task.phase {
            Phase::Dying(reason) => TaskStatus::Killed(Box::new(TaskEndReason::killed(reason.clone()))),
            Phase::Working(Outcome::Fails) => TaskStatus::Failed(Box::new(failure())),
            Phase::Working(Outcome::CannotFetch(missing)) => {
                TaskStatus::Failed(Box::new(fetch_failed(missing)))
            }
            Phase::Working(Outcome::Succeeds) => {
                let commits = match task.makes {
                    Makes::Result(job) => self.plan.job(job).is_some_and(|job| job.commits),
                    Makes::Outputs(_) => false,
                };
                if commits {
                    return self.ask_to_commit(id, task_id);
                }
                self.success(id, task_id)
            }
            Phase::Asking(_) | Phase::AtBarrier | Phase::Committing => return,
        };
        self.end_task(id, task_id, status);
    }

    fn ask_to_commit(&mut self, id: ExecutorId, task_id: TaskId) {
        let Some(task) = self.tasks.running.get_mut(&task_id) else { return };
        task.phase = Phase::Committing;
        let description = &task.description;
        let ask = AskPermissionToCommitOutput {
            stage_id: description.stage.stage_id,
            stage_attempt_id: description.stage.stage_attempt_id,
            partition_id: description.partition_id,
            attempt_number: description.attempt_number,
            task_id,
            executor_id: id,
        };
        self.say(id, ActorId::DagScheduler, DagSchedulerMessage::from(ask));
    }

    fn permitted(&mut self, permission: &CommitPermission) {
        let Some(task) = self.tasks.running.get(&permission.task_id) else { return };
        if task.phase != Phase::Committing {
            return;
        }
        let (id, task_id) = (task.description.executor_id, permission.task_id);
        let status = if permission.allowed {
            self.success(id, task_id)
        } else {
            let (partition_id, attempt_number) =
                (task.description.partition_id, task.description.attempt_number);
            TaskStatus::Killed(Box::new(TaskEndReason::TaskCommitDenied { partition_id, attempt_number }))
        };
        self.end_task(id, task_id, status);
    }

    /// The task has done its work: what it made is there.
    fn success(&mut self, id: ExecutorId, task_id: TaskId) -> TaskStatus {
        let Some(task) = self.tasks.running.get(&task_id) else { return TaskStatus::Running };
        let (makes, partition) = (task.makes, task.description.partition_id);
        let lost = self.tasks.fault(task, |fault| matches!(fault, Fault::ResultLost { .. })).is_some();
        let value = match makes {
            Makes::Outputs(shuffle) => {
                if let Some(executor) = self.executors.get_mut(&id) {
                    executor.outputs.insert((shuffle, partition), task_id);
                }
                self.tasks.copies.entry((shuffle, partition)).or_default().push((id, task_id));
                let reduces = self.plan.lineage.shuffles.get(&shuffle).map_or(0, |info| info.num_reduces);
                TaskValue::MapStatus(MapStatus::new(id, task_id, (0..reduces).map(|_| 100)))
            }
            Makes::Result(_) if lost => {
                self.tasks.lost.insert(task_id);
                TaskValue::Indirect { size: 1 << 21 }
            }
            Makes::Result(_) => TaskValue::Direct(Blob::default()),
        };
        self.tasks.succeeded.insert(task_id, (makes, partition));
        let (accum_updates, metrics) = (Vec::new(), TaskMetrics::default());
        TaskStatus::Finished(Box::new(TaskResult { value, accum_updates, metrics }))
    }

    fn end_task(&mut self, id: ExecutorId, task_id: TaskId, status: TaskStatus) {
        let Some(task) = self.tasks.running.remove(&task_id) else { return };
        let cpus = task.description.cpus;
        if let Some(executor) = self.executors.get_mut(&id) {
            executor.running.remove(&task_id);
            executor.used_cores -= cpus;
        }
        self.report(id, task_id, cpus, status);
    }

    fn report(&mut self, id: ExecutorId, task_id: TaskId, task_cpus: u32, status: TaskStatus) {
        let update = StatusUpdate { executor_id: id, task_id, status, task_cpus };
        self.say(id, ActorId::ExecutorBackend(id), ExecutorBackendMessage::from(update));
    }

    /// Sends a message of an executor's task threads.
    fn say(&mut self, id: ExecutorId, to: ActorId, message: impl Into<Message>) {
        let now = self.now;
        self.route(ActorId::TaskRunner(id), to, now, message.into());
    }

    /// The result getter: decodes, or fetches first, in threads that overtake each other.
    pub(super) fn on_result(&mut self, task: Box<EnqueueSuccessfulTask>) {
        let about = [0x66, task.task_id.0];
        let mut takes = self.dice.duration((Duration::ZERO, Duration::from_micros(300)), &about);
        if matches!(task.result.value, TaskValue::Indirect { .. }) {
            let getting = HandleTaskGettingResult { task_id: task.task_id };
            self.got_result(TaskSchedulerMessage::from(getting));
            takes += self.dice.duration(self.plan.link, &about) * 2;
        }
        self.queue.push(self.now + takes, Event::World(Happening::Decoded(task)));
    }

    pub(super) fn decoded(&mut self, task: EnqueueSuccessfulTask) {
        let EnqueueSuccessfulTask { task_id, result, executor_id, .. } = task;
        let is_gone = matches!(result.value, TaskValue::Indirect { .. })
            && (self.tasks.lost.contains(&task_id)
                || self.executors.get(&executor_id).is_none_or(|executor| !executor.alive));
        if is_gone {
            let reason = TaskEndReason::TaskResultLost;
            return self.got_result(TaskSchedulerMessage::from(HandleFailedTask { task_id, reason }));
        }
        let TaskResult { accum_updates, metrics, .. } = *result;
        let output = TaskOutput::Decoded;
        let success = HandleSuccessfulTask { task_id, output, metrics, accum_updates };
        self.got_result(TaskSchedulerMessage::from(success));
    }

    fn got_result(&mut self, message: TaskSchedulerMessage) {
        let now = self.now;
        self.route(ActorId::ResultGetter, ActorId::TaskScheduler, now, message.into());
    }
}

fn failure() -> TaskEndReason {
    TaskEndReason::ExceptionFailure(Box::new(ExceptionFailure {
        class_name: "Simulated".to_owned(),
        description: "bad luck".to_owned(),
        location: None,
        stack_trace: String::new(),
        causes: Vec::new(),
        fatal: false,
        metrics: TaskMetrics::default(),
        accum_updates: Vec::new(),
    }))
}

fn fetch_failed(missing: &Missing) -> TaskEndReason {
    TaskEndReason::FetchFailed {
        executor_id: missing.from.map(|(executor, _)| executor),
        shuffle_id: missing.shuffle,
        map_id: missing.from.map(|(_, map_id)| map_id),
        map_index: missing.map,
        reduce_id: missing.reduce,
        message: "bad luck".to_owned(),
    }
}
