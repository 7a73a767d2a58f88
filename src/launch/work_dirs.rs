//! [`WorkDirs`]: the working directories of the executors that this process starts.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use firesteel_actors::{ExecutorId, config::KeepWorkDirs};

use super::{LaunchError, Orphan};

/// `<root>/<application>/<executor>`, which nobody else may look into.
#[derive(Debug)]
pub(super) struct WorkDirs {
    root: PathBuf,
    /// It was made here.
    root_is_ours: bool,
    application: PathBuf,
    keep: KeepWorkDirs,
    /// What `spark.local.dir` names.
    local_dirs: Vec<PathBuf>,
}

/// What an executor writes to standard output, within its directory.
const OUT: &str = "stdout";
/// And to standard error.
const LOG: &str = "stderr";

impl WorkDirs {
    /// Within this directory, or a new one of our own.
    pub(super) fn new(
        root: Option<&Path>,
        application_id: &str,
        keep: KeepWorkDirs,
        local_dir: Option<&str>,
    ) -> Result<Self, LaunchError> {
        let (root, root_is_ours) = match root {
            Some(root) => {
                let absolute = std::path::absolute(root);
                (absolute.map_err(|source| error("find", root, source))?, false)
            }
            None => {
                let temp = std::env::temp_dir();
                let made = tempfile::Builder::new().prefix("firesteel-").tempdir_in(&temp);
                (made.map_err(|source| error("make a directory in", &temp, source))?.keep(), true)
            }
        };
        let application = root.join(application_id);
        let local_dirs = local_dir.map(|list| roots(list).map(PathBuf::from).collect()).unwrap_or_default();
        Ok(WorkDirs { root, root_is_ours, application, keep, local_dirs })
    }

    /// What an executor has to remove itself if this process cannot.
    pub(super) fn orphan(&self) -> Orphan {
        Orphan { removes_work_dir: self.keep != KeepWorkDirs::All, removes_root: self.root_is_ours }
    }

    fn path(&self, executor_id: ExecutorId) -> PathBuf {
        self.application.join(executor_id.to_string())
    }

    /// The file for an executor's standard error.
    pub(super) fn log(&self, executor_id: ExecutorId) -> PathBuf {
        self.path(executor_id).join(LOG)
    }

    /// Makes the directory of a new executor.
    pub(super) fn make(&self, executor_id: ExecutorId) -> Result<WorkDir, LaunchError> {
        let path = self.path(executor_id);
        let make = || {
            fs::create_dir_all(&self.application)?;
            DirBuilder::new().mode(0o700).create(&path)
        };
        make().map_err(|source| error("make", &path, source))?;
        let application_id = self.application.file_name().unwrap_or_default().to_string_lossy();
        let name = local_dir_name(&application_id, executor_id);
        let local_dirs = self.local_dirs.iter().map(|root| root.join(&name)).collect();
        Ok(WorkDir { path, local_dirs })
    }

    /// The executor of a directory has ended: removes what is not kept. Whether its log is still there.
    pub(super) fn leave(&self, dir: &WorkDir, failed: bool) -> bool {
        if self.keep != KeepWorkDirs::All {
            // One that was killed has left them.
            for path in &dir.local_dirs {
                fs::remove_dir_all(path).ok();
            }
        }
        let left = match self.keep {
            KeepWorkDirs::All => return true,
            KeepWorkDirs::Failed if failed => dir.remove_all_but_logs(),
            KeepWorkDirs::Failed | KeepWorkDirs::None => fs::remove_dir_all(&dir.path),
        };
        if let Err(problem) = left {
            tracing::warn!("cannot clean up {}: {problem}", dir.path.display());
        }
        dir.log().exists()
    }

    /// Removes the directories above those of executors, if nothing is left in them.
    pub(super) fn close(&self) {
        remove_empty(&self.application, self.root_is_ours.then_some(&*self.root));
    }
}

/// Removes directories if nothing is in them, the inner first, which may never have been made.
pub(crate) fn remove_empty(inner: &Path, outer: Option<&Path>) {
    // What is still used by others stays.
    let is_gone =
        fs::remove_dir(inner).map_or_else(|error| error.kind() == io::ErrorKind::NotFound, |()| true);
    if let Some(outer) = outer.filter(|_| is_gone) {
        fs::remove_dir(outer).ok();
    }
}

/// The directories of a list as `spark.local.dir` has it.
fn roots(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|root| !root.is_empty())
}

/// What an executor's directory is called within one that `spark.local.dir` names.
fn local_dir_name(application_id: &str, executor_id: ExecutorId) -> String {
    format!("firesteel-{application_id}-executor-{executor_id}")
}

