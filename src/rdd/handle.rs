//! [`Rdd`]: what users hold.

use std::sync::Arc;

use firesteel_actors::RddId;

use super::{
    Compute, Deferred, KeyOrder, NodeDependency, PartitionerInfo, RddNode, debug_string::debug_string,
};
use crate::{
    Context,
    context::{CallSite, settle_counts},
};

/// A resilient distributed dataset: a lazy, partitioned collection that can be computed again from its lineage.
///
/// Cheap to clone. Transformations borrow it, so it can be used again; they are lazy, so nothing happens before
/// an action.
///
/// ```
/// let context = firesteel::Context::builder().master("local[2]").start()?;
/// let numbers = context.parallelize((1..=100u64).collect(), 4);
/// let squares = numbers.map(|x| x * x);
/// assert_eq!(squares.reduce(|a, b| a + b)?, 338_350);
/// # Ok::<(), firesteel::Error>(())
/// ```
///
/// What a closure needs travels beside it, in the `_with` variants; capturing does not compile:
///
/// ```compile_fail,E0080
/// let context = firesteel::Context::builder().master("local[2]").start()?;
/// let factor = 3u64;
/// let tripled = context.parallelize(vec![1u64, 2], 1).map(move |x| x * factor);
/// tripled.collect()?;
/// # Ok::<(), firesteel::Error>(())
/// ```
/// ```
/// let context = firesteel::Context::builder().master("local[2]").start()?;
/// let factor = 3u64;
/// let tripled = context.parallelize(vec![1u64, 2], 1).map_with(factor, |factor, x| x * factor);
/// assert_eq!(tripled.collect()?, [3, 6]);
/// # Ok::<(), firesteel::Error>(())
/// ```
#[must_use = "RDDs are lazy and do nothing until an action runs a job"]
pub struct Rdd<P> {
    pub(crate) context: Context,
    pub(crate) node: Arc<RddNode>,
    pub(crate) op: P,
}

impl<P: Clone> Clone for Rdd<P> {
    fn clone(&self) -> Self {
        Rdd { context: self.context.clone(), node: self.node.clone(), op: self.op.clone() }
    }
}

impl<P: Compute> Rdd<P> {
    /// A new RDD made by `op`.
    pub(crate) fn new(
        context: &Context,
        kind: &'static str,
        call_site: CallSite,
        dependencies: Vec<NodeDependency>,
        op: P,
    ) -> Self {
        let node = Rdd::node(context, kind, call_site, dependencies, &op);
        Rdd { context: context.clone(), node: Arc::new(node), op }
    }

    /// The lineage of an RDD made by `op`, to which things may be added.
    pub(crate) fn node(
        context: &Context,
        kind: &'static str,
        call_site: CallSite,
        dependencies: Vec<NodeDependency>,
        op: &P,
    ) -> RddNode {
        let counted = op.clone();
        let num_partitions = Box::new(move || counted.num_partitions());
        let (id, key) = (context.next_rdd_id(), context.key());
        RddNode::new(id, key, kind, call_site.text(), dependencies, num_partitions)
    }

    /// A new RDD made from this one partition by partition.
    pub(crate) fn narrow<Q: Compute>(&self, call_site: CallSite, op: Q) -> Rdd<Q> {
        let dependencies = vec![NodeDependency::OneToOne(Deferred::new(self.node.clone()))];
        Rdd::new(&self.context, "MapPartitionsRDD", call_site, dependencies, op)
    }

    /// As [`narrow`](Self::narrow), in a barrier stage.
    pub(crate) fn narrow_barrier<Q: Compute>(&self, call_site: CallSite, op: Q) -> Rdd<Q> {
        let dependencies = vec![NodeDependency::OneToOne(Deferred::new(self.node.clone()))];
        let mut node = Rdd::node(&self.context, "MapPartitionsRDD", call_site, dependencies, &op);
        node.is_barrier = true;
        Rdd { context: self.context.clone(), node: Arc::new(node), op }
    }

    /// As [`narrow`](Self::narrow), with rows that depend on the order of this one's.
    pub(crate) fn narrow_order_sensitive<Q: Compute>(
        &self,
        kind: &'static str,
        call_site: CallSite,
        op: Q,
    ) -> Rdd<Q> {
        let dependencies = vec![NodeDependency::OneToOne(Deferred::new(self.node.clone()))];
        let mut node = Rdd::node(&self.context, kind, call_site, dependencies, &op);
        node.is_order_sensitive = true;
        Rdd { context: self.context.clone(), node: Arc::new(node), op }
    }

    /// Its id within the context.
    pub fn id(&self) -> RddId {
        self.node.id
    }

    /// The context that it belongs to.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Gives it a name for lineages and logs.
    pub fn set_name(self, name: &str) -> Self {
        self.node.set_name(name);
        self
    }

    /// How many partitions it has. Lists the input files if that has not been done.
    ///
    /// # Errors
    /// [`PlanError`](super::PlanError) if that cannot be told.
    pub fn num_partitions(&self) -> Result<usize, super::PlanError> {
        settle_counts(&self.node);
        self.op.num_partitions()
    }

    /// By what its keys are partitioned, if that is known (Spark's `partitioner`).
    pub fn partitioner(&self) -> Option<PartitionerInfo> {
        self.op.partitioner()
    }

    /// Whether its pairs are known to be in the order of their keys, as [`sort_by_key`](Self::sort_by_key) leaves them.
    pub fn key_order(&self) -> Option<KeyOrder> {
        self.op.key_order()
    }

    /// Its lineage, one RDD a line, indented by shuffles, as Spark's `toDebugString`.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let sums = context.range(0..10, 1, 4).map(|x| (x % 3, x)).reduce_by_key_n(2, |a, b| a + b);
    /// let text = sums.to_debug_string();
    /// assert!(text.starts_with("(2) ShuffledRDD[2] at reduce_by_key at "), "{text}");
    /// assert!(text.contains("\n +-(4) MapPartitionsRDD[1] at map at "), "{text}");
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    pub fn to_debug_string(&self) -> String {
        debug_string(&self.node)
    }
}

impl<P> std::fmt::Debug for Rdd<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&*self.node, f)
    }
}
