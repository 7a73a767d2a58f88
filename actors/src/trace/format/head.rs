//! Heads of messages: who, to whom, when, what it is called and what it is about. Some twenty bytes each.
//!
//! Most fields are written as the change from what the same block said before, so both sides keep a [`Memory`].

use super::{
    Cursor, Malformed,
    names::{LONGEST_NAME, NameReader, NameWriter},
    varint::{LONGEST_NUMBER, SCRATCH, Scratch},
};
use crate::{
    ActorId, ExecutorId, JobId, ShuffleId, StageId, TaskId, Time,
    message::{Head, Ids, MessageId},
    trace::Record,
};

/// Bits of the first byte of a head.
mod flag {
    pub(super) const CAUSE: u8 = 1;
    /// The sender's incarnation is not 0.
    pub(super) const LIFE: u8 = 2;
    /// The cause's incarnation is not 0.
    pub(super) const CAUSE_LIFE: u8 = 4;
    pub(super) const PAYLOAD: u8 = 8;
    pub(super) const NOTE: u8 = 16;
    pub(super) const ALL: u8 = 31;
}

/// Bits that say which ids there are.
mod has {
    pub(super) const JOB: u8 = 1;
    pub(super) const STAGE: u8 = 2;
    pub(super) const STAGE_ATTEMPT: u8 = 4;
    pub(super) const PARTITION: u8 = 8;
    pub(super) const TASK: u8 = 16;
    pub(super) const EXECUTOR: u8 = 32;
    pub(super) const SHUFFLE: u8 = 64;
    pub(super) const COUNT: u8 = 128;
}

/// Numbers of a head: sender, number and life; the same of the cause; receiver, two times, eight ids, the payload's length.
const NUMBERS: usize = 3 + 3 + 1 + 2 + 8 + 1;

/// The longest head: two bytes of flags, its numbers, kind and note.
const LONGEST: usize = 2 + NUMBERS * LONGEST_NUMBER + 2 * LONGEST_NAME;

const _: () = assert!(LONGEST <= SCRATCH, "a head does not fit");

/// What was said before in a block.
#[derive(Debug)]
struct Memory {
    /// The last number of each sender; senders may share a place, which costs bytes and nothing else.
    numbers: [u64; 256],
    handled: u64,
    partition: u64,
    task: u64,
}

impl Memory {
    const NEW: Memory = Memory { numbers: [0; 256], handled: 0, partition: 0, task: 0 };

    #[inline]
    fn number(&mut self, code: u64) -> &mut u64 {
        // Eight bits, so there is such a place.
        &mut self.numbers[usize::from((code ^ (code >> 8)) as u8)]
    }
}

/// Writes the heads of a block.
#[derive(Debug)]
pub(super) struct HeadWriter {
    memory: Memory,
    names: NameWriter,
    scratch: [u8; SCRATCH],
}

impl HeadWriter {
    pub(super) fn new() -> Self {
        HeadWriter { memory: Memory::NEW, names: NameWriter::new(), scratch: [0; SCRATCH] }
    }

    /// Forgets all, for a new block.
    pub(super) fn clear(&mut self) {
        self.memory = Memory::NEW;
        self.names.clear();
    }

    /// Whether the block takes no more names.
    pub(super) fn is_full(&self) -> bool {
        self.names.is_full()
    }

