//! Planning a job: the lineage as plain data, and what has to be found out before.

use std::{collections::BTreeSet, sync::Arc};

use firesteel_actors::{
    RddId,
    lineage::{Blob, Dependency, Lineage, RddInfo, ShuffleInfo},
};

use super::Context;
use crate::{
    Error,
    rdd::{
        Checkpoint, Compute, NodeDependency, PlanError, Prepare, RddNode, ShuffleDependency, encode_split,
    },
};

/// The bytes of an RDD's partitions; `wanted`: of these only, the others stay empty.
pub(crate) fn encode_partitions<P: Compute>(
    op: &P,
    wanted: Option<&[usize]>,
) -> Result<Arc<[Blob]>, PlanError> {
    let total = op.num_partitions()?;
    let Some(wanted) = wanted.filter(|wanted| wanted.len() < total) else {
        return (0..total).map(|index| encode_split(op, index).map(Blob::from)).collect();
    };
    let mut partitions = vec![Blob::default(); total];
    for &index in wanted {
        let bytes = encode_split(op, index)?;
        if let Some(slot) = partitions.get_mut(index) {
            *slot = bytes.into();
        }
    }
    Ok(partitions.into())
}

/// All RDDs that a node is made from, itself first, each once; by a list, for lineages may be deep.
fn ancestors(node: &Arc<RddNode>) -> Vec<Arc<RddNode>> {
    // Ids are of one context; whether there are others is not known yet.
    let mut seen: BTreeSet<(usize, RddId)> = BTreeSet::from([(node.context, node.id)]);
    let mut found = vec![node.clone()];
    let mut next = 0;
    while let Some(node) = found.get(next).cloned() {
        next += 1;
        for dependency in &node.dependencies {
            let parent = dependency.parent();
            if seen.insert((parent.context, parent.id)) {
                found.push(parent.clone());
            }
        }
        if let Some(parent) = node.to_be_checkpointed()
            && seen.insert((parent.context, parent.id))
        {
            found.push(parent);
        }
    }
    found
}

/// Finds out the partition counts of all shuffles, the deepest first: each may depend on its parent's, and asked for
/// the other way round thousands of them would be one deep recursion. Errors come again when the count is used.
///
/// `false`: one of them cannot be told yet, nor those that depend on it.
pub(crate) fn settle_counts(node: &Arc<RddNode>) -> bool {
    let mut shuffles = Vec::new();
    for node in ancestors(node) {
        for dependency in &node.dependencies {
            if let NodeDependency::Shuffle(shuffle) = dependency {
                shuffles.push(Arc::clone(shuffle));
            }
        }
    }
    shuffles.sort_by_key(|shuffle| shuffle.id);
    shuffles.iter().all(|shuffle| shuffle.num_reduces().is_ok())
}

/// All RDDs that a node is made from, which must be of one context.
fn of_one_context(node: &Arc<RddNode>) -> Result<Vec<Arc<RddNode>>, PlanError> {
    let found = ancestors(node);
    match found.iter().find(|other| other.context != node.context) {
        Some(other) => Err(PlanError::OtherContext { rdd: other.to_string() }),
        None => Ok(found),
    }
}

/// The lineage of a node as plain data, with the code of all its shuffles.
pub(super) fn lineage(node: &Arc<RddNode>) -> Result<Lineage, PlanError> {
    let mut lineage = Lineage::default();
    for node in of_one_context(node)? {
        let mut dependencies = Vec::with_capacity(node.dependencies.len());
        let mut out_start = 0;
        for dependency in &node.dependencies {
            let rdd = dependency.parent().id;
            dependencies.push(match dependency {
                NodeDependency::OneToOne(_) => Dependency::OneToOne { rdd },
                NodeDependency::Range(parent) => {
                    let length = parent.num_partitions()? as u32;
                    out_start += length;
                    Dependency::Range { rdd, in_start: 0, out_start: out_start - length, length }
                }
                NodeDependency::Many(parent, parents_of) => {
                    let (count, parents) = (node.num_partitions()?, parent.num_partitions()?);
                    let group =
                        |index| parents_of(index, count, parents).map(|parent| parent as u32).collect();
                    Dependency::Many { rdd, partitions: (0..count).map(group).collect() }
                }
                NodeDependency::Shuffle(shuffle) => {
                    lineage.shuffles.insert(shuffle.id, shuffle_info(shuffle)?);
                    Dependency::Shuffle { rdd, shuffle: shuffle.id }
                }
            });
        }
        if let Some(parent) = node.to_be_checkpointed() {
            dependencies.push(Dependency::OneToOne { rdd: parent.id });
        }
        let num_partitions = node.num_partitions()? as u32;
        let mut info =
            RddInfo::new(node.id, node.name(), node.call_site.clone(), num_partitions, dependencies);
        info.is_barrier = node.is_barrier;
        info.is_order_sensitive = node.is_order_sensitive;
        info.is_cached = node.persisted.as_ref().is_some_and(|persisted| persisted.level().keeps());
        info.is_checkpointed =
            node.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.directory().is_some());
        lineage.rdds.insert(node.id, info);
    }
    Ok(lineage)
}

