//! Finds the blocks of a trace one after the other, also behind damage, and by their index.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    TraceEnd, TraceError,
    format::{
        BLOCK_HEAD, BLOCK_MAGIC, BlockHead, INDEX_MAGIC, INDEX_START, Index, IndexEntry, TRAILER,
        can_be_behind, footer_length, trailer_offset,
    },
    source::Source,
};
use crate::Time;

/// Bytes that are searched at a time: few at first, for gaps may be small and many.
const SEARCHED_FIRST: usize = 256;
const SEARCHED: usize = 256 << 10;

/// What is read in vain is at most so many times the file's length, on one way through it. Blocks do not overlap, so
/// what was damaged by bad luck is read in vain once.
const VAIN: u64 = 2;

/// How often the end of a file is looked at that is being followed.
const POLL: Duration = Duration::from_millis(50);

/// The blocks of a trace.
#[derive(Debug)]
pub(super) struct BlockReader {
    path: PathBuf,
    source: Source,
    /// Where the first block begins.
    start: u64,
    /// Where the next one is expected.
    offset: u64,
    /// The number that its first message should have.
    expected: Option<u64>,
    /// Whether the damage before `offset` has been told.
    in_gap: bool,
    end: Option<TraceEnd>,
    pub(super) follows: bool,
    index: Option<Index>,
    /// Bytes that were read and are not what their head claims, on this way through the file.
    vain: u64,
    /// What is stored in the block that was looked at last.
    stored: Vec<u8>,
    /// The block that was opened last: its heads, up to `heads`, and behind them what its messages say.
    pub(super) opened: Vec<u8>,
    pub(super) heads: usize,
    pub(super) place: IndexEntry,
    /// Blocks from here on are left out.
    stop: Option<u64>,
}

/// What there is at a place of the file.
enum Place {
    Block(BlockHead),
    /// The index, and the number after the last message.
    Index(Option<u64>),
    /// Something that the file's end cuts short.
    Short,
    Bad(&'static str),
}

impl BlockReader {
    pub(super) fn new(path: &Path, source: Source, start: u64) -> Self {
        let place = IndexEntry {
            offset: start,
            first: 0,
            earliest: Default::default(),
            latest: Default::default(),
            count: 0,
        };
        BlockReader {
            path: path.to_owned(),
            source,
            start,
            offset: start,
            expected: None,
            in_gap: false,
            end: None,
            follows: false,
            index: None,
            vain: 0,
            stored: Vec::new(),
            opened: Vec::new(),
            heads: 0,
            place,
            stop: None,
        }
    }