    /// Appends a head; `payload` is the length of what the message says.
    pub(super) fn put(
        &mut self,
        heads: &mut Vec<u8>,
        head: &Head,
        handled: Time,
        (kind, ids): (&'static str, &Ids),
        payload: Option<usize>,
    ) {
        let Head { id, cause, to: receiver, sent } = head;
        let HeadWriter { memory, names, scratch } = self;
        let mut to = Scratch::new(scratch);
        let place = to.leave_byte();
        let mut flags = bit(payload.is_some(), flag::PAYLOAD) | bit(ids.note.is_some(), flag::NOTE);
        let from = id.actor.code();
        to.put(from);
        let last = memory.number(from);
        to.put_change(*last, id.number);
        *last = id.number;
        if id.incarnation != 0 {
            flags |= flag::LIFE;
            to.put(u64::from(id.incarnation));
        }
        if let Some(cause) = cause {
            flags |= flag::CAUSE;
            let code = cause.actor.code();
            to.put(code);
            to.put_change(*memory.number(code), cause.number);
            if cause.incarnation != 0 {
                flags |= flag::CAUSE_LIFE;
                to.put(u64::from(cause.incarnation));
            }
        }
        to.set_byte(place, flags);
        to.put(receiver.code());
        names.put(&mut to, kind);
        to.put_change(memory.handled, handled.0);
        memory.handled = handled.0;
        to.put(handled.0.wrapping_sub(sent.0));
        put_ids(&mut to, memory, names, ids);
        if let Some(length) = payload {
            to.put(length as u64);
        }
        heads.extend_from_slice(to.into_bytes());
    }
}

#[inline(always)]
fn put_ids(to: &mut Scratch<'_>, memory: &mut Memory, names: &mut NameWriter, ids: &Ids) {
    // Each is looked at once: which there are is known behind the last.
    let (place, mut present) = (to.leave_byte(), 0);
    if let Some(JobId(job)) = ids.job {
        present |= has::JOB;
        to.put(job.into());
    }
    if let Some(StageId(stage)) = ids.stage {
        present |= has::STAGE;
        to.put(stage.into());
    }
    if let Some(attempt) = ids.stage_attempt {
        present |= has::STAGE_ATTEMPT;
        to.put(attempt.into());
    }
    if let Some(partition) = ids.partition.map(u64::from) {
        present |= has::PARTITION;
        to.put_change(memory.partition, partition);
        memory.partition = partition;
    }
    if let Some(TaskId(task)) = ids.task {
        present |= has::TASK;
        to.put_change(memory.task, task);
        memory.task = task;
    }
    if let Some(ExecutorId(executor)) = ids.executor {
        present |= has::EXECUTOR;
        // As in actor codes, the driver's is short.
        to.put(executor.wrapping_add(1).into());
    }
    if let Some(ShuffleId(shuffle)) = ids.shuffle {
        present |= has::SHUFFLE;
        to.put(shuffle.into());
    }
    if let Some(count) = ids.count {
        present |= has::COUNT;
        to.put(count.into());
    }
    to.set_byte(place, present);
    if let Some(note) = ids.note {
        names.put(to, note);
    }
}

#[inline]
fn bit(is_set: bool, bit: u8) -> u8 {
    if is_set { bit } else { 0 }
}

/// Reads the heads of a block.
#[derive(Debug)]
pub(in crate::trace) struct HeadReader {
    memory: Memory,
    names: NameReader,
}

impl HeadReader {
    pub(in crate::trace) fn new() -> Self {
        HeadReader { memory: Memory::NEW, names: NameReader::default() }
    }

    /// Forgets all, for a new block.
    pub(in crate::trace) fn clear(&mut self) {
        self.memory = Memory::NEW;
        self.names.clear();
    }

    /// Takes a head: the record of that number without its message, and the length of what it says.
    #[inline]
    pub(in crate::trace) fn take(
        &mut self,
        number: u64,
        from: &mut Cursor<'_>,
    ) -> Result<(Record, Option<usize>), Malformed> {
        let flags = from.byte()?;
        if flags & !flag::ALL != 0 {
            return Err(Malformed("a head begins with an unknown byte"));
        }
        let id = self.take_id(from, flags & flag::LIFE != 0)?;
        *self.memory.number(id.actor.code()) = id.number;
        let cause = match flags & flag::CAUSE {
            0 => None,
            _ => Some(self.take_id(from, flags & flag::CAUSE_LIFE != 0)?),
        };
        let to = actor(from.number()?)?;
        let kind = self.names.take(from)?;
        let handled = from.changed(self.memory.handled)?;
        self.memory.handled = handled;
        let sent = Time(handled.wrapping_sub(from.number()?));
        let ids = self.take_ids(from, flags & flag::NOTE != 0)?;
        let payload = match flags & flag::PAYLOAD {
            0 => None,
            _ => Some(from.number32()? as usize),
        };
        let head = Head { id, cause, to, sent };
        Ok((Record { number, head, handled: Time(handled), kind, ids, message: None }, payload))
    }

