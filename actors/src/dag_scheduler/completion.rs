//! What follows from a task's end (`spark-semantics` sections 3 and 6).

use super::{
    DagSchedulerCore,
    stage::{StageKind, task_text},
    state::{ActiveJob, Goal},
};
use crate::{
    JobId, StageId, TaskId, Time,
    core::Outbox,
    message::{
        BarrierCoordinator, BarrierStageCompleted, CompletionEvent, JobEnd, JobWaiter, KillAllTaskAttempts,
        MapStatus, NotifyPartitionCompletion, StageCompleted, StageTask, TaskEnd, TaskEndReason, TaskInfo,
        TaskOutput, TaskScheduler, TaskSucceeded,
    },
};

/// How a stage attempt ends.
#[derive(Debug)]
pub(super) enum StageEnd {
    /// All is there, or will be made by another attempt.
    Succeeded,
    /// It failed, and the stage will be tried again.
    WillRetry(String),
    /// It failed for good.
    Failed(String),
}

impl DagSchedulerCore {
    pub(super) fn on_completion(&mut self, now: Time, event: CompletionEvent, out: &mut Outbox) {
        let CompletionEvent { stage: task, output_id, reason, output, metrics, accum_updates, task_info } =
            event;
        let id = task.stage_id;
        let partition = task_info.partition_id;
        let failure = match &reason {
            TaskEndReason::Success => None,
            failure => Some(failure.clone()),
        };
        if let Some(failure) = &failure {
            let attempt = task.stage_attempt_id;
            self.commit.task_completed(id, attempt, partition, task_info.attempt_number, failure);
        }
        self.merge_accumulators(&task, output_id, task_info.task_id, &reason, accum_updates, out);
        self.post(
            TaskEnd { stage_id: id, stage_attempt_id: task.stage_attempt_id, reason, task_info, metrics },
            out,
        );
        // The stage may be gone: its job was cancelled, or ended without this task.
        let Some(stage) = self.stages.get(&id) else { return };
        let Some(failure) = failure else {
            return self.task_succeeded(now, &task, (task_info, output_id), output, out);
        };
        let is_map_stage = matches!(stage.kind, StageKind::ShuffleMap { .. });
        if matches!(failure, TaskEndReason::FetchFailed { .. }) {
            return self.on_fetch_failed(now, &task, &failure, out);
        }
        if matches!(failure, TaskEndReason::Resubmitted) {
            if is_map_stage {
                self.map_task_resubmitted(id, partition);
            } else {
                tracing::error!("Stage {id} is no map stage, and a task of it is to run again after its end");
            }
        }
        if task.is_barrier {
            self.on_barrier_task_failed(now, &task, partition, &failure, out);
        }
        // Other failures are the TaskScheduler's: it tries again, and says TaskSetFailed when it gives up.
    }

    fn task_succeeded(
        &mut self,
        now: Time,
        task: &StageTask,
        (info, output_id): (TaskInfo, u32),
        output: Option<TaskOutput>,
        out: &mut Outbox,
    ) {
        let (stage_id, partition_id, task_id) = (task.stage_id, info.partition_id, info.task_id);
        let Some(stage) = self.stages.get(&stage_id) else { return };
        if stage.is_outdated(task) {
            tracing::info!("Ignoring task {task_id} of an attempt of {stage} that no longer counts");
            return self.abort_if_committed(now, task, info, out);
        }
        if !stage.is_indeterminate && stage.is_older_attempt(task) {
            out.send(TaskScheduler, NotifyPartitionCompletion { stage_id, partition_id, output_id });
        }
        match (&stage.kind, output) {
            (StageKind::ShuffleMap { .. }, Some(TaskOutput::MapStatus(status))) => {
                self.map_task_succeeded(now, task, partition_id, status, out);
            }
            (StageKind::Result { .. }, Some(TaskOutput::MapStatus(_))) => {
                let text = format!("Task {task_id} of result stage {stage_id} succeeded without a result");
                self.abort_stage(now, stage_id, text, None, out);
            }
            (StageKind::Result { job_id }, _) => {
                self.result_task_succeeded(now, *job_id, output_id, task_id, out);
            }
            (StageKind::ShuffleMap { .. }, _) => {
                let text = format!("Task {task_id} of map stage {stage_id} succeeded without an output");
                self.abort_stage(now, stage_id, text, None, out);
            }
        }
    }

    /// A success that no longer counts may have committed its output all the same. It would stand beside others that
    /// are made from other rows, and no later attempt may commit the partition: the job is to fail.
    fn abort_if_committed(&mut self, now: Time, task: &StageTask, info: TaskInfo, out: &mut Outbox) {
        let (id, attempt) = (task.stage_id, (task.stage_attempt_id, info.attempt_number));
        if self.commit.is_authorized(id, info.partition_id, attempt)
            && let Some(reason) = self.cannot_roll_back(id)
        {
            self.abort_stage(now, id, reason, None, out);
        }
    }

