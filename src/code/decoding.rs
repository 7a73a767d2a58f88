//! The scope in which functions may come out of bytes.
//!
//! [`Decoding`] is entered by [`entry`](super::entry) around the decoding of one stage, and asked by
//! [`Fun`](super::Fun)'s `Deserialize`. It belongs to one thread and does not judge the bytes.

use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    // A depth and not a flag: a stage may hold the bytes of another one (a boxed operator).
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// While a value of this type lives, its thread is decoding a stage; unwinding ends the scope as well.
#[must_use]
pub(super) struct Decoding {
    // Not `Send`: the scope must end on the thread that entered it.
    _thread_bound: PhantomData<*const ()>,
}

impl Decoding {
    /// Enters the scope on this thread.
    pub(super) fn enter() -> Self {
        DEPTH.set(DEPTH.get() + 1);
        Decoding { _thread_bound: PhantomData }
    }

    /// Whether this thread is inside of a scope.
    pub(super) fn is_active() -> bool {
        DEPTH.get() > 0
    }
}

impl Drop for Decoding {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_nest_and_belong_to_one_thread() {
        assert!(!Decoding::is_active());
        let outer = Decoding::enter();
        let inner = Decoding::enter();
        drop(inner);
        assert!(Decoding::is_active());
        assert!(!std::thread::spawn(Decoding::is_active).join().unwrap());
        drop(outer);
        assert!(!Decoding::is_active());
    }

    #[test]
    fn a_panic_ends_the_scope() {
        let outcome = std::panic::catch_unwind(|| {
            let _scope = Decoding::enter();
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(outcome.is_err());
        assert!(!Decoding::is_active());
    }
}
