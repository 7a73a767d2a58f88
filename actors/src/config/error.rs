//! Why settings are refused.

use std::{path::PathBuf, sync::Arc};

use thiserror::Error;

use crate::{message::keys, resources::ResourceAmount};

/// Why a setting was not taken, or settings do not go together.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// The value is not allowed.
    #[error("{key} cannot be \"{value}\": it takes {allowed}")]
    BadValue {
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// What is allowed.
        allowed: String,
    },
    /// No such key.
    #[error("there is no setting {key}; {}", advice(key, *nearest))]
    UnknownKey {
        /// The key.
        key: String,
        /// The known key that looks much like it, if one does.
        nearest: Option<&'static str>,
    },
    /// Two settings that do not go together.
    #[error("{key} (={value}) {rule} {other} (={other_value}): {advice}")]
    Contradiction {
        /// A key.
        key: &'static str,
        /// Its value.
        value: String,
        /// What must hold between the two.
        rule: &'static str,
        /// The other key.
        other: &'static str,
        /// Its value.
        other_value: String,
        /// Why, or what to do.
        advice: &'static str,
    },
    /// The file of `spark.scheduler.allocation.file` cannot be read.
    #[error("spark.scheduler.allocation.file: cannot read {}: {reason}", path.display())]
    AllocationFileNotRead {
        /// The file.
        path: PathBuf,
        /// What kind of failure it is.
        kind: std::io::ErrorKind,
        /// What the operating system says.
        reason: String,
    },
    /// The file of `spark.scheduler.allocation.file` is no XML.
    #[error("spark.scheduler.allocation.file: {} is not well-formed XML: {reason}", path.display())]
    AllocationFileNotParsed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
    /// No task fits into an executor.
    #[error(
        "The number of cores per executor (={cores}) has to be >= the number of cpus per task = {cpus}: lower \
         spark.task.cpus or give executors more cores"
    )]
    TooFewCores {
        /// An executor's cores.
        cores: u32,
        /// `spark.task.cpus`.
        cpus: u32,
    },
    /// No executor has the resources of a task.
    #[error(
        "no executor has what a task takes of {name}: set spark.task.resource.{name}.amount (={amount}) to 0, or give an \
         executor the resource (that of local[N] has cores only)"
    )]
    TooFewResources {
        /// The resource.
        name: Arc<str>,
        /// `spark.task.resource.{name}.amount`.
        amount: ResourceAmount,
    },
}

fn advice(key: &str, nearest: Option<&str>) -> String {
    match nearest {
        _ if keys::ALL.contains(&key) => "it is a property of jobs: set it as a local property".to_owned(),
        Some(nearest) => format!("did you mean {nearest}?"),
        None => "docs/configuration.md lists all".to_owned(),
    }
}
