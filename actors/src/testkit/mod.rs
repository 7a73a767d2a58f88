//! What the unit tests of the cores share: a harness around one core, lineages, and messages as short texts.
//!
//! A test tells a core one message and compares all that it sends with a list of texts, which name every
//! field; nothing that a core sends goes unseen.

mod brief;
pub(crate) mod compact;
mod cpu_clock;
mod graph;
#[cfg(feature = "trace")]
mod nothing;
mod visits;
mod warnings;

use std::time::Duration;

pub(crate) use brief::{brief, reasons};
pub(crate) use cpu_clock::CpuClock;
pub(crate) use graph::Graph;
#[cfg(feature = "trace")]
pub(crate) use nothing::Nothing;
pub(crate) use visits::{visit, visits};
pub(crate) use warnings::{errors, warnings};

use crate::{
    Time,
    core::{Core, Outbox, Sending},
};

/// What a core sends when it sends nothing.
pub(crate) const NOTHING: [&str; 0] = [];

/// One core on a test bench.
pub(crate) struct Harness<C> {
    pub(crate) core: C,
    pub(crate) now: Time,
}

impl<C: Core> Harness<C> {
    pub(crate) fn new(core: C) -> Self {
        Harness { core, now: Time::ZERO }
    }

    /// Puts the clock forward by nanoseconds.
    pub(crate) fn wait(&mut self, nanos: u64) {
        self.now = self.now + Duration::from_nanos(nanos);
    }

    /// Handles a message; all that is sent, in order.
    #[must_use = "all that a core sends is compared"]
    pub(crate) fn send(&mut self, message: impl Into<C::Message>) -> Vec<Sending> {
        let mut out = Outbox::new();
        self.core.handle(self.now, message.into(), &mut out);
        assert!(
            out.sendings().iter().all(|sending| sending.to != self.core.actor() || sending.after.is_some())
        );
        out.drain().collect()
    }

    /// As [`send`](Self::send), in short texts.
    #[must_use = "all that a core sends is compared"]
    pub(crate) fn tell(&mut self, message: impl Into<C::Message>) -> Vec<String> {
        self.send(message).iter().map(brief).collect()
    }

    /// The end of a scenario: every table is empty.
    pub(crate) fn finish(self) {
        assert!(self.core.is_idle());
    }
}
