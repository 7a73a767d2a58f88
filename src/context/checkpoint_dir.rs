//! Where checkpoints are written.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::PoisonError,
};

use super::Context;
use crate::{Result, output::OutputError};

impl Context {
    /// Says where [`checkpoint`](crate::Rdd::checkpoint) writes: into a directory of this context's own, which is made now
    /// within `path`. The files outlive the context, as in Spark; whoever needs them no longer removes them.
    ///
    /// # Errors
    /// [`Error::Output`](crate::Error::Output) if the directory cannot be made.
    pub fn set_checkpoint_dir(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let make = || {
            // Tasks may be elsewhere.
            let path = std::path::absolute(path)?;
            fs::create_dir_all(&path)?;
            Ok(tempfile::Builder::new().prefix("checkpoint-").rand_bytes(16).tempdir_in(&path)?.keep())
        };
        let made = make();
        let made =
            made.map_err(|source| OutputError::Io { action: "make", path: path.to_owned(), source })?;
        *self.inner.checkpoint_dir.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
        Ok(())
    }

    /// The directory of this context's checkpoints, if one was set (Spark's `getCheckpointDir`).
    pub fn checkpoint_dir(&self) -> Option<PathBuf> {
        self.inner.checkpoint_dir.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
