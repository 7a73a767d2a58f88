//! The shuffle outputs of the executors in this process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use firesteel_actors::{ShuffleId, TaskId};

use super::{Forgotten, ShuffleBlock};
use crate::storage::drop_quietly;

/// A map task's output, typed: the reader knows its type.
pub(crate) type Block = Arc<dyn ShuffleBlock>;

/// An output, and the attempt that made it.
type Made = Option<(TaskId, Block)>;

/// The blocks of all shuffles that can be read, by map partition. A shuffle is known from its first output on; one that was
/// removed stays removed, whatever tasks come late.
#[derive(Default)]
pub(crate) struct ShuffleStore {
    shuffles: Mutex<Shuffles>,
}

#[derive(Default)]
struct Shuffles {
    known: HashMap<ShuffleId, Vec<Made>>,
    removed: Forgotten,
}

impl ShuffleStore {
    fn lock(&self) -> MutexGuard<'_, Shuffles> {
        self.shuffles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a map task's output, in place of an earlier attempt's; drops that of a task which outlived its
    /// shuffle.
    pub(crate) fn put(
        &self,
        shuffle: ShuffleId,
        (map_index, map_id): (u32, TaskId),
        num_maps: u32,
        block: Block,
    ) {
        let mut shuffles = self.lock();
        if shuffles.removed.contains(shuffle.0.into()) {
            drop(shuffles);
            return drop_quietly("a map output", block);
        }
        let blocks = shuffles.known.entry(shuffle).or_default();
        if blocks.is_empty() {
            blocks.resize(num_maps as usize, None);
        }
        let replaced = blocks.get_mut(map_index as usize).and_then(|slot| slot.replace((map_id, block)));
        // Dropped after the lock is released, as below.
        drop(shuffles);
        drop_quietly("a map output", replaced);
    }

    /// All blocks of a shuffle by map partition; those that are missing are `None`.
    pub(crate) fn blocks(&self, shuffle: ShuffleId) -> Vec<Option<Block>> {
        let blocks = |made: &Vec<Made>| {
            made.iter().map(|made| made.as_ref().map(|(_, block)| block.clone())).collect()
        };
        self.lock().known.get(&shuffle).map(blocks).unwrap_or_default()
    }

    /// One output of a shuffle, and the attempt that made it.
    #[cfg(feature = "cluster")]
    pub(crate) fn block(&self, shuffle: ShuffleId, map_index: u32) -> Option<(TaskId, Block)> {
        self.lock().known.get(&shuffle)?.get(map_index as usize)?.clone()
    }

    /// Takes a shuffle's blocks out, for good. They are to be dropped where no lock is held: there may be much to free.
    pub(crate) fn remove(&self, shuffle: ShuffleId) -> Option<impl Send + use<>> {
        let mut shuffles = self.lock();
        shuffles.removed.insert(shuffle.0.into());
        shuffles.known.remove(&shuffle)
    }

    /// How many shuffles have blocks.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.lock().known.len()
    }
}

impl std::fmt::Debug for ShuffleStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ShuffleStore({} shuffles)", self.lock().known.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shuffle::output_file::Kept;

    /// A block that looks at its store when it is dropped.
    struct Looks(Option<(Arc<ShuffleStore>, std::sync::mpsc::Sender<bool>)>);

    impl ShuffleBlock for Looks {
        fn of_kept(_: Kept) -> Self {
            Looks(None)
        }

        #[cfg(feature = "cluster")]
        fn serve(
            &self,
            _: usize,
            _: &Arc<crate::spill::LocalDirs>,
        ) -> Result<crate::shuffle::ServedPart, crate::task::TaskError> {
            Err(crate::task::TaskError::UnequalPartitions)
        }
    }

    impl Drop for Looks {
        fn drop(&mut self) {
            if let Some((store, sender)) = &self.0 {
                sender.send(store.shuffles.try_lock().is_ok()).unwrap();
            }
        }
    }

    #[test]
    fn a_task_that_outlives_its_shuffle_leaves_no_block() {
        let (store, shuffle) = (ShuffleStore::default(), ShuffleId(3));
        store.put(shuffle, (1, TaskId(7)), 2, Arc::new(Looks(None)));
        let blocks = store.blocks(shuffle);
        assert!(blocks.len() == 2 && blocks[0].is_none() && blocks[1].is_some());
        store.remove(shuffle);
        store.put(shuffle, (0, TaskId(8)), 2, Arc::new(Looks(None)));
        assert!(store.len() == 0 && store.blocks(shuffle).is_empty());
    }

    #[test]
    fn a_replaced_block_is_dropped_outside_of_the_lock() {
        let (store, shuffle) = (Arc::new(ShuffleStore::default()), ShuffleId(3));
        let (sender, was_free) = std::sync::mpsc::channel();
        store.put(shuffle, (0, TaskId(7)), 1, Arc::new(Looks(Some((store.clone(), sender)))));
        store.put(shuffle, (0, TaskId(8)), 1, Arc::new(Looks(None)));
        assert_eq!(was_free.try_recv(), Ok(true));
    }
}
