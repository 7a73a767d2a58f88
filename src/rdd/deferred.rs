//! Dropping without recursion: lineages may be thousands of steps deep.

use std::{any::Any, cell::RefCell, ops::Deref};

thread_local! {
    /// `Some` while this thread empties the list.
    static WAITING: RefCell<Option<Vec<Box<dyn Any>>>> = const { RefCell::new(None) };
}

/// Holds a value whose drop may drop further `Deferred`s: those wait until it is done, so that a chain of them
/// is dropped by a loop and not by recursion.
#[derive(Debug)]
pub(crate) struct Deferred<T: 'static>(Option<Box<T>>);

impl<T> Deferred<T> {
    pub(crate) fn new(value: T) -> Self {
        Deferred(Some(Box::new(value)))
    }
}

impl<T> Deref for Deferred<T> {
    type Target = T;

    #[allow(clippy::expect_used)]
    fn deref(&self) -> &T {
        self.0.as_ref().expect("only drop takes it")
    }
}

impl<T: 'static> Drop for Deferred<T> {
    fn drop(&mut self) {
        let Some(value) = self.0.take() else { return };
        let mut next: Option<Box<dyn Any>> = Some(value);
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
    use std::sync::Arc;

    use super::*;

    struct Link(#[allow(dead_code)] Option<Deferred<Arc<Link>>>);

    #[test]
    fn a_chain_of_a_million_is_dropped() {
        let mut chain = Arc::new(Link(None));
        for _ in 0..1_000_000 {
            chain = Arc::new(Link(Some(Deferred::new(chain))));
        }
        drop(chain);
        assert!(WAITING.with(|waiting| waiting.borrow().is_none()));
    }
}
