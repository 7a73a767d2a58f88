//! What is recorded, and that it is read back.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    sync::Arc,
};

use firesteel_actors::{
    ActorId, Config, ExecutorId,
    carrier::{ExecutorSpec, Observed, Observer},
    message::MessageId,
    trace::{
        JsonRecord, Payloads, Record, RecordOptions, TraceEnd, TraceError, TraceReader, TraceWriter, line,
    },
};

use crate::{
    common::{Fake, Graph, Running, Setup},
    on_actix, on_loop, place, read, synthetic,
};

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
        // A kill that overtakes its task sets a timer, which is not due yet when the system stops.
        let kills =
            records.iter().filter(|record| record.kind == "KillTask" && record.head.to == actor).count();
        assert!(last - count <= kills as u64, "{actor}: {count} of {last}, {kills} kills");
    }
}

#[test]
fn a_trace_of_the_loop_is_complete() {
    let run = on_loop(RecordOptions::payloads());
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
        let options = RecordOptions::payloads();
        let run = on_loop(if keeps_blobs { options.with_blobs() } else { options });
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
    let run = on_loop(RecordOptions::payloads());
    let reader = TraceReader::open(&run.path).unwrap();
    let header = reader.header();
    assert_eq!(header.firesteel, env!("CARGO_PKG_VERSION"));
    assert!(header.begun_unix_ms > 1_600_000_000_000 && header.program.contains("trace"), "{header:?}");
}

