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
    /// How many outputs an executor holds, if any.
    held: BTreeMap<ExecutorId, usize>,
    /// Rises when outputs are lost and when a map stage has ended; tasks carry the one at which they were submitted.
    epoch: u64,
}

#[derive(Clone, Debug)]
struct ShuffleStatus {
    outputs: Vec<Option<MapStatus>>,
    available: usize,
    /// Whether the MapOutputTracker has the shuffle: then it is told of each change.
    published: bool,
    /// By reduce partition the bytes of all outputs for it, if a job has asked for them.
    sums: Option<Vec<u64>>,
}

impl ShuffleStatus {
    /// Puts an output, or none, in the place of another; the other, if there is such a place.
    fn replace(&mut self, map_index: u32, status: Option<MapStatus>) -> Option<Option<MapStatus>> {
        let slot = self.outputs.get_mut(map_index as usize)?;
        let old = std::mem::replace(slot, status);
        self.available += usize::from(slot.is_some());
        self.available -= usize::from(old.is_some());
        for (reduce, sum) in self.sums.iter_mut().flatten().enumerate() {
            *sum += slot.as_ref().map_or(0, |status| status.size_of(reduce));
            *sum -= old.as_ref().map_or(0, |status| status.size_of(reduce));
        }
        Some(old)
    }

    /// Forgets the outputs of these executors; their partitions.
    fn remove(&mut self, lost: &BTreeSet<ExecutorId>) -> Vec<u32> {
        let mut indices = Vec::new();
        for (index, slot) in (0u32..).zip(&self.outputs) {
            #[cfg(test)]
            crate::testkit::visit();
            if slot.as_ref().is_some_and(|status| lost.contains(&status.executor_id)) {
                indices.push(index);
            }
        }
        for index in &indices {
            self.replace(*index, None);
        }
        indices
    }

    /// The outputs that are there.
    fn statuses(&self) -> impl Iterator<Item = &MapStatus> {
        self.outputs.iter().flatten()
    }
}

impl MapOutputs {
    /// Makes room for a shuffle's outputs, unless it is known already.
    pub(super) fn register_shuffle(&mut self, shuffle: ShuffleId, num_maps: usize) {
        self.shuffles.entry(shuffle).or_insert_with(|| ShuffleStatus {
            outputs: vec![None; num_maps],
            available: 0,
            published: false,
            sums: None,
        });
    }

    /// Registers one output, in place of an older one if there is one; whether the MapOutputTracker has the shuffle.
    pub(super) fn register(&mut self, shuffle: ShuffleId, map_index: u32, status: &MapStatus) -> bool {
        if let Some(known) = self.shuffles.get_mut(&shuffle)
            && let Some(old) = known.replace(map_index, Some(status.clone()))
        {
            let published = known.published;
            *self.held.entry(status.executor_id).or_default() += 1;
            self.release(old.iter().map(|old| old.executor_id));
            return published;
        }
        false
    }

    /// Forgets one output if it is the one of that executor; whether it was.
    pub(super) fn unregister(&mut self, shuffle: ShuffleId, map_index: u32, executor: ExecutorId) -> bool {
        if let Some(known) = self.shuffles.get_mut(&shuffle)
            && let Some(Some(status)) = known.outputs.get(map_index as usize)
            && status.executor_id == executor
        {
            known.replace(map_index, None);
            self.release([executor]);
            self.epoch += 1;
            return true;
        }
        false
    }

    /// Forgets all outputs of a shuffle; their partitions.
    pub(super) fn unregister_all(&mut self, shuffle: ShuffleId) -> Vec<u32> {
        let Some(known) = self.shuffles.get_mut(&shuffle) else { return Vec::new() };
        let holders: Vec<ExecutorId> = known.statuses().map(|status| status.executor_id).collect();
        let lost = known.remove(&holders.iter().copied().collect());
        self.release(holders);
        self.epoch += u64::from(!lost.is_empty());
        lost
    }

    /// Forgets the outputs of the executors that `is_lost` says. The epoch rises in any case: an executor that is only
    /// suspected goes on, and what its later tasks make must be newer than the suspicion.
    pub(super) fn remove_outputs(&mut self, is_lost: impl Fn(ExecutorId) -> bool) -> Losses {
        self.epoch += 1;
        let lost: BTreeSet<ExecutorId> = self.held.keys().copied().filter(|id| is_lost(*id)).collect();
        let mut left: usize = lost.iter().filter_map(|id| self.held.remove(id)).sum();
        let mut losses = Losses::new();
        for (shuffle, known) in &mut self.shuffles {
            if left == 0 {
                break;
            }
            let indices = known.remove(&lost);
            left -= indices.len();
            if !indices.is_empty() {
                losses.push((*shuffle, indices));
            }
        }
        losses
    }

    /// Whether an executor holds outputs.
    pub(super) fn has_outputs_of(&self, executor: ExecutorId) -> bool {
        self.held.contains_key(&executor)
    }

    /// Executors have one output less, each as often as it is named.
    fn release(&mut self, holders: impl IntoIterator<Item = ExecutorId>) {
        for holder in holders {
            if let Some(count) = self.held.get_mut(&holder) {
                *count -= 1;
                if *count == 0 {
                    self.held.remove(&holder);
                }
            }
        }
    }

    /// Forgets a shuffle; whether the MapOutputTracker has it.
    pub(super) fn remove(&mut self, shuffle: ShuffleId) -> bool {
        let Some(known) = self.shuffles.remove(&shuffle) else { return false };
        self.release(known.statuses().map(|status| status.executor_id));
        known.published
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

    /// Keeps the bytes of a shuffle's outputs for each of its reducers from now on. Costs the outputs that are there
    /// already, times the reducers, and nothing if that is done already.
    pub(super) fn keep_sums(&mut self, shuffle: ShuffleId, num_reduces: u32) {
        let Some(known) = self.shuffles.get_mut(&shuffle).filter(|known| known.sums.is_none()) else {
            return;
        };
        let mut sums = vec![0u64; num_reduces as usize];
        for status in known.statuses() {
            for (reduce, sum) in sums.iter_mut().enumerate() {
                *sum += status.size_of(reduce);
            }
        }
        known.sums = Some(sums);
    }

    /// By reduce partition: the bytes of all outputs for it, if they are kept.
    pub(super) fn bytes_by_partition(&self, shuffle: ShuffleId) -> Arc<[u64]> {
        let sums = self.shuffles.get(&shuffle).and_then(|known| known.sums.as_deref());
        sums.unwrap_or_default().into()
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

    /// Whether no shuffle is known.
    pub(super) fn is_empty(&self) -> bool {
        self.shuffles.is_empty() && self.held.is_empty()
    }
}
