//! Going to a message or a moment.

use firesteel_actors::{
    Time,
    trace::{Record, RecordOptions, TraceReader},
};

use crate::synthetic::{self, places};

/// Readers of one trace: with its index, and without.
fn readers() -> (Vec<Record>, [TraceReader; 2]) {
    let records = synthetic::records(25_000, 21);
    let bytes = synthetic::bytes(&records, RecordOptions::payloads().compressed());
    let places = places(&bytes);
    let torn = bytes[..places[places.len() - 2]].to_vec();
    (records, [bytes, torn].map(|bytes| TraceReader::from_bytes(bytes).unwrap()))
}

#[test]
fn every_message_is_found_by_its_number_forwards_and_back() {
    let (records, readers) = readers();
    for mut reader in readers {
        assert_eq!(reader.total().unwrap(), 25_000);
        for number in [24_999, 0, 1, 9_999, 17_000, 12_345, 0] {
            reader.seek(number).unwrap();
            let next: Vec<Record> = reader.by_ref().take(3).map(Result::unwrap).collect();
            let from = number as usize;
            assert_eq!(next, records[from..records.len().min(from + 3)]);
        }
        reader.seek(25_000).unwrap();
        assert!(reader.next().is_none() && reader.end().is_some());
        // Also from the end.
        reader.seek(3).unwrap();
        assert_eq!(reader.next().unwrap().unwrap(), records[3]);
    }
}

#[test]
fn a_moment_is_the_first_message_handled_then_or_later() {
    let (records, readers) = readers();
    let last = records.iter().map(|record| record.handled.0).max().unwrap();
    for mut reader in readers {
        for time in [0, 1, last / 3, last / 2, last] {
            reader.seek_time(Time(time)).unwrap();
            let first = records.iter().find(|record| record.handled.0 >= time);
            assert_eq!(reader.next().map(Result::unwrap).as_ref(), first, "{time}");
        }
        reader.seek_time(Time(last + 1)).unwrap();
        assert!(reader.next().is_none());
    }
}

#[test]
fn a_range_of_times_ends_with_its_last_block() {
    let (records, readers) = readers();
    let last = records.iter().map(|record| record.handled.0).max().unwrap();
    for mut reader in readers {
        for time in [0, last / 3, last / 2, last - 1, last] {
            reader.stop_after(Time(time)).unwrap();
            reader.seek(0).unwrap();
            let read: Vec<Record> = reader.by_ref().map(Result::unwrap).collect();
            assert_eq!(read, records[..read.len()]);
            let wanted =
                records.iter().rposition(|record| record.handled.0 <= time).map_or(0, |last| last + 1);
            assert!((wanted..wanted + 8_000).contains(&read.len()), "{time}: {} of {wanted}", read.len());
        }
        reader.stop_after(Time(0)).unwrap();
        reader.seek(20_000).unwrap();
        assert!(reader.next().is_none());
    }
}

#[test]
fn an_empty_trace_has_no_place_to_go_to() {
    let mut reader = TraceReader::from_bytes(synthetic::bytes(&[], RecordOptions::heads())).unwrap();
    assert_eq!(reader.total().unwrap(), 0);
    reader.seek(5).unwrap();
    assert!(reader.next().is_none());
    reader.seek_time(Time(5)).unwrap();
    assert!(reader.next().is_none());
}
