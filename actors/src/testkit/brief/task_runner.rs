//! Messages to an executor's task threads.

use super::tasks::{kill_task, task};
use crate::message::TaskRunnerMessage as Runner;

pub(super) fn brief(message: &Runner) -> String {
    match message {
        Runner::LaunchTask(launch) => format!("launch {}", task(&launch.task)),
        Runner::KillTask(kill) => kill_task(kill),
        Runner::StopTaskRunner(_) => "stop".to_owned(),
        Runner::CommitPermission(answer) => {
            let may = if answer.allowed { "may" } else { "may not" };
            format!("{:?} {may} commit", answer.task_id)
        }
        Runner::BarrierReply(reply) => match &reply.result {
            Ok(messages) => format!("{:?} passes [{}]", reply.task_id, messages.join(" ")),
            Err(error) => format!("{:?} fails: {error}", reply.task_id),
        },
        other => format!("{other:?}"),
    }
}
