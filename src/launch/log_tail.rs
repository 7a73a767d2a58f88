//! The last lines of a log.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

/// At most so many lines,
const LINES: usize = 10;
/// of at most so many characters,
const LINE: usize = 300;
/// within so many bytes.
const BYTES: u64 = 32 << 10;

/// What the line begins with in which Rust tells of a panic, and what is in it.
const PANIC: [&str; 2] = ["thread '", "panicked at "];

/// The last lines of a file, without empty ones: from the last panic on, which a long backtrace may follow, or the very
/// last. None if it cannot be read.
pub(super) fn last_lines(path: &Path) -> Vec<String> {
    let Ok((bytes, is_whole)) = last_bytes(path) else { return Vec::new() };
    let text = String::from_utf8_lossy(&bytes);
    // The first line has no beginning, unless there is no other.
    let whole = match text.split_once('\n') {
        Some((_, rest)) if !is_whole && !rest.is_empty() => rest,
        _ => &*text,
    };
    let lines: Vec<&str> = whole.lines().filter(|line| !line.trim().is_empty()).collect();
    let is_panic = |line: &&str| line.starts_with(PANIC[0]) && line.contains(PANIC[1]);
    let last = lines.len().saturating_sub(LINES);
    let from = lines.iter().rposition(is_panic).map_or(last, |panic| panic.min(last));
    lines.iter().skip(from).take(LINES).map(|line| line.chars().take(LINE).collect()).collect()
}

fn last_bytes(path: &Path) -> io::Result<(Vec<u8>, bool)> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let skipped = length.saturating_sub(BYTES);
    file.seek(SeekFrom::Start(skipped))?;
    let mut bytes = Vec::new();
    file.take(BYTES).read_to_end(&mut bytes)?;
    Ok((bytes, skipped == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(text: &[u8]) -> Vec<String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        last_lines(file.path())
    }

    #[test]
    fn short_logs_are_taken_whole_and_long_ones_from_their_end() {
        assert_eq!(tail(b""), [""; 0]);
        assert_eq!(tail(b"one\n\ntwo"), ["one", "two"]);
        let many: String = (0..5_000).map(|line| format!("line {line}\n")).collect();
        let last: Vec<String> = (4_990..5_000).map(|line| format!("line {line}")).collect();
        assert_eq!(tail(many.as_bytes()), last);
    }

    #[test]
    fn a_panic_is_shown_rather_than_the_end_of_its_backtrace() {
        let trace: String = (0..30).map(|frame| format!("  {frame}: frame\n")).collect();
        let log = format!("begin\nthread 'main' panicked at src/main.rs:7:5:\nit had to be\n{trace}");
        let tail = tail(log.as_bytes());
        assert_eq!(tail[..3], ["thread 'main' panicked at src/main.rs:7:5:", "it had to be", "  0: frame"]);
        assert_eq!(tail.len(), LINES);
    }

    #[test]
    fn long_lines_are_cut_and_bad_bytes_are_shown() {
        assert_eq!(tail(&[b'x'; 1_000])[0].len(), LINE);
        assert_eq!(tail(&[b'x'; 100_000])[0].len(), LINE);
        assert_eq!(tail(b"\xff!\n"), ["\u{fffd}!"]);
        assert_eq!(last_lines(Path::new("/no/such/log")), [""; 0]);
    }
}
