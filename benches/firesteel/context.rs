//! What every bench is given: the benchmark text, found once for all of them, and how many threads to use.
//!
//! It does not measure and does not report.

use std::{
    cell::OnceCell,
    error::Error,
    path::{Path, PathBuf},
};

use super::data::{self, DataError};

/// What a bench or a child program ends with.
pub(crate) type Outcome = Result<(), Box<dyn Error>>;

/// Shared by the benches of one run.
///
/// Nothing is looked for until a bench asks, so a bench without data never waits for it.
pub(crate) struct Context {
    text: OnceCell<PathBuf>,
    spill_bytes: u64,
}

impl Context {
    /// Threads that each side of a comparison may use. Fixed, so that figures of different machines mean the same.
    pub(crate) const THREADS: usize = 2;

    /// With another amount of data for the benches that spill than 4 GiB.
    pub(crate) fn new(spill_bytes: Option<u64>) -> Self {
        Context { text: OnceCell::new(), spill_bytes: spill_bytes.unwrap_or(4 << 30) }
    }

    /// How much data the benches that spill work on.
    pub(crate) fn spill_bytes(&self) -> u64 {
        self.spill_bytes
    }

    /// The benchmark text of about 100 MiB; see [`data::find`]. The first call may take minutes, to make it.
    ///
    /// # Errors
    /// If the text that the user named does not exist, or if none could be made.
    pub(crate) fn text(&self) -> Result<&Path, DataError> {
        if let Some(path) = self.text.get() {
            return Ok(path);
        }
        let path = data::find()?;
        Ok(self.text.get_or_init(|| path))
    }
}
