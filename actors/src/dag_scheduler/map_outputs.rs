//! Which map outputs exist, and where. Outlives stages and jobs, until the shuffle is removed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{ExecutorId, ShuffleId, message::MapStatus};

/// Map outputs that are gone: by shuffle, their partitions.
pub(super) type Losses = Vec<(ShuffleId, Vec<u32>)>;

/// The outputs of all shuffles.
#[derive(Clone, Debug, Default)]
pub(super) struct MapOutputs {
    shuffles: BTreeMap<ShuffleId, ShuffleStatus>,
    /// Rises when outputs are lost and when a map stage has ended; tasks carry the one at which they were submitted.
    epoch: u64,
}

#[derive(Clone, Debug)]
struct ShuffleStatus {
    outputs: Vec<Option<MapStatus>>,
    available: usize,
    /// Whether the MapOutputTracker has the shuffle: then it is told of each change.
    published: bool,
}

impl ShuffleStatus {
    /// Forgets the outputs that `is_lost` says; their partitions.
    fn remove(&mut self, is_lost: impl Fn(&MapStatus) -> bool) -> Vec<u32> {
        let mut lost = Vec::new();
        for (index, slot) in (0u32..).zip(&mut self.outputs) {
            if slot.as_ref().is_some_and(&is_lost) {
                *slot = None;
                lost.push(index);
            }
        }
        self.available -= lost.len();
        lost
    }
}

impl MapOutputs {
    /// Makes room for a shuffle's outputs, unless it is known already.
    pub(super) fn register_shuffle(&mut self, shuffle: ShuffleId, num_maps: usize) {
        self.shuffles.entry(shuffle).or_insert_with(|| ShuffleStatus {
            outputs: vec![None; num_maps],
            available: 0,
            published: false,
        });
    }

    /// Registers one output, in place of an older one if there is one; whether the MapOutputTracker has the shuffle.
    pub(super) fn register(&mut self, shuffle: ShuffleId, map_index: u32, status: &MapStatus) -> bool {
        if let Some(known) = self.shuffles.get_mut(&shuffle)
            && let Some(slot) = known.outputs.get_mut(map_index as usize)
        {
            known.available += usize::from(slot.is_none());
            *slot = Some(status.clone());
            return known.published;
        }
        false
    }

    /// Forgets one output if it is the one of that executor; whether it was.
    pub(super) fn unregister(&mut self, shuffle: ShuffleId, map_index: u32, executor: ExecutorId) -> bool {
        if let Some(known) = self.shuffles.get_mut(&shuffle)
            && let Some(slot) = known.outputs.get_mut(map_index as usize)
            && slot.as_ref().is_some_and(|status| status.executor_id == executor)
        {
            *slot = None;
            known.available -= 1;
            self.epoch += 1;
            return true;
        }
        false
    }

    /// Forgets all outputs of a shuffle; their partitions.
    pub(super) fn unregister_all(&mut self, shuffle: ShuffleId) -> Vec<u32> {
        let lost = self.shuffles.get_mut(&shuffle).map(|known| known.remove(|_| true)).unwrap_or_default();
        self.epoch += u64::from(!lost.is_empty());
        lost
    }

    /// Forgets the outputs in lost places. The epoch rises in any case: an executor that is only suspected goes on,
    /// and what its later tasks make must be newer than the suspicion.
    pub(super) fn remove_outputs(&mut self, is_lost: impl Fn(&MapStatus) -> bool) -> Losses {
        self.epoch += 1;
        let lost = self.shuffles.iter_mut().map(|(shuffle, known)| (*shuffle, known.remove(&is_lost)));
        lost.filter(|(_, indices)| !indices.is_empty()).collect()
    }

    /// The executors that hold outputs.
    pub(super) fn holders(&self) -> BTreeSet<ExecutorId> {
        let outputs = self.shuffles.values().flat_map(|known| known.outputs.iter().flatten());
        outputs.map(|status| status.executor_id).collect()
    }

    /// Forgets a shuffle; whether the MapOutputTracker has it.
    pub(super) fn remove(&mut self, shuffle: ShuffleId) -> bool {
        self.shuffles.remove(&shuffle).is_some_and(|known| known.published)
    }

    /// Whether every output of a shuffle is there.
    pub(super) fn is_available(&self, shuffle: ShuffleId) -> bool {
        self.shuffles.get(&shuffle).is_some_and(|known| known.available == known.outputs.len())
    }

    /// How many outputs of a shuffle are there.
    pub(super) fn available(&self, shuffle: ShuffleId) -> usize {
        self.shuffles.get(&shuffle).map_or(0, |known| known.available)
    }

    /// The outputs of a shuffle, by map partition.
    pub(super) fn outputs(&self, shuffle: ShuffleId) -> &[Option<MapStatus>] {
        self.shuffles.get(&shuffle).map_or(&[], |known| &known.outputs)
    }

    /// The partitions whose output is not there.
    pub(super) fn missing(&self, shuffle: ShuffleId) -> Vec<u32> {
        let outputs = (0u32..).zip(self.outputs(shuffle));
        outputs.filter(|(_, slot)| slot.is_none()).map(|(index, _)| index).collect()
    }

    /// By reduce partition: the bytes of all outputs for it.
    pub(super) fn bytes_by_partition(&self, shuffle: ShuffleId, num_reduces: u32) -> Arc<[u64]> {
        let mut bytes = vec![0u64; num_reduces as usize];
        for status in self.outputs(shuffle).iter().flatten() {
            for (reduce, sum) in bytes.iter_mut().enumerate() {
                *sum = sum.saturating_add(status.size_of(reduce));
            }
        }
        bytes.into()
    }

    /// The outputs for the MapOutputTracker's copy, if it does not have the shuffle.
    pub(super) fn publish(&mut self, shuffle: ShuffleId) -> Option<Arc<[Option<MapStatus>]>> {
        let known = self.shuffles.get_mut(&shuffle).filter(|known| !known.published)?;
        known.published = true;
        Some(known.outputs.as_slice().into())
    }

    /// Whether the MapOutputTracker has a shuffle.
    pub(super) fn is_published(&self, shuffle: ShuffleId) -> bool {
        self.shuffles.get(&shuffle).is_some_and(|known| known.published)
    }

    /// The state of the outputs, as a number that rises.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// A map stage has ended.
    pub(super) fn increment_epoch(&mut self) {
        self.epoch += 1;
    }
}
