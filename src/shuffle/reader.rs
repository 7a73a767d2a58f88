//! Fetching the blocks that a reduce task reads.

use std::{any::Any, sync::Arc};

use firesteel_actors::ShuffleId;

use crate::task::{TaskContext, TaskError};

/// A shuffle's blocks by map partition, all of them: one that is missing is a fetch failure, which runs its map
/// task again.
pub(crate) fn read_blocks<B: Any + Send + Sync>(
    shuffle_id: ShuffleId,
    num_maps: usize,
    reduce: usize,
    task: &Arc<TaskContext>,
) -> Result<Vec<Arc<B>>, TaskError> {
    let blocks = task.env.shuffles.blocks(shuffle_id);
    let typed = (0..num_maps).map(|map_index| {
        let block = blocks.get(map_index).cloned().flatten();
        block.and_then(|block| block.downcast::<B>().ok()).ok_or(TaskError::FetchFailed {
            executor_id: task.executor_id(),
            shuffle_id,
            map_index: map_index as u32,
            reduce_id: reduce as u32,
        })
    });
    let typed = typed.collect::<Result<Vec<_>, _>>()?;
    task.metrics.shuffle_local_blocks_fetched(typed.len() as u64);
    Ok(typed)
}
