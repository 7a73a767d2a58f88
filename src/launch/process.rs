//! Starting the process of an executor: this program again.

use std::{
    fs::File,
    io,
    os::{
        fd::OwnedFd,
        unix::{fs::MetadataExt, net::UnixStream, process::CommandExt},
    },
    path::{Path, PathBuf},
    process::{Child, Command},
};

use super::{ExecutorLaunch, LaunchError, Orphan, work_dirs::WorkDir};

/// The variable that tells a process to be an executor: `stdin:` and the inode of what is its standard input.
/// So what an executor itself starts, which has the variable too, is not meant.
pub(crate) const ASKED_BY: &str = "FIRESTEEL_EXECUTOR";

/// What its value begins with.
pub(crate) const STDIN: &str = "stdin:";

/// What tells an executor through its lifeline that the driver wants it to end, and is there to clean up behind it.
pub(crate) const STOP: u8 = b'.';

/// What is started.
#[derive(Clone, Debug)]
pub(super) struct Program {
    path: PathBuf,
    args: Vec<String>,
}

impl Program {
    /// The running program itself.
    pub(super) fn own() -> Result<Self, LaunchError> {
        // There the link is the running file, even if another has its name by now or it is gone.
        let image = Path::new("/proc/self/exe");
        let path = if cfg!(any(target_os = "linux", target_os = "android")) {
            Ok(image.to_owned())
        } else {
            std::env::current_exe()
        };
        let path = path.map_err(|source| error("find the running program", source))?;
        Ok(Program { path, args: Vec::new() })
    }

    /// A stand-in.
    #[cfg(test)]
    pub(super) fn shell(script: &str) -> Self {
        Program { path: "/bin/sh".into(), args: vec!["-c".to_owned(), script.to_owned()] }
    }

    /// Starts it: told on its standard input what it has to know, in its directory, in a process group of its own, so
    /// that Ctrl-C reaches the driver alone. What is returned must be kept: the process ends when it is closed.
    pub(super) fn start(
        &self,
        launch: &ExecutorLaunch,
        orphan: Orphan,
        dir: &WorkDir,
    ) -> Result<(Child, UnixStream), LaunchError> {
        // Sockets rather than a pipe: no signal comes when the other end is closed.
        let pair = UnixStream::pair().map_err(|source| error("make the lifeline of an executor", source))?;
        let (theirs, ours) = (File::from(OwnedFd::from(pair.0)), pair.1);
        let inode =
            theirs.metadata().map_err(|source| error("look at the lifeline of an executor", source))?.ino();
        // It has room, and its reader is still here.
        launch.write(orphan, &ours)?;
        let (stdout, stderr) = dir.make_logs()?;
        let mut command = Command::new(&self.path);
        command.args(&self.args);
        if self.args.is_empty() {
            // For whoever looks at the list of processes.
            command.arg0(own_name()).arg(format!("firesteel-executor-{}", launch.executor_id));
        }
        command
            .env(ASKED_BY, format!("{STDIN}{inode}"))
            .current_dir(dir.path())
            .process_group(0)
            .stdin(theirs)
            .stdout(stdout)
            .stderr(stderr);
        let child = command.spawn().map_err(|source| error("start the process of an executor", source))?;
        Ok((child, ours))
    }
}

fn own_name() -> std::ffi::OsString {
    std::env::args_os().next().unwrap_or_else(|| "firesteel".into())
}

pub(super) fn error(action: &'static str, source: io::Error) -> LaunchError {
    LaunchError::Process { action, source }
}
