//! Whether this process is asked to be an executor, and by whom.

use std::{
    env,
    ffi::OsString,
    fs::{File, OpenOptions},
    io,
    os::{fd::AsFd, unix::fs::MetadataExt},
};

use super::{
    DriverWatch, ExecutorOptions, OwnDir, Process,
    arguments::{self, Arguments, Read},
};
use crate::{
    launch::{ASKED_BY, ExecutorLaunch, LaunchError, STDIN},
    transport::Secret,
};

/// What a process is asked.
pub(super) enum Asked {
    /// Nothing.
    No,
    /// To say this.
    Help(String),
    /// To be an executor, but in a way that makes no sense.
    Badly(String),
    /// To be an executor.
    Run(Box<Order>),
}

/// By whom a process is asked to be an executor.
pub(super) enum Order {
    /// By the driver at the other end of its standard input.
    Driver(File),
    /// By whoever gave these arguments.
    Arguments(Arguments),
}

/// What this process is asked.
pub(super) fn asked() -> Asked {
    if let Some(lifeline) = lifeline() {
        return Asked::Run(Box::new(Order::Driver(lifeline)));
    }
    let mut args = env::args_os();
    let program = args.next().unwrap_or_else(|| OsString::from("APP"));
    match arguments::read(args, |name| env::var_os(name)) {
        Read::NotForUs => Asked::No,
        Read::Help => Asked::Help(arguments::usage(&program)),
        Read::Bad(problem) => Asked::Badly(format!("{problem}\n\n{}", arguments::usage(&program))),
        Read::Run(arguments) => Asked::Run(Box::new(Order::Arguments(arguments))),
    }
}

/// The standard input, if the variable says that it is from a driver.
fn lifeline() -> Option<File> {
    let value = env::var(ASKED_BY).ok()?;
    let inode: u64 = value.strip_prefix(STDIN)?.parse().ok()?;
    let stdin = File::from(io::stdin().as_fd().try_clone_to_owned().ok()?);
    (stdin.metadata().ok()?.ino() == inode).then_some(stdin)
}

/// Refuses what only a driver does in a process that was started to be an executor, but never came to it.
pub(crate) fn check_not_asked() -> Result<(), LaunchError> {
    if lifeline().is_some() { Err(LaunchError::MissingLine) } else { Ok(()) }
}

impl Order {
    /// Reads what the executor has to know, and goes to its directory.
    pub(super) fn prepare(self) -> Result<Process, Box<dyn std::error::Error>> {
        match self {
            Order::Driver(lifeline) => of_driver(lifeline),
            Order::Arguments(arguments) => of_arguments(arguments),
        }
    }
}

fn of_driver(lifeline: File) -> Result<Process, Box<dyn std::error::Error>> {
    let (launch, orphan) = ExecutorLaunch::read(&lifeline)?;
    // Code of tasks and what it starts must not wait there, and is no executor of that driver.
    rustix::stdio::dup2_stdin(OpenOptions::new().read(true).open("/dev/null")?)?;
    let dir = OwnDir::of_driver(orphan)?;
    let options = ExecutorOptions {
        executor_id: Some(launch.executor_id),
        driver: launch.driver.to_string(),
        secret: launch.secret,
        cores: launch.cores,
        memory: Some(launch.memory),
        hostname: launch.hostname.map(|name| name.to_string()),
        work_dir: dir.path().to_owned(),
        driver_watch: Some(DriverWatch::start(lifeline)?),
    };
    Ok(Process { options, dir })
}

fn of_arguments(arguments: Arguments) -> Result<Process, Box<dyn std::error::Error>> {
    let Arguments { driver, secret_file, cores, memory, host, id, work_dir } = arguments;
    let secret = Secret::from_file(&secret_file)?;
    let dir = OwnDir::new(work_dir.as_deref())?;
    let machine = || std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
    let options = ExecutorOptions {
        executor_id: id,
        driver,
        secret,
        cores: cores.unwrap_or_else(machine),
        memory,
        hostname: host,
        work_dir: dir.path().to_owned(),
        driver_watch: None,
    };
    if let Err(error) = env::set_current_dir(dir.path()) {
        dir.leave(true);
        return Err(error.into());
    }
    Ok(Process { options, dir })
}
