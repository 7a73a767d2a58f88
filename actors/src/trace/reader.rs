//! Reads a trace file, message by message.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

use super::{
    Record, TraceError,
    format::{Header, MAGIC, MAX_RECORD, VERSION, parse},
};

/// Reads a trace: an iterator of its messages in the order in which they were handled.
///
/// A file that ends within a record (the program was killed) is read up to there; [`torn_bytes`] then tells
/// how much was left over. A damaged record is an error, after which the iterator ends.
///
/// [`torn_bytes`]: TraceReader::torn_bytes
#[derive(Debug)]
pub struct TraceReader {
    path: PathBuf,
    file: BufReader<File>,
    header: Header,
    offset: u64,
    number: u64,
    torn: u64,
    ended: bool,
}

impl TraceReader {
    /// Opens a trace and reads its header.
    ///
    /// # Errors
    /// [`TraceError`] if the file cannot be read, is no trace, or was written by another version.
    pub fn open(path: &Path) -> Result<Self, TraceError> {
        let io = |source| TraceError::Io { action: "read", path: path.to_owned(), source };
        let mut file = BufReader::with_capacity(256 << 10, File::open(path).map_err(io)?);
        let mut start = [0; MAGIC.len() + 2 + 4];
        let not_a_trace = || TraceError::NotATrace { path: path.to_owned() };
        if fill(&mut file, &mut start).map_err(io)? < start.len() || !start.starts_with(MAGIC) {
            return Err(not_a_trace());
        }
        let found = u16::from_le_bytes([start[7], start[8]]);
        if found != VERSION {
            return Err(TraceError::Version { path: path.to_owned(), found, expected: VERSION });
        }
        let length = u32::from_le_bytes([start[9], start[10], start[11], start[12]]);
        let bytes = read_up_to(&mut file, length).map_err(io)?;
        let damaged =
            |reason| TraceError::Damaged { path: path.to_owned(), offset: start.len() as u64, reason };
        let mut rest = &bytes[..];
        let header = rmp_serde::from_read(&mut rest).map_err(|error| damaged(error.to_string()))?;
        if bytes.len() < length as usize || !rest.is_empty() {
            return Err(damaged(format!("its header is not one of {length} bytes")));
        }
        let offset = start.len() as u64 + u64::from(length);
        Ok(TraceReader { path: path.to_owned(), file, header, offset, number: 0, torn: 0, ended: false })
    }

    /// What the trace says about its run.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Bytes of an unfinished record at the end; 0 while the end has not been reached.
    pub fn torn_bytes(&self) -> u64 {
        self.torn
    }

    fn read_record(&mut self) -> Result<Option<Record>, TraceError> {
        let io = |source| TraceError::Io { action: "read", path: self.path.clone(), source };
        let mut prefix = [0; 4];
        let got = fill(&mut self.file, &mut prefix).map_err(io)?;
        if got < prefix.len() {
            self.torn = got as u64;
            return Ok(None);
        }
        let length = u32::from_le_bytes(prefix);
        let damaged = |reason| TraceError::Damaged { path: self.path.clone(), offset: self.offset, reason };
        if length > MAX_RECORD {
            return Err(damaged(format!("a record of {length} bytes")));
        }
        let bytes = read_up_to(&mut self.file, length).map_err(io)?;
        if bytes.len() < length as usize {
            self.torn = 4 + bytes.len() as u64;
            return Ok(None);
        }
        let record = parse(self.number, &bytes).map_err(damaged)?;
        self.number += 1;
        self.offset += 4 + u64::from(length);
        Ok(Some(record))
    }
}

impl Iterator for TraceReader {
    type Item = Result<Record, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.read_record().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

/// Fills `buffer` as far as the file goes.
fn fill(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads `length` bytes, or fewer at the end of the file; allocates only what is there.
fn read_up_to(file: &mut impl Read, length: u32) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(u64::from(length)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
