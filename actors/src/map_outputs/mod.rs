//! The MapOutputTracker: tells executors where map outputs are (`spark-messages` section 6).
//!
//! The DAGScheduler owns the map outputs; this actor keeps the copy that is served, brought up to date by its messages
//! (RegisterMapOutputs, RegisterMapOutput, UnregisterMapOutputs, UnregisterShuffle), and answers the task threads of executors
//! (GetMapOutputStatuses) with MapOutputStatuses, at once and in one message. It decides nothing: a missing output is
//! told as missing, and the executor makes a failure to fetch of it.
//!
//! [`MapOutputTrackerWorker`] is the other side: what an executor remembers of these answers.

#[cfg(test)]
mod tests;
mod worker;

pub use worker::{Lookup, MapOutputTrackerWorker, ShuffleBlock};

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    ActorId, ShuffleId, Time,
    core::{Core, Outbox},
    message::{
        GetMapOutputStatuses, MapOutputStatuses, MapOutputTrackerMessage, MapStatus, RegisterMapOutput,
        RegisterMapOutputs, TaskRunner, UnregisterMapOutputs,
    },
};

/// The MapOutputTracker's state: the shuffles that it was told of and that were not removed. They outlive jobs.
#[derive(Clone, Debug, Default)]
pub struct MapOutputTrackerCore {
    shuffles: BTreeMap<ShuffleId, Served>,
}

/// What is served of a shuffle.
#[derive(Clone, Debug)]
struct Served {
    /// The state of the map outputs that this is; messages of an older one change nothing.
    epoch: u64,
    /// By map partition; shared with the answers that are on their way.
    statuses: Arc<[Option<MapStatus>]>,
}

impl MapOutputTrackerCore {
    /// One that knows no shuffle.
    pub fn new() -> Self {
        MapOutputTrackerCore::default()
    }

    /// Whether no shuffle is known.
    pub(crate) fn is_empty(&self) -> bool {
        self.shuffles.is_empty()
    }

    fn on_register(&mut self, register: RegisterMapOutputs) {
        let RegisterMapOutputs { shuffle_id, epoch, statuses } = register;
        if self.shuffles.get(&shuffle_id).is_none_or(|served| served.epoch <= epoch) {
            self.shuffles.insert(shuffle_id, Served { epoch, statuses });
        }
    }

    fn on_register_one(&mut self, register: RegisterMapOutput) {
        let RegisterMapOutput { shuffle_id, epoch, map_index, status } = register;
        if let Some(statuses) = self.statuses_at(shuffle_id, epoch)
            && let Some(slot) = statuses.get_mut(map_index as usize)
        {
            *slot = Some(status);
        }
    }

    fn on_unregister(&mut self, unregister: &UnregisterMapOutputs) {
        let Some(statuses) = self.statuses_at(unregister.shuffle_id, unregister.epoch) else { return };
        for index in &unregister.map_indices {
            if let Some(status) = statuses.get_mut(*index as usize) {
                *status = None;
            }
        }
    }

    /// The statuses of a shuffle that are not newer than `epoch`. Costs a copy of them if an answer with them is still
    /// on its way.
    fn statuses_at(&mut self, shuffle_id: ShuffleId, epoch: u64) -> Option<&mut [Option<MapStatus>]> {
        let served = self.shuffles.get_mut(&shuffle_id).filter(|served| served.epoch <= epoch)?;
        served.epoch = epoch;
        Some(Arc::make_mut(&mut served.statuses))
    }

    fn on_get(&self, get: &GetMapOutputStatuses, out: &mut Outbox) {
        let GetMapOutputStatuses { shuffle_id, executor_id } = *get;
        let statuses = self.shuffles.get(&shuffle_id).map(|served| served.statuses.clone());
        out.send(TaskRunner(executor_id), MapOutputStatuses { shuffle_id, statuses });
    }
}

impl Core for MapOutputTrackerCore {
    type Message = MapOutputTrackerMessage;

    fn actor(&self) -> ActorId {
        ActorId::MapOutputTracker
    }

    fn handle(&mut self, _now: Time, message: MapOutputTrackerMessage, out: &mut Outbox) {
        use MapOutputTrackerMessage as M;
        match message {
            M::RegisterMapOutputs(register) => self.on_register(register),
            M::RegisterMapOutput(register) => self.on_register_one(register),
            M::UnregisterMapOutputs(unregister) => self.on_unregister(&unregister),
            M::UnregisterShuffle(unregister) => {
                self.shuffles.remove(&unregister.shuffle_id);
            }
            M::GetMapOutputStatuses(get) => self.on_get(&get, out),
        }
    }

    /// Nothing here belongs to a job, and no question waits for its answer.
    fn is_idle(&self) -> bool {
        true
    }
}
