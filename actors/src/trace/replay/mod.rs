//! Drives the cores once more with recorded messages, and compares what they send with what was recorded.
//!
//! A core is a pure state machine, so whatever it was handed decides what it sends: every message of a core must come
//! again, with the same number, cause, receiver and payload. What comes from elsewhere (task threads, the result
//! getter, waiting programs, hosts) is taken as it is. Of a difference the first is told; behind it nothing can be
//! compared. The numbers come from the same [`Sender`] as in a carrier.
//!
//! This does not run tasks, and does not wait: recorded times are handed to the cores.

mod comparison;
mod cores;
mod difference;
mod error;
mod report;
mod setup;
mod snapshots;
#[cfg(test)]
pub(super) mod tests;
mod timeline;
mod watch;

pub use cores::Cores;
pub use difference::{Difference, DifferenceKind};
pub use error::ReplayError;
pub use report::Report;
pub use setup::{ExecutorStart, Setup};
pub use timeline::{Recording, Timeline};
pub(crate) use watch::{Moment, Watch};

use std::sync::Arc;

use super::{Record, Scanned, TraceError, TraceReader};
use crate::{
    ActorId, Time,
    core::Outbox,
    message::{Head, Message},
};
use comparison::Comparison;

/// Replays a whole trace.
///
/// # Errors
/// The first [`Difference`], or why the trace cannot be replayed.
pub fn replay(
    setup: Setup,
    records: impl IntoIterator<Item = Result<Record, TraceError>>,
) -> Result<Report, ReplayError> {
    let mut replay = Replay::new(setup);
    for record in records {
        replay.take(record?)?;
    }
    replay.finish()
}

/// Replays a trace from its reader, which has not read anything yet: as [`replay`], and quicker, since of what cores sent
/// nothing has to be decoded.
///
/// # Errors
/// As [`replay`].
pub fn replay_trace(setup: Setup, reader: &mut TraceReader) -> Result<Report, ReplayError> {
    let mut replay = Replay::new(setup);
    while let Some(scanned) = reader.next_head() {
        replay.take_scanned(scanned?)?;
    }
    replay.finish()
}

/// A replay under way: takes one message of the trace after the other.
///
/// ```
/// use firesteel_actors::{sim::Profile, trace::Replay};
/// let run = Profile::named("calm").ok_or("no such profile")?.export(7);
/// let mut replay = Replay::new(run.setup);
/// for record in &run.messages {
///     replay.take(record.clone())?;
/// }
/// assert_eq!(replay.finish()?.messages, run.messages.len() as u64);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Replay {
    cores: Cores,
    comparison: Comparison,
    /// Empty between messages.
    out: Outbox,
    report: Report,
}

impl Replay {
    /// A system that has started, and has not been told anything.
    pub fn new(setup: Setup) -> Self {
        Replay::shared(Arc::new(setup))
    }

    pub(super) fn shared(setup: Arc<Setup>) -> Self {
        let (cores, comparison) = (Cores::new(setup), Comparison::default());
        let mut replay = Replay { cores, comparison, out: Outbox::new(), report: Report::default() };
        let mut out = Outbox::new();
        replay.cores.begin_driver(Time::ZERO, &mut out);
        replay.begun(ActorId::ExecutorAllocation, Time::ZERO, &mut out, &mut ());
        replay
    }

    /// The cores as they are.
    pub fn cores(&self) -> &Cores {
        &self.cores
    }

    /// Takes the next message of the trace. After an error the replay is of no use any more.
    ///
    /// # Errors
    /// The first [`Difference`], or why the message cannot be replayed.
    pub fn take(&mut self, record: Record) -> Result<(), ReplayError> {
        self.take_watched(record, &mut ())
    }