    #[inline]
    fn take_id(&mut self, from: &mut Cursor<'_>, has_life: bool) -> Result<MessageId, Malformed> {
        let code = from.number()?;
        let number = from.changed(*self.memory.number(code))?;
        let incarnation = if has_life { from.number32()? } else { 0 };
        Ok(MessageId { actor: actor(code)?, incarnation, number })
    }

    #[inline]
    fn take_ids(&mut self, from: &mut Cursor<'_>, has_note: bool) -> Result<Ids, Malformed> {
        let present = from.byte()?;
        let mut ids = Ids::default();
        if present & has::JOB != 0 {
            ids.job = Some(JobId(from.number32()?));
        }
        if present & has::STAGE != 0 {
            ids.stage = Some(StageId(from.number32()?));
        }
        if present & has::STAGE_ATTEMPT != 0 {
            ids.stage_attempt = Some(from.number32()?);
        }
        if present & has::PARTITION != 0 {
            let partition = from.changed(self.memory.partition)?;
            let small =
                u32::try_from(partition).map_err(|_| Malformed("a partition has more than 32 bits"))?;
            ids.partition = Some(small);
            self.memory.partition = partition;
        }
        if present & has::TASK != 0 {
            let task = from.changed(self.memory.task)?;
            ids.task = Some(TaskId(task));
            self.memory.task = task;
        }
        if present & has::EXECUTOR != 0 {
            ids.executor = Some(ExecutorId(from.number32()?.wrapping_sub(1)));
        }
        if present & has::SHUFFLE != 0 {
            ids.shuffle = Some(ShuffleId(from.number32()?));
        }
        if present & has::COUNT != 0 {
            ids.count = Some(from.number32()?);
        }
        if has_note {
            ids.note = Some(self.names.take(from)?);
        }
        Ok(ids)
    }
}

#[inline]
fn actor(code: u64) -> Result<ActorId, Malformed> {
    ActorId::from_code(code).ok_or(Malformed("a head names an actor that does not exist"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_head_is_written_whole() {
        let long = |letter: &str| -> &'static str { String::leak(letter.repeat(128)) };
        let mut ids = Ids {
            job: Some(JobId(u32::MAX)),
            stage: Some(StageId(u32::MAX)),
            stage_attempt: Some(u32::MAX),
            partition: Some(u32::MAX),
            task: Some(TaskId(1 << 63)),
            executor: Some(ExecutorId(u32::MAX - 1)),
            shuffle: Some(ShuffleId(u32::MAX)),
            count: Some(u32::MAX),
            note: None,
        };
        let actor = ActorId::TaskRunner(ExecutorId(u32::MAX - 1));
        let id = MessageId { actor, incarnation: u32::MAX, number: 1 << 63 };
        // As far from the sender's number as from 0.
        let cause = MessageId { number: 0, ..id };
        let head = Head { id, cause: Some(cause), to: actor, sent: Time((1 << 63) + 1) };
        let (mut writer, mut heads) = (HeadWriter::new(), Vec::new());
        // So many names that the numbers of two more have two bytes.
        for name in 0..200 {
            let name: &'static str = String::leak(format!("name {name}"));
            writer.put(&mut Vec::new(), &head, Time(0), (name, &Ids::default()), None);
        }
        writer.memory = Memory::NEW;
        ids.note = Some(long("b"));
        writer.put(&mut heads, &head, Time(1 << 63), (long("a"), &ids), Some(u32::MAX as usize));
        assert!((380..=LONGEST).contains(&heads.len()), "{}", heads.len());
        let mut reader = HeadReader::new();
        for name in 0..200 {
            let text = format!("name {name}");
            let mut bytes = [0; SCRATCH];
            let mut to = Scratch::new(&mut bytes);
            to.put(name);
            to.push(text.len() as u8);
            text.bytes().for_each(|byte| to.push(byte));
            reader.names.take(&mut Cursor::new(to.into_bytes())).unwrap();
        }
        let mut cursor = Cursor::new(&heads);
        let (record, payload) = reader.take(7, &mut cursor).unwrap();
        assert_eq!((record.head, record.handled, record.ids), (head, Time(1 << 63), ids));
        assert_eq!((record.kind, payload, cursor.left()), (long("a"), Some(u32::MAX as usize), 0));
    }
}
