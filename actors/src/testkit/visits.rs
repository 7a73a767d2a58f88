//! Counts what the cores look at, one by one, where a list may be long: so a test says what an event costs, without
//! a clock.

use std::cell::Cell;

thread_local! {
    static VISITS: Cell<u64> = const { Cell::new(0) };
}

/// One more entry is looked at.
pub(crate) fn visit() {
    VISITS.set(VISITS.get() + 1);
}

/// Runs something; how many entries were looked at meanwhile.
pub(crate) fn visits<T>(run: impl FnOnce() -> T) -> (T, u64) {
    let before = VISITS.get();
    let outcome = run();
    (outcome, VISITS.get() - before)
}
