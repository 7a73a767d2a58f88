//! Tasks on their way to the task threads, and what those report.

use std::time::Duration;

use super::{ExecutorBackendCore, Phase};
use crate::{
    Time,
    core::Outbox,
    message::{
        DriverEndpoint, ExecutorBackend, ForgetKillMarks, KillTask, LaunchTask, StatusUpdate, TaskRunner,
    },
};

/// How long a kill waits for its task.
const KILL_MARK_TTL: Duration = Duration::from_secs(10);

impl ExecutorBackendCore {
    pub(super) fn on_launch_task(&mut self, launch: LaunchTask, out: &mut Outbox) {
        match self.phase {
            Phase::Registered => {
                let task_id = launch.task.task_id;
                tracing::info!("Got assigned task {task_id}");
                self.running.insert(task_id);
                out.send(TaskRunner(self.executor_id), launch);
                if let Some((_, kill)) = self.kill_marks.remove(&task_id) {
                    out.send(TaskRunner(self.executor_id), kill);
                }
            }
            Phase::Registering => self.exit(1, "Received LaunchTask command but executor was null", out),
            // The driver knows that it stops; the loss of the executor speaks for the task.
            Phase::Stopped => {}
        }
    }

    pub(super) fn on_kill_task(&mut self, now: Time, kill: KillTask, out: &mut Outbox) {
        match self.phase {
            Phase::Registering => self.exit(1, "Received KillTask command but executor was null", out),
            _ if self.running.contains(&kill.task_id) => out.send(TaskRunner(self.executor_id), kill),
            // It has ended meanwhile, or has not come yet.
            Phase::Registered => {
                self.kill_marks.insert(kill.task_id, (now + KILL_MARK_TTL, kill));
                if !self.forgets_kill_marks {
                    self.forget_kill_marks_after(KILL_MARK_TTL, out);
                }
            }
            Phase::Stopped => {}
        }
    }

    fn forget_kill_marks_after(&mut self, after: Duration, out: &mut Outbox) {
        self.forgets_kill_marks = true;
        out.send_after(after, ExecutorBackend(self.executor_id), ForgetKillMarks {});
    }

    pub(super) fn on_forget_kill_marks(&mut self, now: Time, out: &mut Outbox) {
        self.forgets_kill_marks = false;
        self.kill_marks.retain(|_, (until, _)| *until > now);
        if let Some(next) = self.kill_marks.values().map(|(until, _)| *until).min() {
            self.forget_kill_marks_after(next.since(now), out);
        }
    }

    pub(super) fn on_status_update(&mut self, update: StatusUpdate, out: &mut Outbox) {
        let known = if update.status.is_terminal() {
            self.running.remove(&update.task_id)
        } else {
            self.running.contains(&update.task_id)
        };
        if self.running.is_empty()
            && let Some(heartbeats) = &mut self.heartbeats
        {
            heartbeats.forget_metrics();
        }
        if known {
            out.send(DriverEndpoint, update);
        }
    }
}
