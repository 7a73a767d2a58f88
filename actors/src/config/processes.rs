//! Executors in processes of their own. The control plane does not start them: whoever does reads these.

use std::{path::PathBuf, time::Duration};

use super::{
    key::settings,
    kind::{Count, FilePath, Kind, Maybe, Positive, Seconds},
};

/// Whose working directories stay when a driver has stopped the executors that it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeepWorkDirs {
    /// The logs of those that failed.
    #[default]
    Failed,
    /// All.
    All,
    /// None.
    None,
}

/// A [`KeepWorkDirs`] by its name.
pub(super) struct Keep;

impl Kind for Keep {
    type Value = KeepWorkDirs;
    const NAME: &'static str = "text";

    fn allowed() -> String {
        "true, false, or failed (the logs of executors that failed)".to_owned()
    }

    fn read(text: &str) -> Option<KeepWorkDirs> {
        match &*text.trim().to_ascii_lowercase() {
            "true" => Some(KeepWorkDirs::All),
            "false" => Some(KeepWorkDirs::None),
            "failed" => Some(KeepWorkDirs::Failed),
            _ => None,
        }
    }

    fn show(value: &KeepWorkDirs) -> Option<String> {
        let name = match value {
            KeepWorkDirs::All => "true",
            KeepWorkDirs::None => "false",
            KeepWorkDirs::Failed => "failed",
        };
        Some(name.to_owned())
    }

    fn accepts(_: &KeepWorkDirs) -> bool {
        true
    }
}

settings! {
    at |config| config.processes;

    /// Executors in processes of their own.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ProcessesConfig {
        /// The file with the secret that the driver of `firesteel://HOST:PORT` shares with its executors.
        secret_file: Option<PathBuf> = None,
        "firesteel.authenticate.secretFile", since "firesteel 0.1.0", takes Maybe<FilePath>,
        unset "`firesteel://HOST:PORT` is refused; `local-cluster` makes a secret of its own";
        /// Where executors that the driver starts have their working directories:
        /// `<workDir>/<application>/<executor>`, with their logs `stdout` and `stderr`.
        work_dir: Option<PathBuf> = None,
        "firesteel.executor.workDir", since "firesteel 0.1.0", takes Maybe<FilePath>,
        unset "a new directory within the system's for temporary files, removed when nothing in it is kept";
        /// Whether these directories stay when the driver has stopped.
        keep_work_dirs: KeepWorkDirs = KeepWorkDirs::Failed,
        "firesteel.executor.keepWorkDirs", since "firesteel 0.1.0", takes Keep;
        /// How long a process that the driver started may take until it registers; a later one is ended.
        registration_timeout: Duration = Duration::from_secs(30),
        "firesteel.executor.registrationTimeout", since "firesteel 0.1.0", takes Positive<Seconds>;
        /// How many executors in a row may end before they have registered, or within three seconds after it, until no more
        /// are started and jobs fail.
        max_executor_retries: u32 = 10,
        "spark.deploy.maxExecutorRetries", since "1.6.3", takes Count;
        /// How long jobs wait while there is no executor at all, until they fail.
        max_lost_time: Duration = Duration::from_secs(120),
        "firesteel.executors.maxLostTime", since "firesteel 0.1.0", takes Positive<Seconds>;
    }
}
