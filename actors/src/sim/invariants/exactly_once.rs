//! Every result is delivered exactly once, is of an attempt that truly made it, and nothing follows a job's end.

use std::collections::BTreeSet;

use super::{Check, Invariant, View};
use crate::{
    ActorId, JobId,
    message::{JobWaiterMessage, Message},
    sim::plan::Makes,
};

#[derive(Clone, Debug, Default)]
pub(super) struct ExactlyOnce {
    delivered: BTreeSet<(JobId, u32)>,
}

impl Invariant for ExactlyOnce {
    fn name(&self) -> &'static str {
        "exactly once"
    }

    fn message(&mut self, view: &View<'_>, to: ActorId, message: &Message) -> Check {
        let Message::JobWaiter(message) = message else { return Ok(()) };
        let ActorId::JobWaiter(job) = to else { return Err(format!("a waiter's message went to {to}")) };
        if let Some(ending) = view.scene.ending(job) {
            return Err(format!("{message:?} came although job {job} had {ending:?}"));
        }
        match message {
            JobWaiterMessage::TaskSucceeded(success) => {
                if !self.delivered.insert((job, success.output_id)) {
                    return Err(format!("result {} of job {job} came twice", success.output_id));
                }
                let partition = view.scene.partition_of(job, success.output_id);
                let made = view.scene.made(success.task_id);
                let wanted = partition.map(|partition| (Makes::Result(job), partition));
                if made.is_none() || made != wanted {
                    return Err(format!(
                        "result {} of job {job} is said to be from task {}, which made {made:?}, not {wanted:?}",
                        success.output_id, success.task_id
                    ));
                }
                Ok(())
            }
            JobWaiterMessage::MapStageSucceeded(_)
            | JobWaiterMessage::MergeAccumulators(_)
            | JobWaiterMessage::JobFailed(_) => Ok(()),
        }
    }
}
