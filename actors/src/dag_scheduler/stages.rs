//! Cutting a job's lineage into stages (`spark-semantics` section 1).

use std::{collections::BTreeSet, sync::Arc};

use super::{
    DagSchedulerCore,
    stage::{Stage, StageKind},
    state::ActiveJob,
};
use crate::{
    JobId, RddId, ShuffleId, StageId, Time,
    core::Outbox,
    error::JobError,
    lineage::Lineage,
    message::{JobEnd, JobFailed, JobStart, JobSubmitted, JobWaiter},
    partition_set::PartitionSet,
};

impl DagSchedulerCore {
    pub(super) fn on_job_submitted(&mut self, now: Time, job: JobSubmitted, out: &mut Outbox) {
        let job_id = job.job_id;
        if self.jobs.contains_key(&job_id) {
            // Whoever waits under this id waits for the active job, so it is told nothing.
            tracing::warn!(%job_id, "refused job {job_id}: an active job has this id; give each job its own");
            return;
        }
        if self.stopped {
            let error = JobError::ContextStopped { job_id };
            return out.send(JobWaiter(job_id), JobFailed { job_id, error });
        }
        if let Err(reason) = check(&job) {
            let error = JobError::StageCreation { job_id, reason };
            tracing::warn!(%job_id, "{error}");
            return out.send(JobWaiter(job_id), JobFailed { job_id, error });
        }
        if job.partitions.is_empty() {
            let properties = job.properties;
            self.post(JobStart { job_id, time: now, stages: Vec::new(), properties }, out);
            return self.post(JobEnd { job_id, time: now, error: None }, out);
        }
        let final_stage = self.create_result_stage(&job);
        self.log_got_job(&job, final_stage);
        let stages = self.job_id_to_stage_ids.get(&job_id).into_iter().flatten();
        let stages = stages.filter_map(|id| self.stages.get(id));
        let stages = stages.map(|stage| match (&stage.latest, &stage.kind) {
            // A stage that another job has submitted already.
            (Some(latest), _) => latest.clone(),
            (None, StageKind::Result { .. }) => stage.info(job.partitions.len() as u32),
            (None, StageKind::ShuffleMap { .. }) => stage.info(stage.num_partitions),
        });
        let stages = stages.collect();
        self.post(JobStart { job_id, time: now, stages, properties: job.properties.clone() }, out);
        self.jobs.insert(
            job_id,
            ActiveJob {
                job_id,
                final_stage,
                finished: PartitionSet::new(job.partitions.len()),
                partitions: job.partitions,
                binary: job.binary,
                call_site: job.call_site,
                properties: job.properties,
            },
        );
        self.submit_stage(now, final_stage, out);
    }

    fn create_result_stage(&mut self, job: &JobSubmitted) -> StageId {
        self.create_ancestors(&job.lineage, job.final_rdd, job.job_id);
        let kind = StageKind::Result { job_id: job.job_id };
        let id = self.create_stage(&job.lineage, job.final_rdd, kind, job.call_site.clone(), job.job_id);
        self.add_job_to_stage_and_ancestors(job.job_id, id);
        id
    }

    /// Creates the map stages that `rdd` needs and that do not exist, parents before children so that a
    /// parent's id is the smaller one. Depth first without recursion: lineages may be deep.
    fn create_ancestors(&mut self, lineage: &Arc<Lineage>, rdd: RddId, job_id: JobId) {
        enum Step {
            Visit(ShuffleId),
            Create(ShuffleId),
        }
        let visits = |shuffles: Vec<ShuffleId>| shuffles.into_iter().rev().map(Step::Visit);
        let mut seen = BTreeSet::new();
        let mut steps: Vec<Step> = visits(lineage.immediate_shuffles(rdd)).collect();
        while let Some(step) = steps.pop() {
            match step {
                Step::Visit(shuffle) => {
                    if self.shuffle_id_to_map_stage.contains_key(&shuffle) || !seen.insert(shuffle) {
                        continue;
                    }
                    let Some(info) = lineage.shuffles.get(&shuffle) else { continue };
                    steps.push(Step::Create(shuffle));
                    steps.extend(visits(lineage.immediate_shuffles(info.rdd)));
                }
                Step::Create(shuffle) => {
                    let Some(info) = lineage.shuffles.get(&shuffle) else { continue };
                    let name =
                        lineage.rdds.get(&info.rdd).map(|rdd| rdd.call_site.clone()).unwrap_or_default();
                    let pending = PartitionSet::default();
                    let kind = StageKind::ShuffleMap { shuffle_id: shuffle, pending };
                    let id = self.create_stage(lineage, info.rdd, kind, name, job_id);
                    self.shuffle_id_to_map_stage.insert(shuffle, id);
                    let num_maps = self.stages.get(&id).map_or(0, |stage| stage.num_partitions);
                    self.map_outputs.register_shuffle(shuffle, num_maps as usize);
                }
            }
        }
    }

