//! [`FrontCache`]: the most frequent keys of a map task, before they reach its tables.

use super::table::Entry;

/// Records after which the cache pays: before that, setting it up costs more than it saves.
pub(super) const OPEN_AFTER: u64 = 4096;
/// Records after which it is judged, again and again.
pub(super) const JUDGED_EVERY: u64 = 1 << 16;
/// Of so many records one at least must find its key.
const LEAST_HITS: u64 = 16;
/// Entries.
const LEN: usize = 1 << 11;

/// One entry for each place of a hash: a new key drives the one before it out. Closed at first.
pub(super) struct FrontCache<K, C> {
    slots: Vec<Option<Entry<K, C>>>,
    driven_out: u64,
}

impl<K, C> Default for FrontCache<K, C> {
    fn default() -> Self {
        FrontCache { slots: Vec::new(), driven_out: 0 }
    }
}

impl<K, C> FrontCache<K, C> {
    pub(super) fn open(&mut self) {
        self.slots.resize_with(LEN, || None);
    }

    #[inline(always)]
    pub(super) fn is_open(&self) -> bool {
        !self.slots.is_empty()
    }

    /// Entries that it may have.
    pub(super) fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// The place of a hash; `None` while it is closed.
    #[inline(always)]
    pub(super) fn slot(&mut self, hash: u64) -> Option<&mut Option<Entry<K, C>>> {
        self.slots.get_mut(hash as usize & (LEN - 1))
    }

    /// What is in the place of a hash.
    pub(super) fn get(&self, hash: u64) -> Option<&Entry<K, C>> {
        self.slots.get(hash as usize & (LEN - 1)).and_then(Option::as_ref)
    }

    /// Takes note of an entry that left.
    #[inline(always)]
    pub(super) fn count_driven_out(&mut self) {
        self.driven_out += 1;
    }

    /// Whether it was of little use for the last so many records.
    pub(super) fn is_useless(&mut self, records: u64) -> bool {
        // Its places were empty once.
        std::mem::take(&mut self.driven_out) + LEN as u64 > records / LEAST_HITS * (LEAST_HITS - 1)
    }

    /// All entries; it goes on empty.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Entry<K, C>> {
        self.slots.iter_mut().filter_map(Option::take)
    }

    /// Closes it; gives its entries.
    pub(super) fn close(&mut self) -> impl Iterator<Item = Entry<K, C>> + use<K, C> {
        std::mem::take(&mut self.slots).into_iter().flatten()
    }
}
