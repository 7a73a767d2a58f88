//! The order of task sets: FIFO, or fair shares between pools and within them (`spark-semantics` section 8).
//!
//! A tree of pools with task sets as leaves. Each pool keeps those of its members that may launch something in
//! order of their ranks. A rank changes only when [`Pools::settle`] is told to look at a set again, which is after a
//! round of offers, not within it: the order of a round is that at its beginning, as in Spark.

mod rank;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound::{Excluded, Unbounded},
    sync::Arc,
};

use super::TaskSetId;
use crate::{
    JobId, StageId,
    config::{Pools as Settings, SchedulingMode},
    message::{StageTask, keys},
};
use rank::{Rank, Share};

/// The pool of sets that name none, and of all if they take turns in order.
const DEFAULT_POOL: &str = "default";
/// The pool that holds all others, or all sets.
const ROOT: usize = 0;
/// So many names that nobody configured are remembered.
const MOST_TOLD: usize = 100;

/// The pools and the sets in them.
#[derive(Clone, Debug)]
pub(super) struct Pools {
    mode: SchedulingMode,
    /// Those that were dropped leave a gap, which is used again.
    pools: Vec<Option<Pool>>,
    by_name: BTreeMap<Arc<str>, usize>,
    sets: BTreeMap<TaskSetId, Leaf>,
    /// Pools that nobody configured, of which the log has been told: some of them.
    told: BTreeSet<Arc<str>>,
}

#[derive(Clone, Debug)]
struct Pool {
    share: Share,
    mode: SchedulingMode,
    parent: Option<usize>,
    /// The members that may launch something.
    schedulable: BTreeMap<Rank, Member>,
    rank: Option<Rank>,
    sets: u32,
    /// From the settings: it stays when it is empty.
    is_configured: bool,
}

#[derive(Clone, Copy, Debug)]
enum Member {
    Pool(usize),
    Set(TaskSetId),
}

#[derive(Clone, Debug)]
struct Leaf {
    share: Share,
    pool: usize,
    rank: Option<Rank>,
}

/// A place in the order of sets, for [`Pools::next`].
#[derive(Debug, Default)]
pub(super) struct Cursor {
    /// From the root down: a pool and the rank of the member in it that comes next or was visited last.
    path: Vec<(usize, Option<Rank>)>,
    started: bool,
}

impl Pools {
    /// The pools of the settings, without sets.
    pub(super) fn new(settings: &Settings) -> Self {
        let mut pools = Pools {
            mode: settings.mode,
            pools: Vec::new(),
            by_name: BTreeMap::new(),
            sets: BTreeMap::new(),
            told: BTreeSet::new(),
        };
        pools.add_pool(DEFAULT_POOL, settings.mode, 0, 1, None, true);
        if settings.mode == SchedulingMode::Fair {
            for pool in &settings.allocations {
                pools.add_pool(&pool.name, pool.mode, pool.min_share, pool.weight, Some(ROOT), true);
            }
            if !pools.by_name.contains_key(DEFAULT_POOL) {
                // Without an allocation file, fair scheduling is fair between jobs (SPARK-42157).
                let mode = if settings.allocations.is_empty() { settings.mode } else { SchedulingMode::Fifo };
                pools.add_pool(DEFAULT_POOL, mode, 0, 1, Some(ROOT), true);
            }
        }
        pools
    }

    /// A set comes; the name of its pool.
    pub(super) fn add_set(&mut self, stage: &StageTask) -> Arc<str> {
        let pool = match self.mode {
            SchedulingMode::Fifo => ROOT,
            SchedulingMode::Fair => self.pool_of(stage),
        };
        let set = (stage.stage_id, stage.stage_attempt_id);
        self.add_leaf(set, stage.job_id, pool)
    }

    /// A set is over.
    pub(super) fn remove_set(&mut self, set: TaskSetId) {
        self.settle(set, 0, false);
        let Some(leaf) = self.sets.remove(&set) else { return };
        let Some(pool) = self.pool_mut(leaf.pool) else { return };
        pool.sets -= 1;
        if pool.sets == 0 && !pool.is_configured {
            let name = pool.share.name.clone();
            self.by_name.remove(&name);
            if let Some(entry) = self.pools.get_mut(leaf.pool) {
                *entry = None;
            }
        }
    }

    /// Puts a set where it belongs, and the pools around it, now that it runs so many tasks and may launch some or
    /// not.
    pub(super) fn settle(&mut self, set: TaskSetId, running: u32, is_schedulable: bool) {
        let Some(leaf) = self.sets.get(&set) else { return };
        let is_in_order = leaf.rank.is_some() == is_schedulable
            && (leaf.share.running == running || self.mode == SchedulingMode::Fifo);
        if is_in_order {
            return;
        }
        let (pool, before, old) = (leaf.pool, leaf.share.running, leaf.rank.clone());
        let mode = self.pools.get(pool).and_then(Option::as_ref).map(|pool| pool.mode).unwrap_or_default();
        let Some(leaf) = self.sets.get_mut(&set) else { return };
        leaf.share.running = running;
        leaf.rank = is_schedulable.then(|| leaf.share.rank(mode));
        let new = leaf.rank.clone();
        self.move_member(pool, old, new, Member::Set(set));
        let mut next = Some(pool);
        while let Some(at) = next {
            next = self.settle_pool(at, before, running);
        }
    }

