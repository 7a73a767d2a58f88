//! Running tasks on an executor: from a task's description to how it ended.
//!
//! [`TaskContext`] is what user code and operators see of their task; `TaskRunner` follows the order of steps
//! of `spark-semantics` section 21; `StageCode` is a decoded stage, kept in the `StageCache` so that each
//! executor decodes it once. Threads, queues and messages are not here: they are the carrier's.

mod barrier;
mod context;
mod current;
mod env;
mod error;
mod interruptible;
mod metrics;
mod panic_hook;
mod questions;
mod runner;
mod stage_cache;
mod stage_code;

pub use barrier::BarrierTaskContext;
pub use context::TaskContext;
pub(crate) use current::{TaskParts, in_task};
pub(crate) use env::ExecutorEnv;
pub use error::{FetchFailure, TaskError};
pub use interruptible::Interruptible;
pub(crate) use panic_hook::install_panic_hook;
pub(crate) use runner::TaskRunner;
pub(crate) use stage_cache::StageCache;
pub(crate) use stage_code::{StageCode, StageOutput, encode_stage};
