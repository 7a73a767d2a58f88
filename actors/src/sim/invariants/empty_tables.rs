//! When all jobs have ended, every table is empty and every core is free.

use super::{Check, Invariant, View};

#[derive(Clone, Debug, Default)]
pub(super) struct EmptyTables {}

impl Invariant for EmptyTables {
    fn name(&self) -> &'static str {
        "empty tables"
    }

    fn at_end(&mut self, view: &View<'_>) -> Check {
        view.scene.is_idle().map_err(|who| format!("all jobs have ended, and {who} still keeps something"))
    }
}
