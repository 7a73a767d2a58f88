//! Nothing is offered of, and nothing is launched on, an executor that is not registered.

use super::{Check, Invariant, View};
use crate::{
    ActorId,
    core::Sending,
    message::{ExecutorBackendMessage, Message, TaskSchedulerMessage},
};

#[derive(Clone, Debug, Default)]
pub(super) struct DeadExecutors {}

impl Invariant for DeadExecutors {
    fn name(&self) -> &'static str {
        "dead executors"
    }

    fn sent(&mut self, view: &View<'_>, _from: ActorId, sending: &Sending) -> Check {
        let registered = &view.known.registered;
        match &sending.message {
            Message::ExecutorBackend(ExecutorBackendMessage::LaunchTask(launch)) => {
                let (task, id) = (launch.task.task_id, launch.task.executor_id);
                if !registered.contains(&id) {
                    return Err(format!("task {task} is launched on executor {id}, which is not registered"));
                }
            }
            Message::TaskScheduler(TaskSchedulerMessage::ResourceOffers(round)) => {
                if let Some(offer) =
                    round.offers.iter().find(|offer| !registered.contains(&offer.executor_id))
                {
                    return Err(format!("executor {} is offered, and is not registered", offer.executor_id));
                }
            }
            _ => {}
        }
        Ok(())
    }
}
