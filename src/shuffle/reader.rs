//! Fetching the blocks that a reduce task reads.

use std::{any::Any, sync::Arc};

use firesteel_actors::ShuffleId;

use super::{Block, ShuffleBlock};
use crate::task::{FetchFailure, TaskContext, TaskError};

/// A shuffle's blocks by map partition: a failure to fetch if one is missing, which runs its map task again. With executors
/// in other processes those that have nothing for the reducer are left out.
pub(crate) fn read_blocks<B: ShuffleBlock>(
    shuffle_id: ShuffleId,
    num_maps: usize,
    reduce: usize,
    task: &Arc<TaskContext>,
) -> Result<Vec<Arc<B>>, TaskError> {
    #[cfg(feature = "cluster")]
    if let Some(remote) = &task.env.remote {
        return remote.read_blocks(shuffle_id, num_maps, reduce, task);
    }
    let blocks = task.env.shuffles.blocks(shuffle_id);
    let typed = (0..num_maps).map(|map_index| {
        let block = blocks.get(map_index).cloned().flatten();
        block.and_then(typed_block).ok_or_else(|| {
            let executor_id = task.executor_id();
            let message = format!(
                "shuffle {shuffle_id} has no output of map {map_index} for reducer {reduce} on executor {executor_id}"
            );
            TaskError::from(FetchFailure {
                executor_id: Some(executor_id),
                shuffle_id,
                map_id: None,
                map_index: Some(map_index as u32),
                reduce_id: reduce as u32,
                message,
            })
        })
    });
    let typed = typed.collect::<Result<Vec<_>, _>>()?;
    task.metrics.shuffle_local_blocks_fetched(typed.len() as u64);
    Ok(typed)
}

/// A block as what it is.
pub(crate) fn typed_block<B: ShuffleBlock>(block: Block) -> Option<Arc<B>> {
    let block: Arc<dyn Any + Send + Sync> = block;
    block.downcast().ok()
}
