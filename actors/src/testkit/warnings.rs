//! The warnings and errors in the log.

use std::sync::{Arc, Mutex, PoisonError};

/// The warnings that are logged meanwhile, on this thread. Every test that comes by a warning has to listen: a
/// thread that does not may switch the place of the warning off for all.
pub(crate) fn warnings<T>(run: impl FnOnce() -> T) -> (T, Vec<String>) {
    logged(tracing::Level::WARN, run)
}

/// The same with errors.
pub(crate) fn errors<T>(run: impl FnOnce() -> T) -> (T, Vec<String>) {
    logged(tracing::Level::ERROR, run)
}

fn logged<T>(level: tracing::Level, run: impl FnOnce() -> T) -> (T, Vec<String>) {
    let seen = Seen { level, lines: Arc::default() };
    let outcome = tracing::subscriber::with_default(seen.clone(), run);
    let lines = std::mem::take(&mut *seen.lines.lock().unwrap_or_else(PoisonError::into_inner));
    (outcome, lines)
}

/// Keeps the texts of events of one level.
#[derive(Clone)]
struct Seen {
    level: tracing::Level,
    lines: Arc<Mutex<Vec<String>>>,
}

impl tracing::Subscriber for Seen {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == self.level
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Text(String);
        impl tracing::field::Visit for Text {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                if field.name() == "message" {
                    self.0 = format!("{value:?}");
                }
            }
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(text.0);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
