//! Where the user's program called a transformation or an action.

use std::{panic::Location, sync::Arc};

/// A method and the place where it was called; names RDDs, stages and jobs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallSite {
    method: &'static str,
    place: &'static Location<'static>,
}

impl CallSite {
    /// The caller of the method, which must be `#[track_caller]` itself.
    #[track_caller]
    pub(crate) fn here(method: &'static str) -> Self {
        CallSite { method, place: Location::caller() }
    }

    /// Such as `map at src/main.rs:12:8`.
    pub(crate) fn text(&self) -> Arc<str> {
        format!("{} at {}", self.method, self.place).into()
    }
}
