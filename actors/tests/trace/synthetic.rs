//! Many messages without a system: a seed says which.

use std::sync::{Arc, Mutex};

use firesteel_actors::{
    ActorId, ExecutorId, JobId, TaskId, Time,
    carrier::{Observed, Observer},
    message::{
        DagSchedulerMessage, DriverEndpointMessage, Head, JobCancelled, KillTask, Message, MessageId,
        ReviveOffers, StatusUpdate, TaskStatus,
    },
    trace::{Header, Record, RecordOptions, TraceEnd, TraceReader, TraceWriter},
};
use xxhash_rust::xxh3::xxh3_64;

/// splitmix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// So many records. Most are ordinary; some have numbers as large as can be.
pub(crate) fn records(count: u64, seed: u64) -> Vec<Record> {
    let mut random = Random(seed);
    let mut now = 0u64;
    (0..count)
        .map(|number| {
            now += random.below(2_000);
            let odd = random.below(50) == 0;
            let from = actor(&mut random, odd);
            let id = |actor, random: &mut Random| MessageId {
                actor,
                incarnation: if odd { random.next() as u32 } else { 0 },
                number: if odd { random.next() } else { number },
            };
            let cause = (random.below(4) > 0).then(|| id(actor(&mut random, odd), &mut random));
            let (to, message) = message(&mut random, odd);
            let sent = Time(if odd { random.next() } else { now - random.below(now + 1) });
            let head = Head { id: id(from, &mut random), cause, to, sent };
            let handled = Time(if odd { now + random.below(1_000_000) } else { now });
            Record::of(number, &Observed { head: &head, handled, message: message.as_ref() })
        })
        .collect()
}

fn actor(random: &mut Random, odd: bool) -> ActorId {
    let executor = ExecutorId(if odd { random.next() as u32 } else { random.below(20) as u32 });
    match random.below(5) {
        0 => ActorId::DagScheduler,
        1 => ActorId::Host(random.below(300) as u32),
        2 => ActorId::JobWaiter(JobId(random.below(10_000) as u32)),
        3 => ActorId::TaskRunner(executor),
        _ => ActorId::ExecutorBackend(executor),
    }
}

fn message(random: &mut Random, odd: bool) -> (ActorId, Message) {
    let task_id = TaskId(if odd { random.next() } else { random.below(100_000) });
    let executor_id =
        if random.below(3) == 0 { ExecutorId::DRIVER } else { ExecutorId(random.below(9) as u32) };
    let to_driver = |message: DriverEndpointMessage| (ActorId::DriverEndpoint, message.into());
    match random.below(4) {
        0 => to_driver(ReviveOffers {}.into()),
        1 => {
            let reason = "x".repeat(random.below(60) as usize);
            to_driver(KillTask { task_id, executor_id, interrupt_thread: odd, reason }.into())
        }
        2 => {
            let status = StatusUpdate { executor_id, task_id, status: TaskStatus::Running, task_cpus: 1 };
            to_driver(status.into())
        }
        _ => {
            let job_id = JobId(random.below(70_000) as u32);
            (ActorId::DagScheduler, DagSchedulerMessage::from(JobCancelled { job_id, reason: None }).into())
        }
    }
}

/// Shows records to an observer.
pub(crate) fn observe(records: &[Record], observer: &dyn Observer) {
    for record in records {
        let message = record.message.as_ref().unwrap().as_ref();
        observer.message(Observed { head: &record.head, handled: record.handled, message });
    }
}

/// Bytes that a writer writes, and others look at.
#[derive(Clone, Default)]
pub(crate) struct Bytes(Arc<Mutex<Vec<u8>>>);

impl Bytes {
    pub(crate) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl std::io::Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The trace of these records.
pub(crate) fn bytes(records: &[Record], options: RecordOptions) -> Vec<u8> {
    let bytes = Bytes::default();
    let options = options.flush_after(std::time::Duration::from_secs(3_600));
    let writer = TraceWriter::to("memory".as_ref(), options, bytes.clone()).unwrap();
    observe(records, &writer);
    writer.close().unwrap();
    bytes.take()
}

/// All of a trace that has no fault.
pub(crate) fn read(bytes: Vec<u8>) -> Vec<Record> {
    let mut reader = TraceReader::from_bytes(bytes).unwrap();
    let records = reader.by_ref().map(Result::unwrap).collect();
    assert_eq!(reader.end(), Some(TraceEnd::Closed));
    records
}

/// Where the header ends.
pub(crate) fn header_end(bytes: &[u8]) -> usize {
    13 + u32::from_le_bytes(bytes[9..13].try_into().unwrap()) as usize + 8
}

/// The same trace as a program with other messages would have written it.
pub(crate) fn with_other_schema(bytes: &[u8]) -> Vec<u8> {
    let end = header_end(bytes);
    let mut header: Header = rmp_serde::from_slice(&bytes[13..end - 8]).unwrap();
    header.schema ^= 1;
    let body = rmp_serde::to_vec_named(&header).unwrap();
    let mut other = [&bytes[..9], &(body.len() as u32).to_le_bytes(), &body].concat();
    other.extend_from_slice(&xxh3_64(&other).to_le_bytes());
    other.extend_from_slice(&bytes[end..]);
    other
}

/// The same trace with this version in its header.
pub(crate) fn with_version(bytes: &[u8], version: u16) -> Vec<u8> {
    let end = header_end(bytes);
    let mut other = [&bytes[..7], &version.to_le_bytes(), &bytes[9..end - 8]].concat();
    other.extend_from_slice(&xxh3_64(&other).to_le_bytes());
    other.extend_from_slice(&bytes[end..]);
    other
}

/// Where the blocks and the index begin, and where the file ends.
pub(crate) fn places(bytes: &[u8]) -> Vec<usize> {
    let is_magic = |at: &usize| [&b"FSBLOCK\n"[..], b"FSINDEX\n"].contains(&&bytes[*at..*at + 8]);
    let mut places: Vec<usize> = (0..bytes.len() - 8).filter(is_magic).collect();
    places.push(bytes.len());
    places
}
