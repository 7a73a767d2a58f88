//! Which chunks the texts of a value hold. Only serde knows where a value has its texts, so they tell while it is serialized.

use std::cell::{Cell, RefCell};

use super::Text;

thread_local! {
    static IS_ASKED: Cell<bool> = const { Cell::new(false) };
    static TOLD: RefCell<Vec<HeldChunk>> = const { RefCell::new(Vec::new()) };
}

/// A chunk that a long text holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeldChunk {
    /// Its address, which tells chunks apart as long as they are held.
    pub(crate) chunk: usize,
    /// Its bytes.
    pub(crate) size: usize,
    /// How many texts, and others, hold it.
    pub(crate) holders: usize,
    /// Bytes of this text.
    pub(crate) len: usize,
}

/// Serializes something; what its long texts hold.
pub(crate) fn held_chunks(serialize: impl FnOnce()) -> Vec<HeldChunk> {
    /// Also if that panics.
    struct Asked;
    impl Drop for Asked {
        fn drop(&mut self) {
            IS_ASKED.set(false);
        }
    }
    TOLD.with_borrow_mut(Vec::clear);
    let asked = Asked;
    IS_ASKED.set(true);
    serialize();
    drop(asked);
    TOLD.take()
}

/// A text is serialized.
#[inline]
pub(super) fn tell(text: &Text) {
    if IS_ASKED.get() {
        tell_chunk(text);
    }
}

#[cold]
fn tell_chunk(text: &Text) {
    if let Some(held) = text.held_chunk() {
        TOLD.with_borrow_mut(|told| told.push(held));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Chunk;

    #[test]
    fn long_texts_tell_which_chunk_they_hold_only_while_somebody_asks() {
        let chunk = Chunk::new(vec![b'x'; 1_000]);
        let row = (chunk.slice(..30), vec![Some(chunk.slice(..10)), Some(chunk.slice(100..200))]);
        let told = held_chunks(|| drop(rmp_serde::to_vec(&row)));
        let lens: Vec<_> = told.iter().map(|held| (held.size, held.holders, held.len)).collect();
        assert_eq!(lens, [(1_000, 3, 30), (1_000, 3, 100)]);
        assert_eq!(told[0].chunk, told[1].chunk);
        drop(rmp_serde::to_vec(&row));
        assert!(held_chunks(|| ()).is_empty());
    }
}
