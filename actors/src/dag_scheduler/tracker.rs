//! Keeping the MapOutputTracker's copy of the map outputs up to date, where executors ask it.

use super::{DagSchedulerCore, map_outputs::Losses};
use crate::{
    ShuffleId,
    core::Outbox,
    message::{
        ExecutorAllocation, MapOutputTracker, MapStatus, RegisterMapOutput, RegisterMapOutputs,
        UnregisterMapOutputs, UnregisterShuffle,
    },
};

impl DagSchedulerCore {
    /// Registers an output, in place of an older one if there is one. A copy that has the shuffle hears of it at once:
    /// an older attempt may end when no stage will end any more.
    pub(super) fn register_output(
        &mut self,
        shuffle_id: ShuffleId,
        map_index: u32,
        status: MapStatus,
        out: &mut Outbox,
    ) {
        if self.map_outputs.register(shuffle_id, map_index, &status) {
            let epoch = self.map_outputs.epoch();
            out.send(MapOutputTracker, RegisterMapOutput { shuffle_id, epoch, map_index, status });
        }
    }

    /// Tells the outputs of a shuffle if the copy does not have it: its map stage has ended, or a stage that reads it is
    /// about to be submitted.
    pub(super) fn publish_outputs(&mut self, shuffle_id: ShuffleId, out: &mut Outbox) {
        if self.config.shuffle.has_remote_readers
            && let Some(statuses) = self.map_outputs.publish(shuffle_id)
        {
            let epoch = self.map_outputs.epoch();
            out.send(MapOutputTracker, RegisterMapOutputs { shuffle_id, epoch, statuses });
        }
    }

    /// Tells that outputs are gone. A shuffle that the copy does not have loses nothing there.
    pub(super) fn publish_losses(&self, losses: Losses, out: &mut Outbox) {
        if !self.config.shuffle.has_remote_readers {
            return;
        }
        let epoch = self.map_outputs.epoch();
        for (shuffle_id, map_indices) in losses {
            if !map_indices.is_empty() && self.map_outputs.is_published(shuffle_id) {
                out.send(MapOutputTracker, UnregisterMapOutputs { shuffle_id, epoch, map_indices });
            }
        }
    }

    /// Forgets all outputs of a shuffle, which is to be made anew as a whole.
    pub(super) fn unregister_all_outputs(&mut self, shuffle_id: ShuffleId, out: &mut Outbox) {
        let lost = self.map_outputs.unregister_all(shuffle_id);
        self.publish_losses(vec![(shuffle_id, lost)], out);
    }

    /// A shuffle that a job still needs is forgotten after the job: without it the job would never end.
    pub(super) fn on_remove_shuffle(&mut self, shuffle_id: ShuffleId, out: &mut Outbox) {
        if self.shuffle_id_to_map_stage.contains_key(&shuffle_id) {
            self.removed_shuffles.insert(shuffle_id);
        } else {
            self.forget_shuffle(shuffle_id, out);
        }
    }

    /// Forgets a shuffle that no job needs.
    pub(super) fn forget_shuffle(&mut self, shuffle_id: ShuffleId, out: &mut Outbox) {
        if self.map_outputs.remove(shuffle_id) {
            out.send(MapOutputTracker, UnregisterShuffle { shuffle_id });
        }
        self.forget_departed();
        if self.config.has_dynamic_allocation() {
            // Executors that held its outputs are no longer kept for them.
            out.send(ExecutorAllocation, UnregisterShuffle { shuffle_id });
        }
    }
}
