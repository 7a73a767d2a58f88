//! What an executor does.

use std::error::Error;

use super::{ExecutorExit, ExecutorOptions};
use crate::cluster::run_executor;

/// Runs an executor until its end.
pub(super) fn run(options: ExecutorOptions) -> Result<ExecutorExit, Box<dyn Error + Send + Sync>> {
    Ok(run_executor(options)?)
}