    fn create_stage(
        &mut self,
        lineage: &Arc<Lineage>,
        rdd: RddId,
        kind: StageKind,
        name: Arc<str>,
        first_job_id: JobId,
    ) -> StageId {
        let id = StageId(self.next_stage_id);
        self.next_stage_id += 1;
        let parents = lineage.immediate_shuffles(rdd);
        let parents = parents.iter().filter_map(|shuffle| self.shuffle_id_to_map_stage.get(shuffle).copied());
        let mut parents: Vec<StageId> = parents.collect();
        parents.sort_unstable();
        for parent in &parents {
            if let Some(parent) = self.stages.get_mut(parent) {
                parent.children.insert(id);
            }
        }
        let stage = Stage {
            id,
            kind,
            rdd,
            lineage: lineage.clone(),
            num_partitions: lineage.rdds.get(&rdd).map_or(0, |info| info.num_partitions),
            name,
            children: BTreeSet::new(),
            parents,
            job_ids: BTreeSet::new(),
            first_job_id,
            next_attempt_id: 0,
            latest: None,
            failed_attempt_ids: BTreeSet::new(),
        };
        self.stages.insert(id, stage);
        id
    }

    fn add_job_to_stage_and_ancestors(&mut self, job_id: JobId, stage: StageId) {
        let of_job = self.job_id_to_stage_ids.entry(job_id).or_default();
        let mut waiting = vec![stage];
        while let Some(id) = waiting.pop() {
            let Some(stage) = self.stages.get_mut(&id) else { continue };
            if stage.job_ids.insert(job_id) {
                of_job.insert(id);
                waiting.extend(&stage.parents);
            }
        }
    }

    fn log_got_job(&self, job: &JobSubmitted, final_stage: StageId) {
        if !tracing::enabled!(tracing::Level::INFO) {
            return;
        }
        let JobSubmitted { job_id, call_site, partitions, .. } = job;
        tracing::info!("Got job {job_id} ({call_site}) with {} output partitions", partitions.len());
        let Some(stage) = self.stages.get(&final_stage) else { return };
        tracing::info!("Final stage: {stage} ({})", stage.name);
        let names = |ids: &mut dyn Iterator<Item = &StageId>| {
            let names: Vec<String> =
                ids.filter_map(|id| self.stages.get(id)).map(ToString::to_string).collect();
            format!("List({})", names.join(", "))
        };
        tracing::info!("Parents of final stage: {}", names(&mut stage.parents.iter()));
        let mut missing = stage.parents.iter().filter(|parent| !self.is_available(**parent));
        tracing::info!("Missing parents: {}", names(&mut missing));
    }
}

/// What the caller has checked as well; a host that posts jobs by hand may not have.
fn check(job: &JobSubmitted) -> Result<(), String> {
    job.lineage.check(job.final_rdd)?;
    let total = job.lineage.rdds.get(&job.final_rdd).map_or(0, |info| info.num_partitions);
    match job.partitions.iter().find(|partition| **partition >= total) {
        Some(partition) => Err(format!(
            "Attempting to access a non-existent partition: {partition}. Total number of partitions: {total}"
        )),
        None => Ok(()),
    }
}
