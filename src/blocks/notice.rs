//! [`Notice`]: what the driver tells all executors about data that they keep.

use firesteel_actors::{RddId, ShuffleId};
use serde::{Deserialize, Serialize};

use crate::{StorageLevel, task::ExecutorEnv};

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
    /// The driver has told something.
    pub(crate) fn on_notice(&self, notice: &Notice) {
        match notice {
            Notice::Persist { rdd_id, level } => self.blocks.register(*rdd_id, *level),
            Notice::Unpersist { rdd_id } => self.blocks.remove_rdd(*rdd_id),
            Notice::RemoveShuffle { shuffle_id } => {
                if let Some(remote) = &self.remote {
                    remote.locations.forget(*shuffle_id);
                }
                self.shuffles.remove(*shuffle_id);
            }
            Notice::RemoveBroadcast { id } => self.broadcasts.remove(*id),
            Notice::NoJobs => {
                self.results.clear();
                drop(self.stages.take());
            }
        }
    }

    /// What an executor that has just registered has to be told.
    pub(crate) fn notices(&self) -> Vec<Notice> {
        let infos = self.blocks.infos().into_iter();
        infos.map(|info| Notice::Persist { rdd_id: info.rdd_id, level: info.storage_level }).collect()
    }
}
