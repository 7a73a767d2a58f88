//! How many connections of a listener there may be.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Counts connections.
#[derive(Clone)]
pub(super) struct Permits {
    used: Arc<AtomicUsize>,
    limit: usize,
}

/// A connection that is counted, as long as it lives.
pub(super) struct Permit(Arc<AtomicUsize>);

impl Permits {
    pub(super) fn new(limit: usize) -> Self {
        Permits { used: Arc::default(), limit }
    }

    /// None if there are as many as may be.
    pub(super) fn take(&self) -> Option<Permit> {
        let more = |used: usize| (used < self.limit).then_some(used + 1);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        Some(Permit(self.used.clone()))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
