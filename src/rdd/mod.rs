//! RDDs: programs as data.
//!
//! A user holds an [`Rdd<P>`]; only its operator chain `P`, which is a [`Compute`], travels to executors. A chain
//! of narrow operators is one static type, so the compiler makes one loop of it; a shuffle ends the type.
//! Transformations are lazy, never fail and never run a job; actions do.
//!
//! - [`source`]: where data comes from. [`op`]: operators on any RDD. [`pair`]: operators on RDDs of pairs.
//!   [`action`]: what runs jobs. One file per operator or family.

pub mod action;
mod boxed;
mod checkpoint;
mod compute;
mod data;
mod debug_string;
mod deep_stack;
mod deferred;
mod function;
mod handle;
mod node;
pub mod op;
pub mod pair;
pub(crate) mod partitioning;
mod plan_error;
mod shuffle_dependency;
pub mod source;
mod stat_counter;

pub use boxed::Boxed;
pub(crate) use boxed::{decode_split, encode_split};
pub(crate) use checkpoint::Checkpoint;
pub use checkpoint::Checkpointed;
pub use compute::Compute;
pub use data::{Data, Key};
pub(crate) use debug_string::debug_string;
pub(crate) use deep_stack::with_room;
pub(crate) use deferred::Deferred;
pub use function::{Apply, Merge, Predicate, With};
pub use handle::Rdd;
pub(crate) use node::{NodeDependency, RddNode};
pub use partitioning::{KeyOrder, PartitionerInfo};
pub use plan_error::PlanError;
pub(crate) use shuffle_dependency::{MapStage, Prepare, ShuffleDependency, StageError};
pub use stat_counter::{Number, StatCounter};
