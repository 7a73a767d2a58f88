//! The tracker and an executor's copy as values, with the messages between them carried by hand.

mod tracker;
mod worker;

use super::*;
use crate::{
    ExecutorId, TaskId,
    message::{Message, TaskEndReason, TaskRunnerMessage, UnregisterShuffle},
    testkit::{Harness, NOTHING},
};

type Tracker = Harness<MapOutputTrackerCore>;

const SHUFFLE: ShuffleId = ShuffleId(10);

fn tracker() -> Tracker {
    Harness::new(MapOutputTrackerCore::new())
}

/// The output of map task `100 + executor`, with parts of these sizes.
fn output(executor: u32, sizes: &[u64]) -> Option<MapStatus> {
    let map_id = TaskId(100 + u64::from(executor));
    Some(MapStatus::new(ExecutorId(executor), map_id, sizes.iter().copied()))
}

fn register(epoch: u64, statuses: &[Option<MapStatus>]) -> RegisterMapOutputs {
    RegisterMapOutputs { shuffle_id: SHUFFLE, epoch, statuses: statuses.into() }
}

fn register_one(epoch: u64, map_index: u32, executor: u32) -> RegisterMapOutput {
    let status = MapStatus::new(ExecutorId(executor), TaskId(0), [1]);
    RegisterMapOutput { shuffle_id: SHUFFLE, epoch, map_index, status }
}

fn unregister(epoch: u64, map_indices: &[u32]) -> UnregisterMapOutputs {
    UnregisterMapOutputs { shuffle_id: SHUFFLE, epoch, map_indices: map_indices.to_vec() }
}

/// What executor 9 is told of the shuffle.
fn ask(tracker: &mut Tracker) -> MapOutputStatuses {
    let mut sent = tracker.send(GetMapOutputStatuses { shuffle_id: SHUFFLE, executor_id: ExecutorId(9) });
    let answer = sent.pop().expect("an answer");
    assert!(sent.is_empty() && answer.to == ActorId::TaskRunner(ExecutorId(9)) && answer.after.is_none());
    match answer.message {
        Message::TaskRunner(TaskRunnerMessage::MapOutputStatuses(statuses)) => statuses,
        other => panic!("{other:?}"),
    }
}

/// The same in short: by map partition the executor.
fn told(tracker: &mut Tracker) -> Option<Vec<Option<u32>>> {
    let statuses = ask(tracker).statuses?;
    Some(statuses.iter().map(|status| status.as_ref().map(|status| status.executor_id.0)).collect())
}
