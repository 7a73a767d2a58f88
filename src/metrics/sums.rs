//! [`Sums`]: one sum per key, for a bounded number of keys.

use std::collections::BTreeMap;

use firesteel_actors::message::{TaskEnd, TaskEndReason, TaskMetrics};

/// Keys that are kept one by one (Spark's `spark.ui.retainedStages`).
pub(super) const MOST_ROWS: usize = 1_000;

/// What some task attempts measured together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetricsSum {
    /// Attempts that have ended.
    pub tasks: u64,
    /// Those of them that did not succeed: failed, killed, lost.
    pub unsuccessful: u64,
    /// The sum of their counters.
    pub metrics: TaskMetrics,
}

impl MetricsSum {
    fn add_task(&mut self, end: &TaskEnd) {
        self.tasks += 1;
        self.unsuccessful += u64::from(end.reason != TaskEndReason::Success);
        self.metrics.add(&end.metrics);
    }

    pub(super) fn add(&mut self, other: &MetricsSum) {
        self.tasks += other.tasks;
        self.unsuccessful += other.unsuccessful;
        self.metrics.add(&other.metrics);
    }
}

/// A named sum per key. The lowest keys, which are the oldest, are added up when there are too many.
#[derive(Debug)]
pub(super) struct Sums<K, N> {
    rows: BTreeMap<K, (N, MetricsSum)>,
    earlier: MetricsSum,
}

impl<K, N> Default for Sums<K, N> {
    fn default() -> Self {
        Sums { rows: BTreeMap::new(), earlier: MetricsSum::default() }
    }
}

impl<K: Ord, N: Default> Sums<K, N> {
    /// Says what a key is called, before anything is added to it.
    pub(super) fn name(&mut self, key: K, name: N) {
        self.rows.entry(key).or_default().0 = name;
        self.bound();
    }

    pub(super) fn add(&mut self, key: K, end: &TaskEnd) {
        // A late task of an attempt that is no longer kept.
        let is_old =
            self.rows.len() >= MOST_ROWS && self.rows.keys().next().is_some_and(|first| key < *first);
        if is_old {
            self.earlier.add_task(end);
            return;
        }
        self.rows.entry(key).or_default().1.add_task(end);
        self.bound();
    }

    fn bound(&mut self) {
        while self.rows.len() > MOST_ROWS {
            if let Some((_, (_, sum))) = self.rows.pop_first() {
                self.earlier.add(&sum);
            }
        }
    }
}

impl<K, N> Sums<K, N> {
    pub(super) fn rows(&self) -> impl Iterator<Item = (&K, &(N, MetricsSum))> {
        self.rows.iter()
    }

    /// The sum of the keys that are no longer kept one by one.
    pub(super) fn earlier(&self) -> &MetricsSum {
        &self.earlier
    }

    pub(super) fn total(&self) -> MetricsSum {
        let mut total = self.earlier.clone();
        self.rows.values().for_each(|(_, sum)| total.add(sum));
        total
    }
}
