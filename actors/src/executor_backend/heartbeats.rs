//! Signs of life (`spark-semantics` section 13).

use std::time::Duration;

use super::{ExecutorBackendCore, Phase};
use crate::{
    ExecutorId, TaskId,
    config::HeartbeatConfig,
    core::Outbox,
    message::{
        ExecutorBackend, Heartbeat, HeartbeatReceiver, HeartbeatResponse, SendHeartbeat, TaskMetrics,
        TaskMetricsReport,
    },
};

/// The exit code of an executor that the driver does not answer (Spark's HEARTBEAT_FAILURE).
const HEARTBEAT_FAILURE: i32 = 56;

/// What an executor that sends signs of life keeps for them.
#[derive(Clone, Debug)]
pub(super) struct Heartbeats {
    config: HeartbeatConfig,
    /// Those sent since the last answer.
    unanswered: u32,
    /// The latest report, of tasks that ran when it came.
    task_metrics: Vec<(TaskId, TaskMetrics)>,
}

impl Heartbeats {
    pub(super) fn new(config: HeartbeatConfig) -> Self {
        Heartbeats { config, unanswered: 0, task_metrics: Vec::new() }
    }

    pub(super) fn forget_metrics(&mut self) {
        self.task_metrics.clear();
    }

    pub(super) fn is_idle(&self) -> bool {
        self.task_metrics.is_empty()
    }

    /// When the first one is due: an interval and a part of one, so that executors that start together do not beat
    /// together. The part is drawn from the executor's id.
    fn first_after(&self, executor_id: ExecutorId) -> Duration {
        let part = u128::from(scramble(executor_id.0) >> 32);
        let nanos = (self.config.interval.as_nanos() * part) >> 32;
        self.config.interval.saturating_add(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }
}

/// Spreads neighbouring numbers over all 64 bits (splitmix64).
fn scramble(number: u32) -> u64 {
    let mut z = u64::from(number).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl ExecutorBackendCore {
    pub(super) fn start_heartbeats(&self, out: &mut Outbox) {
        if let Some(heartbeats) = &self.heartbeats {
            let after = heartbeats.first_after(self.executor_id);
            out.send_after(after, ExecutorBackend(self.executor_id), SendHeartbeat {});
        }
    }

    pub(super) fn on_send_heartbeat(&mut self, out: &mut Outbox) {
        if self.phase != Phase::Registered {
            return;
        }
        let Some(heartbeats) = &mut self.heartbeats else { return };
        if heartbeats.unanswered >= heartbeats.config.max_failures {
            tracing::error!(
                "Exit as unable to send heartbeats to driver more than {} times",
                heartbeats.config.max_failures
            );
            return self.exit(HEARTBEAT_FAILURE, "Unable to send heartbeats to driver.", out);
        }
        heartbeats.unanswered += 1;
        let running = |(task_id, _): &&(TaskId, TaskMetrics)| self.running.contains(task_id);
        let task_metrics = heartbeats.task_metrics.iter().filter(running).cloned().collect();
        let interval = heartbeats.config.interval;
        out.send(HeartbeatReceiver, Heartbeat { executor_id: self.executor_id, task_metrics });
        out.send_after(interval, ExecutorBackend(self.executor_id), SendHeartbeat {});
    }

    pub(super) fn on_task_metrics_report(&mut self, report: TaskMetricsReport) {
        if let Some(heartbeats) = &mut self.heartbeats {
            heartbeats.task_metrics = report.task_metrics;
            heartbeats.task_metrics.retain(|(task_id, _)| self.running.contains(task_id));
        }
    }

    pub(super) fn on_heartbeat_response(&mut self, response: &HeartbeatResponse, out: &mut Outbox) {
        let Some(heartbeats) = &mut self.heartbeats else { return };
        heartbeats.unanswered = 0;
        if response.reregister && self.phase == Phase::Registered && !self.is_decommissioned {
            tracing::info!("Told to re-register on heartbeat");
            self.registers_again = true;
            self.register(out);
        }
    }
}
