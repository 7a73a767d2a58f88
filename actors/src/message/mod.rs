//! The messages, named as Spark names them: one struct each, one enum per receiving actor.
//!
//! What an actor accepts is visible in one file, and a message to the wrong actor does not compile:
//! [`Outbox::send`](crate::core::Outbox::send) takes an [`Address`] and whatever converts into that
//! address's message enum. The loop, the trace and (later) the wire use these same types.

mod accumulator;
mod address;
mod barrier_coordinator;
mod cluster_manager;
mod dag_scheduler;
mod describe;
mod driver_endpoint;
mod envelope;
mod executor_allocation;
mod executor_backend;
mod explain;
mod heartbeat_receiver;
mod host;
mod job_waiter;
mod listener;
mod map_output_tracker;
mod map_status;
mod metrics;
mod properties;
mod result_getter;
mod secret;
mod task;
mod task_end_reason;
mod task_runner;
mod task_scheduler;

pub use accumulator::AccumUpdate;
pub use address::{
    Address, BarrierCoordinator, ClusterManager, DagScheduler, DriverEndpoint, ExecutorAllocation,
    ExecutorBackend, HeartbeatReceiver, Host, JobWaiter, ListenerBus, MapOutputTracker, TaskScheduler,
};
pub(crate) use address::{ResultGetter, TaskRunner};
pub use barrier_coordinator::*;
pub use cluster_manager::*;
pub use dag_scheduler::*;
pub use describe::{Describe, Ids};
pub use driver_endpoint::*;
pub use envelope::{Head, MessageId, NotAMessageId};
pub use executor_allocation::*;
pub use executor_backend::*;
pub use explain::{AttemptCause, Reason};
pub use heartbeat_receiver::*;
pub use host::*;
pub use job_waiter::*;
pub use listener::*;
pub use map_output_tracker::*;
pub use map_status::MapStatus;
pub use metrics::TaskMetrics;
pub use properties::{Properties, keys};
pub use result_getter::*;
pub use secret::Secret;
pub use task::{
    StageTask, TaskDescription, TaskInfo, TaskKind, TaskLocality, TaskOutput, TaskResult, TaskSet, TaskSpec,
    TaskState, TaskStatus, TaskValue,
};
pub use task_end_reason::{ExceptionFailure, ExecutorLossReason, TaskEndReason};
pub use task_runner::*;
pub use task_scheduler::*;

use serde::{Deserialize, Serialize};

use crate::{
    ActorId,
    codec::{CodecError, Compact, encode},
};

/// Makes an actor's message enum: one variant per message struct, with conversions and descriptions.
macro_rules! messages {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident $(($boxed:ident))?,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_meta])* $variant($crate::message::messages!(@type $variant $($boxed)?)),)*
        }

        $(impl From<$variant> for $name {
            fn from(message: $variant) -> Self {
                $name::$variant($crate::message::messages!(@wrap message $($boxed)?))
            }
        })*

        impl $crate::message::Describe for $name {
            fn kind(&self) -> &'static str {
                match self { $($name::$variant(_) => stringify!($variant),)* }
            }

            fn ids(&self) -> $crate::message::Ids {
                match self { $($name::$variant(message) => $crate::message::HasIds::ids(&**$crate::message::messages!(@deref message $($boxed)?)),)* }
            }
        }

        impl $name {
            /// The names of all messages of this enum, in the order of its variants.
            pub const KINDS: &'static [&'static str] = &[$(stringify!($variant)),*];

            /// What it says, for those who know of which type that is.
            pub(crate) fn as_any(&self) -> &dyn std::any::Any {
                match self { $($name::$variant(message) => &**$crate::message::messages!(@deref message $($boxed)?),)* }
            }
        }
    };
    (@type $variant:ident) => { $variant };
    (@type $variant:ident boxed) => { Box<$variant> };
    (@wrap $message:ident) => { $message };
    (@wrap $message:ident boxed) => { Box::new($message) };
    (@deref $message:ident) => { &$message };
    (@deref $message:ident boxed) => { $message };
}
pub(crate) use describe::{HasIds, ids_of};
pub(crate) use messages;

