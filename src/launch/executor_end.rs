//! [`ExecutorEnd`]: how an executor ended, for people.

use std::{fmt, os::unix::process::ExitStatusExt, path::PathBuf, process::ExitStatus};

use super::signals;
use crate::executor::exit_codes;

/// How the process of an executor ended. `Display` says it in a few words, [`reason`](Self::reason) with the last
/// lines of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecutorEnd {
    /// How.
    pub kind: EndKind,
    /// The file with what it wrote to standard error, if it is known and was kept.
    pub log: Option<PathBuf>,
    /// The last lines of that file, if the executor failed.
    pub last_lines: Vec<String>,
    /// Somewhere on the machine memory had run out; whether that was why it ended is not known.
    pub perhaps_out_of_memory: bool,
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndKind {
    /// With this status.
    Exited(i32),
    /// By a signal.
    #[non_exhaustive]
    Signalled {
        /// Its number.
        signal: i32,
        /// Whether there is a core dump.
        core_dumped: bool,
    },
    /// By a signal, and memory had run out.
    #[non_exhaustive]
    OutOfMemory {
        /// The number of the signal.
        signal: i32,
    },
    /// Its launcher killed it: it did not end by itself when it was told to.
    Killed,
    /// It was never there.
    FailedToStart(String),
    /// It has ended, but nobody knows how.
    Unknown(String),
}

impl ExecutorEnd {
    /// An end of which no more is known.
    pub fn new(kind: EndKind) -> Self {
        ExecutorEnd { kind, log: None, last_lines: Vec::new(), perhaps_out_of_memory: false }
    }

    /// Whether it did not end as executors do that are told to.
    pub fn is_failure(&self) -> bool {
        self.kind != EndKind::Exited(0)
    }

    /// Whether no executor ends like this before it has registered: the process ran something else.
    pub(super) fn is_foreign(&self) -> bool {
        matches!(self.kind, EndKind::Exited(status) if !exit_codes::OF_EXECUTORS.contains(&status))
    }

    /// How it ended, and what its log said last.
    pub fn reason(&self) -> String {
        self.log_text().map_or_else(|| self.to_string(), |log| format!("{self}; {log}"))
    }

    /// What is known of its log.
    pub(super) fn log_text(&self) -> Option<String> {
        let path = self.log.as_ref().map(|log| format!(" {}", log.display()));
        if self.last_lines.is_empty() {
            return path.map(|path| format!("its log is{path}"));
        }
        let lines = self.last_lines.join("\n    ");
        Some(format!("the last lines of its log{}:\n    {lines}", path.unwrap_or_default()))
    }
}

impl fmt::Display for ExecutorEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.kind, f)?;
        f.write_str(if self.perhaps_out_of_memory { ", perhaps out of memory" } else { "" })
    }
}

impl fmt::Display for EndKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EndKind::Exited(status) => {
                write!(f, "exited with status {status}")?;
                exit_codes::meaning(*status).map_or(Ok(()), |meaning| write!(f, " ({meaning})"))
            }
            EndKind::Signalled { signal, core_dumped } => {
                by_signal(*signal, f)?;
                if *core_dumped { f.write_str(", core dumped") } else { Ok(()) }
            }
            EndKind::OutOfMemory { signal } => {
                f.write_str("ran out of memory: ")?;
                by_signal(*signal, f)
            }
            EndKind::Killed => f.write_str("killed because it did not end when it was told to"),
            EndKind::FailedToStart(problem) => write!(f, "could not be started: {problem}"),
            EndKind::Unknown(problem) => write!(f, "ended in an unknown way: {problem}"),
        }
    }
}

fn by_signal(signal: i32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match signals::name(signal) {
        Some(name) => write!(f, "killed by signal {signal} ({name})"),
        None => write!(f, "killed by signal {signal}"),
    }
}

impl From<ExitStatus> for EndKind {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => EndKind::Exited(code),
            (None, Some(signal)) => EndKind::Signalled { signal, core_dumped: status.core_dumped() },
            (None, None) => EndKind::Unknown(status.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_statuses_and_names_of_signals() {
        let text = |raw| EndKind::from(ExitStatus::from_raw(raw)).to_string();
        assert_eq!(text(0), "exited with status 0");
        assert_eq!(text(3 << 8), "exited with status 3");
        assert_eq!(text(56 << 8), "exited with status 56 (its heartbeats were not answered)");
        assert_eq!(text(9), "killed by signal 9 (SIGKILL)");
        assert_eq!(text(11 | 0x80), "killed by signal 11 (SIGSEGV), core dumped");
        assert_eq!(text(63), "killed by signal 63");
        let end = EndKind::OutOfMemory { signal: 9 };
        assert_eq!(end.to_string(), "ran out of memory: killed by signal 9 (SIGKILL)");
        let end = EndKind::FailedToStart("cannot fork".to_owned());
        assert_eq!(end.to_string(), "could not be started: cannot fork");
    }

    #[test]
    fn the_reason_has_the_last_lines_of_the_log() {
        let mut end = ExecutorEnd::new(EndKind::Exited(101));
        assert_eq!(end.reason(), "exited with status 101");
        end.log = Some("/logs/3/stderr".into());
        assert_eq!(end.reason(), "exited with status 101; its log is /logs/3/stderr");
        end.perhaps_out_of_memory = true;
        assert_eq!(end.to_string(), "exited with status 101, perhaps out of memory");
        end.perhaps_out_of_memory = false;
        end.last_lines = vec!["thread main panicked".to_owned(), "at the end".to_owned()];
        assert_eq!(
            end.reason(),
            "exited with status 101; the last lines of its log /logs/3/stderr:\n    thread main panicked\n    at the end"
        );
    }

    #[test]
    fn only_what_executors_exit_with_is_theirs() {
        let foreign = |kind| ExecutorEnd::new(kind).is_foreign();
        assert!([0, 1, 2, 101].into_iter().all(|status| foreign(EndKind::Exited(status))));
        assert!(!foreign(EndKind::Exited(50)) && !foreign(EndKind::Exited(56)));
        assert!(!foreign(EndKind::Signalled { signal: 9, core_dumped: false }));
        assert!(!foreign(EndKind::FailedToStart(String::new())));
    }
}
