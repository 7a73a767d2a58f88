//! Lines are compared with a plain definition of what they are, for every cut, chunk length and mix of line
//! ends.

use std::path::{Path, PathBuf};

use super::super::Text;
use super::super::input::{InputFile, splits};
use super::*;

/// What the lines of a file are: the definition that is tested against, on the whole file at once.
fn lines_of(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let mut lines = vec![];
    while !rest.is_empty() {
        let len = rest.iter().position(|byte| b"\r\n".contains(byte)).unwrap_or(rest.len());
        lines.push(rest[..len].to_vec());
        rest = &rest[len..];
        rest = rest.strip_prefix(b"\r\n").or(rest.get(1..)).unwrap_or_default();
    }
    lines
}

fn small(chunk: usize) -> Sizes {
    Sizes { chunk, max_line: 1000 }
}

fn split(path: &Path, start: usize, end: usize) -> FileSplit {
    FileSplit { path: path.to_owned(), start: start as u64, len: (end - start) as u64, gzip: false }
}

fn read(split: &FileSplit, sizes: Sizes) -> Result<Vec<Text>, InputError> {
    let mut reader = Lines::with_sizes(split, sizes)?;
    let mut lines = vec![];
    while let Some(chunk) = reader.next_chunk()? {
        lines.extend(chunk);
    }
    assert!(reader.next_chunk()?.is_none());
    Ok(lines)
}

fn write(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    std::fs::write(&path, bytes).unwrap();
    (dir, path)
}

/// Reads the file in the splits between each two of `cuts`, and compares.
fn check(path: &Path, bytes: &[u8], cuts: &[usize], sizes: Sizes) {
    let mut lines = vec![];
    for cut in cuts.windows(2) {
        lines.extend(read(&split(path, cut[0], cut[1]), sizes).unwrap());
    }
    let lines: Vec<&[u8]> = lines.iter().map(Text::as_bytes).collect();
    assert_eq!(lines, lines_of(bytes), "{} cut at {cuts:?}, {sizes:?}", bytes.escape_ascii());
}

#[test]
fn every_mix_of_ends_with_every_two_cuts_and_chunk_lengths() {
    const LEN: usize = 6;
    let (_dir, path) = write(b"");
    for len in 0..=LEN {
        for code in 0..3_usize.pow(len as u32) {
            let bytes: Vec<u8> = (0..len).map(|i| b"a\r\n"[code / 3_usize.pow(i as u32) % 3]).collect();
            std::fs::write(&path, &bytes).unwrap();
            for chunk in [1, 2, 3, 100] {
                check(&path, &bytes, &[0, len], small(chunk));
                for first in 1..len {
                    check(&path, &bytes, &[0, first, len], small(chunk));
                }
            }
            for first in 1..len {
                for second in first + 1..len {
                    check(&path, &bytes, &[0, first, second, len], small(2));
                }
            }
        }
    }
}

#[test]
fn lines_longer_than_chunks_and_inline_texts() {
    let bytes = b"first line that is rather long\r\n\r\rsecond, it is longer than some chunks\n\n\nlast";
    let (_dir, path) = write(bytes);
    for chunk in 1..bytes.len() + 2 {
        for cut in 1..bytes.len() {
            check(&path, bytes, &[0, cut, bytes.len()], small(chunk));
        }
        let all: Vec<usize> = (0..=bytes.len()).collect();
        check(&path, bytes, &all, small(chunk));
    }
}

#[test]
fn a_byte_order_mark_is_left_out_at_the_begin_of_the_file_only() {
    for text in ["", "\n", "a", "\n\n\nb", "a\nb", "\u{feff}a\n\u{feff}b"] {
        let bytes = format!("\u{feff}{text}").into_bytes();
        let (_dir, path) = write(&bytes);
        for chunk in 1..10 {
            check(&path, &bytes, &[0, bytes.len()], small(chunk));
            for cut in 1..bytes.len() {
                check(&path, &bytes, &[0, cut, bytes.len()], small(chunk));
            }
        }
    }
    let (_dir, path) = write(b"\xEF\xBB");
    assert_eq!(read(&split(&path, 0, 2), small(1)).unwrap(), [Text::from(&b"\xEF\xBB"[..])]);
}

#[test]
fn real_sizes_across_many_chunks() {
    let mut bytes = vec![];
    for i in 0..60_000_usize {
        bytes.extend(std::iter::repeat_n(b'a' + (i % 26) as u8, i * 7 % 50));
        bytes.extend(["\n", "\r\n", "\r"][i % 3].bytes());
    }
    bytes.extend(vec![b'z'; 3 * CHUNK_LEN]);
    bytes.extend(b"\nend");
    let (_dir, path) = write(&bytes);
    let expected = lines_of(&bytes);
    for partitions in [1, 2, 7] {
        let mut lines = vec![];
        for split in splits(&[InputFile::new(path.clone(), bytes.len() as u64)], partitions) {
            lines.extend(read(&split, Sizes { chunk: CHUNK_LEN, max_line: MAX_LINE }).unwrap());
        }
        assert!(lines.iter().map(Text::as_bytes).eq(&expected));
    }
}

