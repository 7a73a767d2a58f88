//! Traces that are torn, damaged, or none at all.

use std::fs;

use firesteel_actors::trace::{
    Payloads, Record, RecordOptions, TraceEnd, TraceError, TraceReader, VERSION, line,
};

use crate::{
    place,
    synthetic::{self, Random, header_end, places},
};

/// The records that can be read, and the errors between them.
fn read(bytes: Vec<u8>) -> (Vec<Record>, Vec<String>, TraceEnd) {
    let mut reader = TraceReader::from_bytes(bytes).unwrap();
    let (mut records, mut errors) = (Vec::new(), Vec::new());
    for record in reader.by_ref() {
        match record {
            Ok(record) => records.push(record),
            Err(error) => errors.push(error.to_string()),
        }
    }
    assert!(reader.next().is_none(), "after its end a trace is at its end");
    (records, errors, reader.end().unwrap())
}

/// A trace of some blocks, and where they begin.
fn several_blocks() -> (Vec<Record>, Vec<u8>, Vec<usize>) {
    let records = synthetic::records(25_000, 11);
    let bytes = synthetic::bytes(&records, RecordOptions::payloads());
    let places = places(&bytes);
    assert!(places.len() >= 6, "{places:?}");
    (records, bytes, places)
}

/// The numbers of the messages of a block.
fn numbers(bytes: &[u8], block: usize) -> std::ops::Range<u64> {
    let count = u32::from_le_bytes(bytes[block + 12..block + 16].try_into().unwrap());
    let first = u64::from_le_bytes(bytes[block + 32..block + 40].try_into().unwrap());
    first..first + u64::from(count)
}

#[test]
fn a_torn_file_is_read_up_to_the_tear() {
    let records = synthetic::records(3, 12);
    let bytes = synthetic::bytes(&records, RecordOptions::payloads());
    let places = places(&bytes);
    let [block, index, end] = places[..] else { panic!("{places:?}") };
    for length in 0..end {
        let torn = bytes[..length].to_vec();
        if length < block {
            assert!(TraceReader::from_bytes(torn).is_err(), "{length}");
            continue;
        }
        let (read, errors, end) = read(torn);
        assert_eq!(errors, Vec::<String>::new(), "{length}");
        let (known, rest) = if length < index { (0, length - block) } else { (3, length - index) };
        assert_eq!(read, records[..known], "{length}");
        assert_eq!(end, TraceEnd::Cut { bytes: rest as u64 }, "{length}");
    }
}

#[test]
fn a_damaged_block_is_one_error_and_what_follows_is_read() {
    let (records, bytes, places) = several_blocks();
    // In the magic, in the head, and behind it.
    for at in [places[1] + 2, places[1] + 20, places[1] + 5_000] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        let (read, errors, end) = read(damaged);
        let lost = numbers(&bytes, places[1]);
        let [error] = &errors[..] else { panic!("{errors:?}") };
        let text = format!(
            "{} bytes with messages {} to {} are left out",
            places[2] - places[1],
            lost.start,
            lost.end - 1
        );
        assert!(error.ends_with(&text) && error.contains(&format!("at byte {}:", places[1])), "{error}");
        let left = records.iter().filter(|record| !lost.contains(&record.number)).cloned();
        assert_eq!(read, left.collect::<Vec<_>>());
        assert_eq!(end, TraceEnd::Closed);
    }
}

#[test]
fn damage_over_several_blocks_is_one_gap() {
    let (records, bytes, places) = several_blocks();
    let mut damaged = bytes.clone();
    damaged[places[1] + 100..places[3] + 100].fill(0);
    let (read, errors, _) = read(damaged);
    assert_eq!(errors.len(), 1, "{errors:?}");
    let lost = numbers(&bytes, places[1]).start..numbers(&bytes, places[3]).end;
    assert_eq!(read.len() as u64, records.len() as u64 - (lost.end - lost.start));
}

