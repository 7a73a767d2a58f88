//! [`ShuffleBlock`]: what the store and the block server need of a map output, whatever its types.

use std::any::Any;

use super::output_file::Kept;
#[cfg(feature = "cluster")]
use super::served::ServedPart;
#[cfg(feature = "cluster")]
use crate::{spill::LocalDirs, task::TaskError};

/// A map task's output.
pub(crate) trait ShuffleBlock: Any + Send + Sync {
    /// The output whose rows are all in `kept`: so it is read by the same code as one that was made here.
    #[cfg_attr(not(feature = "cluster"), allow(dead_code, reason = "all outputs are of this process"))]
    fn of_kept(kept: Kept) -> Self
    where
        Self: Sized;

    /// A reducer's part as it is sent: rows in memory are encoded, those in files are sent as they lie there.
    #[cfg(feature = "cluster")]
    fn serve(&self, reduce: usize, dirs: &std::sync::Arc<LocalDirs>) -> Result<ServedPart, TaskError>;
}
