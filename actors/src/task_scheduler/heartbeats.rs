//! What running tasks measure.

use super::{TaskSchedulerCore, task_set};
use crate::{
    core::Outbox,
    message::{ExecutorHeartbeatReceived, ExecutorMetricsUpdate, ListenerBus},
};

impl TaskSchedulerCore {
    /// Listeners learn of which stages the tasks are. Tasks that have ended meanwhile are left out.
    pub(super) fn on_heartbeat(&mut self, beat: ExecutorHeartbeatReceived, out: &mut Outbox) {
        let ExecutorHeartbeatReceived { executor_id, task_metrics } = beat;
        let of_stage = |(task_id, metrics): (_, crate::message::TaskMetrics)| {
            let attempt = self.attempts.get_mut(task_id)?;
            let records = metrics.records_read + metrics.shuffle_records_read;
            attempt.process_rate = task_set::rate(records, metrics.executor_run_time);
            Some((task_id, attempt.set.0, attempt.set.1, metrics))
        };
        let task_metrics = task_metrics.into_iter().filter_map(of_stage).collect();
        out.send(ListenerBus, ExecutorMetricsUpdate { executor_id, task_metrics });
    }
}
