//! Resources beyond cores, and the profiles that ask for them (`spark-semantics` 1.7 and 8).
//!
//! A resource has a name (`gpu`) and addresses (`0`, `1`); a task takes a share of one address or several whole
//! ones. Amounts are whole numbers, so that sums never drift.

pub(crate) mod allocator;
mod amount;
mod merge;
mod profile;

pub use amount::ResourceAmount;
pub(crate) use merge::MergedProfiles;
pub use profile::{ExecutorRequests, ProfileId, ResourceProfile, TaskRequests};

use std::{collections::BTreeMap, sync::Arc};

/// By resource name, by address: how much of that address. Empty for whoever has cores only.
pub type Resources = BTreeMap<Arc<str>, BTreeMap<Arc<str>, ResourceAmount>>;
