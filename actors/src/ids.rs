//! Names of jobs, stages, tasks, executors and actors: small copyable newtypes.
//!
//! `Display` prints the bare number, as Spark's texts need it (`stage 1.0`); `Debug` prints the short
//! form that people read in traces (`s1`, `t17`). Every id is counted by the one actor (or context) that
//! creates it, never by a global counter, so that two runs of one program can be compared.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident($int:ty) $prefix:literal;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $int);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    )*};
}

ids! {
    /// A job: one action on an RDD. Also its FIFO priority (`spark-semantics` section 8).
    JobId(u32) "j";
    /// A stage: tasks that run without a shuffle between them. A parent's id is below its child's.
    StageId(u32) "s";
    /// An RDD of one context.
    RddId(u32) "rdd";
    /// A shuffle dependency, the border between two stages.
    ShuffleId(u32) "shuffle";
    /// One attempt of one task (Spark's TID), unique within a system, speculative copies included.
    TaskId(u64) "t";
    /// A round of resource offers: an open lease of free cores from the driver endpoint.
    OfferRound(u64) "round";
}

/// An executor. The one that lives in the driver of `local[N]` is [`ExecutorId::DRIVER`].
///
/// ```
/// use firesteel_actors::ExecutorId;
/// assert_eq!(ExecutorId::DRIVER.to_string(), "driver");
/// assert_eq!("7".parse(), Ok(ExecutorId(7)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExecutorId(pub u32);

impl ExecutorId {
    /// The executor inside the driver, `driver` as in Spark's local mode.
    pub const DRIVER: ExecutorId = ExecutorId(u32::MAX);
}

impl fmt::Display for ExecutorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == ExecutorId::DRIVER { f.pad("driver") } else { fmt::Display::fmt(&self.0, f) }
    }
}

impl fmt::Debug for ExecutorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "executor {self}")
    }
}

impl FromStr for ExecutorId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "driver" { Ok(ExecutorId::DRIVER) } else { text.parse().map(ExecutorId) }
    }
}

/// A number for programs, `driver` or the number as a text for people.
impl Serialize for ExecutorId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_u32(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for ExecutorId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return u32::deserialize(deserializer).map(ExecutorId);
        }
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?
            .parse()
            .map_err(|_| serde::de::Error::custom("an executor id is `driver` or a number"))
    }
}

/// Whoever sends or receives messages: an actor of the control plane, or an endpoint at its edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ActorId {
    /// Cuts jobs into stages.
    DagScheduler,
    /// Chooses tasks for offered cores.
    TaskScheduler,
    /// Owns executors and their free cores; Spark's endpoint `CoarseGrainedScheduler`.
    DriverEndpoint,
    /// One per executor; Spark's endpoint `Executor`.
    ExecutorBackend(ExecutorId),
    /// The task threads of an executor: outside of the actors, they run user code.
    TaskRunner(ExecutorId),
    /// The pool that decodes results, outside of the actors.
    ResultGetter,
    /// Whoever waits for a job: the caller of an action.
    JobWaiter(JobId),
    /// Subscribers of listener events.
    ListenerBus,
    /// The program that embeds the system, one number per handle that sends.
    Host(u32),
    /// Watches the executors' heartbeats.
    HeartbeatReceiver,
    /// Tells executors where map outputs are.
    MapOutputTracker,
    /// Lets the tasks of a barrier stage wait for each other.
    BarrierCoordinator,
    /// Decides how many executors there should be.
    ExecutorAllocation,
    /// Whatever starts and ends executors, outside of the actors.
    ClusterManager,
}

