//! Submitting stages whose parents are there (`spark-semantics` section 2).

use std::sync::Arc;

use super::{
    DagSchedulerCore,
    completion::StageEnd,
    stage::{Stage, StageKind},
    state::ActiveJob,
};
use crate::{
    JobId, StageId, Time,
    core::Outbox,
    lineage::{BinaryError, StageBinary, TaskLocation},
    message::{
        AttemptCause, Properties, StageSubmitted, StageTask, SubmitTasks, TaskKind, TaskScheduler, TaskSet,
        TaskSpec,
    },
    partition_set::PartitionSet,
};

/// A stage's code and data of more than this are worth a word (`spark-semantics` 2.3); fixed in Spark too.
const BINARY_SIZE_TO_WARN: u64 = 1_000 << 10;

/// What a stage still has to make: where each result goes, and which partition it is.
type Outputs = Vec<(u32, u32)>;

impl DagSchedulerCore {
    /// Submits a stage, or the parents that it lacks while it waits. Without recursion: a program may have
    /// thousands of stages in a row.
    pub(super) fn submit_stage(&mut self, now: Time, stage: StageId, out: &mut Outbox) {
        let mut steps = vec![stage];
        while let Some(id) = steps.pop() {
            if self.is_under_way(id) {
                continue;
            }
            let Some(stage) = self.stages.get(&id) else { continue };
            if self.active_job_for_stage(id).is_none() {
                self.abort_stage(now, id, format!("No active job for stage {id}"), None, out);
                continue;
            }
            let max = self.config.stage.max_attempts.max(self.config.stage.max_consecutive_attempts);
            if stage.next_attempt_id >= max {
                let reason = too_many_attempts(stage, max);
                self.abort_stage(now, id, reason, None, out);
                continue;
            }
            let missing = self.skip_available_parents(id);
            if missing.is_empty() {
                self.submit_missing_tasks(now, id, out);
            } else {
                self.waiting.insert(id);
                steps.extend(missing.into_iter().rev());
            }
        }
    }

    fn submit_missing_tasks(&mut self, now: Time, id: StageId, out: &mut Outbox) {
        self.roll_back_outputs(now, id, out);
        // A job that could not be rolled back is gone; another may still need the stage.
        let Some(job_id) = self.active_job_for_stage(id) else { return };
        let (Some(job), Some(stage)) = (self.jobs.get(&job_id), self.stages.get(&id)) else { return };
        let outputs = self.missing_outputs(job, stage);
        let locations = self.task_locations(stage, outputs.iter().map(|(_, partition)| *partition));
        let binary = binary_of(job, stage);
        let properties = job.properties.clone();
        self.running.insert(id);
        self.commit.stage_start(id, committed_partitions(job, stage));
        self.new_attempt(now, id, &outputs, properties, out);
        let ready = locations.map_err(|reason| format!("Task creation failed: {reason}"));
        let ready = ready.and_then(|at| Ok((at, binary.map_err(|error| error.to_string())?)));
        match ready {
            Err(reason) => {
                self.abort_stage(now, id, reason, None, out);
                self.running.remove(&id);
            }
            Ok(_) if outputs.is_empty() => self.stage_is_actually_done(now, id, out),
            Ok((locations, binary)) => self.submit_tasks(id, job_id, outputs, locations, &binary, out),
        }
    }

    fn submit_tasks(
        &mut self,
        id: StageId,
        job_id: JobId,
        outputs: Outputs,
        locations: Option<Vec<Vec<TaskLocation>>>,
        binary: &StageBinary,
        out: &mut Outbox,
    ) {
        self.publish_inputs(id, out);
        let (Some(job), Some(stage)) = (self.jobs.get(&job_id), self.stages.get(&id)) else { return };
        log_submission(stage, &outputs);
        if binary.code.len() > BINARY_SIZE_TO_WARN {
            tracing::warn!("Broadcasting large task binary with size {} KiB", binary.code.len() >> 10);
        }
        let shared = StageTask {
            job_id,
            stage_id: id,
            stage_attempt_id: stage.attempt().unwrap_or_default(),
            kind: match stage.kind {
                StageKind::ShuffleMap { shuffle_id, .. } => TaskKind::ShuffleMap { shuffle_id },
                StageKind::Result { .. } => TaskKind::Result,
            },
            num_partitions: stage.num_partitions,
            binary: binary.code.clone(),
            properties: job.properties.clone(),
            epoch: self.map_outputs.epoch(),
            is_barrier: stage.is_barrier,
        };
        let tasks = tasks(outputs, locations, binary);
        let task_set = TaskSet { stage: Arc::new(shared), tasks, profile: stage.profile.clone() };
        out.send(TaskScheduler, SubmitTasks { task_set });
    }

    fn missing_outputs(&self, job: &ActiveJob, stage: &Stage) -> Outputs {
        match (&stage.kind, job.action()) {
            (StageKind::ShuffleMap { shuffle_id, .. }, _) => {
                let missing = self.map_outputs.missing(*shuffle_id);
                missing.into_iter().map(|index| (index, index)).collect()
            }
            (StageKind::Result { .. }, Some(action)) => {
                let outputs = (0u32..).zip(action.partitions.iter().copied());
                outputs.filter(|(output, _)| !action.finished.contains(*output)).collect()
            }
            (StageKind::Result { .. }, None) => Vec::new(),
        }
    }

