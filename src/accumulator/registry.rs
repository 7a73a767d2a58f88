//! The driver's side: the accumulators that are alive, and the parts that came for them.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use firesteel_actors::{carrier::panic_text, lineage::Blob, message::AccumUpdate};

use super::Accumulate;
use crate::code::from_bytes;

/// The accumulators of one context. Held weakly: one that the program has dropped hears nothing more.
#[derive(Default)]
pub(crate) struct Accumulators {
    next_id: AtomicU64,
    known: Mutex<HashMap<u64, Weak<dyn Merge>>>,
    /// Whether parts wait anywhere.
    waiting: AtomicBool,
}

/// An accumulator without its type.
pub(super) trait Merge: Send + Sync {
    /// Keeps a part that counts. Called on the actors' thread, so nothing of the program's runs.
    fn put(&self, part: Blob);

    /// Merges what waits.
    fn settle(&self);
}

impl Accumulators {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Weak<dyn Merge>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add<A: Accumulate>(&self, sum: Arc<Sum<A>>) -> u64 {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let sum: Arc<dyn Merge> = sum;
        self.lock().insert(id, Arc::downgrade(&sum));
        id
    }

    pub(super) fn remove(&self, id: u64) {
        self.lock().remove(&id);
    }

    /// Parts that count have come.
    pub(crate) fn put(&self, updates: Vec<AccumUpdate>) {
        let known = self.lock();
        for AccumUpdate { id, value, .. } in updates {
            if let Some(sum) = known.get(&id).and_then(Weak::upgrade) {
                sum.put(value);
                self.waiting.store(true, Ordering::Release);
            }
        }
    }

    /// Merges what waits, on the thread that waits for a job.
    pub(crate) fn settle(&self) {
        if self.waiting.load(Ordering::Relaxed) && self.waiting.swap(false, Ordering::Acquire) {
            let sums: Vec<_> = self.lock().values().filter_map(Weak::upgrade).collect();
            sums.iter().for_each(|sum| sum.settle());
        }
    }

    /// How many are alive.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.lock().len()
    }
}

impl std::fmt::Debug for Accumulators {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Accumulators({} alive)", self.lock().len())
    }
}

/// An accumulator's value on the driver.
#[derive(Default)]
pub(super) struct Sum<A> {
    value: Mutex<A>,
    /// Parts that count, in the order in which they came.
    waiting: Mutex<Vec<Blob>>,
}

impl<A: Accumulate> Sum<A> {
    /// Does something with the value in which all is that has come.
    pub(super) fn with<R>(&self, f: impl FnOnce(&mut A) -> R) -> R {
        let mut value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        let parts = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        for part in parts {
            // The program's code: one that panics loses its part, and no other.
            let merge = AssertUnwindSafe(|| match from_bytes(part.bytes().unwrap_or_default()) {
                Ok(part) => {
                    value.merge(part);
                    Ok(())
                }
                Err(error) => Err(error.to_string()),
            });
            if let Err(reason) = catch_unwind(merge).unwrap_or_else(|payload| Err(panic_text(&*payload))) {
                tracing::error!("what a task added to an accumulator is lost: {reason}");
            }
        }
        f(&mut value)
    }
}

impl<A: Accumulate> Merge for Sum<A> {
    fn put(&self, part: Blob) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(part);
    }

    fn settle(&self) {
        self.with(|_| ());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{accumulator::LongSum, code::to_bytes};

    fn update(id: u64, value: i64) -> AccumUpdate {
        let mut sum = LongSum::default();
        sum.add(value);
        AccumUpdate { id, value: Blob::from(to_bytes(&sum).unwrap()), counts_failed: false }
    }

    #[test]
    fn acc_002_one_that_was_dropped_hears_nothing_more() {
        let accumulators = Accumulators::default();
        let (kept, dropped) = (Arc::new(Sum::<LongSum>::default()), Arc::new(Sum::<LongSum>::default()));
        let ids = (accumulators.add(kept.clone()), accumulators.add(dropped.clone()));
        accumulators.put(vec![update(ids.0, 1), update(ids.1, 2), update(99, 3)]);
        drop(dropped);
        accumulators.put(vec![update(ids.1, 4), update(ids.0, 5)]);
        assert_eq!(kept.waiting.lock().unwrap().len(), 2);
        accumulators.settle();
        assert!(kept.waiting.lock().unwrap().is_empty());
        assert_eq!(kept.with(|sum| sum.value()), 6);
        assert_eq!(accumulators.len(), 2);
        accumulators.remove(ids.1);
        assert_eq!(accumulators.len(), 1);
    }
}
