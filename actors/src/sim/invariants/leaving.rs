//! Once the TaskScheduler has heard that an executor is to leave, nothing of it is offered.

use std::collections::BTreeSet;

use super::{Check, Invariant, View};
use crate::{
    ActorId, ExecutorId,
    message::{Message, TaskSchedulerMessage},
};

#[derive(Clone, Debug, Default)]
pub(super) struct Leaving {
    executors: BTreeSet<ExecutorId>,
}

impl Invariant for Leaving {
    fn name(&self) -> &'static str {
        "leaving"
    }

    fn message(&mut self, _view: &View<'_>, _to: ActorId, message: &Message) -> Check {
        let Message::TaskScheduler(message) = message else { return Ok(()) };
        match message {
            TaskSchedulerMessage::ExecutorDecommission(leave) => {
                self.executors.insert(leave.executor_id);
            }
            TaskSchedulerMessage::TaskExecutorLost(lost) => {
                self.executors.remove(&lost.executor_id);
            }
            TaskSchedulerMessage::ResourceOffers(round) => {
                let mut offered = round.offers.iter().map(|offer| offer.executor_id);
                if let Some(id) = offered.find(|id| self.executors.contains(id)) {
                    return Err(format!("executor {id} is offered, and is to leave"));
                }
            }
            _ => {}
        }
        Ok(())
    }
}