/// Where an executor has its files, if `spark.local.dir` says so: in directories whose names its launcher knows too.
pub(crate) fn local_dirs(list: &str, application_id: &str, executor_id: ExecutorId) -> Vec<PathBuf> {
    let name = local_dir_name(application_id, executor_id);
    roots(list).map(|root| Path::new(root).join(&name)).collect()
}

/// The directory of one executor.
#[derive(Debug)]
pub(super) struct WorkDir {
    path: PathBuf,
    /// Those of its files, if they are elsewhere.
    local_dirs: Vec<PathBuf>,
}

impl WorkDir {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The file for standard error.
    pub(super) fn log(&self) -> PathBuf {
        self.path.join(LOG)
    }

    /// New files for standard output and standard error.
    pub(super) fn make_logs(&self) -> Result<(File, File), LaunchError> {
        let make = |name| {
            let path = self.path.join(name);
            File::create_new(&path).map_err(|source| error("make", &path, source))
        };
        Ok((make(OUT)?, make(LOG)?))
    }

    fn remove_all_but_logs(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_name() == OUT || entry.file_name() == LOG {
                continue;
            }
            let path = entry.path();
            if entry.file_type()?.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
        }
        Ok(())
    }
}

fn error(action: &'static str, path: &Path, source: io::Error) -> LaunchError {
    LaunchError::WorkDir { action, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// What is left of an executor's directory with a log and other files.
    fn left(keep: KeepWorkDirs, failed: bool) -> Vec<String> {
        let (root, disks) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let local = format!("{0}/a, {0}/b", disks.path().display());
        let dirs = WorkDirs::new(Some(root.path()), "app", keep, Some(&local)).unwrap();
        let dir = dirs.make(ExecutorId(4)).unwrap();
        assert_eq!(dir.path(), root.path().join("app/4"));
        assert_eq!(dir.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
        dir.make_logs().unwrap();
        fs::create_dir(dir.path().join("local")).unwrap();
        fs::write(dir.path().join("local/rows"), "x").unwrap();
        fs::write(dir.path().join("core"), "x").unwrap();
        let elsewhere = local_dirs(&local, "app", ExecutorId(4));
        assert_eq!(elsewhere[1], disks.path().join("b/firesteel-app-executor-4"));
        elsewhere.iter().for_each(|path| fs::create_dir_all(path.join("firesteel-x")).unwrap());
        let has_log = dirs.leave(&dir, failed);
        dirs.close();
        let entries = fs::read_dir(dir.path()).into_iter().flatten();
        let mut left: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        assert!(elsewhere.iter().all(|path| path.exists() == (keep == KeepWorkDirs::All)));
        assert_eq!(has_log, left.contains(&LOG.to_owned()));
        assert_eq!(root.path().join("app").exists(), !left.is_empty());
        assert!(root.path().exists());
        left
    }

    #[test]
    fn logs_of_failed_executors_stay_and_all_if_asked_for() {
        use KeepWorkDirs as Keep;
        assert_eq!(left(Keep::Failed, false), [""; 0]);
        assert_eq!(left(Keep::Failed, true), ["stderr", "stdout"]);
        assert_eq!(left(Keep::None, true), [""; 0]);
        assert_eq!(left(Keep::All, false), ["core", "local", "stderr", "stdout"]);
    }

    #[test]
    fn a_directory_of_our_own_is_removed_with_the_last_thing_in_it() {
        let dirs = WorkDirs::new(None, "app", KeepWorkDirs::Failed, None).unwrap();
        let (one, two) = (dirs.make(ExecutorId(1)).unwrap(), dirs.make(ExecutorId(2)).unwrap());
        dirs.leave(&one, false);
        dirs.close();
        assert!(dirs.root.exists());
        dirs.leave(&two, false);
        dirs.close();
        assert!(!dirs.root.exists());
    }

    #[test]
    fn a_directory_of_our_own_is_removed_if_nothing_was_ever_in_it() {
        let dirs = WorkDirs::new(None, "app", KeepWorkDirs::Failed, None).unwrap();
        assert!(dirs.root.exists());
        dirs.close();
        assert!(!dirs.root.exists());
    }

    #[test]
    fn a_directory_is_for_one_executor() {
        let root = tempfile::tempdir().unwrap();
        let dirs = WorkDirs::new(Some(root.path()), "app", KeepWorkDirs::Failed, None).unwrap();
        dirs.make(ExecutorId(1)).unwrap();
        let error = dirs.make(ExecutorId(1)).unwrap_err().to_string();
        assert!(error.contains("cannot make") && error.contains("firesteel.executor.workDir"), "{error}");
    }
}
