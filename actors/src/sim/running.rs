//! How the simulated task threads run tasks: the order of steps is that of `spark-semantics` 21.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::{
    faults::Fault,
    plan::Makes,
    tasks::{Made, Outcome, Phase, Read, SimTask, caches, makes, num_maps, rdd_of, reads},
    world::{Event, Happening, World},
};
use crate::{
    ActorId, ExecutorId, JobId, ShuffleId, TaskId,
    lineage::Blob,
    map_outputs::{Lookup, ShuffleBlock},
    message::{
        AccumUpdate, AskPermissionToCommitOutput, BarrierCoordinatorMessage, BarrierReply, BlockUpdated,
        CommitPermission, DagSchedulerMessage, ExceptionFailure, ExecutorBackendMessage,
        GetMapOutputStatuses, KillTask, LaunchTask, MapOutputStatuses, MapOutputTrackerMessage, MapStatus,
        Message, RequestMethod, RequestToSync, StatusUpdate, TaskEndReason, TaskResult, TaskRunnerMessage,
        TaskStatus, TaskValue,
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
        let task = SimTask { description, makes, run, phase, step: 0, met: false, read: Read::default() };
        self.tasks.running.insert(task_id, task);
        self.ask(id, task_id);
    }

    /// Asks where the inputs are, if that is not known here.
    fn ask(&mut self, id: ExecutorId, task_id: TaskId) {
        let Some(task) = self.tasks.running.get(&task_id) else { return };
        let (epoch, inputs) = (task.description.stage.epoch, self.inputs(task));
        let Some(executor) = self.executors.get_mut(&id) else { return };
        executor.tracker.update_epoch(epoch);
        let (mut wanted, mut requests) = (BTreeSet::new(), Vec::new());
        for (shuffle, _) in inputs {
            match executor.tracker.look_up(shuffle) {
                Lookup::Known => continue,
                Lookup::Request => requests.push(shuffle),
                Lookup::Wait => {}
            }
            wanted.insert(shuffle);
        }
        requests.into_iter().for_each(|shuffle| self.request_statuses(id, shuffle));
        if wanted.is_empty() {
            self.fetch(id, task_id);
        } else if let Some(task) = self.tasks.running.get_mut(&task_id) {
            task.phase = Phase::Asking(wanted);
        }
    }

    fn request_statuses(&mut self, id: ExecutorId, shuffle_id: ShuffleId) {
        let request = GetMapOutputStatuses { shuffle_id, executor_id: id };
        self.say(id, ActorId::MapOutputTracker, MapOutputTrackerMessage::from(request));
    }

    fn inputs(&self, task: &SimTask) -> BTreeSet<(ShuffleId, u32)> {
        let Some(rdd) = rdd_of(&self.plan, task.makes) else { return BTreeSet::new() };
        let cached = &self.tasks.cached;
        let is_cached = |rdd, partition| cached.get(&(rdd, partition)).is_some_and(|there| !there.is_empty());
        reads(&self.plan.lineage, rdd, task.description.partition_id, is_cached)
    }

    fn told_statuses(&mut self, id: ExecutorId, told: MapOutputStatuses) {
        let shuffle_id = told.shuffle_id;
        let Some(executor) = self.executors.get_mut(&id) else { return };
        if !executor.tracker.on_statuses(told) {
            return self.request_statuses(id, shuffle_id);
        }
        let mut ready = Vec::new();
        for task_id in &executor.running {
            if let Some(SimTask { phase: Phase::Asking(wanted), .. }) = self.tasks.running.get_mut(task_id)
                && wanted.remove(&shuffle_id)
                && wanted.is_empty()
            {
                ready.push(*task_id);
            }
        }
        // One that misses an output lets the shuffle be forgotten: the next asks again.
        for task_id in ready {
            self.ask(id, task_id);
        }
    }

    /// Reads the inputs, as far as they are there, and goes to work.
    fn fetch(&mut self, id: ExecutorId, task_id: TaskId) {
        let Some(task) = self.tasks.running.get(&task_id) else { return };
        let is_unlucky = self.tasks.fault(task, |fault| matches!(fault, Fault::FetchFails { .. })).is_some();
        let inputs = self.inputs(task);
        let fails = self.tasks.fault(task, |fault| matches!(fault, Fault::TaskFails { .. })).is_some();
        let (is_barrier, met) = (task.description.stage.is_barrier, task.met);
        let mut inputs_read = Read::default();
        let read = inputs.iter().try_for_each(|input| self.read(id, *input, is_unlucky, &mut inputs_read));
        let outcome = match read {
            Err(reason) => Outcome::CannotFetch(Box::new(reason)),
            Ok(()) if fails => Outcome::Fails,
            Ok(()) => Outcome::Succeeds,
        };
        if let Some(task) = self.tasks.running.get_mut(&task_id) {
            task.read = inputs_read;
        }
        if is_barrier && !met && outcome == Outcome::Succeeds {
            return self.meet(id, task_id);
        }
        self.work(task_id, outcome);
    }

    /// Reads one reducer's part of every output of a shuffle.
    fn read(
        &mut self,
        id: ExecutorId,
        (shuffle_id, reduce_id): (ShuffleId, u32),
        is_unlucky: bool,
        inputs: &mut Read,
    ) -> Result<(), TaskEndReason> {
        let Some(executor) = self.executors.get_mut(&id) else { return Ok(()) };
        let maps = num_maps(&self.plan.lineage, shuffle_id);
        let blocks = executor.tracker.sizes_by_executor(
            shuffle_id,
            0..maps,
            reduce_id..reduce_id.saturating_add(1),
        )?;
        for (holder, blocks) in blocks {
            for ShuffleBlock { map_id, map_index, .. } in blocks {
                if is_unlucky || !self.holds((holder, map_id), shuffle_id, map_index) {
                    return Err(TaskEndReason::FetchFailed {
                        executor_id: Some(holder),
                        shuffle_id,
                        map_id: Some(map_id),
                        map_index: Some(map_index),
                        reduce_id,
                        message: "bad luck".to_owned(),
                    });
                }
                if self.tasks.indeterminate.contains(&shuffle_id)
                    && let Some(made) = self.tasks.succeeded.get(&map_id)
                {
                    inputs.versions.entry(shuffle_id).or_default().insert(made.attempt);
                    inputs.tasks.insert(map_id);
                }
            }
        }
        Ok(())
    }

    /// Whether an executor, or the shuffle service on its behalf, truly holds this copy of a map output.
    fn holds(&self, (id, map_id): (ExecutorId, TaskId), shuffle: ShuffleId, map: u32) -> bool {
        let executor = self.executors.get(&id);
        executor.is_some_and(|executor| executor.outputs.get(&(shuffle, map)) == Some(&map_id))
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
            Phase::Working(Outcome::Fails) => {
                TaskStatus::Failed(Box::new(self.failure(task.description.stage.job_id)))
            }
            Phase::Working(Outcome::CannotFetch(reason)) => TaskStatus::Failed(reason.clone()),
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
        let (makes, partition, read) = (task.makes, task.description.partition_id, task.read.clone());
        let stage = task.description.stage.clone();
        let lost = self.tasks.fault(task, |fault| matches!(fault, Fault::ResultLost { .. })).is_some();
        let value = match makes {
            Makes::Outputs(shuffle) => {
                if let Some(executor) = self.executors.get_mut(&id) {
                    executor.outputs.insert((shuffle, partition), task_id);
                }
                let reduces = self.plan.lineage.shuffles.get(&shuffle).map_or(0, |info| info.num_reduces);
                TaskValue::MapStatus(MapStatus::new(id, task_id, (0..reduces).map(|_| 100)))
            }
            Makes::Result(_) if lost => {
                self.tasks.lost.insert(task_id);
                TaskValue::Indirect { size: 1 << 21 }
            }
            Makes::Result(_) => TaskValue::Direct(Blob::default()),
        };
        let attempt = (stage.stage_id, stage.stage_attempt_id);
        self.tasks.succeeded.insert(task_id, Made { makes, partition, attempt, seq: self.seq, read });
        self.cache(id, makes, partition);
        let accum_updates = if self.accumulates(stage.job_id) { vec![accumulator(0)] } else { Vec::new() };
        let metrics = Box::default();
        TaskStatus::Finished(Box::new(TaskResult { value, accum_updates, metrics }))
    }

    /// Whether the tasks of a job add to accumulators.
    fn accumulates(&self, job: JobId) -> bool {
        self.plan.job(job).is_some_and(|job| job.accumulates)
    }

    fn failure(&self, job: JobId) -> TaskEndReason {
        let adds = self.accumulates(job);
        failure(if adds { vec![accumulator(0), accumulator(1)] } else { Vec::new() })
    }

    /// Keeps the cached partitions that a task made on its way, and tells the driver.
    fn cache(&mut self, id: ExecutorId, makes: Makes, partition: u32) {
        let Some(rdd) = rdd_of(&self.plan, makes) else { return };
        for (rdd_id, partition_id) in caches(&self.plan.lineage, rdd, partition) {
            if self.tasks.cached.entry((rdd_id, partition_id)).or_default().insert(id) {
                let update = BlockUpdated { rdd_id, partition_id, executor_id: id, is_cached: true };
                self.say(id, ActorId::DagScheduler, DagSchedulerMessage::from(update));
            }
        }
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
}

/// What a task adds to one of two accumulators; the second counts also when the task fails.
fn accumulator(id: u64) -> AccumUpdate {
    AccumUpdate { id, value: Blob::default(), counts_failed: id == 1 }
}

fn failure(accum_updates: Vec<AccumUpdate>) -> TaskEndReason {
    TaskEndReason::ExceptionFailure(Box::new(ExceptionFailure {
        class_name: "Simulated".to_owned(),
        description: "bad luck".to_owned(),
        location: None,
        stack_trace: String::new(),
        causes: Vec::new(),
        fatal: false,
        metrics: Box::default(),
        accum_updates,
    }))
}
