//! Where a panic on a task thread happened: only a panic hook is told.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    cell::RefCell,
    panic,
    sync::Once,
};

use super::in_task;

/// Where and how a panic happened.
#[derive(Clone, Debug, Default)]
pub(super) struct PanicPlace {
    pub(super) location: Option<String>,
    /// Empty unless RUST_BACKTRACE asks for it.
    pub(super) backtrace: String,
}

thread_local! {
    static LAST: RefCell<Option<PanicPlace>> = const { RefCell::new(None) };
}

/// Installs the hook, once in a process: on threads that run a task it notes the place; then, on every thread,
/// it calls the hook that was there before.
pub(crate) fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if in_task() {
                let backtrace = Backtrace::capture();
                let captured = backtrace.status() == BacktraceStatus::Captured;
                let place = PanicPlace {
                    location: info.location().map(ToString::to_string),
                    backtrace: if captured { backtrace.to_string() } else { String::new() },
                };
                LAST.with(|last| *last.borrow_mut() = Some(place));
            }
            before(info);
        }));
    });
}

/// The place of this thread's last panic.
pub(super) fn take_panic_place() -> PanicPlace {
    LAST.with(|last| last.borrow_mut().take()).unwrap_or_default()
}
