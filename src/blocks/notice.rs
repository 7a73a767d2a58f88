//! [`Notice`]: what the driver tells all executors about data that they keep.

use firesteel_actors::{RddId, ShuffleId};
use serde::{Deserialize, Serialize};

use crate::{StorageLevel, task::ExecutorEnv};

/// What a notice has freed. Dropping it may take long, and may panic: some of it is the user's.
pub(crate) type Freed = Box<dyn Send>;

/// What an executor is told over its control connection, in order with its tasks. It acts on it at once and does not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Notice {
    /// Blocks of an RDD are kept from now on.
    Persist { rdd_id: RddId, level: StorageLevel },
    /// Blocks of an RDD are freed, and kept no more.
    Unpersist { rdd_id: RddId },
    /// A shuffle is not read any more.
    RemoveShuffle { shuffle_id: ShuffleId },
    /// Nobody holds a broadcast value any more, or it was destroyed.
    RemoveBroadcast { id: u64 },
    /// No job runs: results that nobody fetched are freed, and decoded stages.
    NoJobs,
}

impl ExecutorEnv {
    /// The driver has told something. It has its effect when this returns; what it frees is for the caller to drop.
    pub(crate) fn on_notice(&self, notice: &Notice) -> Option<Freed> {
        match notice {
            Notice::Persist { rdd_id, level } => {
                self.blocks.register(*rdd_id, *level);
                None
            }
            Notice::Unpersist { rdd_id } => {
                let blocks = self.blocks.take_rdd(*rdd_id)?;
                Some(Box::new(blocks))
            }
            Notice::RemoveShuffle { shuffle_id } => {
                if let Some(remote) = &self.remote {
                    remote.locations.forget(*shuffle_id);
                }
                Some(Box::new(self.shuffles.remove(*shuffle_id)?))
            }
            Notice::RemoveBroadcast { id } => Some(Box::new(self.broadcasts.remove(*id))),
            Notice::NoJobs => {
                self.results.clear();
                Some(Box::new(self.stages.take()))
            }
        }
    }

    /// What an executor that has just registered has to be told.
    pub(crate) fn notices(&self) -> Vec<Notice> {
        let infos = self.blocks.infos().into_iter();
        infos.map(|info| Notice::Persist { rdd_id: info.rdd_id, level: info.storage_level }).collect()
    }
}
