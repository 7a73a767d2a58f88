//! Messages to an ExecutorBackend.

use super::tasks::{kill_task, status, task};
use crate::message::ExecutorBackendMessage as Backend;

pub(super) fn brief(message: &Backend) -> String {
    match message {
        Backend::RegisteredExecutor(_) => "registered".to_owned(),
        Backend::RegisterExecutorFailed(failed) => format!("refused: {}", failed.message),
        Backend::LaunchTask(launch) => format!("launch {}", task(&launch.task)),
        Backend::KillTask(kill) => kill_task(kill),
        Backend::StatusUpdate(update) => status(update),
        Backend::StopExecutor(_) => "stop".to_owned(),
        other => format!("{other:?}"),
    }
}
