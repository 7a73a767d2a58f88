//! Stages whose output is another one each time (`spark-semantics` section 5): when one is made again in part, all of
//! it is, and what was made from it is not valid. So all results of a job come from one attempt of each such stage.

use std::collections::BTreeSet;

use super::{
    DagSchedulerCore,
    completion::StageEnd,
    stage::{Stage, StageKind},
};
use crate::{
    StageId, Time,
    core::Outbox,
    message::{AttemptCause, KillAllTaskAttempts, TaskScheduler},
};

const OLD_PROTOCOL: &str = "A shuffle map stage with indeterminate output was failed and retried. However, Spark can \
    only do this while using the new shuffle block fetching protocol. Please check the config \
    'spark.shuffle.useOldFetchProtocol', see more detail in SPARK-27665 and SPARK-25341.";

impl DagSchedulerCore {
    /// Before a map stage that is only made as a whole is submitted for the outputs that it lacks, it loses the others.
    /// If it is made again, whatever for, what was made from its outputs starts from nothing too.
    pub(super) fn roll_back_outputs(&mut self, now: Time, id: StageId, out: &mut Outbox) {
        let Some(stage) = self.stages.get(&id).filter(|stage| stage.is_made_as_a_whole()) else { return };
        let StageKind::ShuffleMap { shuffle_id, .. } = stage.kind else { return };
        if self.map_outputs.is_available(shuffle_id) {
            return;
        }
        // A stage that a job finds half made, and never asked for until now, has successors from before as well.
        if stage.next_attempt_id > 0 || self.map_outputs.available(shuffle_id) > 0 {
            self.roll_back_successors(now, id, None, out);
        }
        self.unregister_all_outputs(shuffle_id, out);
    }

    /// The outputs of `map_stage` are to be made again, perhaps because `reader` could not read one. If the stage is
    /// indeterminate, it and all stages behind it start from nothing; a job that cannot is aborted.
    pub(super) fn roll_back_successors(
        &mut self,
        now: Time,
        map_stage: StageId,
        reader: Option<StageId>,
        out: &mut Outbox,
    ) {
        if !self.stages.get(&map_stage).is_some_and(|stage| stage.is_indeterminate) {
            return;
        }
        let stages = self.successors(map_stage);
        tracing::info!(
            "The shuffle map stage {map_stage} with indeterminate output was failed, we will roll back and rerun \
             it and all stages behind it: {stages:?}"
        );
        for id in stages {
            let has_run = self.stages.get(&id).is_some_and(|stage| self.is_partly_done(stage));
            if has_run && let Some(reason) = self.cannot_roll_back(id) {
                self.abort_stage(now, id, reason, None, out);
            } else if id != map_stage {
                let is_running = self.running.contains(&id);
                self.roll_back_successor(now, id, map_stage, out);
                if (has_run || is_running)
                    && reader != Some(id)
                    && let Some(stage) = self.stages.get_mut(&id)
                {
                    stage.will_run_again(AttemptCause::RolledBack { parent: map_stage });
                }
            } else if !self.running.contains(&id)
                && let Some(stage) = self.stages.get_mut(&id)
            {
                stage.first_valid_attempt = stage.next_attempt_id;
            }
        }
    }

    /// Nothing that a stage has made counts, or that its tasks still make: some of them would have read the old
    /// outputs of `map_stage`, some the new ones.
    fn roll_back_successor(&mut self, now: Time, id: StageId, map_stage: StageId, out: &mut Outbox) {
        if self.running.contains(&id) {
            self.give_up_attempt(now, id, map_stage, out);
        }
        let Some(stage) = self.stages.get_mut(&id) else { return };
        stage.first_valid_attempt = stage.next_attempt_id;
        if let StageKind::ShuffleMap { shuffle_id, .. } = stage.kind {
            self.unregister_all_outputs(shuffle_id, out);
        }
    }

    /// Ends the attempt of a stage that runs; the stage is submitted again with those that failed.
    fn give_up_attempt(&mut self, now: Time, id: StageId, map_stage: StageId, out: &mut Outbox) {
        let Some(stage) = self.stages.get(&id) else { return };
        let interrupt_thread = self.interrupt_on_cancel(stage.first_job_id);
        let reason = format!("stage {map_stage}, whose output is indeterminate, is computed again");
        let kill = KillAllTaskAttempts { stage_id: id, interrupt_thread, reason: reason.clone() };
        out.send(TaskScheduler, kill);
        self.mark_stage_as_finished(now, id, StageEnd::WillRetry(reason), out);
        // As long as a stage is among the failed ones a timer is set, or about to be.
        let needs_timer = self.failed.is_empty();
        self.note_failed(now, &[id]);
        if needs_timer {
            self.resubmit_later(out);
        }
    }

    /// A stage and all that read it, directly or not, for active jobs.
    fn successors(&self, stage: StageId) -> BTreeSet<StageId> {
        let mut found = BTreeSet::from([stage]);
        let mut waiting = vec![stage];
        while let Some(stage) = waiting.pop().and_then(|id| self.stages.get(&id)) {
            waiting.extend(stage.children.iter().filter(|child| found.insert(**child)));
        }
        found
    }

    /// Whether some of a stage's outputs or results are there.
    fn is_partly_done(&self, stage: &Stage) -> bool {
        match stage.kind {
            StageKind::ShuffleMap { shuffle_id, .. } => self.map_outputs.available(shuffle_id) > 0,
            StageKind::Result { job_id } => {
                let action = self.jobs.get(&job_id).and_then(|job| job.action());
                action.is_some_and(|action| !action.finished.is_empty())
            }
        }
    }

    /// Why a stage that is partly done cannot start from nothing: results have been handed out already.
    pub(super) fn cannot_roll_back(&self, id: StageId) -> Option<String> {
        let stage = self.stages.get(&id)?;
        match stage.kind {
            StageKind::ShuffleMap { .. } => {
                self.config.shuffle.use_old_fetch_protocol.then(|| OLD_PROTOCOL.to_owned())
            }
            StageKind::Result { .. } => Some(format!(
                "A shuffle map stage with indeterminate output was failed and retried. However, Spark cannot \
                 rollback the {stage} to re-process the input data, and has to fail this job. Please eliminate the \
                 indeterminacy by checkpointing the RDD before repartition and try again."
            )),
        }
    }
}
