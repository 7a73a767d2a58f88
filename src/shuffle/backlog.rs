//! [`Backlog`]: rows on their way to hash tables that do not fit into a core's cache together.
//!
//! Rows in no order, each into its table at once, fetch a line of memory a row. Rows that wait for their table, and then
//! go into it together, fetch the table once for all of them.

use super::table::Entry;
use crate::memory::Reservation;

/// Rows for which a table has room here at first.
const LEAST_ROWS: usize = 256;
/// Bytes of this room at most: a table that has so many rows to come is worth fetching.
const MOST_BYTES: usize = 192 << 10;

/// The rows that wait, by table. Closed at first; the room of an open one is charged.
pub(super) struct Backlog<K, C> {
    /// None while it is closed.
    waiting: Vec<Vec<Entry<K, C>>>,
    /// Bytes of their room.
    room: u64,
}

impl<K, C> Default for Backlog<K, C> {
    fn default() -> Self {
        Backlog { waiting: Vec::new(), room: 0 }
    }
}

impl<K, C> Backlog<K, C> {
    fn bytes(rows: usize) -> u64 {
        (rows * size_of::<Entry<K, C>>()) as u64
    }

    #[inline(always)]
    pub(super) fn is_open(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Bytes of its room, which a reservation is charged for.
    pub(super) fn room(&self) -> u64 {
        self.room
    }

    /// Rows for which a table has room at most. Large ones gain nothing by waiting: `None`.
    fn most_rows() -> Option<usize> {
        Some(MOST_BYTES / size_of::<Entry<K, C>>()).filter(|most| *most >= LEAST_ROWS)
    }

    /// Opens it for so many tables of so many bytes, if they are large enough to gain by it and there is memory.
    pub(super) fn open(&mut self, tables: usize, bytes: u64, reservation: &mut Reservation) {
        let room = Self::bytes(LEAST_ROWS) * tables as u64;
        if Self::most_rows().is_some() && bytes >= room && reservation.try_grow(room) {
            self.room = room;
            self.waiting.resize_with(tables, || Vec::with_capacity(LEAST_ROWS));
        }
    }

    /// Closes it. What waits comes back, by table; its room is the caller's to give back.
    pub(super) fn close(&mut self) -> Vec<Vec<Entry<K, C>>> {
        self.room = 0;
        std::mem::take(&mut self.waiting)
    }

    /// Rows that wait.
    pub(super) fn rows(&self) -> usize {
        self.waiting.iter().map(Vec::len).sum()
    }

    /// A row waits for its table. `true`: no more have room, they are to be [taken](Self::take).
    #[inline(always)]
    pub(super) fn push(&mut self, table: usize, row: Entry<K, C>) -> bool {
        let rows = &mut self.waiting[table];
        rows.push(row);
        rows.len() == rows.capacity()
    }

    /// What waits for a table; [`put_back`](Self::put_back) gives the room back.
    pub(super) fn take(&mut self, table: usize) -> Vec<Entry<K, C>> {
        self.waiting.get_mut(table).map(std::mem::take).unwrap_or_default()
    }

    /// The room of rows that have gone to their table, which has `len` entries now. The more it has, the more are to wait
    /// for it, if there is memory.
    pub(super) fn put_back(
        &mut self,
        table: usize,
        mut rows: Vec<Entry<K, C>>,
        len: usize,
        reservation: &mut Reservation,
    ) {
        // It may have been closed meanwhile, or opened again.
        let Some(waiting) = self.waiting.get_mut(table).filter(|waiting| waiting.capacity() == 0) else {
            return;
        };
        let most = Self::most_rows().unwrap_or(LEAST_ROWS);
        let (wanted, has) = (len.clamp(LEAST_ROWS, most), rows.capacity());
        // In steps of two at least.
        if wanted >= 2 * has && reservation.try_grow(Self::bytes(wanted - has)) {
            rows = Vec::with_capacity(wanted);
            self.room += Self::bytes(rows.capacity() - has);
        }
        *waiting = rows;
    }
}
