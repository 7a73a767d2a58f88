//! [`RowsHeap`]: what the rows in a consumer's memory own.

use serde::Serialize;

use super::table::{HEAP_STEP, MUCH_HEAP};
use crate::memory::{Reservation, RowsEstimate};

/// Heap bytes of the rows that a consumer collects, judged by some of them as they come, and how many of these its
/// reservation is charged for.
#[derive(Debug, Default)]
pub(crate) struct RowsHeap {
    estimate: RowsEstimate,
    total: u64,
    charged: u64,
}

impl RowsHeap {
    /// A row comes; whether it is time to charge.
    #[inline(always)]
    pub(crate) fn add<T: Serialize>(&mut self, row: &T) -> bool {
        match self.estimate.add(row) {
            0 => false,
            bytes => self.add_bytes(bytes),
        }
    }

    #[cold]
    #[inline(never)]
    fn add_bytes(&mut self, bytes: u64) -> bool {
        self.total = self.total.saturating_add(bytes);
        self.uncharged() >= HEAP_STEP as u64
    }

    /// What rows own.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// What of it is not charged.
    pub(crate) fn uncharged(&self) -> u64 {
        self.total - self.charged
    }

    /// What of it is charged.
    pub(crate) fn charged(&self) -> u64 {
        self.charged
    }

    /// All of it is charged now.
    pub(crate) fn set_charged(&mut self) {
        self.charged = self.total;
    }

    /// Charges all of it, if that is granted.
    pub(crate) fn try_charge(&mut self, reservation: &mut Reservation) -> bool {
        let granted = reservation.try_grow(self.uncharged());
        if granted {
            self.set_charged();
        }
        granted
    }

    /// Whether rows that were refused have to go, however few they are.
    pub(crate) fn is_much(&self) -> bool {
        self.uncharged() > MUCH_HEAP as u64
    }

    /// Only some of the rows stay; what is charged is up to the caller then.
    pub(crate) fn keep(&mut self, rows: usize, of: usize) {
        self.total = (self.total as f64 * rows as f64 / of.max(1) as f64) as u64;
        self.charged = self.charged.min(self.total);
    }

    /// The rows are gone.
    pub(crate) fn clear(&mut self) {
        (self.total, self.charged) = (0, 0);
        self.estimate.clear();
    }
}
