//! Known bugs, put in by bending messages on their way: the simulator must find each of them.

use std::sync::Arc;

use super::world::World;
use crate::{
    ActorId,
    core::Sending,
    message::{
        DagSchedulerMessage, DriverEndpointMessage, ExecutorBackendMessage, ExecutorDecommission,
        JobWaiterMessage, LaunchTask, MapOutputTrackerMessage, MapStatus, Message, TaskEndReason, TaskKind,
        TaskOutput, TaskSchedulerMessage, keys,
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
    /// Readers are told of the outputs of an attempt that was given up, as far as they are still there.
    OutputOfOldAttempt,
    /// What a task added to accumulators is merged twice.
    AccumulatorsTwice,
    /// All tasks on an executor get the first address of a resource.
    AddressTwice,
    /// Dynamic allocation asks for ten executors more.
    TooManyExecutors,
    /// That an executor is to leave is told to the TaskScheduler alone, so it is still offered.
    DecommissionUnnoticed,
    /// A job's tags are lost on its way.
    TagsLost,
    /// What the DAGScheduler leaves for the TaskScheduler to answer is not answered.
    QuestionLost,
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
            )
            | (BugKind::QuestionLost, Message::TaskScheduler(TaskSchedulerMessage::ExplainStages(_))) => {
                return None;
            }
            (
                BugKind::OutputOfOldAttempt,
                Message::MapOutputTracker(MapOutputTrackerMessage::RegisterMapOutputs(outputs)),
            ) => {
                let reduces = self.plan.lineage.shuffles.get(&outputs.shuffle_id)?.num_reduces;
                let mut statuses = outputs.statuses.to_vec();
                for (map, status) in (0..).zip(&mut statuses) {
                    let others = self.executors.iter().filter(|(_, executor)| executor.alive);
                    let mut copies = others.filter_map(|(id, executor)| {
                        executor.outputs.get(&(outputs.shuffle_id, map)).map(|task| (*id, *task))
                    });
                    let old = copies.find(|copy| status.as_ref().is_some_and(|new| new.map_id != copy.1));
                    if let Some((id, task)) = old {
                        *status = Some(MapStatus::new(id, task, (0..reduces).map(|_| 100)));
                    }
                }
                outputs.statuses = statuses.into();
            }
            (BugKind::AccumulatorsTwice, Message::JobWaiter(JobWaiterMessage::MergeAccumulators(_))) => {
                let (from, now) = (self.sender, self.now);
                self.route(from, sending.to, now, sending.message.clone());
            }
            (
                BugKind::AddressTwice,
                Message::ExecutorBackend(ExecutorBackendMessage::LaunchTask(LaunchTask { task })),
            ) => {
                for addresses in task.resources.values_mut() {
                    let amounts = std::mem::take(addresses).into_values();
                    addresses.extend(amounts.map(|amount| (Arc::from("0"), amount)));
                }
            }
            (
                BugKind::TooManyExecutors,
                Message::DriverEndpoint(DriverEndpointMessage::RequestExecutors(request)),
            ) => request.total += 10,
            (
                BugKind::DecommissionUnnoticed,
                Message::DriverEndpoint(DriverEndpointMessage::DecommissionExecutors(leave)),
            ) => {
                let executor_id = leave.executor_ids.pop()?;
                let (worker_host, reason) = (None, leave.reason.clone());
                let alone = ExecutorDecommission { executor_id, worker_host, reason };
                sending.to = ActorId::TaskScheduler;
                sending.message = TaskSchedulerMessage::from(alone).into();
            }
            (BugKind::TagsLost, Message::DagScheduler(DagSchedulerMessage::JobSubmitted(job))) => {
                Arc::make_mut(&mut job.properties).remove(keys::JOB_TAGS);
            }
            _ => {}
        }
        Some(sending)
    }

    /// What becomes of a message that an actor of the driver gets from outside.
    pub(super) fn bend_from_outside(&mut self, to: ActorId, message: Message) -> Option<(ActorId, Message)> {
        let sending = self.bend(Sending { to, after: None, message })?;
        Some((sending.to, sending.message))
    }
}