/// Any message, with the actor that it is for known from the variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Message {
    /// To the DAGScheduler.
    DagScheduler(DagSchedulerMessage),
    /// To the TaskScheduler.
    TaskScheduler(TaskSchedulerMessage),
    /// To the DriverEndpoint.
    DriverEndpoint(DriverEndpointMessage),
    /// To an ExecutorBackend.
    ExecutorBackend(ExecutorBackendMessage),
    /// To an executor's task threads.
    TaskRunner(TaskRunnerMessage),
    /// To the result getter.
    ResultGetter(ResultGetterMessage),
    /// To whoever waits for a job.
    JobWaiter(JobWaiterMessage),
    /// To the subscribers of listener events.
    ListenerBus(SparkListenerEvent),
    /// To the HeartbeatReceiver.
    HeartbeatReceiver(HeartbeatReceiverMessage),
    /// To the MapOutputTracker.
    MapOutputTracker(MapOutputTrackerMessage),
    /// To the BarrierCoordinator.
    BarrierCoordinator(BarrierCoordinatorMessage),
    /// To the ExecutorAllocation.
    ExecutorAllocation(ExecutorAllocationMessage),
    /// To the cluster manager.
    ClusterManager(ClusterManagerMessage),
    /// To the embedding program.
    Host(HostMessage),
}

