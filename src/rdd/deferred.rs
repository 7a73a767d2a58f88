//! Dropping without recursion: lineages may be thousands of steps deep.

use std::{any::Any, cell::RefCell, ops::Deref, sync::Arc};

thread_local! {
    /// `Some` while this thread empties the list.
    static WAITING: RefCell<Option<Vec<Arc<dyn Any>>>> = const { RefCell::new(None) };
}

/// Holds a value whose drop may drop further `Deferred`s: those wait until it is done, so that a chain of them
/// is dropped by a loop and not by recursion.
pub(crate) struct Deferred<T> {
    /// Dropped first, as fields are in their order: `_last` then holds the value alone.
    value: Arc<T>,
    _last: Last,
}

impl<T: Send + Sync + 'static> Deferred<T> {
    pub(crate) fn new(value: T) -> Self {
        let value = Arc::new(value);
        Deferred { _last: Last(Some(value.clone())), value }
    }
}

impl<T> Deref for Deferred<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// The last holder of a value: drops it, or leaves it to the list. `None` only within its own drop.
struct Last(Option<Arc<dyn Any + Send + Sync>>);

impl Drop for Last {
    fn drop(&mut self) {
        let mut next: Option<Arc<dyn Any>> = self.0.take().map(|value| value as Arc<dyn Any>);
        let is_first = WAITING.try_with(|waiting| match &mut *waiting.borrow_mut() {
            Some(list) => {
                list.extend(next.take());
                false
            }
            list @ None => {
                *list = Some(Vec::new());
                true
            }
        });
        match is_first {
            Ok(true) => {}
            Ok(false) => return,
            // The thread ends and has no list any more: dropped by recursion then.
            Err(_) => return drop(next),
        }
        let _end = EndOfList;
        while let Some(value) = next {
            drop(value);
            next = WAITING.with(|waiting| waiting.borrow_mut().as_mut().and_then(Vec::pop));
        }
    }
}

/// Ends the list, also if a drop panicked: what is left of it is dropped by recursion then.
struct EndOfList;

impl Drop for EndOfList {
    fn drop(&mut self) {
        drop(WAITING.with(|waiting| waiting.borrow_mut().take()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Link(#[allow(dead_code)] Option<Deferred<Arc<Link>>>);

    #[test]
    fn a_value_goes_with_its_holder() {
        let value = Arc::new(7);
        let holder = Deferred::new(value.clone());
        assert_eq!((**holder, Arc::strong_count(&value)), (7, 2));
        drop(holder);
        assert_eq!(Arc::strong_count(&value), 1);
    }

    #[test]
    fn a_chain_of_a_million_is_dropped() {
        let mut chain = Arc::new(Link(None));
        for _ in 0..1_000_000 {
            chain = Arc::new(Link(Some(Deferred::new(chain))));
        }
        let end = Arc::downgrade(&chain);
        drop(chain);
        assert!(end.upgrade().is_none());
        assert!(WAITING.with(|waiting| waiting.borrow().is_none()));
    }
}
