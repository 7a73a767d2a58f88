//! Running one process and measuring it from outside: wall time and peak memory.
//!
//! Usually it is a [child program](super::children) of this executable. Linux counts the starting process's own
//! peak into the child's, so this executable keeps itself small: files are streamed, never held. Who runs what
//! how often is for [`compare`](super::compare).

use std::{
    env,
    io::{self, Read},
    process::{Command, ExitStatus, Stdio},
    time::Instant,
};

use thiserror::Error;

use super::wait::wait_with_peak_rss;

/// A process that ended well.
#[derive(Debug)]
pub(crate) struct Finished {
    /// All that it printed to standard output.
    pub(crate) stdout: String,
    /// Seconds from before its start until it was gone.
    pub(crate) wall_seconds: f64,
    /// The most memory that it had resident, in bytes. Pages of mapped files count.
    pub(crate) peak_rss_bytes: u64,
}

/// Why a process gave no measurement.
#[derive(Debug, Error)]
pub(crate) enum ChildError {
    /// It could not be started, read or waited for.
    #[error("cannot run {name}")]
    Run {
        /// The process.
        name: String,
        /// The system's reason.
        source: io::Error,
    },
    /// It ended badly.
    #[error("{name} ended with {status}; its own words are above")]
    Failed {
        /// The process.
        name: String,
        /// How it ended.
        status: ExitStatus,
    },
}

/// Runs the child program `name` of this executable with `arguments`.
///
/// # Errors
/// If it cannot be run, or does not end with exit code 0.
pub(crate) fn run(name: &str, arguments: &[&str]) -> Result<Finished, ChildError> {
    let executable =
        env::current_exe().map_err(|source| ChildError::Run { name: name.to_owned(), source })?;
    measure(name, Command::new(executable).arg("--child").arg(name).args(arguments))
}

/// Runs `command`, called `name` in errors. Its standard error stays this process's.
///
/// # Errors
/// If it cannot be run, prints other than UTF-8, or does not end with exit code 0.
pub(crate) fn measure(name: &str, command: &mut Command) -> Result<Finished, ChildError> {
    let failed = |source| ChildError::Run { name: name.to_owned(), source };
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let started = Instant::now();
    let mut child = command.spawn().map_err(failed)?;
    let mut stdout = String::new();
    let read = match child.stdout.take() {
        Some(mut pipe) => pipe.read_to_string(&mut stdout),
        None => Ok(0),
    };
    // Also after a failed read, so that no zombie stays.
    let (status, peak_rss_bytes) = wait_with_peak_rss(child).map_err(failed)?;
    let wall_seconds = started.elapsed().as_secs_f64();
    read.map_err(failed)?;
    if !status.success() {
        return Err(ChildError::Failed { name: name.to_owned(), status });
    }
    Ok(Finished { stdout, wall_seconds, peak_rss_bytes })
}