    /// Begins at the first block that can be read; whether there is one.
    pub(super) fn begin_behind_damage(&mut self) -> Result<bool, TraceError> {
        let found = self.find(0).map_err(|source| self.io_without_end(source))?;
        let Some((offset, _)) = found else { return Ok(false) };
        (self.start, self.offset) = (offset, offset);
        let place = self.look(offset).map_err(|source| self.io_without_end(source))?;
        Ok(matches!(place, Place::Block(_)))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn end(&self) -> Option<TraceEnd> {
        self.end
    }

    /// Opens the next block; `false` at the end. After an error it goes on behind it.
    pub(super) fn next(&mut self) -> Result<bool, TraceError> {
        while self.end.is_none() && self.stop.is_none_or(|stop| self.offset < stop) {
            match self.look(self.offset) {
                Ok(Place::Block(head)) => return self.open(&head).map(|()| true),
                Ok(Place::Index(after)) => {
                    self.end = Some(TraceEnd::Closed);
                    self.check_number(after.unwrap_or_default())?;
                }
                Ok(Place::Short) => self.cut(None)?,
                Ok(Place::Bad(why)) => self.cut(Some(why))?,
                Err(source) => return Err(self.io(source)),
            }
        }
        Ok(false)
    }

    fn open(&mut self, head: &BlockHead) -> Result<(), TraceError> {
        self.check_number(head.first)?;
        self.place = IndexEntry::of(self.offset, head);
        self.in_gap = false;
        self.offset += head.size();
        self.expected = Some(head.first.saturating_add(u64::from(head.count)));
        let opened = head.open(&mut self.stored, &mut self.opened);
        self.heads = opened.map_err(|malformed| self.damaged(self.place.offset, malformed.to_string()))?;
        Ok(())
    }

    /// An error, once, if messages are missing although nothing is damaged: a part of the file was cut out.
    fn check_number(&mut self, number: u64) -> Result<(), TraceError> {
        match self.expected.replace(number) {
            Some(expected) if expected < number => {
                Err(self.damaged(self.offset, format!("messages {expected} to {} are missing", number - 1)))
            }
            // A block that is there twice is shown twice.
            _ => Ok(()),
        }
    }

    /// Nothing can be read at the offset: goes on behind it, waits, or ends.
    fn cut(&mut self, why: Option<&str>) -> Result<(), TraceError> {
        if why.is_none() && self.follows {
            std::thread::sleep(POLL);
            return Ok(());
        }
        let from = self.offset;
        let length = self.source.len().map_err(|source| self.io(source))?;
        let found = self.find(from + 1).map_err(|source| self.io(source))?;
        let was_told = std::mem::replace(&mut self.in_gap, true);
        let (lost, until) = match (&found, self.expected) {
            (Some((offset, Some(first))), Some(expected)) if expected < *first => {
                let lost = format!(" with messages {expected} to {}", first - 1);
                (lost, *offset)
            }
            (Some((offset, _)), _) => (String::new(), *offset),
            (None, _) => (String::new(), length),
        };
        match found {
            Some((offset, first)) => {
                self.offset = offset;
                self.expected = first.or(self.expected);
            }
            None if self.follows => {
                // What was searched need not be searched again.
                self.offset = length.saturating_sub(BLOCK_HEAD as u64).max(from + 1);
                std::thread::sleep(POLL);
            }
            None => self.end = Some(TraceEnd::Cut { bytes: length.saturating_sub(from) }),
        }
        // A file that ends within a block is cut, not damaged.
        if was_told || (why.is_none() && self.end.is_some()) {
            return Ok(());
        }
        let why = why.unwrap_or("a block is too short");
        Err(self.damaged(from, format!("{why}; {} bytes{lost} are left out", until.saturating_sub(from))))
    }

    /// What there is at this place; a block is read and checked.
    fn look(&mut self, offset: u64) -> io::Result<Place> {
        let place = self.look_at_head(offset)?;
        let Place::Block(head) = place else { return Ok(place) };
        if !self.may_read(head.stored())? {
            return Ok(Place::Bad("too much looks like a block and is none"));
        }
        self.source.read(offset + BLOCK_HEAD as u64, head.stored(), &mut self.stored)?;
        if head.holds(&self.stored) {
            return Ok(place);
        }
        self.vain += head.stored() as u64;
        Ok(Place::Bad("the checksum of a block is wrong"))
    }

    /// Whether so many bytes may turn out to have been read in vain. A file that was made for that, with heads that
    /// each claim all that follows, would else be read once for each of them.
    fn may_read(&mut self, length: usize) -> io::Result<bool> {
        Ok(self.vain.saturating_add(length as u64) <= self.source.len()?.saturating_mul(VAIN))
    }

    /// The same without reading the block behind its head.
    fn look_at_head(&mut self, offset: u64) -> io::Result<Place> {
        let left = self.source.len()?.saturating_sub(offset);
        self.source.read(offset, BLOCK_HEAD, &mut self.stored)?;
        if self.stored.starts_with(INDEX_MAGIC) {
            return match footer_length(&self.stored) {
                Some(length) if length as u64 > left => Ok(Place::Short),
                Some(length) if can_be_behind(&self.stored, offset) => self.look_at_index(offset, length),
                Some(_) => Ok(Place::Bad("an index has more blocks than there can be")),
                None => Ok(Place::Short),
            };
        }
        let Some(head) = self.stored.first_chunk() else { return Ok(Place::Short) };
        Ok(match BlockHead::parse(head) {
            Ok(head) if head.size() > left => Place::Short,
            Ok(head) => Place::Block(head),
            Err(malformed) => Place::Bad(malformed.0),
        })
    }

    fn look_at_index(&mut self, offset: u64, length: usize) -> io::Result<Place> {
        if !self.may_read(length)? {
            return Ok(Place::Bad("too much looks like an index and is none"));
        }
        self.source.read(offset, length - TRAILER, &mut self.stored)?;
        let after = |last: &IndexEntry| last.first.saturating_add(u64::from(last.count));
        if let Some(index) = Index::parse(&self.stored) {
            return Ok(Place::Index(index.entries.last().map(after)));
        }
        self.vain += length as u64;
        Ok(Place::Bad("the checksum of the index is wrong"))
    }

    /// The next place with a block that can be read, or with the index, and the number of the message there.
    fn find(&mut self, mut from: u64) -> io::Result<Option<(u64, Option<u64>)>> {
        let (mut searched, mut length) = (Vec::new(), SEARCHED_FIRST);
        loop {
            self.source.read(from, length, &mut searched)?;
            let last = searched.len().saturating_sub(BLOCK_MAGIC.len() - 1);
            for at in (0..last).filter(|at| begins_a_part(searched.get(*at..).unwrap_or_default())) {
                let offset = from + at as u64;
                match self.look(offset)? {
                    Place::Block(head) => return Ok(Some((offset, Some(head.first)))),
                    Place::Index(after) => return Ok(Some((offset, after))),
                    Place::Short | Place::Bad(_) => {}
                }
            }
            if searched.len() < length {
                return Ok(None);
            }
            // A magic may lie across two readings.
            from += last as u64;
            length = (length * 2).min(SEARCHED);
        }
    }

    /// Goes to a block; nothing is missing before it.
    pub(super) fn go_to(&mut self, place: Option<IndexEntry>) {
        let end = self.index.as_ref().and_then(|index| index.entries.last());
        self.offset = match (place, end) {
            (Some(place), _) => place.offset,
            // Behind the last block, where the index is or what else the file ends with.
            (None, Some(last)) => last.offset,
            (None, None) => self.start,
        };
        self.expected = None;
        self.in_gap = false;
        self.end = None;
        self.vain = 0;
    }

    /// Leaves out the blocks behind the last one with a message that was handled at this time or earlier.
    pub(super) fn stop_after(&mut self, time: Time) -> Result<(), TraceError> {
        let entries = &self.index()?.entries;
        let behind = entries.iter().rposition(|entry| entry.earliest <= time).map_or(0, |last| last + 1);
        self.stop = entries.get(behind).map(|entry| entry.offset);
        Ok(())
    }

    /// The index of the file; without one, what the heads of its blocks say.
    pub(super) fn index(&mut self) -> Result<&Index, TraceError> {
        let index = match self.index.take() {
            Some(index) => index,
            None => self.read_index().map_err(|source| self.io_without_end(source))?,
        };
        Ok(self.index.insert(index))
    }

    /// Forgets what is known of a file that may have grown.
    pub(super) fn forget_index(&mut self) {
        self.index = None;
    }

    fn read_index(&mut self) -> io::Result<Index> {
        let length = self.source.len()?;
        let end = length.saturating_sub(TRAILER as u64);
        let mut bytes = Vec::new();
        self.source.read(end, TRAILER, &mut bytes)?;
        let offset = trailer_offset(&bytes).filter(|offset| (self.start..end).contains(offset));
        match offset.map(|offset| self.read_index_at(offset, length)).transpose()?.flatten() {
            Some(mut index) => {
                index.entries.retain(|entry| (self.start..end).contains(&entry.offset));
                Ok(index)
            }
            None => self.index_of_heads(),
        }
    }

    /// The index that the trailer says is here. The trailer has no checksum, so nothing is read on its word alone: an
    /// index must begin here and end where the file does.
    fn read_index_at(&mut self, offset: u64, length: u64) -> io::Result<Option<Index>> {
        let mut bytes = Vec::new();
        self.source.read(offset, INDEX_START, &mut bytes)?;
        let Some(footer) = footer_length(&bytes) else { return Ok(None) };
        if footer as u64 != length - offset || !can_be_behind(&bytes, offset) {
            return Ok(None);
        }
        self.source.read(offset, footer - TRAILER, &mut bytes)?;
        Ok(Index::parse(&bytes))
    }

    fn index_of_heads(&mut self) -> io::Result<Index> {
        let (mut index, mut offset) = (Index::default(), self.start);
        self.vain = 0;
        loop {
            match self.look_at_head(offset)? {
                Place::Block(head) => {
                    index.entries.push(IndexEntry::of(offset, &head));
                    offset += head.size();
                }
                Place::Index(_) => return Ok(index),
                Place::Short | Place::Bad(_) => match self.find(offset + 1)? {
                    Some((next, _)) => offset = next,
                    None => return Ok(index),
                },
            }
        }
    }

    pub(super) fn damaged(&self, offset: u64, reason: String) -> TraceError {
        TraceError::Damaged { path: self.path.clone(), offset, reason }
    }

    /// An error after which nothing more is read.
    fn io(&mut self, source: io::Error) -> TraceError {
        self.end = Some(TraceEnd::Cut { bytes: 0 });
        self.io_without_end(source)
    }

    fn io_without_end(&self, source: io::Error) -> TraceError {
        TraceError::Io { action: "read", path: self.path.clone(), source }
    }
}

/// Whether a block or an index may begin with these bytes.
fn begins_a_part(bytes: &[u8]) -> bool {
    let is_block = bytes.starts_with(BLOCK_MAGIC)
        && bytes.first_chunk().is_none_or(|head| BlockHead::parse(head).is_ok());
    is_block || bytes.starts_with(INDEX_MAGIC)
}
