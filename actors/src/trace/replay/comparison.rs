//! What the cores of a replay have sent, and whether the trace has the same.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasherDefault, Hasher},
};

use super::{Cores, Difference, DifferenceKind, Moment, ReplayError, Watch, difference::is_same_head};
use crate::{
    ActorId, Time,
    carrier::Sender,
    core::{Outbox, Sending},
    lineage::Blob,
    message::{Head, Message, MessageId},
    trace::Record,
};

/// Only looked up, or walked without regard to its order.
type Table<K, V> = HashMap<K, V, BuildHasherDefault<SmallHasher>>;

/// What cores have sent, and what the trace has shown of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Comparison {
    /// By sender. A later process of an executor has numbers of its own.
    senders: BTreeMap<ActorId, Sender>,
    /// What cores have sent and the trace has not shown yet.
    waiting: Table<MessageId, Waiting>,
    /// By way, the latest message on it that was handled: when it was due, and its place in the order of sending.
    latest: Table<Way, (Time, u64)>,
    /// By receiver, the order of sending of the latest message that it handled.
    latest_seq: Table<ActorId, u64>,
    sent: u64,
    /// A message's bytes, to be compared; used again.
    bytes: Vec<u8>,
    /// Messages that had the same bytes.
    #[cfg(test)]
    pub(super) same_bytes: u64,
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

/// What is left of what cores have sent, when a trace ends.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// The first message that was not handled although a later one on its way was.
    pub(super) overtaken: Option<Box<Difference>>,
    pub(super) timers: u64,
    pub(super) others: u64,
}

impl Comparison {
    /// An actor begins, in this life of its.
    pub(super) fn begin(&mut self, actor: ActorId, incarnation: u32) {
        self.senders.insert(actor, Sender::of_life(actor, incarnation));
    }

    /// The place in the order of sending of a message that is not a core's: no later than it was.
    pub(super) fn seq_of_other(&self, to: ActorId) -> u64 {
        self.latest_seq.get(&to).copied().unwrap_or_default()
    }

    /// A message of this place in the order of sending is handled.
    pub(super) fn note_handled(&mut self, to: ActorId, seq: u64) {
        self.latest_seq.insert(to, seq);
    }

    /// Compares a message of a core with what the replay has sent; its place in the order of sending.
    pub(super) fn compare(&mut self, record: &Record) -> Result<u64, ReplayError> {
        let Waiting { head, message, due, way, seq } = self.take(record)?;
        if let Some(difference) = Difference::between(record, (&head, &message)) {
            return Err(ReplayError::Differs(difference));
        }
        self.note_same(way, (due, seq));
        Ok(seq)
    }

    /// The same of a message that is not decoded: what the replay has sent, if it has the same bytes, with those of
    /// blobs if the trace keeps them. If not, the message has to be decoded and compared.
    pub(super) fn compare_bytes(
        &mut self,
        record: &Record,
        (bytes, keeps_blobs): (&[u8], bool),
    ) -> Result<Option<(u64, Message)>, ReplayError> {
        let waiting = self.take(record)?;
        self.bytes.clear();
        let (message, to) = (waiting.message.as_ref(), &mut self.bytes);
        let written = if keeps_blobs { Blob::keeping_bytes(|| message.write(to)) } else { message.write(to) };
        if written.is_ok() && self.bytes == bytes && is_same_head(&record.head, &waiting.head) {
            self.note_same(waiting.way, (waiting.due, waiting.seq));
            #[cfg(test)]
            {
                self.same_bytes += 1;
            }
            return Ok(Some((waiting.seq, waiting.message)));
        }
        self.waiting.insert(record.head.id, waiting);
        Ok(None)
    }

    fn take(&mut self, record: &Record) -> Result<Waiting, ReplayError> {
        self.waiting.remove(&record.head.id).ok_or_else(|| self.not_sent(record))
    }

    fn note_same(&mut self, way: Way, handled: (Time, u64)) {
        let latest = self.latest.entry(way).or_default();
        *latest = (*latest).max(handled);
    }

