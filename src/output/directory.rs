//! An output directory: written aside, renamed at the end.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use thiserror::Error;

/// Why output could not be begun or ended.
#[derive(Debug, Error)]
pub enum OutputError {
    /// There is something of that name; it is never written over.
    #[error("Output directory {} already exists", path.display())]
    Exists {
        /// The directory.
        path: PathBuf,
    },
    /// A file or directory could not be made or moved.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
}

/// The name of a partition's file, as in Hadoop.
pub(super) fn part_name(partition: u32) -> String {
    format!("part-{partition:05}")
}

/// Where attempts write within a directory, apart from what is committed.
pub(super) fn attempts(directory: &Path) -> PathBuf {
    directory.join("_attempts")
}

/// A directory that is being written under another name beside its place. Dropped without `commit`, it is
/// removed.
#[derive(Debug)]
pub(crate) struct OutputDirectory {
    target: PathBuf,
    temporary: PathBuf,
}

impl OutputDirectory {
    /// Begins a directory that must not exist.
    pub(crate) fn begin(target: &Path) -> Result<Self, OutputError> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let io = |action, path: &Path| {
            let path = path.to_owned();
            move |source| OutputError::Io { action, path, source }
        };
        let Some(name) = target.file_name() else {
            let source = io::Error::new(io::ErrorKind::InvalidInput, "it does not name a directory");
            return Err(io("create", target)(source));
        };
        let exists = target.try_exists().map_err(io("look for", target))?;
        if exists || target.is_symlink() {
            return Err(OutputError::Exists { path: target.to_owned() });
        }
        let parent = match target.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(io("create", parent))?;
        let name = name.to_string_lossy();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // Beside the target, so that renaming stays on one file system; hidden, so that no reader takes it.
        let temporary = parent.join(format!(".{name}._temporary-{}-{number}", std::process::id()));
        fs::create_dir(&temporary).map_err(io("create", &temporary))?;
        let output = OutputDirectory { target: target.to_owned(), temporary };
        let attempts = attempts(&output.temporary);
        fs::create_dir(&attempts).map_err(io("create", &attempts))?;
        Ok(output)
    }

    /// Where to write.
    pub(crate) fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Everything is there: what attempts left over goes, `_SUCCESS` comes, and the directory takes its
    /// place.
    pub(crate) fn commit(self) -> Result<(), OutputError> {
        let io = |action, path: &Path| {
            let path = path.to_owned();
            move |source| OutputError::Io { action, path, source }
        };
        let attempts = attempts(&self.temporary);
        remove(&attempts).map_err(io("remove", &attempts))?;
        let success = self.temporary.join("_SUCCESS");
        fs::File::create(&success).map_err(io("create", &success))?;
        // Renaming onto an empty directory that somebody made meanwhile would succeed: look again.
        if self.target.try_exists().map_err(io("look for", &self.target))? {
            return Err(OutputError::Exists { path: self.target.clone() });
        }
        fs::rename(&self.temporary, &self.target).map_err(io("rename to", &self.target))
    }
}

/// Removes a directory while tasks may still be ending in it: under another name, so that they find it no more. One
/// that was about to put a file into it may do so meanwhile, but only once.
fn remove(directory: &Path) -> io::Result<()> {
    const MOST_TRIES: usize = 1_000;
    let mut removed = directory.to_owned().into_os_string();
    removed.push("-removed");
    fs::rename(directory, &removed)?;
    let again = |result: &io::Result<()>| {
        result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::DirectoryNotEmpty)
    };
    let mut result = fs::remove_dir_all(&removed);
    for _ in 1..MOST_TRIES {
        if !again(&result) {
            break;
        }
        result = fs::remove_dir_all(&removed);
    }
    result
}

fn ignore_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

impl Drop for OutputDirectory {
    fn drop(&mut self) {
        // After `commit` it is not there any more.
        if let Err(error) = remove(&self.temporary).or_else(ignore_missing) {
            tracing::warn!("cannot remove {}: {error}", self.temporary.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_appears_at_commit_with_success_and_without_leftovers() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("deep/out");
        let output = OutputDirectory::begin(&target).unwrap();
        fs::write(output.temporary().join("part-00000"), "x").unwrap();
        fs::write(attempts(output.temporary()).join("part-00000.attempt-3"), "y").unwrap();
        assert!(!target.exists());
        output.commit().unwrap();
        let mut names: Vec<_> =
            fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["_SUCCESS", "part-00000"]);
        assert_eq!(fs::read_dir(dir.path().join("deep")).unwrap().count(), 1);
    }

    #[test]
    fn an_attempt_that_ends_while_the_directory_is_committed_does_no_harm() {
        let dir = tempfile::tempdir().unwrap();
        for round in 0..50 {
            let target = dir.path().join(format!("out-{round}"));
            let output = OutputDirectory::begin(&target).unwrap();
            let attempts = attempts(output.temporary());
            let files: Vec<_> = (0..20).map(|number| attempts.join(number.to_string())).collect();
            files.iter().for_each(|file| fs::write(file, "x").unwrap());
            std::thread::scope(|scope| {
                scope.spawn(|| files.iter().rev().for_each(|file| drop(fs::remove_file(file))));
                scope.spawn(|| drop(fs::write(attempts.join("late"), "y")));
                output.commit().unwrap();
            });
            let names: Vec<_> =
                fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            assert_eq!(names, ["_SUCCESS"]);
        }
    }

    #[test]
    fn dropped_it_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        drop(OutputDirectory::begin(&dir.path().join("out")).unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_exists_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let error = OutputDirectory::begin(dir.path()).unwrap_err();
        assert!(error.to_string().ends_with("already exists"), "{error}");
    }
}