    /// The set that comes after the cursor; `None` at the end.
    pub(super) fn next(&self, cursor: &mut Cursor) -> Option<TaskSetId> {
        if !cursor.started {
            cursor.started = true;
            cursor.path.push((ROOT, None));
        }
        loop {
            let (at, rank) = cursor.path.last_mut()?;
            let pool = self.pools.get(*at).and_then(Option::as_ref)?;
            let following = match rank {
                None => pool.schedulable.first_key_value(),
                Some(rank) => pool.schedulable.range((Excluded(&*rank), Unbounded)).next(),
            };
            match following {
                None => {
                    cursor.path.pop();
                }
                Some((found, Member::Set(set))) => {
                    *rank = Some(found.clone());
                    return Some(*set);
                }
                Some((found, Member::Pool(inner))) => {
                    *rank = Some(found.clone());
                    cursor.path.push((*inner, None));
                }
            }
        }
    }

    /// The set that is served first.
    pub(super) fn first(&self) -> Option<TaskSetId> {
        self.next(&mut Cursor::default())
    }

    /// The name of a set's pool.
    pub(super) fn pool_name(&self, set: TaskSetId) -> Option<&Arc<str>> {
        let leaf = self.sets.get(&set)?;
        self.pools.get(leaf.pool)?.as_ref().map(|pool| &pool.share.name)
    }

    /// Whether there are no sets.
    pub(super) fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    fn add_leaf(&mut self, set: TaskSetId, job_id: JobId, pool: usize) -> Arc<str> {
        let name = format!("TaskSet_{}.{}", set.0, set.1).into();
        let share = Share { name, running: 0, min_share: 0, weight: 1, job_id, set };
        self.sets.insert(set, Leaf { share, pool, rank: None });
        let Some(pool) = self.pool_mut(pool) else { return Arc::default() };
        pool.sets += 1;
        pool.share.name.clone()
    }

    fn add_pool(
        &mut self,
        name: &str,
        mode: SchedulingMode,
        min_share: u32,
        weight: u32,
        parent: Option<usize>,
        is_configured: bool,
    ) -> usize {
        let name: Arc<str> = name.into();
        let set = (StageId(0), 0);
        let share = Share { name: name.clone(), running: 0, min_share, weight, job_id: JobId(0), set };
        let schedulable = BTreeMap::new();
        let pool = Pool { share, mode, parent, schedulable, rank: None, sets: 0, is_configured };
        let at = match self.pools.iter().position(Option::is_none) {
            Some(gap) => gap,
            None => {
                self.pools.push(None);
                self.pools.len() - 1
            }
        };
        if let Some(entry) = self.pools.get_mut(at) {
            *entry = Some(pool);
        }
        if parent.is_some() {
            self.by_name.insert(name, at);
        }
        at
    }

    /// The pool that a set's job names. One that nobody configured is made with defaults, and is gone again when
    /// its last set is.
    fn pool_of(&mut self, stage: &StageTask) -> usize {
        let name = stage.properties.get(keys::SCHEDULER_POOL).map_or(DEFAULT_POOL, String::as_str);
        if let Some(pool) = self.by_name.get(name) {
            return *pool;
        }
        if self.is_news(name) {
            tracing::warn!(
                "A job was submitted with scheduler pool {name}, which has not been configured. This can happen when the \
                 file that pools are read from isn't set, or when that file doesn't contain {name}. Created {name} with \
                 default configuration (schedulingMode: FIFO, minShare: 0, weight: 1)"
            );
        }
        self.add_pool(name, SchedulingMode::Fifo, 0, 1, Some(ROOT), false)
    }

    /// Whether the log has not been told of a pool that nobody configured; now it has. The pool itself may come and go.
    fn is_news(&mut self, name: &str) -> bool {
        if self.told.contains(name) {
            return false;
        }
        if self.told.len() >= MOST_TOLD {
            self.told.clear();
        }
        self.told.insert(name.into())
    }

    /// A member of a pool has changed its running tasks; the pool's parent, which is next.
    fn settle_pool(&mut self, at: usize, before: u32, running: u32) -> Option<usize> {
        let pool = self.pool_mut(at)?;
        pool.share.running = (pool.share.running + running).saturating_sub(before);
        let (parent, old, share) = (pool.parent?, pool.rank.clone(), pool.share.clone());
        let is_schedulable = !pool.schedulable.is_empty();
        let mode = self.pools.get(parent)?.as_ref()?.mode;
        let new = is_schedulable.then(|| share.rank(mode));
        self.pool_mut(at)?.rank = new.clone();
        self.move_member(parent, old, new, Member::Pool(at));
        Some(parent)
    }

    fn move_member(&mut self, pool: usize, old: Option<Rank>, new: Option<Rank>, member: Member) {
        let Some(pool) = self.pool_mut(pool).filter(|_| old != new) else { return };
        if let Some(old) = old {
            pool.schedulable.remove(&old);
        }
        if let Some(new) = new {
            pool.schedulable.insert(new, member);
        }
    }

    fn pool_mut(&mut self, at: usize) -> Option<&mut Pool> {
        self.pools.get_mut(at)?.as_mut()
    }
}
