//! From bytes of the socket to messages. There is no I/O in it.
//!
//! What the other side says of lengths is never believed beyond the limits: buffers grow as bytes come.

use std::ops::Range;

use super::{
    TransportError,
    channel::{MAX_RECORD, Opener, TAG},
    wire::KEPT,
};

/// The input buffer has so many bytes at first.
const SMALL_INPUT: usize = 8 << 10;

/// And so many at most.
const LARGE_INPUT: usize = 4 * (2 + MAX_RECORD);

pub(super) struct Incoming {
    opener: Box<dyn Opener>,
    max_message: usize,
    /// What came and was not yet opened.
    input: Vec<u8>,
    come: Range<usize>,
    /// What was opened and not yet handed out.
    opened: Vec<u8>,
    known: Range<usize>,
    ended: bool,
    /// Why nothing is handed out any more.
    failure: Option<TransportError>,
}

enum Next {
    /// A message, which is there.
    Message(Range<usize>),
    /// The other side's orderly end.
    End,
    /// More bytes must come first.
    Bytes,
}

impl Incoming {
    pub(super) fn new(opener: Box<dyn Opener>, max_message: usize) -> Self {
        Incoming {
            opener,
            max_message,
            input: Vec::new(),
            come: 0..0,
            opened: Vec::new(),
            known: 0..0,
            ended: false,
            failure: None,
        }
    }

    /// The next message, or None if the other side ended in order. `read` gets more bytes: 0 if there are none.
    ///
    /// An error of `read` changes nothing, so one may go on after it; any other is the end.
    pub(super) fn receive(
        &mut self,
        mut read: impl FnMut(&mut [u8]) -> Result<usize, TransportError>,
    ) -> Result<Option<&[u8]>, TransportError> {
        loop {
            match self.next() {
                Ok(Next::Message(message)) => return Ok(self.opened.get(message)),
                Ok(Next::End) => return Ok(None),
                Ok(Next::Bytes) => match read(self.room())? {
                    0 => return Err(self.fail(TransportError::Cut)),
                    count => self.come.end += count,
                },
                Err(error) => return Err(self.fail(error)),
            }
        }
    }

    /// Whether a whole message is here already.
    pub(super) fn has_message(&self) -> bool {
        let known = self.known();
        known.first_chunk().is_some_and(|length| known.len() - 4 >= u32::from_be_bytes(*length) as usize)
    }

    fn fail(&mut self, error: TransportError) -> TransportError {
        self.failure.insert(error).clone()
    }

    /// What is next, of what came.
    fn next(&mut self) -> Result<Next, TransportError> {
        loop {
            if let Some(failure) = &self.failure {
                return Err(failure.clone());
            }
            if let Some(message) = self.whole_message()? {
                return Ok(Next::Message(message));
            }
            if self.ended {
                return if self.known.is_empty() { Ok(Next::End) } else { Err(TransportError::Cut) };
            }
            match self.whole_record()? {
                Some(record) => self.open(record)?,
                None => return Ok(Next::Bytes),
            }
        }
    }

    fn known(&self) -> &[u8] {
        self.opened.get(self.known.clone()).unwrap_or_default()
    }

    /// Bytes of memory that it has.
    pub(super) fn buffered(&self) -> usize {
        self.input.capacity() + self.opened.capacity()
    }

    /// Where the next message is, if all of it is known.
    fn whole_message(&mut self) -> Result<Option<Range<usize>>, TransportError> {
        let known = self.known();
        let Some(length) = known.first_chunk() else { return Ok(None) };
        let length = u32::from_be_bytes(*length) as usize;
        if length > self.max_message {
            return Err(TransportError::TooLong { length, limit: self.max_message });
        }
        if known.len() - 4 < length {
            return Ok(None);
        }
        let start = self.known.start + 4;
        self.known.start = start + length;
        Ok(Some(start..start + length))
    }

    /// Where the next record is, if all of it came.
    fn whole_record(&self) -> Result<Option<Range<usize>>, TransportError> {
        let come = self.input.get(self.come.clone()).unwrap_or_default();
        let Some(length) = come.first_chunk() else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes(*length));
        if length < TAG {
            return Err(TransportError::Forged);
        }
        let start = self.come.start + 2;
        Ok((come.len() - 2 >= length).then_some(start..start + length))
    }

    fn open(&mut self, record: Range<usize>) -> Result<(), TransportError> {
        self.come.start = record.end;
        let record = self.input.get(record).unwrap_or_default();
        // Lengths were looked at before.
        let known = self.opened.get(self.known.clone()).unwrap_or_default();
        let message = known.first_chunk().map_or(0, |length| 4 + u32::from_be_bytes(*length) as usize);
        make_room(&mut self.opened, &mut self.known, record.len(), message);
        let payload = self.opened.get_mut(self.known.end..).unwrap_or_default();
        match self.opener.open(record, payload)? {
            0 => self.ended = true,
            length => self.known.end += length,
        }
        Ok(())
    }

    /// Where bytes may be read to: a whole record's room at least, once one has begun to come.
    fn room(&mut self) -> &mut [u8] {
        let wanted = match (self.come.len(), self.come.end == self.input.len()) {
            // What came last filled the buffer, so more may wait.
            (_, true) => (2 * self.input.len()).clamp(SMALL_INPUT, LARGE_INPUT),
            (0 | 1, false) => self.input.len(),
            (_, false) => self.input.len().max(2 + MAX_RECORD),
        };
        self.input.copy_within(self.come.clone(), 0);
        self.come = 0..self.come.len();
        if self.input.len() < wanted {
            self.input.resize(wanted, 0);
        }
        self.input.get_mut(self.come.end..).unwrap_or_default()
    }
}

/// Makes room for more bytes behind those that are known, the first of which are of a message so long.
fn make_room(buffer: &mut Vec<u8>, known: &mut Range<usize>, more: usize, message: usize) {
    if (*known).is_empty() {
        *known = 0..0;
        if buffer.len() > KEPT {
            *buffer = Vec::new();
        }
    } else if known.start > 0 {
        buffer.copy_within(known.clone(), 0);
        *known = 0..known.len();
    }
    let needed = known.end + more;
    if buffer.len() < needed {
        // Twice what came, but no more than the message takes.
        let length = needed.max((2 * known.end).min(message + more));
        buffer.reserve_exact(length - buffer.len());
        buffer.resize(length, 0);
    }
}
