//! The lineage beside the types: what each RDD is called, where it was made, and what it comes from.
//!
//! Driver only, and without the operators' types: jobs are planned from it, and `to_debug_string` prints it.

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use firesteel_actors::RddId;

use super::{Checkpoint, Deferred, PlanError, Prepare, ShuffleDependency};
use crate::context::PersistedRdd;

/// How an RDD depends on a parent.
pub(crate) enum NodeDependency {
    /// Partition by partition.
    OneToOne(Deferred<Arc<RddNode>>),
    /// The parents' partitions one after the other (union).
    Range(Deferred<Arc<RddNode>>),
    /// Some of the parent's partitions.
    Many(Deferred<Arc<RddNode>>, ParentsOf),
    /// By a shuffle.
    Shuffle(Deferred<Arc<ShuffleDependency>>),
}

impl NodeDependency {
    /// The parent.
    pub(crate) fn parent(&self) -> &Arc<RddNode> {
        match self {
            NodeDependency::OneToOne(parent)
            | NodeDependency::Range(parent)
            | NodeDependency::Many(parent, _) => parent,
            NodeDependency::Shuffle(shuffle) => shuffle.parent(),
        }
    }
}

/// Which of the parent's partitions: of an index, of how many there are, and of how many the parent has.
pub(crate) type ParentsOf = Box<dyn Fn(usize, usize, usize) -> Range<usize> + Send + Sync>;

type Count = Box<dyn Fn() -> Result<usize, PlanError> + Send + Sync>;

/// An RDD without its type.
pub(crate) struct RddNode {
    pub(crate) id: RddId,
    /// [`Context::key`](crate::Context) of its context.
    pub(crate) context: usize,
    kind: &'static str,
    name: Mutex<Option<Arc<str>>>,
    pub(crate) call_site: Arc<str>,
    pub(crate) dependencies: Vec<NodeDependency>,
    /// Whether the tasks of its stage are to run all at once, as in Spark: so are those of what is made from it
    /// without a shuffle.
    pub(crate) is_barrier: bool,
    /// Whether its rows depend on the order of its parent's (`spark-semantics` section 5).
    pub(crate) is_order_sensitive: bool,
    /// What executors keep of it, if it is persisted.
    pub(crate) persisted: Option<PersistedRdd>,
    /// If it is a checkpoint: it has no dependencies, but depends on what it is made from until it is written.
    pub(crate) checkpoint: Option<Arc<dyn Checkpoint>>,
    /// What only a job can find out before its partitions are known, beside what its shuffles need.
    pub(crate) prepare: Option<Deferred<Box<dyn Prepare>>>,
    num_partitions: Count,
}

impl RddNode {
    pub(crate) fn new(
        id: RddId,
        context: usize,
        kind: &'static str,
        call_site: Arc<str>,
        dependencies: Vec<NodeDependency>,
        num_partitions: Count,
    ) -> Self {
        let is_barrier = dependencies.iter().any(|dependency| match dependency {
            NodeDependency::Shuffle(_) => false,
            narrow => narrow.parent().is_barrier,
        });
        let name = Mutex::new(None);
        let (persisted, checkpoint, prepare) = (None, None, None);
        RddNode {
            id,
            context,
            kind,
            name,
            call_site,
            dependencies,
            is_barrier,
            is_order_sensitive: false,
            persisted,
            checkpoint,
            prepare,
            num_partitions,
        }
    }

    /// What it would be computed from, if it is a checkpoint that is not written yet.
    pub(crate) fn to_be_checkpointed(&self) -> Option<Arc<RddNode>> {
        self.checkpoint.as_ref()?.parent()
    }

    pub(crate) fn num_partitions(&self) -> Result<usize, PlanError> {
        (self.num_partitions)()
    }

    /// What kind of RDD it is, behind the user's name for it if there is one.
    pub(crate) fn name(&self) -> Arc<str> {
        match &*self.lock_name() {
            Some(name) => format!("{name} {}", self.kind).into(),
            None => self.kind.into(),
        }
    }

    pub(crate) fn set_name(&self, name: &str) {
        *self.lock_name() = Some(name.into());
    }

    fn lock_name(&self) -> std::sync::MutexGuard<'_, Option<Arc<str>>> {
        self.name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Display for RddNode {
    /// As Spark shows an RDD: `MapPartitionsRDD[3] at map at src/main.rs:12:8`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}[{}] at {}", self.name(), self.id, self.call_site)
    }
}
