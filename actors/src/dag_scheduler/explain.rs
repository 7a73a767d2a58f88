//! Why something is not running, or runs again, as far as the DAGScheduler knows. The TaskScheduler adds why the
//! tasks of live sets do not run.

use std::collections::BTreeSet;

use super::{
    DagSchedulerCore,
    stage::{Stage, StageKind},
};
use crate::{
    StageId,
    core::Outbox,
    message::{ExplainJob, ExplainStages, ExplainSubject, Explanation, Host, Reason, TaskScheduler},
};

impl DagSchedulerCore {
    pub(super) fn on_explain(&self, explain: ExplainJob, out: &mut Outbox) {
        let ExplainJob { request, host, subject } = explain;
        let (mut reasons, stages) = match subject {
            ExplainSubject::Job(job_id) => match (self.waiting_jobs.get(&job_id), self.jobs.get(&job_id)) {
                (Some(waiting), _) => (vec![waiting.reason()], Vec::new()),
                (None, Some(job)) => self.explain_stage(job.final_stage, None),
                (None, None) => Default::default(),
            },
            ExplainSubject::Stage(stage) => self.explain_stage(stage, None),
            ExplainSubject::Task { stage_id, partition_id } => {
                self.explain_stage(stage_id, Some(partition_id))
            }
        };
        if !stages.is_empty() {
            return out.send(TaskScheduler, ExplainStages { request, host, subject, reasons, stages });
        }
        if reasons.is_empty() {
            reasons.push(Reason::Unknown);
        }
        out.send(Host(host), Explanation { request, subject, reasons });
    }

    /// What is known of a stage and of the parents that it waits for, the farthest last, and which of them have live
    /// task sets.
    fn explain_stage(&self, id: StageId, partition: Option<u32>) -> (Vec<Reason>, Vec<StageId>) {
        let mut reasons = Vec::new();
        let mut live = Vec::new();
        let mut visited = BTreeSet::from([id]);
        let mut waiting = std::collections::VecDeque::from([id]);
        while let Some(stage_id) = waiting.pop_front() {
            let Some(stage) = self.stages.get(&stage_id) else { continue };
            if self.failed.contains_key(&stage_id)
                && let Some(at) = self.failed.values().min().copied()
            {
                reasons.push(Reason::Resubmission { stage_id, at });
            }
            if self.waiting.contains(&stage_id) {
                let parents = self.missing_parents(stage_id);
                waiting.extend(parents.iter().filter(|parent| visited.insert(**parent)));
                reasons.push(Reason::WaitingForParents { stage_id, parents });
            }
            if let Some(latest) = &stage.latest {
                let cause = latest.cause.clone();
                reasons.push(Reason::Attempt { stage_id, attempt: latest.attempt, cause });
            }
            // What is asked about a partition is asked about the first stage alone.
            let partition = partition.filter(|_| stage_id == id);
            let denied = self.commit.denied(stage_id);
            let denied = denied.filter(|(denied, _)| partition.is_none_or(|partition| partition == *denied));
            let denied = denied.filter(|(denied, _)| !self.is_made(stage, *denied));
            reasons.extend(denied.map(|(partition_id, authorized_attempt)| Reason::CommitDenied {
                stage_id,
                partition_id,
                authorized_attempt,
            }));
            if self.running.contains(&stage_id) {
                live.push(stage_id);
            }
        }
        (reasons, live)
    }

    /// Whether a partition is there: then nobody waits for the permission to commit it.
    fn is_made(&self, stage: &Stage, partition: u32) -> bool {
        match stage.kind {
            StageKind::ShuffleMap { shuffle_id, .. } => {
                let outputs = self.map_outputs.outputs(shuffle_id);
                outputs.get(partition as usize).is_some_and(Option::is_some)
            }
            StageKind::Result { job_id } => {
                let action = self.jobs.get(&job_id).and_then(|job| job.action());
                action.is_some_and(|action| {
                    let outputs = (0u32..).zip(&action.partitions);
                    let mut outputs = outputs.filter(|(_, of_output)| **of_output == partition);
                    outputs.all(|(output, _)| action.finished.contains(output))
                })
            }
        }
    }
}
