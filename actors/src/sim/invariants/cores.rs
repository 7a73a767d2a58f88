//! Free, leased and used cores are all cores, and no executor runs more tasks than it has cores for.

use super::{Check, Invariant, View};
use crate::{
    ActorId,
    core::Sending,
    message::{Message, TaskRunnerMessage, TaskSchedulerMessage},
};

/// With more executors the sums are not checked with every event: that costs a look at each of them.
const FEW: usize = 64;
/// How often they are checked then.
const SELDOM: u64 = 65_536;

#[derive(Clone, Debug, Default)]
pub(super) struct Cores {
    /// Whether the present event is one of the DriverEndpoint's.
    is_endpoint: bool,
}

impl Invariant for Cores {
    fn name(&self) -> &'static str {
        "cores"
    }

    fn message(&mut self, view: &View<'_>, to: ActorId, message: &Message) -> Check {
        self.is_endpoint = to == ActorId::DriverEndpoint;
        let Message::TaskRunner(TaskRunnerMessage::LaunchTask(launch)) = message else { return Ok(()) };
        let task = &launch.task;
        match view.scene.executor(task.executor_id) {
            Some(executor) if executor.used_cores + task.cpus > executor.cores => Err(format!(
                "task {} is to run on executor {}, of whose {} cores {} are busy",
                task.task_id, task.executor_id, executor.cores, executor.used_cores
            )),
            _ => Ok(()),
        }
    }

    fn sent(&mut self, view: &View<'_>, _from: ActorId, sending: &Sending) -> Check {
        let Message::TaskScheduler(TaskSchedulerMessage::ResourceOffers(round)) = &sending.message else {
            return Ok(());
        };
        for offer in &round.offers {
            let cores = view.scene.executor(offer.executor_id).map_or(0, |executor| executor.cores);
            if offer.cores > cores {
                return Err(format!(
                    "executor {} has {cores} cores, {} are offered",
                    offer.executor_id, offer.cores
                ));
            }
        }
        Ok(())
    }

    fn after_event(&mut self, view: &View<'_>) -> Check {
        let due = view.scene.num_executors() <= FEW || view.scene.steps().is_multiple_of(SELDOM);
        if self.is_endpoint && due && !view.scene.cores_add_up() {
            return Err("the DriverEndpoint's free, leased and used cores are not all cores".to_owned());
        }
        Ok(())
    }
}
