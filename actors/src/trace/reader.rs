//! Reads a trace, message by message.

use std::{
    fs::File,
    io::{self, Cursor as MemoryFile},
    ops::Range,
    path::Path,
};

use super::{
    Record, Scanned, TraceError,
    block_reader::BlockReader,
    format::{Cursor, HeadReader, Header, NoHeader, ReadHeader, VERSION, fingerprint, read_header},
    source::Source,
};
use crate::Time;

/// How a trace ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceEnd {
    /// It was closed: everything that was recorded is there.
    Closed,
    /// It has no proper end: the program was killed or still runs, or the disk was full.
    Cut {
        /// Bytes at the end that are no whole block.
        bytes: u64,
    },
}

/// Whether records have what their messages say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payloads {
    /// They have.
    Readable,
    /// Only heads were recorded.
    NotRecorded,
    /// They were recorded by a program whose messages have other fields, or may have, for the header is damaged, or in an
    /// older format: only heads are read.
    OtherSchema,
}

/// A head, and where in the open block is what the message says.
type Located = (Record, Option<Range<usize>>);

/// Reads a trace: an iterator of its messages in the order in which they were handled.
///
/// What is damaged is left out: it is one error for each gap, after which the iterator goes on; also the header, if
/// blocks follow, but then only heads are read. A file that ends within a block (the program was killed) is read up to there, without an error; [`end`](TraceReader::end) tells it.
///
/// ```no_run
/// use firesteel_actors::trace::TraceReader;
/// let mut reader = TraceReader::open("run.trace".as_ref())?;
/// // Only of these is decoded what they say.
/// for record in reader.filtered(|head| head.kind == "LaunchTask") {
///     println!("{:?}", record?.message);
/// }
/// # Ok::<(), firesteel_actors::trace::TraceError>(())
/// ```
#[derive(Debug)]
pub struct TraceReader {
    header: Header,
    /// Of the format.
    version: u16,
    blocks: BlockReader,
    heads: HeadReader,
    /// Places in the open block: of the next head, and of what the next message says.
    at: (usize, usize),
    /// Messages of the open block that have not been read.
    left: u32,
    is_open: bool,
    number: u64,
    /// Messages before these are left out.
    skip: (u64, Option<Time>),
    /// What is wrong with the header, until it has been told.
    no_header: Option<TraceError>,
}

impl TraceReader {
    /// Opens a trace and reads its header.
    ///
    /// # Errors
    /// [`TraceError`] if the file cannot be read, is no trace, was written in a format whose heads are not read, or its
    /// header is damaged and no block is found behind it.
    pub fn open(path: &Path) -> Result<Self, TraceError> {
        let file = File::open(path);
        let file = file.map_err(|source| TraceError::Io { action: "read", path: path.to_owned(), source })?;
        TraceReader::begin(path, Source(Box::new(file)))
    }

