//! A stage that reads shuffles is submitted only if, as far as the DAGScheduler has been told, all their outputs are
//! on executors that are there.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Check, Invariant, View};
use crate::{
    ActorId, ExecutorId, ShuffleId,
    core::Sending,
    message::{DagSchedulerMessage, Message, TaskEndReason, TaskOutput, TaskSchedulerMessage, TaskSet},
    sim::{
        plan::Makes,
        tasks::{makes, num_maps, reads},
    },
};

/// Tasks of a set whose inputs are looked at: they nearly always read the same shuffles.
const LOOKED_AT: usize = 16;

#[derive(Clone, Debug, Default)]
pub(super) struct MapOutputs {
    /// By output, the executors that hold it as far as the DAGScheduler was told.
    held: BTreeMap<(ShuffleId, u32), BTreeSet<ExecutorId>>,
    /// Losses that the DAGScheduler hears of with the event of this number.
    losses: VecDeque<(u64, ExecutorId)>,
}

impl MapOutputs {
    fn lose(&mut self, until: u64) {
        while let Some((_, lost)) = self.losses.front().copied().filter(|(seq, _)| *seq <= until) {
            self.losses.pop_front();
            self.held.values_mut().for_each(|executors| {
                executors.remove(&lost);
            });
        }
    }

    fn check(&self, view: &View<'_>, set: &TaskSet) -> Check {
        let Some(lineage) = view.scene.lineage(set.stage.job_id) else { return Ok(()) };
        // Below partitions that are all cached nothing needs to be there.
        if lineage.rdds.values().any(|info| info.is_cached) {
            return Ok(());
        }
        let rdd = match makes(&set.stage) {
            Makes::Outputs(shuffle) => lineage.shuffles.get(&shuffle).map(|info| info.rdd),
            Makes::Result(job) => view.scene.final_rdd(job),
        };
        let Some(rdd) = rdd else { return Ok(()) };
        let tasks = set.tasks.iter().take(LOOKED_AT);
        let inputs = tasks.flat_map(|task| reads(&lineage, rdd, task.partition_id, |_, _| false));
        let shuffles: BTreeSet<ShuffleId> = inputs.map(|(shuffle, _)| shuffle).collect();
        for shuffle in shuffles {
            for map in 0..num_maps(&lineage, shuffle) {
                if self.held.get(&(shuffle, map)).is_none_or(BTreeSet::is_empty) {
                    return Err(format!(
                        "{} is submitted, and output {map} of shuffle {shuffle} is on no executor that is there",
                        set.stage.stage_name()
                    ));
                }
            }
        }
        Ok(())
    }
}

impl Invariant for MapOutputs {
    fn name(&self) -> &'static str {
        "map outputs"
    }

    fn message(&mut self, view: &View<'_>, _to: ActorId, message: &Message) -> Check {
        let Message::DagScheduler(DagSchedulerMessage::CompletionEvent(event)) = message else {
            return Ok(());
        };
        if let (TaskEndReason::Success, Some(TaskOutput::MapStatus(status))) = (&event.reason, &event.output)
        {
            self.lose(view.scene.seq());
            if let crate::message::TaskKind::ShuffleMap { shuffle_id } = event.stage.kind {
                let output = (shuffle_id, event.task_info.partition_id);
                self.held.entry(output).or_default().insert(status.executor_id);
            }
        }
        Ok(())
    }

    fn sent(&mut self, view: &View<'_>, _from: ActorId, sending: &Sending) -> Check {
        match &sending.message {
            Message::DagScheduler(DagSchedulerMessage::ExecutorLost(lost)) => {
                if !view.scene.config().shuffle.service_enabled {
                    self.losses.push_back((view.scene.next_seq(), lost.executor_id));
                }
                Ok(())
            }
            Message::TaskScheduler(TaskSchedulerMessage::SubmitTasks(submit)) => {
                self.lose(view.scene.seq());
                self.check(view, &submit.task_set)
            }
            _ => Ok(()),
        }
    }
}
