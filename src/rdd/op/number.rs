//! `zip_with_index` and `zip_with_unique_id`: elements with numbers.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Serialize};

use super::as_parent;
use crate::{
    Context, Error,
    context::CallSite,
    rdd::{Compute, Deferred, NodeDependency, PlanError, Prepare, Rdd, action::Count},
    task::{TaskContext, TaskError},
};

/// The operator of [`Rdd::zip_with_index`] and [`Rdd::zip_with_unique_id`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "P: Compute")]
pub struct Numbered<P> {
    parent: P,
    #[serde(skip)]
    numbers: Numbers,
}

/// Which numbers the elements of a partition get; only the driver knows.
#[derive(Clone, Debug, Default)]
enum Numbers {
    /// Partition k of n: k, n + k, 2n + k.
    #[default]
    Unique,
    /// One after the other; the first of each partition is known when they are counted.
    Index(Arc<OnceLock<Vec<u64>>>),
}

impl<P: Compute> Compute for Numbered<P> {
    type Item = (P::Item, u64);
    /// The first number, and the step to the next.
    type Split = (u64, u64, P::Split);
    type Iter = NumberedIter<P::Iter>;

    as_parent!();

    fn split(&self, index: usize) -> Result<Self::Split, PlanError> {
        let (first, step) = match &self.numbers {
            Numbers::Unique => (index as u64, self.parent.num_partitions()? as u64),
            Numbers::Index(starts) => {
                let start = starts.get().and_then(|starts| starts.get(index));
                (*start.ok_or(PlanError::NotCounted { partition: index })?, 1)
            }
        };
        Ok((first, step, self.parent.split(index)?))
    }

    fn compute(
        &self,
        (next, step, split): Self::Split,
        task: &Arc<TaskContext>,
    ) -> Result<Self::Iter, TaskError> {
        Ok(NumberedIter { items: self.parent.compute(split, task)?, next, step })
    }
}

/// The iterator of [`Numbered`].
#[derive(Clone, Debug)]
pub struct NumberedIter<I> {
    items: I,
    next: u64,
    step: u64,
}

impl<I: Iterator> Iterator for NumberedIter<I> {
    type Item = (I::Item, u64);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let item = self.items.next()?;
        let number = self.next;
        self.next = number.wrapping_add(self.step);
        Some((item, number))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut f: F) -> B {
        let NumberedIter { items, mut next, step } = self;
        items.fold(init, |sum, item| {
            let number = next;
            next = number.wrapping_add(step);
            f(sum, (item, number))
        })
    }
}

/// Counts the elements of all partitions but the last.
struct Counter<P> {
    parent: Rdd<P>,
    call_site: CallSite,
    starts: Arc<OnceLock<Vec<u64>>>,
}

impl<P: Compute> Prepare for Counter<P> {
    fn is_ready(&self) -> bool {
        self.starts.get().is_some()
    }

    fn run(&self, _context: &Context) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send>> {
        let (parent, call_site, starts) = (self.parent.clone(), self.call_site, self.starts.clone());
        Box::pin(async move {
            let total = parent.num_partitions()?;
            let counted = total.saturating_sub(1);
            let mut counts = vec![0; counted];
            if counted > 0 {
                parent
                    .run(Count, Some((0..counted).collect()), call_site, |position, count| {
                        if let Some(slot) = counts.get_mut(position) {
                            *slot = count;
                        }
                    })
                    .await?;
            }
            starts.get_or_init(|| starts_of(total, &counts));
            Ok(())
        })
    }
}

/// The number of each partition's first element.
fn starts_of(total: usize, counts: &[u64]) -> Vec<u64> {
    let sums = counts.iter().scan(0, |sum, count| {
        *sum += count;
        Some(*sum)
    });
    std::iter::once(0).chain(sums).take(total).collect()
}

impl<P: Compute> Rdd<P> {
    /// Each element with its number, from 0 on, in the order of the partitions. If there are several partitions the
    /// first action runs a job that counts the elements of all but the last; that is remembered.
    ///
    /// If the order of elements can change when a partition is computed again (behind a shuffle), then so do their
    /// numbers; a lost part then means that all of it is made again.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let numbered = context.parallelize(vec!['a', 'b', 'c'], 2).zip_with_index();
    /// assert_eq!(numbered.collect()?, [('a', 0), ('b', 1), ('c', 2)]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn zip_with_index(&self) -> Rdd<Numbered<P>> {
        let (call_site, starts) = (CallSite::here("zip_with_index"), Arc::default());
        let counter = Counter { parent: self.clone(), call_site, starts: Arc::clone(&starts) };
        self.numbered("ZippedWithIndexRDD", call_site, Numbers::Index(starts), Some(Box::new(counter)))
    }

    /// Each element with a number that no other has: those of partition k of n get k, n + k, 2n + k and so on. Takes no
    /// job, other than [`zip_with_index`](Self::zip_with_index), and leaves gaps. Depends on the order as that does.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// let numbered = context.parallelize(vec!['a', 'b', 'c'], 2).zip_with_unique_id();
    /// assert_eq!(numbered.collect()?, [('a', 0), ('b', 1), ('c', 3)]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    pub fn zip_with_unique_id(&self) -> Rdd<Numbered<P>> {
        self.numbered("MapPartitionsRDD", CallSite::here("zip_with_unique_id"), Numbers::Unique, None)
    }

    /// Each element with its number, where every partition has one element.
    pub(crate) fn numbered_by_partition(&self, call_site: CallSite) -> Rdd<Numbered<P>> {
        self.narrow(call_site, Numbered { parent: self.op.clone(), numbers: Numbers::Unique })
    }

    fn numbered(
        &self,
        kind: &'static str,
        call_site: CallSite,
        numbers: Numbers,
        prepare: Option<Box<dyn Prepare>>,
    ) -> Rdd<Numbered<P>> {
        let op = Numbered { parent: self.op.clone(), numbers };
        let dependencies = vec![NodeDependency::OneToOne(Deferred::new(self.node.clone()))];
        let mut node = Rdd::node(&self.context, kind, call_site, dependencies, &op);
        node.is_order_sensitive = true;
        node.prepare = prepare.map(Deferred::new);
        Rdd { context: self.context.clone(), node: Arc::new(node), op }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_starts_where_the_one_before_ends() {
        assert_eq!(starts_of(4, &[2, 0, 5]), [0, 2, 2, 7]);
        assert_eq!(starts_of(1, &[]), [0]);
        assert!(starts_of(0, &[]).is_empty());
    }
}