    /// Reads a trace that is in memory.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, TraceError> {
        TraceReader::begin("(memory)".as_ref(), Source(Box::new(MemoryFile::new(bytes))))
    }

    fn begin(path: &Path, mut source: Source) -> Result<Self, TraceError> {
        let read = |offset, length| -> io::Result<Vec<u8>> {
            let mut bytes = Vec::new();
            source.read(offset, length, &mut bytes)?;
            Ok(bytes)
        };
        let (ReadHeader { header, version, end }, no_header) = match read_header(read) {
            Ok(read) => (read, None),
            Err(damage @ NoHeader::Damaged(_)) => {
                let unknown = ReadHeader { header: Header::unknown(), version: VERSION, end: 0 };
                (unknown, Some(TraceError::header(path, damage)))
            }
            Err(why) => return Err(TraceError::header(path, why)),
        };
        let mut blocks = BlockReader::new(path, source, end);
        let no_header = match no_header {
            Some(damage) if !blocks.begin_behind_damage()? => return Err(damage),
            damage => damage,
        };
        Ok(TraceReader {
            header,
            version,
            blocks,
            heads: HeadReader::new(),
            at: (0, 0),
            left: 0,
            is_open: false,
            number: 0,
            skip: (0, None),
            no_header,
        })
    }

    /// What the trace says about its run.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Whether records have what their messages say.
    pub fn payloads(&self) -> Payloads {
        if !self.header.keeps_payloads {
            Payloads::NotRecorded
        } else if self.version != VERSION || self.header.schema != fingerprint() {
            Payloads::OtherSchema
        } else {
            Payloads::Readable
        }
    }

    /// How the trace ends; `None` while the end has not been reached.
    pub fn end(&self) -> Option<TraceEnd> {
        self.blocks.end()
    }

    /// Bytes of an unfinished block at the end; 0 while the end has not been reached.
    pub fn torn_bytes(&self) -> u64 {
        match self.end() {
            Some(TraceEnd::Cut { bytes }) => bytes,
            _ => 0,
        }
    }

    /// Waits at the end for what is being written, and ends when the trace is closed. A program that was killed does
    /// not close its trace.
    #[must_use]
    pub fn follow(mut self) -> Self {
        self.blocks.follows = true;
        self
    }

    /// How many messages there are, by the index; without an index, by the heads of all blocks.
    ///
    /// # Errors
    /// [`TraceError::Io`] if the file cannot be read.
    pub fn total(&mut self) -> Result<u64, TraceError> {
        self.refresh();
        Ok(self.blocks.index()?.messages())
    }

    /// Goes to the message of this number, forwards or back; if it is missing, to the next one after it.
    ///
    /// # Errors
    /// [`TraceError::Io`] if the file cannot be read.
    pub fn seek(&mut self, number: u64) -> Result<(), TraceError> {
        self.refresh();
        let place = self.blocks.index()?.block_of(number).copied();
        self.blocks.go_to(place);
        (self.left, self.is_open, self.skip) = (0, false, (number, None));
        Ok(())
    }

    /// Goes to the first message that was handled at this time or later.
    ///
    /// # Errors
    /// [`TraceError::Io`] if the file cannot be read.
    pub fn seek_time(&mut self, time: Time) -> Result<(), TraceError> {
        self.refresh();
        let place = self.blocks.index()?.block_at(time).copied();
        self.blocks.go_to(place);
        (self.left, self.is_open, self.skip) = (0, false, (0, Some(time)));
        Ok(())
    }

    /// Leaves out what was certainly handled later than at this time: the reader ends soon behind the last message that
    /// was handled at this time or earlier, and then does not know how the trace ends.
    ///
    /// # Errors
    /// [`TraceError::Io`] if the file cannot be read.
    pub fn stop_after(&mut self, time: Time) -> Result<(), TraceError> {
        self.blocks.stop_after(time)
    }

    /// A file that is being followed grows, so what is known of it is old.
    fn refresh(&mut self) {
        if self.blocks.follows {
            self.blocks.forget_index();
        }
    }

    /// The next message, of which only the head has been decoded: the quick way through a large trace.
    pub fn next_head(&mut self) -> Option<Result<Scanned<'_>, TraceError>> {
        let (record, payload) = match self.advance()? {
            Ok(next) => next,
            Err(error) => return Some(Err(error)),
        };
        let payload = payload
            .filter(|_| self.payloads() == Payloads::Readable)
            .and_then(|place| self.blocks.opened.get(place));
        let (path, offset, keeps_blobs) =
            (self.blocks.path(), self.blocks.place.offset, self.header.keeps_blobs);
        Some(Ok(Scanned { record, payload, path, offset, keeps_blobs }))
    }

    /// The heads of all messages that follow. What they say is not decoded.
    pub fn heads(&mut self) -> impl Iterator<Item = Result<Record, TraceError>> + '_ {
        std::iter::from_fn(|| Some(self.next_head()?.map(Scanned::into_head)))
    }

    /// The messages whose heads `keep` wants. What the others say is not decoded.
    pub fn filtered<'r>(
        &'r mut self,
        mut keep: impl FnMut(&Record) -> bool + 'r,
    ) -> impl Iterator<Item = Result<Record, TraceError>> + 'r {
        std::iter::from_fn(move || {
            loop {
                match self.next_head()? {
                    Ok(scanned) if keep(scanned.head()) => return Some(scanned.into_record()),
                    Ok(_) => {}
                    Err(error) => return Some(Err(error)),
                }
            }
        })
    }

    /// The next head, and where in the open block is what the message says.
    fn advance(&mut self) -> Option<Result<Located, TraceError>> {
        loop {
            if self.left == 0 {
                match self.next_block() {
                    Ok(true) => continue,
                    Ok(false) => return None,
                    Err(error) => return Some(Err(error)),
                }
            }
            let next = match self.take_head() {
                Ok(next) => next,
                Err(error) => return Some(Err(error)),
            };
            let (number, time) = self.skip;
            if next.0.number >= number && time.is_none_or(|time| next.0.handled >= time) {
                self.skip = (0, None);
                return Some(Ok(next));
            }
        }
    }

    /// Opens the next block, after a look whether the last one was read to its end.
    fn next_block(&mut self) -> Result<bool, TraceError> {
        if let Some(damage) = self.no_header.take() {
            return Err(damage);
        }
        let was_open = std::mem::replace(&mut self.is_open, false);
        if was_open && self.at != (self.blocks.heads, self.blocks.opened.len()) {
            return Err(self
                .blocks
                .damaged(self.blocks.place.offset, "a block has bytes too many".to_owned()));
        }
        if !self.blocks.next()? {
            return Ok(false);
        }
        self.heads.clear();
        (self.at, self.left, self.is_open) = ((0, self.blocks.heads), self.blocks.place.count, true);
        self.number = self.blocks.place.first;
        Ok(true)
    }

    fn take_head(&mut self) -> Result<Located, TraceError> {
        let (head, payload) = self.at;
        let heads = self.blocks.opened.get(head..self.blocks.heads).unwrap_or_default();
        let mut cursor = Cursor::new(heads);
        let taken = self.heads.take(self.number, &mut cursor);
        let why = match taken {
            Ok((record, None)) => return Ok(self.step(record, heads.len() - cursor.left(), None)),
            Ok((record, Some(length))) => match payload.checked_add(length) {
                Some(end) if end <= self.blocks.opened.len() => {
                    return Ok(self.step(record, heads.len() - cursor.left(), Some(payload..end)));
                }
                _ => "a message is longer than its block",
            },
            Err(malformed) => malformed.0,
        };
        let lost = format!("{why}; messages {} to {}", self.number, self.number + u64::from(self.left) - 1);
        (self.left, self.is_open) = (0, false);
        Err(self.blocks.damaged(self.blocks.place.offset, format!("{lost} are left out")))
    }

    #[inline]
    fn step(&mut self, record: Record, head: usize, payload: Option<Range<usize>>) -> Located {
        self.at.0 += head;
        self.at.1 = payload.as_ref().map_or(self.at.1, |payload| payload.end);
        self.left -= 1;
        self.number += 1;
        (record, payload)
    }
}

impl Iterator for TraceReader {
    type Item = Result<Record, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_head()?.and_then(Scanned::into_record))
    }
}
