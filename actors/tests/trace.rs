//! Traces: what was observed is what is read back, whole or up to where the file ends or is damaged.
#![cfg(feature = "trace")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use common::{Fake, Graph, LONG, Running, Setup, failure, wait};
use firesteel_actors::{
    carrier::{Observed, actix::ActorSystem},
    message::MessageId,
    trace::{JsonRecord, Record, TraceError, TraceReader, TraceWriter, VERSION, line},
};
use tempfile::TempDir;

/// What an observer of its own saw.
type Seen = Arc<Mutex<Vec<Record>>>;

fn seeing(seen: &Seen) -> impl Fn(Observed<'_>) + Send + Sync + 'static {
    let seen = seen.clone();
    move |observed: Observed<'_>| {
        let mut seen = seen.lock().unwrap();
        let number = seen.len() as u64;
        seen.push(Record::of(number, &observed));
    }
}

/// Some of everything: two stages, a failure, a cancel, a message of the host's.
async fn body(cx: Running) {
    use firesteel_actors::message::{DagScheduler, DriverEndpoint, JobCancelled, ReviveOffers};
    let graph = Graph::two(0, 2, 2);
    assert_eq!(cx.run(graph).await, Ok(graph.answer()));
    cx.system.named(1).send(DriverEndpoint, ReviveOffers {}).unwrap();
    assert!(cx.run(Graph::one(7)).await.is_err());
    let (job_id, end) = cx.submit(Graph::one(1));
    cx.system.send(DagScheduler, JobCancelled { job_id, reason: None }).unwrap();
    assert!(end.await.is_err());
}

fn program() -> Arc<Fake> {
    Fake::running(|task, _| (task.partition_id == 6).then(|| failure("six")))
}

struct Run {
    _folder: TempDir,
    path: PathBuf,
    seen: Vec<Record>,
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.trace");
    (folder, path)
}

fn on_loop(keeps_blobs: bool) -> Run {
    let (folder, path) = place();
    let (setup, program, seen) = (Setup::attempts(2), program(), Seen::default());
    let mut system = setup.on_loop(program.clone(), 5);
    system.add_observer(Arc::new(TraceWriter::create(&path, keeps_blobs).unwrap()));
    system.add_observer(Arc::new(seeing(&seen)));
    let cx = Running { system: system.handle().clone(), program };
    system.block_on(body(cx)).unwrap();
    system.run_until_idle();
    // The end of the system ends the trace.
    drop(system);
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    Run { _folder: folder, path, seen }
}

fn on_actix() -> Run {
    let (folder, path) = place();
    let (setup, program, seen) = (Setup::attempts(2), program(), Seen::default());
    let builder = ActorSystem::builder(program.clone())
        .config(setup.config)
        .executors(setup.executors)
        .observer(Arc::new(TraceWriter::create(&path, false).unwrap()))
        .observer(Arc::new(seeing(&seen)));
    let system = builder.start().unwrap();
    wait(body(Running { system: system.handle().clone(), program }));
    assert_eq!(system.stop(LONG).left_behind, []);
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    Run { _folder: folder, path, seen }
}

fn read(path: &Path) -> Vec<Record> {
    let mut reader = TraceReader::open(path).unwrap();
    let records = reader.by_ref().collect::<Result<_, _>>().unwrap();
    assert_eq!(reader.torn_bytes(), 0);
    records
}

/// Each sender's messages are numbered from 1 without a gap, and each cause was handled before its effects.
fn check_complete(records: &[Record]) {
    let positions: HashMap<MessageId, usize> =
        records.iter().enumerate().map(|(position, record)| (record.head.id, position)).collect();
    assert_eq!(positions.len(), records.len(), "ids are unique");
    let mut highest = BTreeMap::new();
    for (position, record) in records.iter().enumerate() {
        let id = record.head.id;
        let (count, last) = highest.entry(id.actor).or_insert((0, 0));
        (*count, *last) = (*count + 1, id.number.max(*last));
        assert_eq!(id.incarnation, 0);
        assert!(record.handled >= record.head.sent, "{}", line(record));
        if let Some(cause) = record.head.cause {
            assert!(positions[&cause] < position, "{}", line(record));
        }
    }
    for (actor, (count, last)) in highest {
        assert_eq!(count, last, "{actor}");
    }
}

