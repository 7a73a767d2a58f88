//! What an executor remembers of where map outputs are.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use crate::{
    ExecutorId, ShuffleId, TaskId,
    message::{MapOutputStatuses, MapStatus, TaskEndReason},
};

/// An executor's copy of map outputs, by shuffle. A plain value: whoever holds it sends the requests, and lets the tasks
/// wait that share one.
///
/// Each task carries the epoch at which its stage attempt was submitted. A larger one than before forgets all copies. So
/// does a read that misses an output, for its shuffle: a task that is tried again asks again.
#[derive(Clone, Debug, Default)]
pub struct MapOutputTrackerWorker {
    epoch: u64,
    shuffles: BTreeMap<ShuffleId, Cached>,
}

#[derive(Clone, Debug)]
enum Cached {
    /// A request is on its way.
    Requested {
        /// Since then a task of a larger epoch came: the answer may be older than that, so it is asked for again.
        is_outdated: bool,
    },
    /// The answer; `None`: the tracker does not know the shuffle.
    Known(Option<Arc<[Option<MapStatus>]>>),
}

/// Whether a shuffle's outputs are known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// They are; which are missing, the statuses tell.
    Known,
    /// They are not: send GetMapOutputStatuses, once, and wait for the answer.
    Request,
    /// Another task has sent the request: wait with it.
    Wait,
}

/// A part of a map output, for one reducer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShuffleBlock {
    /// The attempt that made it.
    pub map_id: TaskId,
    /// Its partition.
    pub map_index: u32,
    /// The reducer.
    pub reduce_id: u32,
    /// About how many bytes, never 0.
    pub size: u64,
}

impl MapOutputTrackerWorker {
    /// One that knows nothing yet.
    pub fn new() -> Self {
        MapOutputTrackerWorker::default()
    }

    /// A task of this epoch starts: if it is larger than any before, all that is known is forgotten.
    pub fn update_epoch(&mut self, epoch: u64) {
        if epoch <= self.epoch {
            return;
        }
        self.epoch = epoch;
        self.shuffles.retain(|_, copy| match copy {
            Cached::Requested { is_outdated } => {
                *is_outdated = true;
                true
            }
            Cached::Known(_) => false,
        });
    }

    /// The largest epoch of a task so far.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether a shuffle's outputs are known; if not, who asks for them.
    pub fn look_up(&mut self, shuffle_id: ShuffleId) -> Lookup {
        match self.shuffles.get(&shuffle_id) {
            Some(Cached::Known(_)) => Lookup::Known,
            Some(Cached::Requested { .. }) => Lookup::Wait,
            None => {
                self.shuffles.insert(shuffle_id, Cached::Requested { is_outdated: false });
                Lookup::Request
            }
        }
    }

    /// The answer to a request. False if a task of a larger epoch came meanwhile: send the request again, whoever waits
    /// goes on waiting. An answer that nobody waits for changes nothing.
    #[must_use = "the request may have to be sent again"]
    pub fn on_statuses(&mut self, answer: MapOutputStatuses) -> bool {
        match self.shuffles.get_mut(&answer.shuffle_id) {
            Some(Cached::Requested { is_outdated: true }) => {
                self.shuffles.insert(answer.shuffle_id, Cached::Requested { is_outdated: false });
                false
            }
            Some(copy @ Cached::Requested { is_outdated: false }) => {
                *copy = Cached::Known(answer.statuses);
                true
            }
            Some(Cached::Known(_)) | None => true,
        }
    }

    /// A shuffle is gone, or the request for it could not be sent: whoever wants it next asks again.
    pub fn forget(&mut self, shuffle_id: ShuffleId) {
        self.shuffles.remove(&shuffle_id);
    }

    /// What the reducers `reduces` read of the outputs of `maps`, by executor: parts that are not empty, by rising map
    /// partition. A range of maps may end beyond the last.
    ///
    /// # Errors
    /// The failure to fetch, without an executor, if one of these outputs is missing or the shuffle is not known. What
    /// is known of the shuffle is forgotten then: the next task may find more.
    pub fn sizes_by_executor(
        &mut self,
        shuffle_id: ShuffleId,
        maps: Range<u32>,
        reduces: Range<u32>,
    ) -> Result<BTreeMap<ExecutorId, Vec<ShuffleBlock>>, TaskEndReason> {
        let sizes = self.sizes(shuffle_id, maps, reduces);
        if sizes.is_err() && matches!(self.shuffles.get(&shuffle_id), Some(Cached::Known(_))) {
            self.shuffles.remove(&shuffle_id);
        }
        sizes
    }

    fn sizes(
        &self,
        shuffle_id: ShuffleId,
        maps: Range<u32>,
        reduces: Range<u32>,
    ) -> Result<BTreeMap<ExecutorId, Vec<ShuffleBlock>>, TaskEndReason> {
        let Some(Cached::Known(Some(statuses))) = self.shuffles.get(&shuffle_id) else {
            let message = format!("Missing all output locations for shuffle {shuffle_id}");
            return Err(metadata_fetch_failed(shuffle_id, reduces.start, message));
        };
        let mut blocks: BTreeMap<ExecutorId, Vec<ShuffleBlock>> = BTreeMap::new();
        for (map_index, status) in (0..maps.end).zip(&**statuses).skip(maps.start as usize) {
            let Some(status) = status else {
                let reduce = reduces.start;
                let message =
                    format!("Missing an output location for shuffle {shuffle_id} partition {reduce}");
                return Err(metadata_fetch_failed(shuffle_id, reduce, message));
            };
            let parts = reduces.clone().map(|reduce_id| ShuffleBlock {
                map_id: status.map_id,
                map_index,
                reduce_id,
                size: status.size_of(reduce_id as usize),
            });
            let mut parts = parts.filter(|block| block.size > 0).peekable();
            if parts.peek().is_some() {
                blocks.entry(status.executor_id).or_default().extend(parts);
            }
        }
        Ok(blocks)
    }
}

/// Spark's MetadataFetchFailed: nobody is to blame but what is known of the outputs.
fn metadata_fetch_failed(shuffle_id: ShuffleId, reduce_id: u32, message: String) -> TaskEndReason {
    TaskEndReason::FetchFailed {
        executor_id: None,
        shuffle_id,
        map_id: None,
        map_index: None,
        reduce_id,
        message,
    }
}
