//! Submitting stages whose parents are there (`spark-semantics` section 2).

use std::sync::Arc;

use super::{DagSchedulerCore, stage::StageKind};
use crate::{
    StageId, Time,
    core::Outbox,
    lineage::{BinaryError, StageBinary},
    message::{StageSubmitted, StageTask, SubmitTasks, TaskKind, TaskScheduler, TaskSet, TaskSpec},
    partition_set::PartitionSet,
};

impl DagSchedulerCore {
    /// Submits a stage, or the parents that it lacks while it waits. Without recursion: a program may have
    /// thousands of stages in a row.
    pub(super) fn submit_stage(&mut self, now: Time, stage: StageId, out: &mut Outbox) {
        let mut steps = vec![stage];
        while let Some(id) = steps.pop() {
            let known = [&self.waiting, &self.running, &self.failed].iter().any(|set| set.contains(&id));
            if known || !self.stages.contains_key(&id) {
                continue;
            }
            if self.active_job_for_stage(id).is_none() {
                self.abort_stage(now, id, format!("No active job for stage {id}"), None, out);
                continue;
            }
            let missing = self.missing_parents(id);
            if missing.is_empty() {
                self.submit_missing_tasks(now, id, out);
            } else {
                self.waiting.insert(id);
                steps.extend(missing.into_iter().rev());
            }
        }
    }

    /// The parents whose outputs are not all there, by id. A parent that is found complete before it ever
    /// ran is skipped; a later attempt of it then counts as a retry (SPARK-37481).
    fn missing_parents(&mut self, id: StageId) -> Vec<StageId> {
        let Some(stage) = self.stages.get(&id) else { return Vec::new() };
        let (available, missing): (Vec<StageId>, Vec<StageId>) =
            stage.parents.clone().into_iter().partition(|parent| self.is_available(*parent));
        for parent in available {
            if let Some(stage) = self.stages.get_mut(&parent)
                && stage.next_attempt_id == 0
            {
                stage.next_attempt_id = 1;
            }
        }
        missing
    }

    fn submit_missing_tasks(&mut self, now: Time, id: StageId, out: &mut Outbox) {
        let Some(job_id) = self.active_job_for_stage(id) else { return };
        let (Some(job), Some(stage)) = (self.jobs.get(&job_id), self.stages.get_mut(&id)) else { return };
        let (kind, outputs, binary) = match &mut stage.kind {
            StageKind::ShuffleMap { shuffle_id, .. } => {
                let outputs = self.map_outputs.missing(*shuffle_id);
                let outputs: Vec<(u32, u32)> = outputs.into_iter().map(|index| (index, index)).collect();
                let unknown = Err(BinaryError::Failed(format!("shuffle {shuffle_id} is unknown")));
                let info = stage.lineage.shuffles.get(shuffle_id);
                let binary = info.map_or(unknown, |info| info.binary.clone());
                (TaskKind::ShuffleMap { shuffle_id: *shuffle_id }, outputs, binary)
            }
            StageKind::Result { .. } => {
                let outputs = (0u32..).zip(job.partitions.iter().copied());
                let outputs = outputs.filter(|(output, _)| !job.finished.contains(*output)).collect();
                (TaskKind::Result, outputs, job.binary.clone())
            }
        };
        self.running.insert(id);
        let mut info = stage.info(outputs.len() as u32);
        info.submission_time = (!outputs.is_empty()).then_some(now);
        stage.latest = Some(info.clone());
        stage.next_attempt_id += 1;
        let properties = job.properties.clone();
        out.send(
            crate::message::ListenerBus,
            StageSubmitted { stage: info.clone(), properties: properties.clone() },
        );
        let binary = match binary {
            Ok(binary) => binary,
            Err(error) => {
                self.abort_stage(now, id, error.to_string(), None, out);
                self.running.remove(&id);
                return;
            }
        };
        if let StageKind::ShuffleMap { pending, .. } = &mut stage.kind {
            *pending = PartitionSet::new(stage.num_partitions as usize);
            outputs.iter().for_each(|(_, partition)| {
                pending.insert(*partition);
            });
        }
        if outputs.is_empty() {
            return self.stage_is_actually_done(now, id, out);
        }
        tracing::info!(
            "Submitting {} missing tasks from {stage} ({}) (first 15 tasks are for partitions {:?})",
            outputs.len(),
            stage.rdd_text(),
            outputs.iter().take(15).map(|(_, partition)| partition).collect::<Vec<_>>(),
        );
        let shared = StageTask {
            job_id,
            stage_id: id,
            stage_attempt_id: info.attempt,
            kind,
            num_partitions: stage.num_partitions,
            binary: binary.code.clone(),
            properties,
            epoch: 0,
            is_barrier: false,
        };
        let task_set = TaskSet { stage: Arc::new(shared), tasks: tasks(outputs, &binary), profile: None };
        out.send(TaskScheduler, SubmitTasks { task_set });
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
            StageKind::Result { .. } => self.mark_stage_as_finished(now, id, None, out),
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

fn tasks(outputs: Vec<(u32, u32)>, binary: &StageBinary) -> Vec<TaskSpec> {
    let spec = |(output_id, partition_id)| TaskSpec {
        partition_id,
        output_id,
        partition: binary.partition(partition_id),
        locations: Vec::new(),
    };
    outputs.into_iter().map(spec).collect()
}