    /// Gives a stage its next attempt, with the cause, and tells it. It has a submission time only if there is work.
    fn new_attempt(
        &mut self,
        now: Time,
        id: StageId,
        outputs: &Outputs,
        properties: Properties,
        out: &mut Outbox,
    ) {
        let Some(stage) = self.stages.get_mut(&id) else { return };
        let mut info = stage.info(outputs.len() as u32);
        info.submission_time = (!outputs.is_empty()).then_some(now);
        info.cause = stage.next_cause.take().unwrap_or(match stage.next_attempt_id {
            0 => AttemptCause::FirstAttempt,
            _ => AttemptCause::OutputsLost { missing: info.num_tasks },
        });
        stage.latest = Some(info.clone());
        stage.next_attempt_id += 1;
        if let StageKind::ShuffleMap { pending, .. } = &mut stage.kind {
            *pending = PartitionSet::new(stage.num_partitions as usize);
            for (_, partition) in outputs {
                pending.insert(*partition);
            }
        }
        self.post(StageSubmitted { stage: info, properties }, out);
    }

    /// Tells the MapOutputTracker what the stage reads.
    fn publish_inputs(&mut self, id: StageId, out: &mut Outbox) {
        if !self.config.shuffle.has_remote_readers {
            return;
        }
        let parents = self.stages.get(&id).map(|stage| stage.parents.clone()).unwrap_or_default();
        for parent in parents {
            if let Some(StageKind::ShuffleMap { shuffle_id, .. }) =
                self.stages.get(&parent).map(|parent| &parent.kind)
            {
                self.publish_outputs(*shuffle_id, out);
            }
        }
    }

    fn stage_is_actually_done(&mut self, now: Time, id: StageId, out: &mut Outbox) {
        let Some(stage) = self.stages.get(&id) else { return };
        match stage.kind {
            StageKind::ShuffleMap { shuffle_id, .. } => {
                tracing::debug!(
                    "Stage {stage} is actually done; (available: {},available outputs: {},partitions: {})",
                    self.map_outputs.is_available(shuffle_id),
                    self.map_outputs.available(shuffle_id),
                    stage.num_partitions,
                );
                self.map_stage_completed(now, id, out);
            }
            StageKind::Result { .. } => self.mark_stage_as_finished(now, id, StageEnd::Succeeded, out),
        }
    }

    /// Submits the stages that waited for this one, in the order of the jobs that made them.
    pub(super) fn submit_waiting_children(&mut self, now: Time, parent: StageId, out: &mut Outbox) {
        let Some(parent) = self.stages.get(&parent) else { return };
        let waiting = parent.children.iter().filter(|id| self.waiting.contains(id));
        let waiting = waiting.filter_map(|id| self.stages.get(id));
        let mut children: Vec<_> = waiting.map(|stage| (stage.first_job_id, stage.id)).collect();
        children.sort_unstable();
        for (_, child) in &children {
            self.waiting.remove(child);
        }
        for (_, child) in children {
            self.submit_stage(now, child, out);
        }
    }
}

/// Partitions below this one may be committed.
fn committed_partitions(job: &ActiveJob, stage: &Stage) -> u32 {
    match (&stage.kind, job.action()) {
        (StageKind::Result { .. }, Some(action)) => action.partitions.iter().max().map_or(0, |last| last + 1),
        _ => stage.num_partitions,
    }
}

fn too_many_attempts(stage: &Stage, max: u32) -> String {
    format!(
        "{stage} (name={}) has been resubmitted for the maximum allowable number of times: {max}, which is the max \
         value of config `spark.stage.maxAttempts` and `spark.stage.maxConsecutiveAttempts`.",
        stage.name
    )
}

fn log_submission(stage: &Stage, outputs: &Outputs) {
    tracing::info!("Submitting {stage} ({}), which has no missing parents", stage.rdd_text());
    tracing::info!(
        "Submitting {} missing tasks from {stage} ({}) (first 15 tasks are for partitions {:?})",
        outputs.len(),
        stage.rdd_text(),
        outputs.iter().take(15).map(|(_, partition)| partition).collect::<Vec<_>>(),
    );
}

fn binary_of(job: &ActiveJob, stage: &Stage) -> Result<StageBinary, BinaryError> {
    let unknown = |what: String| Err(BinaryError::Failed(what));
    match (&stage.kind, job.action()) {
        (StageKind::ShuffleMap { shuffle_id, .. }, _) => match stage.lineage.shuffles.get(shuffle_id) {
            Some(info) => info.binary.clone(),
            None => unknown(format!("shuffle {shuffle_id} is unknown")),
        },
        (StageKind::Result { .. }, Some(action)) => action.binary.clone(),
        (StageKind::Result { .. }, None) => unknown(format!("job {} has no action", job.job_id)),
    }
}

fn tasks(outputs: Outputs, locations: Option<Vec<Vec<TaskLocation>>>, binary: &StageBinary) -> Vec<TaskSpec> {
    let mut locations = locations.map(Vec::into_iter);
    let spec = |(output_id, partition_id)| TaskSpec {
        partition_id,
        output_id,
        partition: binary.partition(partition_id),
        locations: locations.as_mut().and_then(Iterator::next).unwrap_or_default(),
    };
    outputs.into_iter().map(spec).collect()
}
