//! Drives the cores once more with recorded messages, and compares what they send with what was recorded.
//!
//! A core is a pure state machine, so whatever it was handed decides what it sends: every message of a core must come
//! again, with the same number, cause, receiver and payload. What comes from elsewhere (task threads, the result
//! getter, waiting programs, hosts) is taken as it is. Of a difference the first is told; behind it nothing can be
//! compared. The numbers come from the same [`Sender`] as in a carrier.
//!
//! This does not run tasks, and does not wait: recorded times are handed to the cores.

mod cores;
mod difference;
mod error;
mod report;
mod setup;
mod snapshots;
#[cfg(test)]
mod tests;
mod timeline;
mod watch;

pub use cores::Cores;
pub use difference::{Difference, DifferenceKind};
pub use error::ReplayError;
pub use report::Report;
pub use setup::{ExecutorStart, Setup};
pub use timeline::{Recording, Timeline};
pub(crate) use watch::{Moment, Watch};

use std::{
    collections::{BTreeMap, HashMap},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{Record, TraceError};
use crate::{
    ActorId, Time,
    carrier::{Sender, panic_text},
    core::{Outbox, Sending},
    message::{Head, Message, MessageId},
};

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
#[derive(Debug)]
pub struct Replay {
    cores: Cores,
    /// By sender. A later process of an executor has numbers of its own.
    senders: BTreeMap<ActorId, Sender>,
    /// What cores have sent and the trace has not shown yet. Never walked in its order.
    waiting: HashMap<MessageId, Waiting>,
    /// By way, the latest message on it that was handled: when it was due, and its place in the order of sending.
    latest: HashMap<Way, (Time, u64)>,
    /// By receiver, the order of sending of the latest message that it handled.
    latest_seq: BTreeMap<ActorId, u64>,
    sent: u64,
    /// Empty between messages.
    out: Outbox,
    report: Report,
}

/// A message that a core has sent.
#[derive(Clone, Debug)]
struct Waiting {
    head: Head,
    message: Message,
    due: Time,
    way: Way,
    seq: u64,
}

/// Messages on one way are handled in the order in which they are due, then in that of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Way {
    /// The sender and its life, if one of the two is on an executor. The driver's actors share one thread, and with it
    /// one order for each receiver.
    from: Option<(ActorId, u32)>,
    to: ActorId,
    /// Which process of the receiver was there when it was sent.
    to_incarnation: Option<u32>,
    is_timer: bool,
}

impl Replay {
    /// A system that has started, and has not been told anything.
    pub fn new(setup: Setup) -> Self {
        let mut replay = Replay {
            cores: Cores::new(Arc::new(setup)),
            senders: BTreeMap::new(),
            waiting: HashMap::new(),
            latest: HashMap::new(),
            latest_seq: BTreeMap::new(),
            sent: 0,
            out: Outbox::new(),
            report: Report::default(),
        };
        let mut out = Outbox::new();
        replay.cores.begin_driver(Time::ZERO, &mut out);
        replay.carry_out(ActorId::ExecutorAllocation, None, Time::ZERO, &mut out, &mut ());
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

    pub(crate) fn take_watched(&mut self, record: Record, watch: &mut impl Watch) -> Result<(), ReplayError> {
        self.begin(&record, watch);
        let now = record.handled;
        let Head { id, to, .. } = record.head;
        let seq = self.compare(&record)?;
        self.report.messages += 1;
        self.report.end = now;
        self.latest_seq.insert(to, seq);
        if let Some(message) = &record.message {
            watch.arrives(self.moment(now, seq), to, message);
        }
        if self.cores.setup().drives(to) {
            self.report.handled += 1;
            let mut out = std::mem::take(&mut self.out);
            let cores = &mut self.cores;
            let copy = Record { message: None, ..record };
            let result = catch_unwind(AssertUnwindSafe(|| cores.handle(record, &mut out)));
            match result {
                Ok(result) => result?,
                Err(payload) => {
                    let kind = DifferenceKind::Panicked(panic_text(&*payload));
                    return Err(ReplayError::Differs(Difference::of_record(&copy, kind)));
                }
            }
            self.carry_out_watched(to, Some(id), (now, seq), &mut out, watch);
            self.out = out;
        }
        watch.handled(self.moment(now, seq));
        Ok(())
    }

    /// The cores, and what they have sent and nobody has handled: when it is due, in the order of sending.
    pub(crate) fn into_parts(self) -> (Cores, Vec<(Time, Head, Message)>) {
        let mut waiting: Vec<Waiting> = self.waiting.into_values().collect();
        waiting.sort_unstable_by_key(|waiting| waiting.seq);
        let part = |waiting: Waiting| (waiting.due, waiting.head, waiting.message);
        (self.cores, waiting.into_iter().map(part).collect())
    }

    /// The moment behind all that was taken.
    pub(crate) fn last_moment(&self) -> Moment<'_> {
        self.moment(self.report.end, self.sent)
    }

