//! Processes that are executors: the line that makes a program able to be one.
//!
//! Driver and executors are one executable ([`code`](crate::code)). What a new process is to be, it finds out in
//! [`run_if_asked`], which has to be the first line of `main`:
//!
//! ```
//! fn main() -> Result<(), firesteel::Error> {
//!     firesteel::executor::run_if_asked();
//!     let context = firesteel::Context::builder().master("local[2]").start()?;
//!     assert_eq!(context.range(0..10, 1, 2).count()?, 10);
//!     Ok(())
//! }
//! ```
//!
//! This module finds out what is asked, and sees to what the process itself needs: its working directory, its log, its
//! end. What an executor does is no business of it.

mod arguments;
mod asked;
mod body;
mod driver_watch;
mod exit;
pub(crate) mod exit_codes;
mod log;
mod options;
mod own_dir;

use std::{sync::Arc, time::Duration};

pub(crate) use asked::check_not_asked;
use asked::{Asked, asked};
use driver_watch::{DriverEnd, DriverWatch};
pub(crate) use exit::ExecutorExit;
pub(crate) use options::ExecutorOptions;
use own_dir::OwnDir;

use crate::launch::with_sources;

/// How long an executor whose driver is gone may take to end in order.
const GRACE: Duration = Duration::from_secs(10);

/// How much later than the end of the connection the end of the driver may be seen.
const TOLD: Duration = Duration::from_secs(2);

/// In a process that was started to be an executor: runs it, and ends the process with it. Else returns at once.
///
/// It has to be the first line of `main`: whatever is before it runs in executors too. A process is asked in one of two
/// ways:
/// - by its driver (`local-cluster[..]`), which has started it, through a variable of its environment and its standard
///   input;
/// - by whoever starts it, with the first argument `executor` and a driver:
///   `APP executor --driver HOST:PORT --secret-file FILE`; `APP executor --help` names all options, each of which may be
///   given by a variable of the environment instead.
///
/// A program may have an argument `executor` of its own: it is meant for this function only if the option `--driver` or
/// the variable `FIRESTEEL_DRIVER` is there too, or if `--help` is the second argument.
///
/// A process that is an executor logs to standard error what is at least as severe as `FIRESTEEL_LOG` says (`warn` if
/// there is no such variable; `info` has some lines for each task), unless the program has set a subscriber of its own before. It ends with status 0 when its
/// driver told it to, and else with one of a few others, which the driver's messages explain.
pub fn run_if_asked() {
    match asked() {
        Asked::No => {}
        Asked::Help(text) => {
            println!("{text}");
            end_process(0);
        }
        Asked::Badly(problem) => {
            eprintln!("{problem}");
            end_process(2);
        }
        Asked::Run(asked) => end_process(run(*asked).code()),
    }
}

/// The library ends a process here and nowhere else: this one is its own.
fn end_process(status: i32) -> ! {
    std::process::exit(status)
}

/// A process that is asked to be an executor.
struct Process {
    options: ExecutorOptions,
    dir: OwnDir,
}

/// From the first thing that can fail to the last that has to be cleaned up.
fn run(asked: asked::Order) -> ExecutorExit {
    log::start();
    let process = match asked.prepare() {
        Ok(process) => process,
        Err(error) => return failed(&*error),
    };
    let Process { options, dir } = process;
    log::begin(&options);
    let dir = Arc::new(dir);
    if let Some(driver) = &options.driver_watch {
        end_in_time(driver, dir.clone());
    }
    let driver = options.driver_watch.clone();
    let exit = body::run(options).unwrap_or_else(|error| failed(&*error));
    // An end of the connection is not yet one of the driver, which cleans up itself then.
    let wait = if exit == ExecutorExit::DriverGone { TOLD } else { Duration::ZERO };
    dir.leave(driver.is_some_and(|driver| driver.is_gone(wait)));
    exit
}

/// An executor that does not end in order when its driver is gone is ended all the same.
fn end_in_time(driver: &DriverWatch, dir: Arc<OwnDir>) {
    driver.on_end(move |end| {
        if end == DriverEnd::Gone {
            std::thread::sleep(GRACE);
            tracing::error!("The driver is gone, and this executor does not end in order");
            dir.leave(true);
            end_process(ExecutorExit::DriverGone.code());
        }
    });
}

fn failed(error: &(dyn std::error::Error + 'static)) -> ExecutorExit {
    log::say(&format!("cannot be an executor: {}\n", with_sources(error)));
    ExecutorExit::Failed
}
