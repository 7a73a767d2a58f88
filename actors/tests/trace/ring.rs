//! The last messages in memory.

use firesteel_actors::trace::{Record, RecordOptions, TraceReader, TraceRing};

use crate::{place, synthetic};

fn held(ring: &TraceRing) -> Vec<Record> {
    ring.messages().unwrap().iter().cloned().collect()
}

#[test]
fn a_ring_of_messages_holds_the_last_and_not_many_more() {
    let records = synthetic::records(5_000, 41);
    let ring = TraceRing::of_messages(800, RecordOptions::payloads());
    for (number, record) in records.iter().enumerate() {
        synthetic::observe(std::slice::from_ref(record), &ring);
        if number % 571 != 0 && number != records.len() - 1 {
            continue;
        }
        let held = held(&ring);
        assert_eq!(held, records[number + 1 - held.len()..=number]);
        assert!((800.min(number + 1)..=900).contains(&held.len()), "{} at {number}", held.len());
    }
}

#[test]
fn a_ring_of_bytes_stays_within_them() {
    let records = synthetic::records(20_000, 42);
    let ring = TraceRing::of_bytes(100_000, RecordOptions::payloads());
    synthetic::observe(&records, &ring);
    let held = held(&ring);
    assert_eq!(held, records[records.len() - held.len()..]);
    let size = synthetic::bytes(&held, RecordOptions::payloads()).len();
    assert!((70_000..=105_000).contains(&size), "{size}");
}

#[test]
fn what_a_ring_holds_goes_to_a_file_more_than_once() {
    let (_folder, path) = place();
    let records = synthetic::records(300, 43);
    let ring = TraceRing::of_messages(100, RecordOptions::payloads().compressed());
    for part in records.chunks(150) {
        synthetic::observe(part, &ring);
        ring.dump(&path).unwrap();
        let read = crate::read(&path);
        assert_eq!(read, held(&ring));
        assert_eq!(read.last(), part.last());
        let mut reader = TraceReader::open(&path).unwrap();
        reader.seek(part[149].number).unwrap();
        assert_eq!(reader.next().unwrap().unwrap(), part[149]);
    }
    let error = ring.dump(&path.join("x")).unwrap_err();
    assert!(error.to_string().starts_with("cannot write trace file"), "{error}");
}

#[test]
fn a_ring_of_bytes_counts_what_it_keeps_and_keeps_less_if_that_is_compressed() {
    let records = synthetic::records(40_000, 44);
    let hold = |options: RecordOptions| {
        let ring = TraceRing::of_bytes(200_000, options.clone());
        synthetic::observe(&records, &ring);
        let held = held(&ring);
        assert_eq!(held, records[records.len() - held.len()..]);
        // With the heads of its blocks, which count as well.
        let (_folder, path) = place();
        ring.dump(&path).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() < 205_000);
        held.len()
    };
    let (plain, compressed) = (hold(RecordOptions::payloads()), hold(RecordOptions::payloads().compressed()));
    assert!(compressed > plain + plain / 10, "{compressed} {plain}");
}