#[test]
fn lines_and_objects_say_what_matters() {
    let run = on_loop(RecordOptions::payloads());
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

#[test]
fn a_trace_may_end_before_the_system_does() {
    let (_folder, path) = place();
    let (setup, program) = (Setup::attempts(1), Fake::new());
    let mut system = setup.on_loop(program.clone(), 5);
    let trace = Arc::new(TraceWriter::create(&path, RecordOptions::payloads()).unwrap());
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

/// The same without what the messages say.
fn heads(records: &[Record]) -> Vec<Record> {
    records.iter().map(|record| Record { message: None, ..record.clone() }).collect()
}

#[test]
fn heads_alone_have_everything_but_what_messages_say() {
    let run = on_loop(RecordOptions::heads());
    let reader = TraceReader::open(&run.path).unwrap();
    assert_eq!(reader.payloads(), Payloads::NotRecorded);
    assert_eq!(read(&run.path), heads(&run.seen));
    let bytes = std::fs::metadata(&run.path).unwrap().len();
    assert!(bytes / (run.seen.len() as u64) < 40, "{bytes} bytes for {} messages", run.seen.len());
}

#[test]
fn heads_of_many_tasks_take_less_than_thirty_bytes() {
    let (_folder, path) = place();
    let (setup, program) = (Setup::attempts(1), Fake::new());
    let mut system = setup.on_loop(program.clone(), 5);
    system.add_observer(Arc::new(TraceWriter::create(&path, RecordOptions::heads()).unwrap()));
    let cx = Running { system: system.handle().clone(), program };
    system.block_on(cx.run(Graph::one(2_000))).unwrap().unwrap();
    drop(system);
    let mut reader = TraceReader::open(&path).unwrap();
    let (bytes, messages) = (std::fs::metadata(&path).unwrap().len(), reader.total().unwrap());
    assert!(messages > 10_000 && bytes < messages * 30, "{bytes} bytes for {messages} messages");
}

#[test]
fn compressed_traces_are_smaller_and_read_the_same() {
    let records = synthetic::records(30_000, 1);
    let plain = synthetic::bytes(&records, RecordOptions::payloads());
    let compressed = synthetic::bytes(&records, RecordOptions::payloads().compressed());
    assert!(compressed.len() < plain.len() * 9 / 10, "{} and {}", compressed.len(), plain.len());
    assert_eq!(synthetic::read(compressed), records);
    assert_eq!(synthetic::read(plain), records);
}

#[test]
fn only_the_actors_and_kinds_that_were_asked_for_are_recorded() {
    let (actor, kinds) = (ActorId::TaskScheduler, ["LaunchTask", "StatusUpdate"]);
    let run = on_loop(RecordOptions::payloads().only_actors([actor]));
    let of_actor = |record: &&Record| record.from() == actor || record.to() == actor;
    let says = |records: &[Record]| records.iter().map(line).collect::<Vec<_>>();
    let wanted: Vec<Record> = run.seen.iter().filter(of_actor).cloned().collect();
    assert_eq!(says(&read(&run.path)), says(&wanted));
    assert!((1..run.seen.len()).contains(&wanted.len()));
    let header = TraceReader::open(&run.path).unwrap().header().clone();
    assert_eq!((header.only_actors, header.only_kinds), (vec!["TaskScheduler".to_owned()], Vec::new()));

    let run = on_loop(RecordOptions::payloads().only_kinds(kinds));
    let wanted: Vec<Record> =
        run.seen.iter().filter(|record| kinds.contains(&record.kind)).cloned().collect();
    assert_eq!(says(&read(&run.path)), says(&wanted));
    assert!(!TraceReader::open(&run.path).unwrap().header().is_complete());
}

#[test]
fn numbers_count_what_is_recorded() {
    let run = on_loop(RecordOptions::heads().only_kinds(["LaunchTask"]));
    let numbers: Vec<u64> = read(&run.path).iter().map(|record| record.number).collect();
    assert_eq!(numbers, (0..numbers.len() as u64).collect::<Vec<_>>());
}

#[test]
fn the_header_has_settings_and_executors() {
    let config = Config { task_cpus: 3, seed: 9, ..Config::default() };
    let executors = [ExecutorSpec::new(ExecutorId(1), "a", 2), ExecutorSpec::new(ExecutorId::DRIVER, "b", 4)];
    let options = RecordOptions::heads().run("loop", &config, &executors);
    let bytes = synthetic::bytes(&[], options);
    let reader = TraceReader::from_bytes(bytes).unwrap();
    let header = reader.header();
    assert_eq!((&*header.carrier, &header.executors[..]), ("loop", &executors[..]));
    assert_eq!(header.config(), Ok(config));
    assert!(header.is_complete());
}

#[test]
fn what_messages_of_another_schema_say_is_not_read() {
    let records = synthetic::records(100, 2);
    let bytes = synthetic::bytes(&records, RecordOptions::payloads());
    let mut reader = TraceReader::from_bytes(synthetic::with_other_schema(&bytes)).unwrap();
    assert_eq!(reader.payloads(), Payloads::OtherSchema);
    assert_eq!(reader.by_ref().collect::<Result<Vec<_>, _>>().unwrap(), heads(&records));
}

#[test]
fn of_a_trace_in_the_format_before_only_heads_are_read() {
    let records = synthetic::records(100, 2);
    let bytes = synthetic::bytes(&records, RecordOptions::payloads());
    let mut reader = TraceReader::from_bytes(synthetic::with_version(&bytes, 2)).unwrap();
    // Also if its messages have the same fields: they are written in another way.
    assert_eq!(reader.payloads(), Payloads::OtherSchema);
    assert_eq!(reader.total().unwrap(), 100);
    assert_eq!(reader.by_ref().collect::<Result<Vec<_>, _>>().unwrap(), heads(&records));
    assert_eq!(reader.end(), Some(TraceEnd::Closed));
    for version in [1, 4] {
        let error = TraceReader::from_bytes(synthetic::with_version(&bytes, version)).unwrap_err();
        assert!(matches!(error, TraceError::Version { found, .. } if found == version), "{error}");
    }
}

#[test]
fn only_messages_whose_heads_are_wanted_are_decoded() {
    let records = synthetic::records(1_000, 3);
    let bytes = synthetic::bytes(&records, RecordOptions::payloads());
    let mut reader = TraceReader::from_bytes(bytes).unwrap();
    let kept: Vec<Record> = reader
        .filtered(|head| head.message.is_none() && head.kind == "KillTask")
        .map(Result::unwrap)
        .collect();
    let wanted: Vec<Record> = records.into_iter().filter(|record| record.kind == "KillTask").collect();
    assert!(wanted.len() > 100);
    assert_eq!(kept, wanted);
}

/// Takes some bytes, and is full then.
struct FullDisk {
    left: usize,
    written: Arc<std::sync::Mutex<Vec<u8>>>,
}

impl io::Write for FullDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = bytes.len().min(self.left);
        if length == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.left -= length;
        self.written.lock().unwrap().extend_from_slice(&bytes[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_ends_the_trace_and_not_the_run() {
    let records = synthetic::records(60_000, 4);
    let written = Arc::default();
    let disk = FullDisk { left: 1_000_000, written: Arc::clone(&written) };
    let writer = TraceWriter::to("disk".as_ref(), RecordOptions::payloads(), disk).unwrap();
    // None of them waits for ever.
    synthetic::observe(&records, &writer);
    let error = writer.finish().unwrap_err();
    assert!(
        error.starts_with("cannot write trace file disk: ") && error.ends_with("; the trace ends there"),
        "{error}"
    );
    assert_eq!(writer.finish(), Err(error), "everybody who asks is told");
    let bytes = written.lock().unwrap().clone();
    assert_eq!(bytes.len(), 1_000_000);
    let mut reader = TraceReader::from_bytes(bytes).unwrap();
    let read: Vec<Record> = reader.by_ref().map(Result::unwrap).collect();
    assert!((1_000..records.len()).contains(&read.len()));
    assert_eq!(read, records[..read.len()]);
    assert!(matches!(reader.end(), Some(TraceEnd::Cut { bytes: 1.. })), "{:?}", reader.end());
}

#[test]
fn a_file_that_cannot_be_made_is_an_error_at_once() {
    let (_folder, path) = place();
    let nowhere = path.join("run.trace");
    let error = TraceWriter::create(&nowhere, RecordOptions::heads()).unwrap_err();
    assert!(matches!(error, TraceError::Io { action: "create", .. }), "{error:?}");
}
