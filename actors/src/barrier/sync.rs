//! One stage attempt's barriers, one after another.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::{
    StageId, TaskId, Time,
    message::{RequestMethod, RequestToSync},
};

/// A stage attempt, as Spark's texts call it.
#[derive(Clone, Copy, Debug)]
pub(super) struct SyncId(pub(super) StageId, pub(super) u32);

impl fmt::Display for SyncId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stage {} (Attempt {})", self.0, self.1)
    }
}

impl SyncId {
    /// The error of a request that comes too late; `epoch` is where the others are, `None` if they no longer sync.
    pub(super) fn has_finished(self, epoch: Option<u32>, task_id: TaskId) -> String {
        let epoch = epoch.map_or(-1, i64::from);
        format!(
            "The request to sync of {self} with barrier epoch {epoch} has already finished. Maybe task {task_id} is \
             not properly killed."
        )
    }
}

/// What becomes of a request.
#[derive(Debug)]
pub(super) enum Request {
    /// It waits.
    Waits,
    /// It was the last: the messages for all of them.
    AllIn(Vec<RequestToSync>, Arc<[Arc<str>]>),
    /// These fail, for this reason.
    Failed(Vec<RequestToSync>, String),
}

/// The barrier that the tasks of a stage attempt are at.
#[derive(Clone, Debug)]
pub(super) struct Sync {
    num_tasks: u32,
    /// How many barriers all tasks have passed; `None` once a barrier broke.
    epoch: Option<u32>,
    /// The requests of this epoch, by partition.
    waiting: BTreeMap<u32, RequestToSync>,
    /// When this epoch's first request has waited for long enough.
    deadline: Time,
}

impl Sync {
    /// Of a stage attempt of which no task has passed a barrier.
    pub(super) fn new(num_tasks: u32) -> Self {
        Sync { num_tasks, epoch: Some(0), waiting: BTreeMap::new(), deadline: Time::ZERO }
    }

    /// How many barriers all tasks have passed; `None` once a barrier broke.
    pub(super) fn epoch(&self) -> Option<u32> {
        self.epoch
    }

    /// The epoch of those who wait, and when they have waited for long enough.
    pub(super) fn deadline(&self) -> Option<(u32, Time)> {
        self.epoch.filter(|_| !self.waiting.is_empty()).map(|epoch| (epoch, self.deadline))
    }

    /// Adds a request; if it is the first of its epoch, this one ends at `deadline`. One that is repeated counts once:
    /// it may be sent again after a lost connection. An attempt takes the place of an earlier one of its partition.
    pub(super) fn add(&mut self, id: SyncId, request: RequestToSync, deadline: Time) -> Request {
        if request.num_tasks != self.num_tasks {
            let error = format!(
                "Number of tasks of {id} is {} from Task {}, previously it was {}.",
                request.num_tasks, request.task_id, self.num_tasks
            );
            return Request::Failed(vec![request], error);
        }
        if self.epoch != Some(request.barrier_epoch) {
            let error = id.has_finished(self.epoch, request.task_id);
            return Request::Failed(vec![request], error);
        }
        match self.waiting.values().next() {
            None => self.deadline = deadline,
            Some(first) if first.method != request.method => {
                return self.break_by_method(id, first.method, request);
            }
            Some(_) => {}
        }
        let task_id = request.task_id;
        let replaced = self.waiting.insert(request.partition_id, request);
        if self.waiting.len() as u64 >= u64::from(self.num_tasks) {
            return self.open();
        }
        match replaced.filter(|old| old.task_id != task_id) {
            Some(old) => {
                let error = id.has_finished(self.epoch, old.task_id);
                Request::Failed(vec![old], error)
            }
            None => Request::Waits,
        }
    }

    /// No barrier opens any more; those who wait, to be told.
    pub(super) fn break_up(&mut self) -> Vec<RequestToSync> {
        self.epoch = None;
        self.waiting_requests()
    }

    fn break_by_method(&mut self, id: SyncId, method: RequestMethod, request: RequestToSync) -> Request {
        let error = format!(
            "Different barrier sync types found for the sync {id}: {}, {}. Please use the same barrier sync type within \
             a single sync.",
            method.name(),
            request.method.name()
        );
        let mut requests = self.break_up();
        requests.push(request);
        Request::Failed(requests, error)
    }

    /// All have asked: the messages, in the order of the partitions, for everyone.
    fn open(&mut self) -> Request {
        self.epoch = self.epoch.map(|epoch| epoch + 1);
        let requests = self.waiting_requests();
        let messages = requests.iter().map(|request| request.message.clone()).collect();
        Request::AllIn(requests, messages)
    }

    fn waiting_requests(&mut self) -> Vec<RequestToSync> {
        std::mem::take(&mut self.waiting).into_values().collect()
    }
}
