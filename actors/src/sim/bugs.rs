//! Known bugs, put in by bending messages on their way: the simulator must find each of them.

use super::world::World;
use crate::{
    core::Sending,
    message::{
        DagSchedulerMessage, DriverEndpointMessage, JobWaiterMessage, Message, TaskEndReason, TaskKind,
        TaskOutput,
    },
};

/// A bug that is put in, and how many messages it might have bent so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bug {
    pub(crate) kind: BugKind,
    pub(crate) chances: u64,
}

/// What kind of bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BugKind {
    /// Every second ReviveOffers is lost.
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
        let Some(Bug { kind, chances }) = &mut self.bug else { return Some(sending) };
        match (*kind, &mut sending.message) {
            (BugKind::LostWakeUp, Message::DriverEndpoint(DriverEndpointMessage::ReviveOffers(_))) => {
                *chances += 1;
                return (*chances % 2 == 1).then_some(sending);
            }
            (
                BugKind::StaleCompletion,
                Message::DagScheduler(DagSchedulerMessage::CompletionEvent(event)),
            ) => {
                let was_stopped = matches!(
                    event.reason,
                    TaskEndReason::ExecutorLostFailure { .. } | TaskEndReason::TaskKilled { .. }
                );
                if was_stopped && event.stage.kind == TaskKind::Result {
                    event.reason = TaskEndReason::Success;
                    event.output = Some(TaskOutput::Decoded);
                }
            }
            (BugKind::LeakedSlot, Message::DriverEndpoint(DriverEndpointMessage::LaunchTasks(launch))) => {
                launch.returned.pop();
            }
            (BugKind::DoubleCount, Message::JobWaiter(JobWaiterMessage::TaskSucceeded(_))) => {
                let (from, now) = (self.sender, self.now);
                self.route(from, sending.to, now, sending.message.clone());
            }
            (
                BugKind::OutputsNotUnregistered,
                Message::DagScheduler(DagSchedulerMessage::ExecutorLost(_)),
            ) => return None,
            _ => {}
        }
        Some(sending)
    }
}
