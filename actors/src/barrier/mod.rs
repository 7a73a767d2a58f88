//! The BarrierCoordinator: lets the tasks of a barrier stage wait for each other (`spark-messages` section 8).
//!
//! Hears from task threads (RequestToSync), from the DAGScheduler (BarrierStageCompleted) and from its own timer
//! (BarrierTimeout). Talks to task threads (BarrierReply), and to nobody else. It does not know which tasks there
//! are: each request says how many it has to wait for.
//!
//! Life of a barrier: the first request of an epoch starts its time; when all tasks have asked, each gets the messages
//! of all, and the next epoch begins. A timeout or a mix of methods breaks it for good, as the stage is to be tried
//! again: whoever waits is told, and so is whoever asks later.
//!
//! Barriers may wait for a year and open a thousand times a second, so they share one timer: when it comes it looks at
//! all of them (a handful), and starts again for the one that ends next.

mod sync;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use crate::{
    ActorId, Config, StageId, Time,
    core::{Core, Outbox},
    message::{
        BarrierCoordinator, BarrierCoordinatorMessage, BarrierReply, BarrierStageCompleted, BarrierTimeout,
        RequestToSync, TaskRunner,
    },
};
use sync::{Request, Sync, SyncId};

/// Of how many stages the attempt that was over last is remembered, for requests that were on their way.
const REMEMBERED: usize = 64;

/// The BarrierCoordinator's state.
#[derive(Clone, Debug)]
pub struct BarrierCoordinatorCore {
    config: Config,
    /// The stage attempts of which a task has asked.
    syncs: BTreeMap<(StageId, u32), Sync>,
    /// Whether the timer is on its way.
    is_timer_set: bool,
    /// Of the latest stages, the last attempt that is over: a task of it, or of one before, that is killed too late must
    /// not wait.
    completed: VecDeque<(StageId, u32)>,
}

impl BarrierCoordinatorCore {
    /// One that knows nothing yet.
    pub fn new(config: Config) -> Self {
        let (syncs, completed) = (BTreeMap::new(), VecDeque::new());
        BarrierCoordinatorCore { config, syncs, is_timer_set: false, completed }
    }

    fn on_request_to_sync(&mut self, now: Time, request: RequestToSync, out: &mut Outbox) {
        let key = (request.stage_id, request.stage_attempt_id);
        let id = SyncId(key.0, key.1);
        if self.has_completed(key) {
            let error = id.has_finished(None, request.task_id);
            return reply(&request, Err(error), out);
        }
        let sync = self.syncs.entry(key).or_insert_with(|| Sync::new(request.num_tasks));
        match sync.add(id, request, now + self.config.barrier.sync_timeout) {
            Request::Waits => self.set_timer(now, out),
            Request::Failed(requests, error) => fail(&requests, &error, out),
            Request::AllIn(requests, messages) => {
                for request in requests {
                    reply(&request, Ok(messages.clone()), out);
                }
            }
        }
    }

    fn has_completed(&self, (stage, attempt): (StageId, u32)) -> bool {
        self.completed.iter().any(|(completed, last)| *completed == stage && attempt <= *last)
    }

    /// Breaks the barriers whose time is over.
    fn on_timeout(&mut self, now: Time, out: &mut Outbox) {
        self.is_timer_set = false;
        let seconds = self.config.barrier.sync_timeout.as_secs();
        for (key, sync) in &mut self.syncs {
            let Some((epoch, _)) = sync.deadline().filter(|(_, deadline)| *deadline <= now) else { continue };
            let error = format!(
                "The coordinator didn't get all barrier sync requests for barrier epoch {epoch} from {} within {seconds} \
                 second(s).",
                SyncId(key.0, key.1)
            );
            fail(&sync.break_up(), &error, out);
        }
        self.set_timer(now, out);
    }

    /// Starts the timer for the barrier that ends next, unless it is on its way: no barrier that begins later ends
    /// earlier.
    fn set_timer(&mut self, now: Time, out: &mut Outbox) {
        if self.is_timer_set {
            return;
        }
        let deadlines = self.syncs.iter().filter_map(|(key, sync)| Some((key, sync.deadline()?)));
        let Some(((stage_id, attempt), (barrier_epoch, deadline))) =
            deadlines.min_by_key(|(_, (_, deadline))| *deadline)
        else {
            return;
        };
        let timeout = BarrierTimeout { stage_id: *stage_id, stage_attempt_id: *attempt, barrier_epoch };
        out.send_after(deadline.since(now), BarrierCoordinator, timeout);
        self.is_timer_set = true;
    }

    fn on_stage_completed(&mut self, completed: &BarrierStageCompleted, out: &mut Outbox) {
        let key = (completed.stage_id, completed.stage_attempt_id);
        if self.has_completed(key) {
            return;
        }
        self.completed.retain(|(stage, _)| *stage != key.0);
        if self.completed.len() == REMEMBERED {
            self.completed.pop_front();
        }
        self.completed.push_back(key);
        let Some(mut sync) = self.syncs.remove(&key) else { return };
        let epoch = sync.epoch();
        for request in sync.break_up() {
            let error = SyncId(key.0, key.1).has_finished(epoch, request.task_id);
            reply(&request, Err(error), out);
        }
    }
}

fn fail(requests: &[RequestToSync], error: &str, out: &mut Outbox) {
    for request in requests {
        reply(request, Err(error.to_owned()), out);
    }
}

fn reply(request: &RequestToSync, result: Result<Arc<[Arc<str>]>, String>, out: &mut Outbox) {
    out.send(TaskRunner(request.executor_id), BarrierReply { task_id: request.task_id, result });
}

impl Core for BarrierCoordinatorCore {
    type Message = BarrierCoordinatorMessage;

    fn actor(&self) -> ActorId {
        ActorId::BarrierCoordinator
    }

    fn handle(&mut self, now: Time, message: BarrierCoordinatorMessage, out: &mut Outbox) {
        use BarrierCoordinatorMessage as M;
        match message {
            M::RequestToSync(request) => self.on_request_to_sync(now, *request, out),
            M::BarrierTimeout(_) => self.on_timeout(now, out),
            M::BarrierStageCompleted(completed) => self.on_stage_completed(&completed, out),
        }
    }

    fn is_idle(&self) -> bool {
        self.syncs.is_empty()
    }
}
