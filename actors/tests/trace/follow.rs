//! Reading a trace while it is written.

use std::time::Duration;

use firesteel_actors::trace::{Record, RecordOptions, TraceEnd, TraceReader, TraceWriter};

use crate::{place, synthetic};

#[test]
fn a_reader_that_follows_has_each_message_soon_and_ends_with_the_trace() {
    let (_folder, path) = place();
    let records = synthetic::records(2_000, 31);
    let options = RecordOptions::payloads().flush_after(Duration::from_millis(5));
    let writer = TraceWriter::create(&path, options).unwrap();
    let mut reader = TraceReader::open(&path).unwrap().follow();
    // Far less than a block, each time: it is there although nothing more comes.
    for part in records.chunks(500) {
        synthetic::observe(part, &writer);
        let read: Vec<Record> = reader.by_ref().take(part.len()).map(Result::unwrap).collect();
        assert_eq!(read, part);
        assert_eq!(reader.end(), None);
    }
    writer.close().unwrap();
    assert!(reader.next().is_none());
    assert_eq!(reader.end(), Some(TraceEnd::Closed));
}

#[test]
fn a_trace_that_was_flushed_often_is_whole() {
    let (_folder, path) = place();
    let records = synthetic::records(20_000, 32);
    let options = RecordOptions::heads().flush_after(Duration::from_millis(1));
    let writer = TraceWriter::create(&path, options).unwrap();
    synthetic::observe(&records, &writer);
    writer.close().unwrap();
    let read = crate::read(&path);
    let heads = records.into_iter().map(|record| Record { message: None, ..record });
    assert_eq!(read, heads.collect::<Vec<_>>());
}