#[test]
fn a_part_that_was_cut_out_is_missed() {
    let (_, bytes, places) = several_blocks();
    for (from, until) in [(places[1], places[2]), (places[1] + 10, places[1] + 1_000)] {
        let damaged = [&bytes[..from], &bytes[until..]].concat();
        let (_, errors, end) = read(damaged);
        let [error] = &errors[..] else { panic!("{errors:?}") };
        let lost = numbers(&bytes, places[1]);
        assert!(error.contains(&format!("messages {} to {} are", lost.start, lost.end - 1)), "{error}");
        assert_eq!(end, TraceEnd::Closed);
    }
    // The last block, so that only the index knows of it.
    let [.., last, index, _] = places[..] else { panic!("{places:?}") };
    let (_, errors, end) = read([&bytes[..last], &bytes[index..]].concat());
    assert_eq!((errors.len(), end), (1, TraceEnd::Closed), "{errors:?}");
}

#[test]
fn damage_without_anything_behind_it_ends_the_trace() {
    let (records, bytes, places) = several_blocks();
    let mut damaged = bytes.clone();
    damaged[places[2]..].fill(0xAA);
    let (read, errors, end) = read(damaged);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(end, TraceEnd::Cut { bytes: (bytes.len() - places[2]) as u64 });
    assert_eq!(read, records[..numbers(&bytes, places[2]).start as usize]);
}

#[test]
fn a_damaged_index_loses_no_message() {
    let (records, bytes, places) = several_blocks();
    let index = places[places.len() - 2];
    let mut damaged = bytes.clone();
    damaged[index + 20] ^= 1;
    let mut reader = TraceReader::from_bytes(damaged.clone()).unwrap();
    assert_eq!(reader.total().unwrap(), records.len() as u64);
    reader.seek(20_000).unwrap();
    assert_eq!(reader.next().unwrap().unwrap(), records[20_000]);
    let (read, errors, _) = read(damaged);
    assert_eq!((read, errors.len()), (records, 1));
}

#[test]
fn a_flipped_byte_is_an_error_and_never_another_message() {
    let records = synthetic::records(8, 13);
    for options in [RecordOptions::payloads(), RecordOptions::payloads().compressed()] {
        let bytes = synthetic::bytes(&records, options);
        let mut random = Random(1);
        // The place of the index, in the trailer, is the one thing without a checksum.
        for at in 0..bytes.len() - 16 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << random.below(8);
            let Ok(mut reader) = TraceReader::from_bytes(damaged) else {
                // The magic or the version.
                assert!(at < 9);
                continue;
            };
            let has_header = at >= header_end(&bytes);
            let results: Vec<_> = reader.by_ref().collect();
            // An index that claims more blocks looks like one that was torn.
            let is_told = results.iter().any(Result::is_err) || reader.end() != Some(TraceEnd::Closed);
            assert!(is_told, "byte {at}");
            for record in results.into_iter().flatten() {
                let mut expected = records[record.number as usize].clone();
                expected.message = expected.message.filter(|_| has_header);
                assert_eq!(record, expected, "byte {at}");
                line(&record);
            }
        }
    }
}

#[test]
fn a_damaged_header_is_an_error_and_heads_are_read() {
    let (records, mut bytes, places) = several_blocks();
    bytes[places[0] - 20] ^= 1;
    let mut reader = TraceReader::from_bytes(bytes.clone()).unwrap();
    assert_eq!((reader.payloads(), reader.total().unwrap()), (Payloads::OtherSchema, 25_000));
    reader.seek(20_000).unwrap();
    let error = reader.next().unwrap().unwrap_err().to_string();
    assert!(error.ends_with("is damaged at byte 0: the checksum of its header is wrong"), "{error}");
    assert_eq!(reader.next().unwrap().unwrap().head, records[20_000].head);
    let (read, errors, end) = read(bytes);
    let heads = records.into_iter().map(|record| Record { message: None, ..record });
    assert_eq!((read, errors.len(), end), (heads.collect(), 1, TraceEnd::Closed));
}

#[test]
fn what_is_no_trace_is_refused_with_a_reason() {
    let bytes = synthetic::bytes(&[], RecordOptions::heads());
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
    other[7..9].copy_from_slice(&1u16.to_le_bytes());
    let error = refused(&other);
    let expected =
        format!("has trace format 1; this firesteel reads format {VERSION}, and the heads of all from 2 on");
    assert!(error.to_string().ends_with(&expected), "{error}");
    // A header that claims four gigabytes.
    let mut other = bytes;
    other[9..13].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(matches!(refused(&other), TraceError::Damaged { .. }));
    let missing = path.with_extension("missing");
    assert!(matches!(TraceReader::open(&missing), Err(TraceError::Io { action: "read", .. })));
}