#[test]
fn a_trace_of_the_loop_is_complete() {
    let run = on_loop(false);
    let records = read(&run.path);
    assert_eq!(records, run.seen);
    check_complete(&records);
    let kinds: std::collections::BTreeSet<&str> = records.iter().map(|record| record.kind).collect();
    for kind in ["JobSubmitted", "SubmitTasks", "ResourceOffers", "LaunchTask", "StatusUpdate", "JobFailed"] {
        assert!(kinds.contains(kind), "{kinds:?}");
    }
}

#[test]
fn a_trace_of_actix_is_complete() {
    let run = on_actix();
    let records = read(&run.path);
    assert_eq!(records, run.seen);
    check_complete(&records);
}

#[test]
fn blobs_keep_their_bytes_only_if_asked_to() {
    for keeps_blobs in [false, true] {
        let run = on_loop(keeps_blobs);
        assert_eq!(TraceReader::open(&run.path).unwrap().header().keeps_blobs, keeps_blobs);
        let mut seen = 0;
        for record in read(&run.path) {
            use firesteel_actors::message::{DagSchedulerMessage, Message};
            let Message::DagScheduler(DagSchedulerMessage::JobSubmitted(job)) = record.message.unwrap()
            else {
                continue;
            };
            let code = job.binary.unwrap().code;
            // Two of the three jobs have no code at all.
            if !code.is_empty() {
                assert_eq!((code.len(), code.bytes()), (2, keeps_blobs.then_some(&[0, 2][..])));
                seen += 1;
            }
        }
        assert_eq!(seen, 1);
    }
}

#[test]
fn the_header_tells_of_the_run() {
    let run = on_loop(false);
    let reader = TraceReader::open(&run.path).unwrap();
    let header = reader.header();
    assert_eq!(header.firesteel, env!("CARGO_PKG_VERSION"));
    assert!(header.begun_unix_ms > 1_600_000_000_000 && header.program.contains("trace"), "{header:?}");
}

#[test]
fn lines_and_objects_say_what_matters() {
    let run = on_loop(false);
    let records = read(&run.path);
    let submit = records.iter().find(|record| record.kind == "SubmitTasks").unwrap();
    let text = line(submit);
    for part in [
        "DAGScheduler → TaskScheduler",
        "SubmitTasks",
        "job 0 stage 0.0 x2",
        "[DAGScheduler#",
        " ← Host-0#1]",
    ] {
        assert!(text.contains(part), "{text}");
    }
    for record in &records {
        let text = line(record);
        assert!(text.contains(record.kind) && !text.contains('\n'), "{text}");
        let object = serde_json::to_string(&JsonRecord::from(record)).unwrap();
        let value: serde_json::Value = serde_json::from_str(&object).unwrap();
        assert_eq!(value["kind"], record.kind);
        assert_eq!(value["to"], record.head.to.to_string());
    }
}

/// The bytes of a trace of a job of this many tasks, the ends of its header and records, and the records.
fn small(tasks: u32) -> (Vec<u8>, Vec<usize>, Vec<Record>) {
    let (_folder, path) = place();
    let mut setup = Setup::attempts(1);
    let program = Fake::new();
    setup.executors.truncate(1);
    let mut system = setup.on_loop(program.clone(), 5);
    system.add_observer(Arc::new(TraceWriter::create(&path, true).unwrap()));
    let cx = Running { system: system.handle().clone(), program };
    drop(cx.submit(Graph::one(tasks)));
    system.run_until_idle();
    drop(system);
    let bytes = fs::read(&path).unwrap();
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let mut ends = vec![9 + 4 + number(9)];
    while ends[ends.len() - 1] < bytes.len() {
        let at = ends[ends.len() - 1];
        ends.push(at + 4 + number(at));
    }
    let records = read(&path);
    assert_eq!(ends.len(), records.len() + 1);
    (bytes, ends, records)
}