    /// The same of a message of which only the head has been decoded.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn take_scanned(&mut self, scanned: Scanned<'_>) -> Result<(), ReplayError> {
        let head = scanned.head();
        let is_sent_by_core = self.drives(head.from());
        let Some(bytes) = scanned.payload.filter(|_| is_sent_by_core && !Cores::may_start(head)) else {
            // What neither comes from a core nor goes to one says nothing to anybody.
            let is_for_nobody = !is_sent_by_core && !self.drives(head.to());
            return self.take(if is_for_nobody { scanned.into_head() } else { scanned.into_record()? });
        };
        self.begin(head, &mut ())?;
        match self.comparison.compare_bytes(head, (bytes, scanned.keeps_blobs))? {
            Some((seq, message)) => self.handle(&scanned.into_head(), Some(message), (seq, true), &mut ()),
            None => {
                let mut record = scanned.into_record()?;
                let judged = self.compare(&record)?;
                let message = record.message.take();
                self.handle(&record, message, judged, &mut ())
            }
        }
    }

    pub(crate) fn take_watched(
        &mut self,
        mut record: Record,
        watch: &mut impl Watch,
    ) -> Result<(), ReplayError> {
        self.begin(&record, watch)?;
        let judged = self.compare(&record)?;
        let message = record.message.take();
        self.handle(&record, message, judged, watch)
    }

    /// Takes the next message of the trace, also if it is not the same: the difference, behind which only the cores are
    /// of use.
    fn take_anyway(&mut self, record: Record) -> Result<Option<Box<Difference>>, ReplayError> {
        self.begin(&record, &mut ())?;
        match self.compare(&record) {
            Err(ReplayError::Differs(difference)) => {
                self.cores.take(record)?;
                Ok(Some(difference))
            }
            judged => {
                let mut record = record;
                let message = record.message.take();
                self.handle(&record, message, judged?, &mut ())?;
                Ok(None)
            }
        }
    }

    fn drives(&self, actor: ActorId) -> bool {
        self.cores.setup().drives(actor)
    }

    /// Starts the executors that had started.
    fn begin(&mut self, record: &Record, watch: &mut impl Watch) -> Result<(), ReplayError> {
        if self.report.messages == 0 {
            self.check_first(record)?;
        }
        let mut starts = Vec::new();
        self.cores.begin(record, &mut |actor, incarnation, (now, out)| {
            starts.push((actor, incarnation, now, std::mem::take(out)));
        });
        for (actor, incarnation, now, mut out) in starts {
            self.comparison.begin(actor, incarnation);
            self.begun(actor, now, &mut out, watch);
        }
        Ok(())
    }

    /// Refuses a trace that does not begin with its system. What a few actors are told first may have any cause.
    fn check_first(&self, record: &Record) -> Result<(), ReplayError> {
        let Record { number, head, .. } = record;
        let why = match head.cause {
            _ if *number > 0 => format!("its first message has the number {number}"),
            Some(cause) if self.cores.setup().only.is_none() => {
                format!("its first message, {}, came of {cause}, which it does not have", head.id)
            }
            _ => return Ok(()),
        };
        Err(ReplayError::Midway { why })
    }

    /// Carries out what an actor sends when it begins.
    fn begun(&mut self, actor: ActorId, now: Time, out: &mut Outbox, watch: &mut impl Watch) {
        if self.drives(actor) {
            let moment = (now, self.comparison.sent());
            self.comparison.carry_out(&self.cores, actor, None, moment, out, watch);
        }
    }

    /// Compares a message of a core with what the replay has sent; its place in the order of sending, and whether it is
    /// a core's.
    fn compare(&mut self, record: &Record) -> Result<(u64, bool), ReplayError> {
        if self.drives(record.from()) {
            Ok((self.comparison.compare(record)?, true))
        } else {
            Ok((self.comparison.seq_of_other(record.to()), false))
        }
    }

    fn handle(
        &mut self,
        record: &Record,
        message: Option<Message>,
        (seq, is_same): (u64, bool),
        watch: &mut impl Watch,
    ) -> Result<(), ReplayError> {
        let (Head { id, to, .. }, now) = (record.head, record.handled);
        self.report.messages += 1;
        self.report.same += u64::from(is_same);
        self.report.end = now;
        self.comparison.note_handled(to, seq);
        if let Some(message) = &message {
            watch.arrives(self.comparison.moment(&self.cores, now, seq), to, message);
        }
        if self.drives(to) {
            self.report.handled += 1;
            self.cores.handle(record, message, &mut self.out)?;
            let Replay { cores, comparison, out, .. } = self;
            comparison.carry_out(cores, to, Some(id), (now, seq), out, watch);
        }
        watch.handled(self.comparison.moment(&self.cores, now, seq));
        Ok(())
    }

    /// The cores, and what they have sent and nobody has handled: when it is due, in the order of sending.
    pub(crate) fn into_parts(self) -> (Cores, Vec<(Time, Head, Message)>) {
        (self.cores, self.comparison.into_waiting())
    }

    /// The moment behind all that was taken.
    pub(crate) fn last_moment(&self) -> Moment<'_> {
        self.comparison.moment(&self.cores, self.report.end, self.comparison.sent())
    }

    /// Whether nothing is under way but timers.
    pub(crate) fn is_quiet(&self) -> bool {
        self.comparison.is_quiet()
    }

    /// What was taken so far, and was the same.
    pub(crate) fn report(&self) -> &Report {
        &self.report
    }

    /// A message that was sent and not handled, although a later one on the same way was.
    fn overtaken(&self) -> Option<Box<Difference>> {
        self.comparison.left(self.report.end).overtaken
    }

    /// The trace ends here.
    ///
    /// # Errors
    /// A message that was sent and never handled, although a later one on the same way was.
    pub fn finish(self) -> Result<Report, ReplayError> {
        let left = self.comparison.left(self.report.end);
        match left.overtaken {
            Some(difference) => Err(ReplayError::Differs(difference)),
            None => Ok(Report { timers_left: left.timers, unhandled: left.others, ..self.report }),
        }
    }
}
