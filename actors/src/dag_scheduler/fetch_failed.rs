//! A task could not read a shuffle output (`spark-semantics` section 4): the output is taken for lost, and both
//! stages run again after a while, unless this has happened too often in a row.
//!
//! The tasks of the failed attempt that still run are left alone, and their successes count (SPARK-17064).

use super::{DagSchedulerCore, completion::StageEnd, executors::Removal, stage::StageKind};
use crate::{
    ExecutorId, ShuffleId, StageId, Time,
    core::Outbox,
    message::{AttemptCause, StageTask, TaskEndReason},
};

impl DagSchedulerCore {
    pub(super) fn on_fetch_failed(
        &mut self,
        now: Time,
        task: &StageTask,
        reason: &TaskEndReason,
        out: &mut Outbox,
    ) {
        let TaskEndReason::FetchFailed { executor_id, shuffle_id, map_index, message, .. } = reason else {
            return;
        };
        let (executor, id) = (*executor_id, task.stage_id);
        let Some(stage) = self.stages.get(&id) else { return };
        if stage.attempt() != Some(task.stage_attempt_id) {
            return tracing::info!("Ignoring fetch failure of an old attempt of stage {id}");
        }
        // What the attempt read is known to be made again.
        let is_rolled_back = task.stage_attempt_id < stage.first_valid_attempt;
        let title = format!("{stage} ({})", stage.name);
        let Some(map_stage) = self.shuffle_id_to_map_stage.get(shuffle_id).copied() else {
            let text =
                format!("A task failed to fetch from shuffle {shuffle_id}, which its lineage does not have");
            return self.abort_stage(now, id, text, Some(reason.clone()), out);
        };
        let max = self.config.stage.max_consecutive_attempts;
        let should_abort = self.count_failed_attempt(task, executor) >= max as usize;
        if self.running.contains(&id) {
            let text = message.clone();
            let end = if should_abort { StageEnd::Failed(text) } else { StageEnd::WillRetry(text) };
            self.mark_stage_as_finished(now, id, end, out);
        }
        self.unregister_unreadable(map_stage, *shuffle_id, *map_index, executor, out);
        self.fail_barrier_stage(now, id, message, reason, out);
        if should_abort {
            let text = format!(
                "{title} has failed the maximum allowable number of times: {max}. Most recent failure reason:\n{message}"
            );
            self.abort_stage(now, id, text, Some(reason.clone()), out);
        } else if self.stages.contains_key(&id) {
            self.note_causes(task, reason, map_stage);
            // The reader may have failed already for another shuffle, which need not be indeterminate.
            let is_map_stage_new = !self.failed.contains_key(&map_stage);
            let is_reader_new = self.note_failed(now, &[id, map_stage]);
            if !is_rolled_back && (is_map_stage_new || is_reader_new) {
                self.roll_back_successors(now, map_stage, Some(id), out);
            }
            if is_reader_new {
                self.resubmit_later(out);
            }
        }
        if let Some(executor) = executor {
            self.suspect(executor, task.epoch, out);
        }
    }

    /// Counts an attempt that failed to fetch, once; how many have in a row. An executor that leaves on request is no
    /// fault of the stage.
    fn count_failed_attempt(&mut self, task: &StageTask, executor: Option<ExecutorId>) -> usize {
        let is_decommissioned = executor.is_some_and(|executor| self.decommissions.contains(executor));
        let is_ignored = is_decommissioned && self.config.stage.ignore_decommission_fetch_failure;
        let Some(stage) = self.stages.get_mut(&task.stage_id) else { return 0 };
        if !is_ignored {
            stage.failed_attempt_ids.insert(task.stage_attempt_id);
        }
        stage.failed_attempt_ids.len()
    }

    /// Forgets what could not be read: all outputs of a barrier stage, since its tasks only run together; else the
    /// one output, if it is still that executor's. Of a metadata failure nothing is known.
    fn unregister_unreadable(
        &mut self,
        map_stage: StageId,
        shuffle_id: ShuffleId,
        map_index: Option<u32>,
        executor: Option<ExecutorId>,
        out: &mut Outbox,
    ) {
        if self.stages.get(&map_stage).is_some_and(|stage| stage.is_barrier) {
            self.unregister_all_outputs(shuffle_id, out);
        } else if let (Some(executor), Some(map_index)) = (executor, map_index)
            && self.map_outputs.unregister(shuffle_id, map_index, executor)
        {
            self.publish_losses(vec![(shuffle_id, vec![map_index])], out);
        }
    }

    /// A failed barrier stage starts from nothing, and a barrier's result stage cannot.
    fn fail_barrier_stage(
        &mut self,
        now: Time,
        id: StageId,
        message: &str,
        reason: &TaskEndReason,
        out: &mut Outbox,
    ) {
        let Some(stage) = self.stages.get_mut(&id).filter(|stage| stage.is_barrier) else { return };
        match stage.kind {
            StageKind::ShuffleMap { shuffle_id, .. } => {
                stage.first_valid_attempt = stage.next_attempt_id;
                self.unregister_all_outputs(shuffle_id, out);
            }
            StageKind::Result { .. } => self.abort_barrier_result(now, id, message, reason, out),
        }
    }

    fn note_causes(&mut self, task: &StageTask, reason: &TaskEndReason, map_stage: StageId) {
        let TaskEndReason::FetchFailed { executor_id, shuffle_id, map_index, .. } = reason else { return };
        let (reader, attempt) = (task.stage_id, task.stage_attempt_id);
        let (executor_id, shuffle_id, map_index) = (*executor_id, *shuffle_id, *map_index);
        if let Some(stage) = self.stages.get_mut(&reader) {
            stage.will_run_again(AttemptCause::FetchFailed { attempt, shuffle_id, map_index, executor_id });
        }
        if let Some(stage) = self.stages.get_mut(&map_stage) {
            stage.will_run_again(AttemptCause::OutputsUnreadable { reader, attempt, executor_id });
        }
    }

    /// An executor that did not serve an output is taken for lost, with all files of its host if they go together.
    fn suspect(&mut self, executor: ExecutorId, epoch: u64, out: &mut Outbox) {
        let is_host_decommissioned = self.decommissions.is_host_decommissioned(executor);
        let is_host_lost = self.config.shuffle.service_enabled || is_host_decommissioned;
        let host = self.hosts.get(&executor).cloned();
        let host = host.filter(|_| is_host_lost && self.config.shuffle.unregister_output_on_host);
        self.remove_executor(
            Removal { executor, are_files_lost: true, host, epoch, ignores_epoch: is_host_decommissioned },
            out,
        );
    }
}