#[test]
fn a_torn_tail_loses_only_the_record_that_it_tore() {
    let (bytes, ends, records) = small(0);
    let (_folder, path) = place();
    for length in 0..bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        let Some(whole) = ends.iter().rposition(|end| *end <= length) else {
            // Not even the header is there.
            assert!(TraceReader::open(&path).is_err(), "{length}");
            continue;
        };
        let mut reader = TraceReader::open(&path).unwrap();
        let read: Vec<Record> = reader.by_ref().collect::<Result<_, _>>().unwrap();
        assert_eq!(read, records[..whole], "{length}");
        assert_eq!(reader.torn_bytes(), (length - ends[whole]) as u64);
        assert!(reader.next().is_none());
    }
}

#[test]
fn flipped_bytes_are_an_error_or_another_record_and_never_a_panic() {
    // Every byte of a tiny trace, and some of one that has more kinds of messages.
    let (tiny, larger) = (small(0).0, small(1).0);
    let (_folder, path) = place();
    let (mut errors, mut tried) = (0, 0);
    for (bytes, step) in [(tiny, 1), (larger, 11)] {
        for (number, position) in (0..bytes.len()).step_by(step).enumerate() {
            let flip = [0x01, 0x80, 0xFF][number % 3];
            tried += 1;
            let mut damaged = bytes.clone();
            damaged[position] ^= flip;
            fs::write(&path, &damaged).unwrap();
            match TraceReader::open(&path) {
                Ok(mut reader) => {
                    let results: Vec<_> = reader.by_ref().collect();
                    // After an error the iterator ends.
                    let first_error = results.iter().position(Result::is_err);
                    assert!(first_error.is_none_or(|at| at == results.len() - 1));
                    errors += usize::from(first_error.is_some());
                    for record in results.iter().flatten() {
                        line(record);
                    }
                }
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    errors += 1;
                }
            }
        }
    }
    assert!(errors > tried / 4, "{errors} of {tried}");
}

#[test]
fn what_is_no_trace_is_refused_with_a_reason() {
    let (bytes, ..) = small(0);
    let (_folder, path) = place();
    let refused = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        TraceReader::open(&path).unwrap_err()
    };
    let not_a_trace = |error: TraceError| matches!(error, TraceError::NotATrace { .. });
    assert!(not_a_trace(refused(b"")));
    assert!(not_a_trace(refused(b"FSTRACE")));
    assert!(not_a_trace(refused(b"word count of a long text")));
    let mut other = bytes.clone();
    other[7..9].copy_from_slice(&(VERSION + 1).to_le_bytes());
    let error = refused(&other);
    assert!(error.to_string().ends_with("has trace format 2; this firesteel reads format 1"), "{error}");
    // A header that claims four gigabytes.
    let mut other = bytes;
    other[9..13].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(matches!(refused(&other), TraceError::Damaged { .. }));
    let missing = path.with_extension("missing");
    assert!(matches!(TraceReader::open(&missing), Err(TraceError::Io { action: "read", .. })));
    let nowhere = missing.join("run.trace");
    assert!(matches!(TraceWriter::create(&nowhere, false), Err(TraceError::Io { action: "create", .. })));
}

#[test]
fn a_trace_may_end_before_the_system_does() {
    let (_folder, path) = place();
    let (setup, program) = (Setup::attempts(1), Fake::new());
    let mut system = setup.on_loop(program.clone(), 5);
    let trace = Arc::new(TraceWriter::create(&path, false).unwrap());
    let to = trace.clone();
    let subscription = system.handle().observe(move |observed: Observed<'_>| {
        firesteel_actors::carrier::Observer::message(&*to, observed);
    });
    let cx = Running { system: system.handle().clone(), program };
    assert_eq!(system.block_on(cx.run(Graph::one(1))), Ok(Ok(vec![0])));
    trace.close().unwrap();
    let whole = read(&path);
    assert!(!whole.is_empty());
    // Closed, then no longer observing: nothing more is written.
    assert_eq!(system.block_on(cx.run(Graph::one(1))), Ok(Ok(vec![0])));
    drop(subscription);
    assert_eq!(system.block_on(cx.run(Graph::one(1))), Ok(Ok(vec![0])));
    trace.close().unwrap();
    assert_eq!(read(&path), whole);
}
