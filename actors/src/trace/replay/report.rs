//! What a replay that agrees has found.

use std::fmt;

use serde::Serialize;

use crate::Time;

/// What was the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Messages of the trace.
    pub messages: u64,
    /// Those that a core handled.
    pub handled: u64,
    /// Those that a core sent, and that the replay sent alike.
    pub same: u64,
    /// Sent and not handled when the trace ends: timers that were not due.
    pub timers_left: u64,
    /// Sent and not handled when the trace ends: the rest, such as what was for an executor that died, or waited in a
    /// queue.
    pub unhandled: u64,
    /// When the last message was handled.
    pub end: Time,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { messages, handled, same, timers_left, unhandled, end } = self;
        write!(
            f,
            "{messages} messages until {end} s: {handled} handled by actors, {same} sent by them, all the same"
        )?;
        if *timers_left + *unhandled > 0 {
            write!(
                f,
                "; when the trace ends, {timers_left} timers are not due and {unhandled} messages not handled"
            )?;
        }
        Ok(())
    }
}
