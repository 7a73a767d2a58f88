//! [`Context`]: the driver's side of a system. Starts it, makes RDDs, plans and submits jobs, hands their
//! results to whoever waits.
//!
//! Talks to the actors through a [`SystemHandle`]; implements for them what is no actor ([`driver::Driver`]).

mod block_on;
mod builder;
mod call_site;
mod cancel;
mod checkpoint_dir;
mod driver;
mod executor_info;
mod explain;
mod handle;
mod job_future;
mod job_handle;
mod job_sink;
mod listener_bus;
mod local_properties;
mod master;
mod persisted_rdd;
mod plan;
#[cfg(feature = "cluster")]
mod processes;
mod questions;
mod result_blocks;
mod shared_run;
mod shuffle_cleaner;

pub use builder::ContextBuilder;
pub(crate) use call_site::CallSite;
pub use executor_info::ExecutorInfo;
pub use explain::Explanation;
pub use handle::Context;
pub use job_future::JobFuture;
pub use job_handle::JobHandle;
pub use listener_bus::SparkListener;
pub use master::{Master, MasterError};
pub(crate) use persisted_rdd::PersistedRdd;
pub(crate) use plan::{encode_partitions, settle_counts};
pub(crate) use result_blocks::ResultBlocks;
pub(crate) use shared_run::SharedRun;
pub(crate) use shuffle_cleaner::ShuffleCleaner;

/// The number of the context's own handle among the hosts of its system.
const HOST: u32 = 0;
