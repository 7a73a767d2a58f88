//! Messages to whoever waits for a job.

use super::parts::{blob, job_cause};
use crate::message::{AccumUpdate, JobWaiterMessage as Waiter};

pub(super) fn brief(message: &Waiter) -> String {
    match message {
        Waiter::TaskSucceeded(done) => {
            format!("{:?} output {} from {:?}", done.job_id, done.output_id, done.task_id)
        }
        Waiter::JobFailed(failed) => {
            format!("{:?} failed: {}{}", failed.job_id, failed.error, job_cause(&failed.error))
        }
        Waiter::MapStageSucceeded(done) => {
            format!("{:?} {:?} of {:?} bytes", done.job_id, done.shuffle_id, done.bytes_by_partition)
        }
        Waiter::MergeAccumulators(merge) => {
            let update = |update: &AccumUpdate| format!("{}{}", update.id, blob(&update.value));
            let updates: Vec<String> = merge.updates.iter().map(update).collect();
            format!("{:?} merge [{}] from {:?}", merge.job_id, updates.join(", "), merge.task_id)
        }
    }
}
