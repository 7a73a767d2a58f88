//! Messages to whoever waits for a job.

use super::parts::{job_cause, updates_of};
use crate::message::{JobWaiterMessage as Waiter, MergeAccumulators};

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
            let MergeAccumulators { job_id, task_id, updates } = &**merge;
            format!("{job_id:?} merge {} from {task_id:?}", updates_of(updates))
        }
    }
}
