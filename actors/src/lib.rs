//! The control plane of firesteel: Apache Spark's DAGScheduler, TaskScheduler, DriverEndpoint and
//! ExecutorBackend as actors that exchange typed messages only.
//!
//! # Layout
//! - [`ids`](crate::JobId), [`Time`], [`error`]: names, moments, failures.
//! - [`lineage`]: a job's RDDs and shuffles as plain data.
//! - [`config`]: the settings, under Spark's names.
//! - [`codec`]: the bytes of messages in traces, and of rows.
//! - [`message`]: every message, one enum per receiving actor, and the envelope.
//! - [`core`]: what an actor is: a pure state machine with an outbox.
//! - [`dag_scheduler`], [`task_scheduler`], [`driver_endpoint`], [`executor_backend`]: the four that run jobs.
//! - [`carrier`]: what moves messages: actix in production, a deterministic loop in tests.
//! - [`sim`]: a simulated cluster, with invariants that every seed must keep.
//! - [`trace`]: records every message to a file, and reads it back.
//! - `testing` (feature `trace`): waits for messages in tests, and asserts on traces.
//!
//! # What this does not do
//! It knows no closure, no row and no socket: tasks are ids and bytes to it. The crate `firesteel` makes RDD
//! programs of it.

pub mod allocation;
pub mod barrier;
pub mod carrier;
pub mod codec;
mod commit;
pub mod config;
pub mod core;
pub mod dag_scheduler;
pub mod driver_endpoint;
pub mod error;
pub mod executor_backend;
pub mod heartbeat;
mod ids;
pub mod lineage;
pub mod map_outputs;
pub mod message;
mod nearest;
mod partition_set;
pub mod resources;
pub mod sim;
pub mod task_scheduler;
#[cfg(feature = "trace")]
pub mod testing;
#[cfg(test)]
mod testkit;
mod time;
pub mod trace;
pub mod units;

pub use config::{Config, ConfigError};
pub use error::{JobError, SystemError};
pub use ids::{ActorId, ExecutorId, JobId, NotAnActor, OfferRound, RddId, ShuffleId, StageId, TaskId};
pub use time::Time;