/// A message by reference, as observers see it at the door.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum MessageRef<'a> {
    /// To the DAGScheduler.
    DagScheduler(&'a DagSchedulerMessage),
    /// To the TaskScheduler.
    TaskScheduler(&'a TaskSchedulerMessage),
    /// To the DriverEndpoint.
    DriverEndpoint(&'a DriverEndpointMessage),
    /// To an ExecutorBackend.
    ExecutorBackend(&'a ExecutorBackendMessage),
    /// To an executor's task threads.
    TaskRunner(&'a TaskRunnerMessage),
    /// To the result getter.
    ResultGetter(&'a ResultGetterMessage),
    /// To whoever waits for a job.
    JobWaiter(&'a JobWaiterMessage),
    /// To the subscribers of listener events.
    ListenerBus(&'a SparkListenerEvent),
    /// To the HeartbeatReceiver.
    HeartbeatReceiver(&'a HeartbeatReceiverMessage),
    /// To the MapOutputTracker.
    MapOutputTracker(&'a MapOutputTrackerMessage),
    /// To the BarrierCoordinator.
    BarrierCoordinator(&'a BarrierCoordinatorMessage),
    /// To the ExecutorAllocation.
    ExecutorAllocation(&'a ExecutorAllocationMessage),
    /// To the cluster manager.
    ClusterManager(&'a ClusterManagerMessage),
    /// To the embedding program.
    Host(&'a HostMessage),
}

macro_rules! for_each_receiver {
    ($self:ident, $enum:ident, $message:ident => $body:expr) => {
        match $self {
            $enum::DagScheduler($message) => $body,
            $enum::TaskScheduler($message) => $body,
            $enum::DriverEndpoint($message) => $body,
            $enum::ExecutorBackend($message) => $body,
            $enum::TaskRunner($message) => $body,
            $enum::ResultGetter($message) => $body,
            $enum::JobWaiter($message) => $body,
            $enum::ListenerBus($message) => $body,
            $enum::HeartbeatReceiver($message) => $body,
            $enum::MapOutputTracker($message) => $body,
            $enum::BarrierCoordinator($message) => $body,
            $enum::ExecutorAllocation($message) => $body,
            $enum::ClusterManager($message) => $body,
            $enum::Host($message) => $body,
        }
    };
}

macro_rules! message_from {
    ($($variant:ident $type:ident,)*) => {$(
        impl From<$type> for Message {
            fn from(message: $type) -> Message {
                Message::$variant(message)
            }
        }

        impl<'a> From<&'a $type> for MessageRef<'a> {
            fn from(message: &'a $type) -> MessageRef<'a> {
                MessageRef::$variant(message)
            }
        }
    )*};
}

message_from! {
    DagScheduler DagSchedulerMessage,
    TaskScheduler TaskSchedulerMessage,
    DriverEndpoint DriverEndpointMessage,
    ExecutorBackend ExecutorBackendMessage,
    TaskRunner TaskRunnerMessage,
    ResultGetter ResultGetterMessage,
    JobWaiter JobWaiterMessage,
    ListenerBus SparkListenerEvent,
    HeartbeatReceiver HeartbeatReceiverMessage,
    MapOutputTracker MapOutputTrackerMessage,
    BarrierCoordinator BarrierCoordinatorMessage,
    ExecutorAllocation ExecutorAllocationMessage,
    ClusterManager ClusterManagerMessage,
    Host HostMessage,
}

impl Message {
    /// Whether this actor accepts it.
    pub fn is_for(&self, actor: ActorId) -> bool {
        matches!(
            (self, actor),
            (Message::DagScheduler(_), ActorId::DagScheduler)
                | (Message::TaskScheduler(_), ActorId::TaskScheduler)
                | (Message::DriverEndpoint(_), ActorId::DriverEndpoint)
                | (Message::ExecutorBackend(_), ActorId::ExecutorBackend(_))
                | (Message::TaskRunner(_), ActorId::TaskRunner(_))
                | (Message::ResultGetter(_), ActorId::ResultGetter)
                | (Message::JobWaiter(_), ActorId::JobWaiter(_))
                | (Message::ListenerBus(_), ActorId::ListenerBus)
                | (Message::HeartbeatReceiver(_), ActorId::HeartbeatReceiver)
                | (Message::MapOutputTracker(_), ActorId::MapOutputTracker)
                | (Message::BarrierCoordinator(_), ActorId::BarrierCoordinator)
                | (Message::ExecutorAllocation(_), ActorId::ExecutorAllocation)
                | (Message::ClusterManager(_), ActorId::ClusterManager)
                | (Message::Host(_), ActorId::Host(_))
        )
    }

    /// The message by reference.
    pub fn as_ref(&self) -> MessageRef<'_> {
        for_each_receiver!(self, Message, message => message.into())
    }

    /// What it says, if it is a message of this type, such as `LaunchTask`.
    pub fn get<M: 'static>(&self) -> Option<&M> {
        for_each_receiver!(self, Message, message => message.as_any()).downcast_ref()
    }
}

impl MessageRef<'_> {
    /// Writes the message without its receiver, which the envelope names.
    pub(crate) fn write(&self, to: &mut Vec<u8>) -> Result<(), CodecError> {
        for_each_receiver!(self, MessageRef, message => encode::<Compact, _>(*message, to))
    }

    /// A copy to keep.
    pub fn to_message(&self) -> Message {
        for_each_receiver!(self, MessageRef, message => (*message).clone().into())
    }
}

impl Describe for MessageRef<'_> {
    fn kind(&self) -> &'static str {
        for_each_receiver!(self, MessageRef, message => message.kind())
    }

    fn ids(&self) -> Ids {
        for_each_receiver!(self, MessageRef, message => message.ids())
    }
}

/// All receivers with the kinds of messages that they accept; `docs/messages.md` is checked against it.
pub fn catalogue() -> Vec<(&'static str, &'static [&'static str])> {
    vec![
        ("DAGScheduler", DagSchedulerMessage::KINDS),
        ("TaskScheduler", TaskSchedulerMessage::KINDS),
        ("DriverEndpoint", DriverEndpointMessage::KINDS),
        ("ExecutorBackend", ExecutorBackendMessage::KINDS),
        ("TaskRunner", TaskRunnerMessage::KINDS),
        ("ResultGetter", ResultGetterMessage::KINDS),
        ("JobWaiter", JobWaiterMessage::KINDS),
        ("ListenerBus", SparkListenerEvent::KINDS),
        ("HeartbeatReceiver", HeartbeatReceiverMessage::KINDS),
        ("MapOutputTracker", MapOutputTrackerMessage::KINDS),
        ("BarrierCoordinator", BarrierCoordinatorMessage::KINDS),
        ("ExecutorAllocation", ExecutorAllocationMessage::KINDS),
        ("ClusterManager", ClusterManagerMessage::KINDS),
        ("Host", HostMessage::KINDS),
    ]
}

/// One message on its way: whom it is for, and what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Addressed {
    /// The receiver.
    pub to: ActorId,
    /// What it says.
    pub message: Message,
}
