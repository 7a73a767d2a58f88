//! What an executor does.

use std::error::Error;

use super::{ExecutorExit, ExecutorOptions};

/// Runs an executor until its end.
pub(super) fn run(options: ExecutorOptions) -> Result<ExecutorExit, Box<dyn Error + Send + Sync>> {
    Err(format!("there are no executors in processes of their own yet, such as {options:?}").into())
}
