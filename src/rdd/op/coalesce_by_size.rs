//! `coalesce_by_size`: small partitions of a shuffle together, once it is known how small they are.

use std::{
    future::Future,
    ops::Range,
    pin::Pin,
    sync::{Arc, OnceLock},
};

use firesteel_actors::ShuffleId;

use super::coalesce::{Coalesced, Grouping};
use crate::{
    Context, Error,
    context::{CallSite, SharedRun},
    rdd::{Compute, Deferred, NodeDependency, PlanError, Prepare, Rdd, RddNode},
};

/// Neighbours that make one partition each.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Groups(Vec<Range<usize>>);

impl Groups {
    /// As many neighbours together as have `target` bytes at most; what is larger is alone.
    fn new(sizes: &[u64], target: u64) -> Self {
        let (mut groups, mut begin, mut sum) = (Vec::new(), 0, 0u64);
        for (index, size) in sizes.iter().enumerate() {
            if index > begin && sum.saturating_add(*size) > target {
                groups.push(begin..index);
                (begin, sum) = (index, 0);
            }
            sum = sum.saturating_add(*size);
        }
        if begin < sizes.len() {
            groups.push(begin..sizes.len());
        }
        Groups(groups)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn of(&self, index: usize) -> Range<usize> {
        self.0.get(index).cloned().unwrap_or_default()
    }
}

/// Has the map stages run, and forms the groups.
struct Sizer {
    context: Context,
    node: Arc<RddNode>,
    target: u64,
    call_site: CallSite,
    groups: Arc<OnceLock<Groups>>,
    /// Several actions may need them at once.
    run: SharedRun,
}

impl Prepare for Sizer {
    fn is_ready(&self) -> bool {
        self.groups.get().is_some()
    }

    fn run(&self, _context: &Context) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send>> {
        let (context, node, target, call_site) =
            (self.context.clone(), self.node.clone(), self.target, self.call_site);
        let groups = self.groups.clone();
        Box::pin(self.run.clone().join(move || {
            let (context, node, groups) = (context.clone(), node.clone(), groups.clone());
            Box::pin(async move {
                let sizes = sizes(&context, &node, call_site).await?;
                groups.get_or_init(|| Groups::new(&sizes, target));
                Ok(())
            })
        }))
    }
}

/// The bytes of each partition in all shuffles that it reads. They are made if they are not there.
async fn sizes(context: &Context, node: &Arc<RddNode>, call_site: CallSite) -> Result<Vec<u64>, Error> {
    let mut sizes = vec![0u64; node.num_partitions()?];
    let mut jobs = Vec::new();
    for shuffle in shuffles(node)? {
        jobs.push(context.submit_map_stage(node, shuffle, call_site)?);
    }
    for job in jobs {
        let add = |_, bytes: Arc<[u64]>| {
            sizes.iter_mut().zip(&*bytes).for_each(|(size, more)| *size = size.saturating_add(*more));
        };
        job.run(add).await?;
    }
    Ok(sizes)
}

/// The shuffles whose parts are the partitions of an RDD, as they come or with steps between that keep partitions apart.
fn shuffles(node: &Arc<RddNode>) -> Result<Vec<ShuffleId>, PlanError> {
    let (mut shuffles, mut next) = (Vec::new(), vec![node.clone()]);
    while let Some(node) = next.pop() {
        for dependency in &node.dependencies {
            match dependency {
                NodeDependency::OneToOne(parent) => next.push(Arc::clone(parent)),
                NodeDependency::Shuffle(shuffle) => shuffles.push(shuffle.id),
                // Other partitions than those of a shuffle, if there is one: of no known size.
                NodeDependency::Range(_) | NodeDependency::Many(..) => {}
            }
        }
    }
    shuffles.sort_unstable();
    shuffles.dedup();
    if shuffles.is_empty() { Err(PlanError::NoShuffle { rdd: node.to_string() }) } else { Ok(shuffles) }
}

impl<P: Compute> Rdd<P> {
    /// The same elements with small neighbouring partitions together, as many as have `target_bytes` at most in the
    /// shuffle that they are read from (as they lie in memory, about); larger ones stay alone. So a shuffle may have many partitions, whatever the data
    /// turns out to be, without many tiny tasks after it (what Spark SQL calls adaptive coalescing of shuffle
    /// partitions).
    ///
    /// The first action makes the outputs of the shuffle, by a job of its own, and looks at their sizes: how many
    /// partitions there are is not known before. For an RDD that is made by a shuffle (`reduce_by_key`, `join`,
    /// `sort_by_key`, `repartition` and their like), possibly with steps such as `map` and `filter` after it; any other is
    /// an error of the action, as is one that was read from a checkpoint. The groups may be others in another run of the
    /// program, as sizes depend on what was spilled when: what depends on the number of a partition, as samples do, differs
    /// then.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let words = context.parallelize("to be or not to be".split(' ').map(str::to_owned).collect(), 2);
    /// let counts = words.map(|word| (word, 1)).reduce_by_key_n(200, |a, b| a + b).coalesce_by_size(1 << 20);
    /// assert_eq!(counts.count()?, 4);
    /// assert_eq!(counts.num_partitions()?, 1);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn coalesce_by_size(&self, target_bytes: u64) -> Rdd<Coalesced<P>> {
        let call_site = CallSite::here("coalesce_by_size");
        let groups = Arc::new(OnceLock::new());
        let known = Arc::clone(&groups);
        let parents_of = move |index, _, _| known.get().map_or(0..0, |groups: &Groups| groups.of(index));
        let dependencies = vec![NodeDependency::Many(Deferred::new(self.node.clone()), Box::new(parents_of))];
        let op = Coalesced { parent: self.op.clone(), grouping: Grouping::BySize(Arc::clone(&groups)) };
        let mut node = Rdd::node(&self.context, "CoalescedRDD", call_site, dependencies, &op);
        let sizer = Sizer {
            context: self.context.clone(),
            node: self.node.clone(),
            target: target_bytes,
            call_site,
            groups,
            run: SharedRun::default(),
        };
        node.prepare = Some(Deferred::new(Box::new(sizer)));
        Rdd { context: self.context.clone(), node: Arc::new(node), op }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_together_up_to_the_target() {
        let groups = |sizes: &[u64]| Groups::new(sizes, 10).0;
        assert_eq!(groups(&[4, 6, 1, 30, 0, 10, 1]), [0..2, 2..3, 3..4, 4..6, 6..7]);
        assert_eq!((groups(&[0; 1000]).len(), groups(&[0; 1000]).pop()), (1, Some(0..1000)));
        assert_eq!(groups(&[11, 11]), [0..1, 1..2]);
        assert_eq!(groups(&[u64::MAX, u64::MAX]), [0..1, 1..2]);
        assert!(groups(&[]).is_empty());
        assert_eq!((Groups::new(&[3, 4], 10).of(0), Groups::new(&[3, 4], 10).of(7)), (0..2, 0..0));
    }
}
