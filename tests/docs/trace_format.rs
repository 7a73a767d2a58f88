//! The worked example of docs/trace-format.md is what the writer writes and the reader reads.

use std::sync::Arc;

use firesteel_actors::{
    ActorId, ExecutorId, JobId, RddId, Time,
    carrier::{ExecutorSpec, Observed, Observer},
    lineage::{Blob, Lineage, RddInfo, StageBinary},
    message::{
        DagSchedulerMessage, DriverEndpointMessage, ExecutorBackendMessage, Head, JobSubmitted, Message,
        MessageId, Properties, RegisterExecutor, RegisteredExecutor,
    },
    trace::{Header, Record, RecordOptions, TraceEnd, TraceReader, TraceWriter, VERSION, line},
};

use xxhash_rust::xxh3::xxh3_64;

use super::{document, programs::blocks};

/// The bytes of the example: each line is bytes in hexadecimal, then a bar and what they mean.
fn example() -> Vec<u8> {
    let text = document("docs/trace-format.md");
    let [block] = &blocks(&text, "hex")[..] else { panic!("there is one block of bytes") };
    let bytes = block.lines().flat_map(|line| line.split('|').next().unwrap().split_whitespace());
    bytes.map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

fn header() -> Header {
    Header {
        firesteel: "0.1.0".to_owned(),
        program: "demo".to_owned(),
        begun_unix_ms: 1_767_225_600_000,
        schema: 1,
        keeps_payloads: true,
        carrier: "loop".to_owned(),
        settings: vec![("spark.task.cpus".to_owned(), "2".to_owned())],
        executors: vec![ExecutorSpec::new(ExecutorId::DRIVER, "localhost", 2)],
        ..Header::default()
    }
}

/// Magic, version, length, the header and its checksum.
fn header_bytes(header: &Header) -> Vec<u8> {
    let body = rmp_serde::to_vec_named(header).unwrap();
    let mut bytes =
        [&b"FSTRACE"[..], &VERSION.to_le_bytes(), &(body.len() as u32).to_le_bytes(), &body].concat();
    bytes.extend_from_slice(&xxh3_64(&bytes).to_le_bytes());
    bytes
}

/// The header of a trace that this program would have written: its messages may have changed since the example was made.
fn this_schema() -> u64 {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("empty.trace");
    TraceWriter::create(&path, RecordOptions::payloads()).unwrap().close().unwrap();
    TraceReader::open(&path).unwrap().header().schema
}

/// The messages of the example.
fn records() -> Vec<Record> {
    let executor = ActorId::ExecutorBackend(ExecutorId::DRIVER);
    let id = |actor, number| MessageId { actor, incarnation: 0, number };
    let head = |id, cause, to, sent| Head { id, cause, to, sent: Time(sent) };
    let register = RegisterExecutor {
        executor_id: ExecutorId::DRIVER,
        hostname: "localhost".to_owned(),
        cores: 2,
        resources: Default::default(),
        profile_id: Default::default(),
    };
    let rdd = RddInfo::new(RddId(0), "opaque", "by hand", 1, Vec::new());
    let binary = StageBinary { code: Blob::from(b"abc".to_vec()), partitions: Arc::from([Blob::default()]) };
    let submitted = JobSubmitted {
        job_id: JobId(0),
        final_rdd: RddId(0),
        lineage: Arc::new(Lineage { rdds: [(RddId(0), rdd)].into(), ..Lineage::default() }),
        partitions: vec![0],
        binary: Ok(binary),
        call_site: "by hand".into(),
        properties: Properties::default(),
    };
    let messages: [(Head, u64, Message); 3] = [
        (
            head(id(executor, 1), None, ActorId::DriverEndpoint, 1_000_000),
            1_005_000,
            DriverEndpointMessage::from(register).into(),
        ),
        (
            head(id(ActorId::DriverEndpoint, 2), Some(id(executor, 1)), executor, 1_005_000),
            1_005_090,
            ExecutorBackendMessage::from(RegisteredExecutor {}).into(),
        ),
        (
            head(id(ActorId::Host(0), 1), None, ActorId::DagScheduler, 2_000_000),
            2_000_100,
            DagSchedulerMessage::from(submitted).into(),
        ),
    ];
    let record = |(number, (head, handled, message)): (u64, &(Head, u64, Message))| {
        let (handled, message) = (Time(*handled), message.as_ref());
        Record::of(number, &Observed { head, handled, message })
    };
    (0..).zip(&messages).map(record).collect()
}

#[test]
fn the_example_begins_with_its_header() {
    let bytes = header_bytes(&header());
    assert!(example().starts_with(&bytes), "{}", hex(&bytes));
}

#[test]
fn the_reader_reads_the_example() {
    let (example, header) = (example(), header());
    let with_this_schema = Header { schema: this_schema(), ..header.clone() };
    let behind = &example[header_bytes(&header).len()..];
    let bytes = [&header_bytes(&with_this_schema), behind].concat();
    let mut reader = TraceReader::from_bytes(bytes).unwrap();
    assert_eq!(*reader.header(), with_this_schema);
    let read: Vec<Record> = reader.by_ref().map(Result::unwrap).collect();
    assert_eq!(read, records());
    assert_eq!(reader.end(), Some(TraceEnd::Closed));
    let lines: String = read.iter().map(|record| format!("{}\n", line(record))).collect();
    assert!(document("docs/trace-format.md").contains(&lines), "the example is shown as:\n{lines}");
}

#[test]
fn the_writer_writes_the_example() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("example.trace");
    let options = RecordOptions::payloads().flush_after(std::time::Duration::from_secs(3_600));
    let writer = TraceWriter::create(&path, options).unwrap();
    for record in records() {
        let message = record.message.as_ref().unwrap().as_ref();
        writer.message(Observed { head: &record.head, handled: record.handled, message });
    }
    writer.close().unwrap();
    let written = std::fs::read(&path).unwrap();
    // The headers differ, since this program has another name, and so do the places that the index tells.
    let block = |bytes: &[u8]| {
        let place = |magic: &[u8]| bytes.windows(8).position(|window| window == magic);
        bytes[place(b"FSBLOCK\n").unwrap()..place(b"FSINDEX\n").unwrap_or(bytes.len())].to_vec()
    };
    let written = block(&written);
    assert!(written == block(&example()), "{}", hex(&written));
}

#[test]
fn the_example_ends_with_its_index() {
    let example = example();
    let place = |magic: &[u8]| example.windows(8).position(|window| window == magic).unwrap_or(0) as u64;
    let (block, index) = (place(b"FSBLOCK\n"), place(b"FSINDEX\n"));
    // One block of three messages, from number 0, between two moments.
    let mut bytes = [&b"FSINDEX\n"[..], &1u32.to_le_bytes()].concat();
    bytes.extend([block, 0, 1_005_000, 2_000_100].into_iter().flat_map(u64::to_le_bytes));
    bytes.extend_from_slice(&3u32.to_le_bytes());
    bytes.extend_from_slice(&xxh3_64(&bytes).to_le_bytes());
    bytes.extend_from_slice(&index.to_le_bytes());
    bytes.extend_from_slice(b"FSTREND\n");
    assert!(example.ends_with(&bytes), "{}", hex(&bytes));
    let mut reader = TraceReader::from_bytes(example).unwrap();
    assert_eq!(reader.total().unwrap(), 3);
    reader.seek(2).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().number, 2);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x} ")).collect()
}
