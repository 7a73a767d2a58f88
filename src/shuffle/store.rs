//! The shuffle outputs of the executors in this process.

use std::{
    any::Any,
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use firesteel_actors::ShuffleId;

use crate::storage::drop_quietly;

/// A map task's output, typed: the reader knows its type.
pub(crate) type Block = Arc<dyn Any + Send + Sync>;

/// The blocks of all shuffles that can be read, by map partition.
#[derive(Default)]
pub(crate) struct ShuffleStore {
    shuffles: Mutex<HashMap<ShuffleId, Vec<Option<Block>>>>,
}

impl ShuffleStore {
    fn lock(&self) -> MutexGuard<'_, HashMap<ShuffleId, Vec<Option<Block>>>> {
        self.shuffles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Blocks of a shuffle are kept from now on, until it is removed.
    pub(crate) fn register(&self, shuffle: ShuffleId) {
        self.lock().entry(shuffle).or_default();
    }

    /// Keeps a map task's output, in place of an earlier attempt's; drops that of a task which outlived its
    /// shuffle.
    pub(crate) fn put(&self, shuffle: ShuffleId, map_index: u32, num_maps: u32, block: Block) {
        let mut shuffles = self.lock();
        let Some(blocks) = shuffles.get_mut(&shuffle) else { return };
        if blocks.is_empty() {
            blocks.resize(num_maps as usize, None);
        }
        let replaced = blocks.get_mut(map_index as usize).and_then(|slot| slot.replace(block));
        // Dropped after the lock is released, as below.
        drop(shuffles);
        drop_quietly("a map output", replaced);
    }

    /// All blocks of a shuffle by map partition; those that are missing are `None`.
    pub(crate) fn blocks(&self, shuffle: ShuffleId) -> Vec<Option<Block>> {
        self.lock().get(&shuffle).cloned().unwrap_or_default()
    }

    /// Frees a shuffle's blocks.
    pub(crate) fn remove(&self, shuffle: ShuffleId) {
        // Dropped after the lock is released: there may be much to free.
        let blocks = self.lock().remove(&shuffle);
        drop(blocks);
    }

    /// How many shuffles have blocks.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }
}

impl std::fmt::Debug for ShuffleStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ShuffleStore({} shuffles)", self.lock().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_outlives_its_shuffle_leaves_no_block() {
        let (store, shuffle) = (ShuffleStore::default(), ShuffleId(3));
        store.register(shuffle);
        store.put(shuffle, 1, 2, Arc::new("block"));
        let blocks = store.blocks(shuffle);
        assert!(blocks.len() == 2 && blocks[0].is_none() && blocks[1].is_some());
        store.remove(shuffle);
        store.put(shuffle, 0, 2, Arc::new("late"));
        assert!(store.len() == 0 && store.blocks(shuffle).is_empty());
    }

    /// A block that looks at its store when it is dropped.
    struct Looks(Arc<ShuffleStore>, std::sync::mpsc::Sender<bool>);

    impl Drop for Looks {
        fn drop(&mut self) {
            self.1.send(self.0.shuffles.try_lock().is_ok()).unwrap();
        }
    }

    #[test]
    fn a_replaced_block_is_dropped_outside_of_the_lock() {
        let (store, shuffle) = (Arc::new(ShuffleStore::default()), ShuffleId(3));
        let (sender, was_free) = std::sync::mpsc::channel();
        store.register(shuffle);
        store.put(shuffle, 0, 1, Arc::new(Looks(store.clone(), sender)));
        store.put(shuffle, 0, 1, Arc::new("another attempt's"));
        assert_eq!(was_free.try_recv(), Ok(true));
    }
}
