//! Typed addresses: which messages may be sent where is checked by the compiler.

use super::{
    BarrierCoordinatorMessage, ClusterManagerMessage, DagSchedulerMessage, DriverEndpointMessage,
    ExecutorAllocationMessage, ExecutorBackendMessage, HeartbeatReceiverMessage, HostMessage,
    JobWaiterMessage, MapOutputTrackerMessage, Message, ResultGetterMessage, SparkListenerEvent,
    TaskRunnerMessage, TaskSchedulerMessage,
};
use crate::{ActorId, ExecutorId, JobId};

/// A receiver of messages of one enum.
pub trait Address: Copy {
    /// What it accepts.
    type Message: Into<Message>;

    /// Its id in envelopes and traces.
    fn actor(self) -> ActorId;
}

macro_rules! addresses {
    ($($(#[$meta:meta])* $vis:vis $name:ident $(($field:ty))? accepts $message:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis struct $name $((pub $field))?;

        impl Address for $name {
            type Message = $message;

            fn actor(self) -> ActorId {
                addresses!(@actor self $name $($field)?)
            }
        }
    )*};
    (@actor $self:ident $name:ident) => { ActorId::$name };
    (@actor $self:ident $name:ident $field:ty) => { ActorId::$name($self.0) };
}

addresses! {
    /// Address of the actor that cuts jobs into stages.
    pub DagScheduler accepts DagSchedulerMessage;
    /// Address of the actor that chooses tasks for offered cores.
    pub TaskScheduler accepts TaskSchedulerMessage;
    /// Address of the actor that owns executors and their free cores.
    pub DriverEndpoint accepts DriverEndpointMessage;
    /// Address of one executor's actor.
    pub ExecutorBackend(ExecutorId) accepts ExecutorBackendMessage;
    /// Address of an executor's task threads.
    pub(crate) TaskRunner(ExecutorId) accepts TaskRunnerMessage;
    /// Address of the pool that decodes results.
    pub(crate) ResultGetter accepts ResultGetterMessage;
    /// Address of whoever waits for a job.
    pub JobWaiter(JobId) accepts JobWaiterMessage;
    /// Address of the actor that watches heartbeats.
    pub HeartbeatReceiver accepts HeartbeatReceiverMessage;
    /// Address of the actor that tells where map outputs are.
    pub MapOutputTracker accepts MapOutputTrackerMessage;
    /// Address of the actor that lets barrier tasks wait for each other.
    pub BarrierCoordinator accepts BarrierCoordinatorMessage;
    /// Address of the actor that decides how many executors there should be.
    pub ExecutorAllocation accepts ExecutorAllocationMessage;
    /// Address of whatever starts and ends executors.
    pub ClusterManager accepts ClusterManagerMessage;
    /// Address of the embedding program, for answers.
    pub Host(u32) accepts HostMessage;
    /// Address of the subscribers of listener events.
    pub ListenerBus accepts SparkListenerEvent;
}
