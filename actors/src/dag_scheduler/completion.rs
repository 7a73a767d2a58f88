//! What follows from a task's end (`spark-semantics` sections 3 and 6).

use super::{DagSchedulerCore, is_older_attempt, stage::StageKind};
use crate::{
    JobId, StageId, Time,
    core::Outbox,
    message::{
        CompletionEvent, JobEnd, JobWaiter, KillAllTaskAttempts, MapStatus, NotifyPartitionCompletion,
        StageCompleted, TaskEnd, TaskEndReason, TaskOutput, TaskScheduler, TaskSucceeded,
    },
};

impl DagSchedulerCore {
    pub(super) fn on_completion(&mut self, now: Time, event: CompletionEvent, out: &mut Outbox) {
        let CompletionEvent { stage: task, output_id, reason, output, metrics, task_info, .. } = event;
        let id = task.stage_id;
        let (partition, task_id) = (task_info.partition_id, task_info.task_id);
        let success = matches!(reason, TaskEndReason::Success);
        let failure = (!success).then(|| reason.clone());
        self.post(
            TaskEnd { stage_id: id, stage_attempt_id: task.stage_attempt_id, reason, task_info, metrics },
            out,
        );
        // The stage may be gone: its job was cancelled, or ended without this task.
        let Some(stage) = self.stages.get_mut(&id) else { return };
        if success && is_older_attempt(&task, stage.attempt()) {
            out.send(
                TaskScheduler,
                NotifyPartitionCompletion { stage_id: id, partition_id: partition, output_id },
            );
        }
        match (failure, output) {
            (None, Some(TaskOutput::MapStatus(status))) => {
                self.map_task_succeeded(now, id, partition, status, out)
            }
            (None, _) => {
                if let StageKind::Result { job_id } = stage.kind {
                    self.result_task_succeeded(now, job_id, output_id, task_id, out);
                }
            }
            (Some(TaskEndReason::Resubmitted), _) => {
                if let StageKind::ShuffleMap { pending, .. } = &mut stage.kind {
                    pending.insert(partition);
                }
            }
            (Some(reason @ TaskEndReason::FetchFailed { .. }), _) => {
                self.on_fetch_failed(now, &task, &reason, out);
            }
            // The TaskScheduler tries again, and says TaskSetFailed when it gives up.
            (Some(_), _) => {}
        }
    }

    fn result_task_succeeded(
        &mut self,
        now: Time,
        job_id: JobId,
        output_id: u32,
        task_id: crate::TaskId,
        out: &mut Outbox,
    ) {
        let Some(job) = self.jobs.get_mut(&job_id) else { return };
        if !job.finished.insert(output_id) {
            return;
        }
        if job.finished.len() == job.partitions.len() {
            let final_stage = job.final_stage;
            tracing::info!("Job {job_id} is finished: {}", job.call_site);
            self.mark_stage_as_finished(now, final_stage, None, out);
            self.cancel_running_independent_stages(now, job_id, &format!("Job {job_id} is finished"), out);
            self.cleanup_job(job_id);
            let reason = "Stage finished".to_owned();
            out.send(
                TaskScheduler,
                KillAllTaskAttempts { stage_id: final_stage, interrupt_thread: false, reason },
            );
            self.post(JobEnd { job_id, time: now, error: None }, out);
        }
        out.send(JobWaiter(job_id), TaskSucceeded { job_id, output_id, task_id });
    }

    fn map_task_succeeded(
        &mut self,
        now: Time,
        id: StageId,
        partition: u32,
        status: MapStatus,
        out: &mut Outbox,
    ) {
        let Some(stage) = self.stages.get_mut(&id) else { return };
        let StageKind::ShuffleMap { shuffle_id, pending } = &mut stage.kind else { return };
        pending.remove(partition);
        let done = pending.is_empty();
        self.map_outputs.register(*shuffle_id, partition, status);
        if done && self.running.contains(&id) {
            self.map_stage_completed(now, id, out);
        }
    }

    /// All tasks of a map stage have ended well: its children go on, unless outputs were lost meanwhile.
    pub(super) fn map_stage_completed(&mut self, now: Time, id: StageId, out: &mut Outbox) {
        self.mark_stage_as_finished(now, id, None, out);
        if self.is_available(id) {
            self.submit_waiting_children(now, id, out);
        } else {
            tracing::info!("Resubmitting stage {id} because some of its tasks had failed");
            self.submit_stage(now, id, out);
        }
    }

    /// Ends a stage's latest attempt. A stage that ended well forgets its failed attempts, so only those in
    /// a row count.
    pub(super) fn mark_stage_as_finished(
        &mut self,
        now: Time,
        id: StageId,
        failure: Option<String>,
        out: &mut Outbox,
    ) {
        let Some(stage) = self.stages.get_mut(&id) else { return };
        self.running.remove(&id);
        let text = stage.to_string();
        let name = stage.name.clone();
        let Some(info) = &mut stage.latest else { return };
        info.completion_time = Some(now);
        let took = info.submission_time.map_or(0.0, |start| now.since(start).as_secs_f64());
        match &failure {
            None => {
                tracing::info!("{text} ({name}) finished in {took:.3} s");
                stage.failed_attempt_ids.clear();
            }
            Some(reason) => tracing::info!("{text} ({name}) failed in {took:.3} s due to {reason}"),
        }
        info.failure_reason = failure;
        let stage = info.clone();
        self.post(StageCompleted { stage }, out);
    }
}
