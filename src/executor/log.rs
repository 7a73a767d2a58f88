//! The log of a process that is an executor: events of `tracing`, a line each, on standard error.
//!
//! A library is silent in its host's process, but this process is the library's own: its `main` has not begun.

use std::{
    fmt::{self, Write as _},
    io::Write as _,
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use super::ExecutorOptions;
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span,
};

/// The variable that says how severe what is logged must be: `off`, `error`, `warn`, `info`, `debug`, `trace`.
const VARIABLE: &str = "FIRESTEEL_LOG";

/// Logs from now on, unless the program has a subscriber already.
pub(super) fn start() {
    let asked = std::env::var(VARIABLE).ok().and_then(|text| text.trim().parse().ok());
    let level = asked.unwrap_or(LevelFilter::WARN);
    tracing::subscriber::set_global_default(Log { level, spans: AtomicU64::new(1) }).ok();
}

/// The first line.
pub(super) fn begin(options: &ExecutorOptions) {
    let ExecutorOptions { executor_id, driver, cores, .. } = options;
    let name = executor_id.map_or_else(|| "an executor".to_owned(), |id| format!("executor {id}"));
    let process = std::process::id();
    let now = Timestamp(SystemTime::now());
    say(&format!(
        "{now} {name} of the driver at {driver}: process {process}, cores {cores} ({VARIABLE}=info logs tasks)\n"
    ));
}

/// Writes a line, at once so that lines of several threads do not mix. If it cannot be written, as on a full disk, there is nobody
/// to tell.
pub(super) fn say(line: &str) {
    std::io::stderr().write_all(line.as_bytes()).ok();
}

struct Log {
    level: LevelFilter,
    spans: AtomicU64,
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        say(&line(SystemTime::now(), event.metadata().level(), |text| event.record(text)));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// One line.
fn line(now: SystemTime, level: &Level, record: impl FnOnce(&mut Text)) -> String {
    let mut text = Text(format!("{} {level:>5} ", Timestamp(now)));
    record(&mut text);
    text.0.push('\n');
    text.0
}

/// The message, and the fields behind it.
struct Text(String);

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // A string takes everything.
        match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        }
        .ok();
    }
}

/// Such as `2026-02-28T23:59:59.123Z`.
struct Timestamp(SystemTime);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.0.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (year, month, day) = date(since.as_secs() / 86_400);
        let (seconds, millis) = (since.as_secs() % 86_400, since.subsec_millis());
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

/// The date of a day since 1970.
fn date(mut day: u64) -> (u64, usize, u64) {
    let mut year = 1970;
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    loop {
        let days = if is_leap(year) { 366 } else { 365 };
        if day < days {
            break;
        }
        day -= days;
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 1;
    for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < days {
            break;
        }
        day -= days;
        month += 1;
    }
    (year, month, day + 1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.007Z"),
            (951_782_399, "2000-02-28T23:59:59.007Z"),
            (951_782_400, "2000-02-29T00:00:00.007Z"),
            (1_709_251_199, "2024-02-29T23:59:59.007Z"),
            (1_767_225_599, "2025-12-31T23:59:59.007Z"),
            (4_107_542_400, "2100-03-01T00:00:00.007Z"),
        ] {
            let time = UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_millis(7);
            assert_eq!(Timestamp(time).to_string(), text);
        }
    }

    #[test]
    fn a_line_has_time_level_message_and_fields() {
        let written = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
        struct Kept(std::sync::Arc<std::sync::Mutex<String>>);
        impl Subscriber for Kept {
            fn enabled(&self, _: &Metadata<'_>) -> bool {
                true
            }
            fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
                span::Id::from_u64(1)
            }
            fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
            fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
            fn event(&self, event: &Event<'_>) {
                let text = line(UNIX_EPOCH, event.metadata().level(), |text| event.record(text));
                self.0.lock().unwrap().push_str(&text);
            }
            fn enter(&self, _: &span::Id) {}
            fn exit(&self, _: &span::Id) {}
        }
        tracing::subscriber::with_default(Kept(written.clone()), || {
            tracing::warn!(task = 7, name = "x", "Lost {}", "it");
        });
        let text = written.lock().unwrap().clone();
        assert_eq!(text, "1970-01-01T00:00:00.000Z  WARN Lost it task=7 name=x\n");
    }
}
