//! Known bugs, put in by bending messages on their way: the simulator must find each of them.

use super::world::World;
use crate::{
    core::Sending,
    message::{
        DagSchedulerMessage, DriverEndpointMessage, JobWaiterMessage, Message, TaskEndReason, TaskKind,
        TaskOutput,
    },
};

/// A bug that is put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    /// A ReviveOffers after a task failed or was submitted is lost.
    LostWakeUp,
    /// The end of a task that was lost with its executor is taken for a success.
    StaleCompletion,
    /// A core that was offered and not used does not come back.
    LeakedSlot,
    /// A result is delivered twice.
    DoubleCount,
    /// The DAGScheduler never hears that an executor is gone.
    OutputsNotUnregistered,
}

impl World {
    /// What becomes of a message; `None`: it is swallowed.
    pub(super) fn bend(&mut self, mut sending: Sending) -> Option<Sending> {
        match (self.bug, &mut sending.message) {
            (Some(Bug::LostWakeUp), Message::DriverEndpoint(DriverEndpointMessage::ReviveOffers(_)))
                if self.seq % 7 == 0 =>
            {
                return None;
            }
            (
                Some(Bug::StaleCompletion),
                Message::DagScheduler(DagSchedulerMessage::CompletionEvent(event)),
            ) if matches!(
                event.reason,
                TaskEndReason::ExecutorLostFailure { .. } | TaskEndReason::TaskKilled { .. }
            ) && event.output.is_none()
                && event.stage.kind == TaskKind::Result =>
            {
                event.reason = TaskEndReason::Success;
                event.output = Some(TaskOutput::Decoded);
            }
            (Some(Bug::LeakedSlot), Message::DriverEndpoint(DriverEndpointMessage::LaunchTasks(launch))) => {
                launch.returned.pop();
            }
            (Some(Bug::DoubleCount), Message::JobWaiter(JobWaiterMessage::TaskSucceeded(_))) => {
                let now = self.now;
                self.route(self.sender, sending.to, now, sending.message.clone());
            }
            (
                Some(Bug::OutputsNotUnregistered),
                Message::DagScheduler(DagSchedulerMessage::ExecutorLost(_)),
            ) => return None,
            _ => {}
        }
        Some(sending)
    }
}
