//! Which map outputs exist, and where. Outlives stages and jobs, until the shuffle is removed.

use std::collections::BTreeMap;

use crate::{ExecutorId, ShuffleId, message::MapStatus};

/// The outputs of all shuffles.
#[derive(Debug, Default)]
pub(super) struct MapOutputs {
    shuffles: BTreeMap<ShuffleId, ShuffleStatus>,
}

#[derive(Debug)]
struct ShuffleStatus {
    outputs: Vec<Option<MapStatus>>,
    available: usize,
}

impl MapOutputs {
    /// Makes room for a shuffle's outputs, unless it is known already.
    pub(super) fn register_shuffle(&mut self, shuffle: ShuffleId, num_maps: usize) {
        self.shuffles
            .entry(shuffle)
            .or_insert_with(|| ShuffleStatus { outputs: vec![None; num_maps], available: 0 });
    }

    /// Registers one output, in place of an older one if there is one.
    pub(super) fn register(&mut self, shuffle: ShuffleId, map_index: u32, status: MapStatus) {
        if let Some(known) = self.shuffles.get_mut(&shuffle)
            && let Some(slot) = known.outputs.get_mut(map_index as usize)
        {
            known.available += usize::from(slot.is_none());
            *slot = Some(status);
        }
    }

    /// Forgets one output if it is the one of that executor.
    pub(super) fn unregister(&mut self, shuffle: ShuffleId, map_index: u32, executor: ExecutorId) {
        if let Some(known) = self.shuffles.get_mut(&shuffle)
            && let Some(slot) = known.outputs.get_mut(map_index as usize)
            && slot.as_ref().is_some_and(|status| status.executor_id == executor)
        {
            *slot = None;
            known.available -= 1;
        }
    }

    /// Forgets all outputs of an executor.
    pub(super) fn remove_executor(&mut self, executor: ExecutorId) {
        for known in self.shuffles.values_mut() {
            for slot in &mut known.outputs {
                if slot.as_ref().is_some_and(|status| status.executor_id == executor) {
                    *slot = None;
                    known.available -= 1;
                }
            }
        }
    }

    /// Forgets a shuffle.
    pub(super) fn remove(&mut self, shuffle: ShuffleId) {
        self.shuffles.remove(&shuffle);
    }

    /// Whether every output of a shuffle is there.
    pub(super) fn is_available(&self, shuffle: ShuffleId) -> bool {
        self.shuffles.get(&shuffle).is_some_and(|known| known.available == known.outputs.len())
    }

    /// How many outputs of a shuffle are there.
    pub(super) fn available(&self, shuffle: ShuffleId) -> usize {
        self.shuffles.get(&shuffle).map_or(0, |known| known.available)
    }

    /// The partitions whose output is not there.
    pub(super) fn missing(&self, shuffle: ShuffleId) -> Vec<u32> {
        let outputs = self.shuffles.get(&shuffle).map_or(&[][..], |known| &known.outputs);
        (0u32..).zip(outputs).filter(|(_, slot)| slot.is_none()).map(|(index, _)| index).collect()
    }
}