fn shuffle_info(shuffle: &ShuffleDependency) -> Result<ShuffleInfo, PlanError> {
    let num_reduces = shuffle.num_reduces()? as u32;
    Ok(ShuffleInfo::new(shuffle.parent().id, num_reduces, shuffle.binary()?))
}

impl Context {
    /// Finds out what only jobs can tell, such as the key ranges of sorts: those of the deepest shuffles first,
    /// for the others depend on them.
    pub(crate) async fn prepare(&self, node: &Arc<RddNode>) -> Result<(), Error> {
        let mut is_settled = settle_counts(node);
        let mut unready = Vec::new();
        for node in of_one_context(node)? {
            for dependency in &node.dependencies {
                if let NodeDependency::Shuffle(shuffle) = dependency {
                    unready.push((node.id, Unready::Shuffle(Arc::clone(shuffle))));
                }
            }
            if node.prepare.is_some() {
                unready.push((node.id, Unready::Rdd(node.clone())));
            }
            if let Some(checkpoint) = &node.checkpoint {
                unready.push((node.id, Unready::Checkpoint(checkpoint.clone())));
            }
        }
        unready.retain(|(_, unready)| unready.prepare().is_some());
        // An RDD's id is larger than those of all it is made from.
        unready.sort_by_key(|(id, _)| *id);
        for (_, unready) in unready {
            // What came before may have needed it too.
            let run = unready.prepare().map(|prepare| prepare.run(self));
            if let Some(run) = run {
                run.await?;
            }
            // What was found out may be a number of partitions on which others depend.
            is_settled = is_settled || settle_counts(node);
        }
        Ok(())
    }
}

/// What may have to be found out or made before a job.
enum Unready {
    Shuffle(Arc<ShuffleDependency>),
    Rdd(Arc<RddNode>),
    Checkpoint(Arc<dyn Checkpoint>),
}

impl Unready {
    /// `None`: there is nothing left to do.
    fn prepare(&self) -> Option<&dyn Prepare> {
        let prepare = match self {
            Unready::Shuffle(shuffle) => shuffle.prepare(),
            Unready::Rdd(node) => node.prepare.as_ref().map(|prepare| &***prepare),
            Unready::Checkpoint(checkpoint) => Some(&**checkpoint as &dyn Prepare),
        };
        prepare.filter(|prepare| !prepare.is_ready())
    }
}

#[cfg(test)]
mod tests {
    use firesteel_actors::lineage::DeterministicLevel::{Determinate, Indeterminate, Unordered};

    use super::*;

    #[test]
    fn what_is_repartitioned_behind_a_shuffle_is_another_each_time() {
        let context = Context::builder().start().unwrap();
        let level = |node: &Arc<RddNode>| lineage(node).unwrap().determinism(node.id);
        let numbers = context.range(0..10, 1, 2);
        assert_eq!(level(&numbers.coalesce(1).node), Determinate);
        assert_eq!(level(&numbers.repartition(3).node), Unordered);
        let sums = numbers.map(|x| (x % 3, x)).reduce_by_key(|a, b| a + b);
        assert_eq!(level(&sums.node), Unordered);
        assert_eq!(level(&sums.repartition(3).node), Indeterminate);
        assert_eq!(level(&numbers.sample(true, 0.5, 1).node), Determinate);
        assert_eq!(level(&sums.sample(true, 0.5, 1).node), Indeterminate);
        assert_eq!(level(&numbers.zip(&sums).node), Indeterminate);
    }

    #[test]
    fn a_partition_of_a_product_needs_one_of_each() {
        let context = Context::builder().start().unwrap();
        let (first, second) = (context.range(0..10, 1, 2), context.range(0..10, 1, 3));
        let node = first.cartesian(&second).node;
        let lineage = lineage(&node).unwrap();
        let many = |rdd, parents: [u32; 6]| Dependency::Many {
            rdd,
            partitions: parents.map(|parent| vec![parent]).to_vec(),
        };
        let expected = [many(first.id(), [0, 0, 0, 1, 1, 1]), many(second.id(), [0, 1, 2, 0, 1, 2])];
        assert_eq!(lineage.rdds[&node.id].dependencies, expected);
    }

    #[test]
    fn a_coalesced_partition_needs_its_neighbours() {
        let context = Context::builder().start().unwrap();
        let numbers = context.range(0..10, 1, 5);
        let node = numbers.coalesce(2).node;
        let lineage = lineage(&node).unwrap();
        let partitions = vec![vec![0, 1], vec![2, 3, 4]];
        assert_eq!(lineage.rdds[&node.id].dependencies, [Dependency::Many { rdd: numbers.id(), partitions }]);
    }
}
