//! The settings that the control plane reads, under Spark's names.
//!
//! One file per area holds the fields and keys as one table: what a field means, its default, its key and what the
//! key takes. `docs/configuration.md` is made from these tables. Texts become values in [`Config::set`] and
//! [`Config::set_all`]; what does not go together is found by [`Config::check`]. The only file that is read here is
//! that of `spark.scheduler.allocation.file`.

mod allocation;
mod allocation_file;
mod barrier;
mod check;
mod decommission;
mod error;
mod exclusion;
mod fetch;
mod general;
mod heartbeat;
mod key;
mod kind;
mod locality;
mod memory;
mod pools;
mod processes;
mod recorded;
mod set;
mod shuffle;
mod speculation;
mod spill;
mod stage;
#[cfg(test)]
mod tests;
mod trace;

pub use allocation::Allocation;
pub use barrier::Barrier;
pub use decommission::Decommission;
pub use error::ConfigError;
pub use exclusion::{Exclusion, GivenExclusion};
pub use fetch::FetchConfig;
pub use general::Config;
pub use heartbeat::HeartbeatConfig;
pub use key::{Area, Key};
pub use locality::Locality;
pub use memory::MemoryConfig;
pub use pools::{PoolAllocation, Pools, SchedulingMode};
pub use processes::{KeepWorkDirs, ProcessesConfig};
pub use shuffle::ShuffleConfig;
pub use speculation::Speculation;
pub use spill::{CompressionCodec, SpillConfig};
pub use stage::StageConfig;
pub use trace::TraceConfig;

/// All keys, by area.
pub const AREAS: &[Area] = &[
    Area { title: "Tasks and results", tables: &[Config::KEYS, &[general::TASK_RESOURCE]] },
    Area { title: "Stages", tables: &[StageConfig::KEYS] },
    Area { title: "Shuffles", tables: &[ShuffleConfig::KEYS] },
    Area { title: "Blocks between executors", tables: &[FetchConfig::KEYS] },
    Area { title: "Memory", tables: &[MemoryConfig::KEYS] },
    Area { title: "Spilling to disk", tables: &[SpillConfig::KEYS] },
    Area { title: "Order of task sets", tables: &[Pools::KEYS, &[pools::ALLOCATION_FILE]] },
    Area { title: "Delay scheduling", tables: &[Locality::KEYS] },
    Area { title: "Speculation", tables: &[Speculation::KEYS] },
    Area { title: "Exclusion on failure", tables: &[Exclusion::KEYS, GivenExclusion::KEYS] },
    Area { title: "Barrier stages", tables: &[Barrier::KEYS] },
    Area { title: "Heartbeats", tables: &[HeartbeatConfig::KEYS] },
    Area { title: "Dynamic allocation", tables: &[Allocation::KEYS] },
    Area { title: "Decommissioning", tables: &[Decommission::KEYS] },
    Area { title: "Executor processes", tables: &[ProcessesConfig::KEYS] },
    Area { title: "Message traces", tables: &[TraceConfig::KEYS] },
];