    /// Whether nothing is under way but timers.
    pub(crate) fn is_quiet(&self) -> bool {
        let is_on_its_way = |waiting: &Waiting| {
            // What is for executors may be lost with them.
            !waiting.way.is_timer && waiting.way.from.is_none()
        };
        !self.waiting.values().any(is_on_its_way)
    }

    fn moment(&self, now: Time, seq: u64) -> Moment<'_> {
        Moment { cores: &self.cores, now, seq, next_seq: self.sent + 1 }
    }

    /// Starts the executors that had started.
    fn begin(&mut self, record: &Record, watch: &mut impl Watch) {
        let mut starts = Vec::new();
        self.cores.begin(record, &mut |actor, incarnation, (now, out)| {
            starts.push((actor, incarnation, now, std::mem::take(out)));
        });
        for (actor, incarnation, now, mut out) in starts {
            self.senders.insert(actor, Sender::of_life(actor, incarnation));
            self.carry_out(actor, None, now, &mut out, watch);
        }
    }

    /// Compares a message of a core with what the replay has sent; its place in the order of sending.
    fn compare(&mut self, record: &Record) -> Result<u64, ReplayError> {
        let Head { id, to, .. } = record.head;
        if !self.cores.setup().drives(id.actor) {
            return Ok(self.latest_seq.get(&to).copied().unwrap_or_default());
        }
        let Some(Waiting { head, message, due, way, seq }) = self.waiting.remove(&id) else {
            return Err(ReplayError::Differs(Difference::of_record(record, DifferenceKind::NotSent)));
        };
        if let Some(difference) = Difference::between(record, (&head, &message)) {
            return Err(ReplayError::Differs(difference));
        }
        let latest = self.latest.entry(way).or_default();
        *latest = (*latest).max((due, seq));
        self.report.same += 1;
        Ok(seq)
    }

    fn carry_out(
        &mut self,
        from: ActorId,
        cause: Option<MessageId>,
        now: Time,
        out: &mut Outbox,
        watch: &mut impl Watch,
    ) {
        let seq = self.sent;
        self.carry_out_watched(from, cause, (now, seq), out, watch);
    }

    fn carry_out_watched(
        &mut self,
        from: ActorId,
        cause: Option<MessageId>,
        (now, seq): (Time, u64),
        out: &mut Outbox,
        watch: &mut impl Watch,
    ) {
        if !self.cores.setup().drives(from) {
            return;
        }
        for sending in out.drain() {
            watch.sent(self.moment(now, seq), from, &sending);
            let Sending { to, message, after } = sending;
            let sender = self.senders.entry(from).or_insert_with(|| Sender::new(from));
            let head = sender.head(to, cause, now);
            let to_executor = to.executor();
            let is_remote = to_executor.or(from.executor()).is_some();
            let way = Way {
                from: is_remote.then_some((from, head.id.incarnation)),
                to,
                to_incarnation: to_executor.and_then(|id| self.cores.incarnation(id)),
                is_timer: after.is_some(),
            };
            self.sent += 1;
            let due = after.map_or(now, |after| now + after);
            self.waiting.insert(head.id, Waiting { head, message, due, way, seq: self.sent });
        }
    }

    /// The trace ends here.
    ///
    /// # Errors
    /// A message that was sent and never handled, although a later one on the same way was.
    pub fn finish(mut self) -> Result<Report, ReplayError> {
        let mut overtaken: Option<&Waiting> = None;
        for waiting in self.waiting.values() {
            let latest = self.latest.get(&waiting.way);
            if latest.is_some_and(|latest| *latest > (waiting.due, waiting.seq)) {
                overtaken = overtaken.into_iter().chain([waiting]).min_by_key(|waiting| waiting.seq);
            } else if waiting.way.is_timer && waiting.due > self.report.end {
                self.report.timers_left += 1;
            } else {
                self.report.unhandled += 1;
            }
        }
        match overtaken {
            Some(Waiting { head, message, .. }) => {
                Err(ReplayError::Differs(Difference::not_recorded(head, message)))
            }
            None => Ok(self.report),
        }
    }
}