    fn result_task_succeeded(
        &mut self,
        now: Time,
        job_id: JobId,
        output_id: u32,
        task_id: TaskId,
        out: &mut Outbox,
    ) {
        let Some(ActiveJob { goal: Goal::Result(action), .. }) = self.jobs.get_mut(&job_id) else { return };
        if !action.finished.insert(output_id) {
            return;
        }
        if action.finished.len() == action.partitions.len() {
            self.action_succeeded(now, job_id, out);
        }
        out.send(JobWaiter(job_id), TaskSucceeded { job_id, output_id, task_id });
    }

    /// All partitions of an action have their results.
    fn action_succeeded(&mut self, now: Time, job_id: JobId, out: &mut Outbox) {
        let Some(job) = self.jobs.get(&job_id) else { return };
        tracing::info!("Job {job_id} is finished: {}", job.call_site);
        let stage_id = job.final_stage;
        let interrupt_thread = self.interrupt_on_cancel(job_id);
        self.mark_stage_as_finished(now, stage_id, StageEnd::Succeeded, out);
        self.cancel_running_independent_stages(now, job_id, format_args!("Job {job_id} is finished."), out);
        self.cleanup_job(job_id, out);
        // Speculative copies and tasks of older attempts may still run.
        let reason = "Stage finished".to_owned();
        out.send(TaskScheduler, KillAllTaskAttempts { stage_id, interrupt_thread, reason });
        self.post(JobEnd { job_id, time: now, error: None }, out);
    }

    fn map_task_succeeded(
        &mut self,
        now: Time,
        task: &StageTask,
        partition: u32,
        status: MapStatus,
        out: &mut Outbox,
    ) {
        let id = task.stage_id;
        let Some(stage) = self.stages.get_mut(&id) else { return };
        let StageKind::ShuffleMap { shuffle_id, pending } = &mut stage.kind else { return };
        pending.remove(partition);
        let (is_done, shuffle_id) = (pending.is_empty(), *shuffle_id);
        if self.epochs.is_bogus(status.executor_id, task.epoch) {
            let executor = status.executor_id;
            let text = task_text(task, partition);
            tracing::info!("Ignoring possibly bogus {text} completion from executor {executor}");
        } else {
            self.register_output(shuffle_id, partition, status, out);
        }
        if is_done && self.running.contains(&id) {
            self.map_stage_completed(now, id, out);
        }
    }

    /// The output of a map task that had succeeded was lost with its executor, which removed it: the task runs again.
    fn map_task_resubmitted(&mut self, id: StageId, partition: u32) {
        if let Some(stage) = self.stages.get_mut(&id)
            && let StageKind::ShuffleMap { pending, .. } = &mut stage.kind
        {
            pending.insert(partition);
        }
    }

    /// All tasks of a map stage have ended well: who waited for it goes on, unless outputs were lost meanwhile.
    pub(super) fn map_stage_completed(&mut self, now: Time, id: StageId, out: &mut Outbox) {
        self.mark_stage_as_finished(now, id, StageEnd::Succeeded, out);
        self.map_outputs.increment_epoch();
        if !self.is_available(id) {
            tracing::info!("Resubmitting stage {id} because some of its tasks had failed");
            return self.submit_stage(now, id, out);
        }
        let is_failed = self.failed.contains_key(&id);
        let Some(stage) = self.stages.get_mut(&id) else { return };
        if !is_failed {
            stage.next_cause = None;
        }
        if let StageKind::ShuffleMap { shuffle_id, .. } = stage.kind {
            self.publish_outputs(shuffle_id, out);
        }
        self.finish_map_stage_jobs(now, id, out);
        self.submit_waiting_children(now, id, out);
    }

    /// Ends a stage's latest attempt. A stage that ended well forgets its failed attempts, so only those in
    /// a row count.
    pub(super) fn mark_stage_as_finished(&mut self, now: Time, id: StageId, end: StageEnd, out: &mut Outbox) {
        let Some(stage) = self.stages.get_mut(&id) else { return };
        self.running.remove(&id);
        if !matches!(end, StageEnd::WillRetry(_)) {
            self.commit.stage_end(id);
        }
        // An attempt that failed to fetch completes once more if its last results come all the same, as in Spark: its
        // job ends well, and listeners hear that of its stage (the scenario DAG-046).
        let Some(info) = &mut stage.latest else { return };
        info.completion_time = Some(now);
        info.failure_reason = match end {
            StageEnd::Succeeded => None,
            StageEnd::WillRetry(reason) | StageEnd::Failed(reason) => Some(reason),
        };
        let info = info.clone();
        let took = info.submission_time.map_or(0.0, |start| now.since(start).as_secs_f64());
        match &info.failure_reason {
            None => {
                tracing::info!("{stage} ({}) finished in {took:.3} s", stage.name);
                stage.failed_attempt_ids.clear();
            }
            Some(reason) => {
                tracing::info!("{stage} ({}) failed in {took:.3} s due to {reason}", stage.name);
            }
        }
        let is_barrier = stage.is_barrier;
        let (stage_id, stage_attempt_id) = (id, info.attempt);
        self.post(StageCompleted { stage: info }, out);
        if is_barrier {
            out.send(BarrierCoordinator, BarrierStageCompleted { stage_id, stage_attempt_id });
        }
    }
}