impl ActorId {
    /// Its name without its number, such as `Executor`.
    pub fn class(self) -> &'static str {
        match self {
            ActorId::DagScheduler => "DAGScheduler",
            ActorId::TaskScheduler => "TaskScheduler",
            ActorId::DriverEndpoint => "DriverEndpoint",
            ActorId::ExecutorBackend(_) => "Executor",
            ActorId::TaskRunner(_) => "TaskRunner",
            ActorId::ResultGetter => "ResultGetter",
            ActorId::JobWaiter(_) => "JobWaiter",
            ActorId::ListenerBus => "ListenerBus",
            ActorId::Host(_) => "Host",
            ActorId::HeartbeatReceiver => "HeartbeatReceiver",
            ActorId::MapOutputTracker => "MapOutputTracker",
            ActorId::BarrierCoordinator => "BarrierCoordinator",
            ActorId::ExecutorAllocation => "ExecutorAllocation",
            ActorId::ClusterManager => "ClusterManager",
        }
    }

    /// A compact code for trace heads: the kind in the lowest four bits, the number above them.
    pub fn code(self) -> u64 {
        let (kind, number) = match self {
            ActorId::DagScheduler => (1, 0),
            ActorId::TaskScheduler => (2, 0),
            ActorId::DriverEndpoint => (3, 0),
            // The driver's executor is 0, so that its code is short.
            ActorId::ExecutorBackend(id) => (4, id.0.wrapping_add(1)),
            ActorId::TaskRunner(id) => (5, id.0.wrapping_add(1)),
            ActorId::ResultGetter => (6, 0),
            ActorId::JobWaiter(id) => (7, id.0),
            ActorId::ListenerBus => (8, 0),
            ActorId::Host(number) => (9, number),
            ActorId::HeartbeatReceiver => (10, 0),
            ActorId::MapOutputTracker => (11, 0),
            ActorId::BarrierCoordinator => (12, 0),
            ActorId::ExecutorAllocation => (13, 0),
            ActorId::ClusterManager => (14, 0),
        };
        (u64::from(number) << 4) | kind
    }

    /// Whether it is an actor of the control plane, a pure core; the others are task threads, programs and whoever else is
    /// around the system.
    pub fn is_core(self) -> bool {
        match self {
            ActorId::DagScheduler
            | ActorId::TaskScheduler
            | ActorId::DriverEndpoint
            | ActorId::ExecutorBackend(_)
            | ActorId::HeartbeatReceiver
            | ActorId::MapOutputTracker
            | ActorId::BarrierCoordinator
            | ActorId::ExecutorAllocation => true,
            ActorId::TaskRunner(_)
            | ActorId::ResultGetter
            | ActorId::JobWaiter(_)
            | ActorId::ListenerBus
            | ActorId::Host(_)
            | ActorId::ClusterManager => false,
        }
    }

    /// The executor whose backend or task threads it is.
    pub fn executor(self) -> Option<ExecutorId> {
        match self {
            ActorId::ExecutorBackend(id) | ActorId::TaskRunner(id) => Some(id),
            _ => None,
        }
    }

    /// The inverse of [`code`](Self::code); `None` for a code that no version has written.
    pub fn from_code(code: u64) -> Option<ActorId> {
        let number = u32::try_from(code >> 4).ok()?;
        Some(match code & 15 {
            1 => ActorId::DagScheduler,
            2 => ActorId::TaskScheduler,
            3 => ActorId::DriverEndpoint,
            4 => ActorId::ExecutorBackend(ExecutorId(number.wrapping_sub(1))),
            5 => ActorId::TaskRunner(ExecutorId(number.wrapping_sub(1))),
            6 => ActorId::ResultGetter,
            7 => ActorId::JobWaiter(JobId(number)),
            8 => ActorId::ListenerBus,
            9 => ActorId::Host(number),
            10 => ActorId::HeartbeatReceiver,
            11 => ActorId::MapOutputTracker,
            12 => ActorId::BarrierCoordinator,
            13 => ActorId::ExecutorAllocation,
            14 => ActorId::ClusterManager,
            _ => return None,
        })
    }
}

/// A text that is not the name of an actor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the name of an actor such as `DAGScheduler` or `Executor-3`")]
pub struct NotAnActor(pub String);

impl FromStr for ActorId {
    type Err = NotAnActor;

    /// The inverse of `Display`, in any case of letters.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let alone = [
            ActorId::DagScheduler,
            ActorId::TaskScheduler,
            ActorId::DriverEndpoint,
            ActorId::ResultGetter,
            ActorId::ListenerBus,
            ActorId::HeartbeatReceiver,
            ActorId::MapOutputTracker,
            ActorId::BarrierCoordinator,
            ActorId::ExecutorAllocation,
            ActorId::ClusterManager,
        ];
        if let Some(actor) = alone.into_iter().find(|actor| actor.to_string().eq_ignore_ascii_case(text)) {
            return Ok(actor);
        }
        let numbered = || {
            let (kind, number) = text.split_once('-')?;
            Some(match kind.to_ascii_lowercase().as_str() {
                "executor" => ActorId::ExecutorBackend(number.parse().ok()?),
                "taskrunner" => ActorId::TaskRunner(number.parse().ok()?),
                "jobwaiter" => ActorId::JobWaiter(JobId(number.parse().ok()?)),
                "host" => ActorId::Host(number.parse().ok()?),
                _ => return None,
            })
        };
        numbered().ok_or_else(|| NotAnActor(text.to_owned()))
    }
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = self.class();
        match self {
            ActorId::ExecutorBackend(id) | ActorId::TaskRunner(id) => f.pad(&format!("{class}-{id}")),
            ActorId::JobWaiter(JobId(number)) | ActorId::Host(number) => f.pad(&format!("{class}-{number}")),
            _ => f.pad(class),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actor_codes_round_trip() {
        for id in [
            ActorId::DagScheduler,
            ActorId::TaskScheduler,
            ActorId::DriverEndpoint,
            ActorId::ExecutorBackend(ExecutorId::DRIVER),
            ActorId::TaskRunner(ExecutorId(3)),
            ActorId::ResultGetter,
            ActorId::JobWaiter(JobId(9)),
            ActorId::ListenerBus,
            ActorId::Host(2),
            ActorId::HeartbeatReceiver,
            ActorId::MapOutputTracker,
            ActorId::BarrierCoordinator,
            ActorId::ExecutorAllocation,
            ActorId::ClusterManager,
        ] {
            assert_eq!(ActorId::from_code(id.code()), Some(id));
        }
        assert_eq!(ActorId::from_code(0), None);
        assert_eq!(ActorId::from_code(15), None);
        assert_eq!(ActorId::from_code(1 << 40), None);
    }

    #[test]
    fn actor_names_are_read_as_they_are_written() {
        for code in (1..=14).chain([20, 21, 23, 25]) {
            let Some(actor) = ActorId::from_code(code) else { continue };
            assert_eq!(actor.to_string().parse(), Ok(actor));
            assert_eq!(actor.to_string().to_lowercase().parse(), Ok(actor));
        }
        assert_eq!("Executor-x".parse::<ActorId>(), Err(NotAnActor("Executor-x".to_owned())));
    }

    #[test]
    fn ids_print_bare_and_short() {
        assert_eq!(format!("{} {:?}", StageId(3), StageId(3)), "3 s3");
        assert_eq!(format!("{:?} {}", TaskId(17), ExecutorId(2)), "t17 2");
    }
}