#[test]
fn the_buffer_is_used_again_and_kept_texts_are_not_overwritten() {
    let bytes: Vec<u8> =
        (0..1000).flat_map(|i| format!("line number {i:04}, of thirty\n").into_bytes()).collect();
    let (_dir, path) = write(&bytes);
    let mut lines = Lines::with_sizes(&split(&path, 0, bytes.len()), small(100)).unwrap();

    let addresses = |lines: &mut Lines, kept: &mut Vec<Text>, keep: bool| {
        let mut addresses = std::collections::BTreeSet::new();
        for _ in 0..20 {
            let chunk = lines.next_chunk().unwrap().unwrap();
            addresses.insert(lines.chunk.as_bytes().as_ptr().addr());
            kept.extend(chunk.filter(|_| keep));
        }
        addresses.len()
    };
    let mut kept = vec![];
    assert_eq!(addresses(&mut lines, &mut kept, false), 1);
    assert_eq!(addresses(&mut lines, &mut kept, true), 20);
    let first = kept[0][12..16].to_vec();
    let first: usize = Text::from(first).parse().unwrap();
    for (i, line) in kept.iter().enumerate() {
        assert_eq!(*line, format!("line number {:04}, of thirty", first + i).as_str());
    }
}

#[test]
fn a_line_that_is_too_long_is_an_error_with_its_place() {
    let mut bytes = b"short\n".to_vec();
    bytes.extend(vec![b'x'; 1001]);
    bytes.extend(b"\nshort");
    let (_dir, path) = write(&bytes);
    for chunk in [1, 10, 999] {
        let mut lines = Lines::with_sizes(&split(&path, 0, bytes.len()), small(chunk)).unwrap();
        let error = loop {
            match lines.next_chunk() {
                Ok(chunk) => drop(chunk.unwrap()),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, InputError::LineTooLong { offset: 6, limit: 1000, .. }), "{error}");
        assert!(lines.next_chunk().unwrap().is_none());
    }
    // Lines that others read are not kept and may be of any length.
    assert_eq!(
        read(&split(&path, 3, 6), small(1)).unwrap_err().to_string().get(..26),
        Some("Too many bytes before newl")
    );
    assert_eq!(read(&split(&path, 8, bytes.len()), small(10)).unwrap(), ["short"]);
}

#[test]
fn a_line_of_exactly_the_limit_is_read() {
    let bytes = [vec![b'x'; 1000], b"\n".to_vec(), vec![b'y'; 1000]].concat();
    let (_dir, path) = write(&bytes);
    for chunk in [1, 7, 1000] {
        let lines = read(&split(&path, 0, bytes.len()), small(chunk)).unwrap_or_default();
        assert_eq!(lines.iter().map(|line| line.len()).collect::<Vec<_>>(), [1000, 1000], "{chunk}");
    }
}

#[test]
fn a_file_that_shrinks_or_vanishes_is_an_error() {
    let (_dir, path) = write(b"one\ntwo\nthree\n");
    for (start, end) in [(0, 15), (14, 15), (20, 30)] {
        let error = read(&split(&path, start, end), small(100)).unwrap_err();
        assert!(matches!(error, InputError::Shrunk { .. }), "{error}");
        assert!(error.to_string().starts_with(path.to_str().unwrap()));
    }

    let mut lines = Lines::with_sizes(&split(&path, 0, 14), small(5)).unwrap();
    assert_eq!(lines.next_chunk().unwrap().unwrap().collect::<Vec<_>>(), ["one"]);
    std::fs::write(&path, "").unwrap();
    assert!(matches!(lines.next_chunk(), Err(InputError::Shrunk { expected: 14, found: 5, .. })));

    std::fs::remove_file(&path).unwrap();
    assert!(matches!(Lines::open(&split(&path, 0, 14)), Err(InputError::NotFound { .. })));
}

#[test]
fn a_file_that_grew_is_read_to_the_end_of_the_last_line_only() {
    let (_dir, path) = write(b"one\ntwo\nthree\n");
    assert_eq!(read(&split(&path, 0, 5), small(100)).unwrap(), ["one", "two"]);
}

#[test]
fn counts_the_bytes_it_reads() {
    let bytes = b"0123456\n".repeat(10_000);
    let (_dir, path) = write(&bytes);
    let count = |start, end| {
        let mut lines = Lines::open(&split(&path, start, end)).unwrap();
        while lines.next_chunk().unwrap().is_some() {}
        lines.bytes_read()
    };
    assert_eq!(count(0, 80_000), 80_000);
    assert_eq!(count(0, 40_000), 40_000 + BEYOND_END as u64);
    assert_eq!(count(40_000, 80_000), 40_000);
}

#[cfg(feature = "gzip")]
#[test]
fn gzip_is_streamed() {
    use std::io::Write;

    let text: String = (0..50_000).map(|i| format!("line {i}\r\n")).collect();
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    let (_dir, path) = write(&encoder.finish().unwrap());
    let len = std::fs::metadata(&path).unwrap().len();
    let split = FileSplit { path: path.clone(), start: 0, len, gzip: true };
    assert!(
        read(&split, Sizes { chunk: 1000, max_line: 100 })
            .unwrap()
            .iter()
            .map(Text::as_bytes)
            .eq(lines_of(text.as_bytes()))
    );

    let mut lines = Lines::open(&split).unwrap();
    while lines.next_chunk().unwrap().is_some() {}
    assert_eq!(lines.bytes_read(), len);

    std::fs::File::options().write(true).open(&path).unwrap().set_len(len / 2).unwrap();
    assert!(matches!(read(&split, small(100)).unwrap_err(), InputError::Gzip { .. }));

    // What holds no byte holds no line.
    std::fs::write(&path, "").unwrap();
    assert_eq!(read(&FileSplit { len: 0, ..split }, small(100)).unwrap(), [""; 0]);
}
