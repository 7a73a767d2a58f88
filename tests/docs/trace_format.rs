//! The worked example of docs/trace-format.md is what the writer writes and the reader reads.

use std::sync::Arc;

use firesteel_actors::{
    ActorId, ExecutorId, JobId, RddId, Time,
    carrier::{Observed, Observer},
    lineage::{Blob, Lineage, RddInfo, StageBinary},
    message::{
        DagSchedulerMessage, DriverEndpointMessage, ExecutorBackendMessage, Head, JobSubmitted, Message,
        MessageId, Properties, RegisterExecutor, RegisteredExecutor,
    },
    trace::{Header, Record, TraceReader, TraceWriter, VERSION, line},
};

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
        begun_unix_ms: 1_767_225_600_000,
        program: "demo".to_owned(),
        keeps_blobs: false,
    }
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
fn the_reader_reads_the_example() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("example.trace");
    std::fs::write(&path, example()).unwrap();
    let mut reader = TraceReader::open(&path).unwrap();
    assert_eq!(*reader.header(), header());
    let read: Vec<Record> = reader.by_ref().map(Result::unwrap).collect();
    assert_eq!(read, records());
    assert_eq!(reader.torn_bytes(), 0);
    let lines: String = read.iter().map(|record| format!("{}\n", line(record))).collect();
    assert!(document("docs/trace-format.md").contains(&lines), "the example is shown as:\n{lines}");
}

#[test]
fn the_writer_writes_the_example() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("example.trace");
    let writer = TraceWriter::create(&path, false).unwrap();
    for record in records() {
        let message = record.message.as_ref().unwrap().as_ref();
        writer.message(Observed { head: &record.head, handled: record.handled, message });
    }
    writer.close().unwrap();
    let written = std::fs::read(&path).unwrap();
    let of_header = |bytes: &[u8]| 13 + u32::from_le_bytes(bytes[9..13].try_into().unwrap()) as usize;
    let dump: Vec<String> = written[of_header(&written)..].iter().map(|byte| format!("{byte:02x}")).collect();
    let example = example();
    assert_eq!(example[..9], [b"FSTRACE", &VERSION.to_le_bytes()[..]].concat()[..]);
    // The headers differ: this program has another name.
    assert!(written[of_header(&written)..] == example[of_header(&example)..], "{}", dump.join(" "));
}
