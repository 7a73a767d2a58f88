//! Every job ends, once faults have stopped.

use super::{Check, Invariant, View};

#[derive(Clone, Debug, Default)]
pub(super) struct Liveness {}

impl Invariant for Liveness {
    fn name(&self) -> &'static str {
        "liveness"
    }

    fn at_end(&mut self, view: &View<'_>) -> Check {
        let open: Vec<String> = view.scene.open_jobs().iter().map(ToString::to_string).collect();
        if open.is_empty() {
            return Ok(());
        }
        Err(format!("job {} does not end, and it is {}", open.join(", "), view.scene.now()))
    }
}