    /// The trace has a message that the replay has not sent. If it is the first one of its sender in the trace, and its
    /// sender should have sent others before, the trace does not begin with the system.
    fn not_sent(&self, record: &Record) -> ReplayError {
        let MessageId { actor, incarnation, number } = record.head.id;
        let of_sender = |id: &&MessageId| (id.actor, id.incarnation) == (actor, incarnation);
        let unseen = self.waiting.keys().filter(of_sender).count() as u64;
        let sent = self.senders.get(&actor).map_or(0, Sender::number);
        if unseen == sent && number > sent + 1 {
            let why = format!("the first message of {actor} in it is {}", record.head.id);
            return ReplayError::Midway { why };
        }
        ReplayError::Differs(Difference::of_record(record, DifferenceKind::NotSent))
    }

    /// Notes what an actor sends.
    pub(super) fn carry_out(
        &mut self,
        cores: &Cores,
        from: ActorId,
        cause: Option<MessageId>,
        (now, seq): (Time, u64),
        out: &mut Outbox,
        watch: &mut impl Watch,
    ) {
        for sending in out.drain() {
            watch.sent(self.moment(cores, now, seq), from, &sending);
            let Sending { to, message, after } = sending;
            let sender = self.senders.entry(from).or_insert_with(|| Sender::new(from));
            let head = sender.head(to, cause, now);
            let to_executor = to.executor();
            let is_remote = to_executor.or(from.executor()).is_some();
            let way = Way {
                from: is_remote.then_some((from, head.id.incarnation)),
                to,
                to_incarnation: to_executor.and_then(|id| cores.incarnation(id)),
                is_timer: after.is_some(),
            };
            self.sent += 1;
            let due = after.map_or(now, |after| now + after);
            self.waiting.insert(head.id, Waiting { head, message, due, way, seq: self.sent });
        }
    }

    pub(super) fn moment<'a>(&self, cores: &'a Cores, now: Time, seq: u64) -> Moment<'a> {
        Moment { cores, now, seq, next_seq: self.sent + 1 }
    }

    /// How many messages were sent.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    /// Whether nothing is under way but timers.
    pub(super) fn is_quiet(&self) -> bool {
        let is_on_its_way = |waiting: &Waiting| {
            // What is for executors may be lost with them.
            !waiting.way.is_timer && waiting.way.from.is_none()
        };
        !self.waiting.values().any(is_on_its_way)
    }

    /// What is sent and not handled if the trace ends at this time.
    pub(super) fn left(&self, end: Time) -> Left {
        let mut left = Left::default();
        let mut overtaken: Option<&Waiting> = None;
        for waiting in self.waiting.values() {
            let latest = self.latest.get(&waiting.way);
            if latest.is_some_and(|latest| *latest > (waiting.due, waiting.seq)) {
                overtaken = overtaken.into_iter().chain([waiting]).min_by_key(|waiting| waiting.seq);
            } else if waiting.way.is_timer && waiting.due > end {
                left.timers += 1;
            } else {
                left.others += 1;
            }
        }
        left.overtaken = overtaken.map(|waiting| Difference::not_recorded(&waiting.head, &waiting.message));
        left
    }

    /// What is sent and not handled: when it is due, in the order of sending.
    pub(super) fn into_waiting(self) -> Vec<(Time, Head, Message)> {
        let mut waiting: Vec<Waiting> = self.waiting.into_values().collect();
        waiting.sort_unstable_by_key(|waiting| waiting.seq);
        waiting.into_iter().map(|waiting| (waiting.due, waiting.head, waiting.message)).collect()
    }
}

/// Hashes small keys of numbers. They come from a trace: one that was made to collide is slow, and nothing else.
#[derive(Clone, Debug, Default)]
struct SmallHasher(u64);

impl SmallHasher {
    fn add(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for SmallHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.add(u64::from(*byte)));
    }

    fn write_u8(&mut self, value: u8) {
        self.add(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.add(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.add(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.add(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.add(value as u64);
    }

    fn finish(&self) -> u64 {
        // Tables look at the lowest bits and the highest.
        self.0.rotate_left(26)
    }
}
