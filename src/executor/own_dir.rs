//! [`OwnDir`]: the working directory of this process.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::launch::{Orphan, remove_empty};

/// The working directory of a process that is an executor.
#[derive(Debug)]
pub(super) enum OwnDir {
    /// Made by its driver, which removes it unless it is gone.
    OfDriver { path: PathBuf, orphan: Orphan },
    /// Made by itself.
    Own { path: PathBuf },
}

impl OwnDir {
    /// The directory that the driver has started the process in.
    pub(super) fn of_driver(orphan: Orphan) -> io::Result<Self> {
        Ok(OwnDir::OfDriver { path: std::env::current_dir()?, orphan })
    }

    /// A new one within `parent`, or within that for temporary files.
    pub(super) fn new(parent: Option<&Path>) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        let made = match parent {
            Some(parent) => {
                let parent = std::path::absolute(parent)?;
                fs::create_dir_all(&parent)?;
                builder.prefix("executor-").tempdir_in(parent)?
            }
            None => builder.prefix("firesteel-executor-").tempdir()?,
        };
        Ok(OwnDir::Own { path: made.keep() })
    }

    pub(super) fn path(&self) -> &Path {
        let (OwnDir::OfDriver { path, .. } | OwnDir::Own { path }) = self;
        path
    }

    /// Removes what nobody else removes.
    pub(super) fn leave(&self, driver_is_gone: bool) {
        match self {
            OwnDir::Own { path } => {
                fs::remove_dir_all(path).ok();
            }
            OwnDir::OfDriver { path, orphan } if driver_is_gone && orphan.removes_work_dir => {
                fs::remove_dir_all(path).ok();
                if let Some(application) = path.parent() {
                    remove_empty(application, application.parent().filter(|_| orphan.removes_root));
                }
            }
            OwnDir::OfDriver { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of `root/app/1`, from above.
    fn left(removes_work_dir: bool, removes_root: bool, driver_is_gone: bool, has_other: bool) -> Vec<bool> {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        let path = root.join("app/1");
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("stderr"), "x").unwrap();
        if has_other {
            fs::create_dir(root.join("app/2")).unwrap();
        }
        let orphan = Orphan { removes_work_dir, removes_root };
        OwnDir::OfDriver { path: path.clone(), orphan }.leave(driver_is_gone);
        [&root, &root.join("app"), &path].map(|path| path.exists()).to_vec()
    }

    #[test]
    fn a_directory_is_its_drivers_unless_that_one_is_gone() {
        assert_eq!(left(true, true, false, false), [true, true, true]);
        assert_eq!(left(true, true, true, false), [false, false, false]);
        assert_eq!(left(true, true, true, true), [true, true, false]);
        assert_eq!(left(true, false, true, false), [true, false, false]);
        assert_eq!(left(false, true, true, false), [true, true, true]);
    }

    #[test]
    fn a_directory_of_its_own_is_removed() {
        let parent = tempfile::tempdir().unwrap();
        let dir = OwnDir::new(Some(&parent.path().join("new"))).unwrap();
        assert!(dir.path().is_dir() && dir.path().starts_with(parent.path()));
        dir.leave(false);
        assert!(!dir.path().exists());
    }
}
