//! [`Computing`]: which absent blocks are being computed, so that of two tasks that need one the second waits.
//!
//! A task computes a block within the computing of another only if the other's RDD is made from the block's. So whoever
//! waits holds nothing that the one it waits for can need, and no circle comes about. Still, nobody waits where the other
//! may not come to an end: it was asked to end (then one of them takes its place), it is another attempt of the same task
//! (of which one is there because the other is slow), or one of them waits for others at a barrier.

use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::BlockId;
use crate::task::TaskContext;

/// Time between two looks of a waiting task at the kill flags.
const LOOK: Duration = Duration::from_millis(10);

/// The blocks that tasks compute now.
#[derive(Default)]
pub(super) struct Computing {
    tasks: Mutex<BTreeMap<BlockId, Arc<TaskContext>>>,
    ended: Condvar,
}

/// What a task that needs an absent block is to do.
pub(super) enum Turn<'a> {
    /// To compute it; others wait as long as this is there.
    Compute(Option<Claim<'a>>),
    /// To look again: another task has computed it, or has failed to.
    Look,
}

/// A block that a task computes; dropped, it is another's turn.
pub(super) struct Claim<'a> {
    computing: &'a Computing,
    id: BlockId,
    task: Arc<TaskContext>,
}

impl Computing {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<BlockId, Arc<TaskContext>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits as long as another task computes the block. Ends the task if it was asked to.
    pub(super) fn turn(&self, id: BlockId, task: &Arc<TaskContext>) -> Turn<'_> {
        let mut tasks = self.lock();
        let mut has_waited = false;
        loop {
            match tasks.get(&id) {
                None if has_waited => return Turn::Look,
                // Another attempt may have kept it meanwhile.
                Some(other) if has_waited && !may_wait(task, other) => return Turn::Look,
                Some(other) if !may_wait(task, other) && !other.is_interrupted() => {
                    return Turn::Compute(None);
                }
                Some(other) if other.is_interrupted() => {
                    let before = tasks.insert(id, task.clone());
                    drop(tasks);
                    drop(before);
                    return Turn::Compute(Some(Claim { computing: self, id, task: task.clone() }));
                }
                None => {
                    tasks.insert(id, task.clone());
                    return Turn::Compute(Some(Claim { computing: self, id, task: task.clone() }));
                }
                Some(other) if !has_waited => {
                    let other = other.task_attempt_id();
                    tracing::debug!(
                        "Task {} waits for block {id}: task {other} computes it",
                        task.task_attempt_id()
                    );
                }
                Some(_) => {}
            }
            has_waited = true;
            (tasks, _) = self.ended.wait_timeout(tasks, LOOK).unwrap_or_else(PoisonError::into_inner);
            if task.is_interrupted() {
                drop(tasks);
                task.kill_task_if_interrupted();
                tasks = self.lock();
            }
        }
    }
}

fn may_wait(task: &Arc<TaskContext>, other: &Arc<TaskContext>) -> bool {
    let place = |task: &TaskContext| (task.stage_id(), task.partition_id());
    place(task) != place(other)
        && !other.is_interrupted()
        && task.barrier().is_none()
        && other.barrier().is_none()
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut tasks = self.computing.lock();
        // Another may have taken its place.
        let is_own = tasks.get(&self.id).is_some_and(|task| Arc::ptr_eq(task, &self.task));
        let task = if is_own { tasks.remove(&self.id) } else { None };
        drop(tasks);
        self.computing.ended.notify_all();
        // Outside of the lock.
        drop(task);
    }
}
