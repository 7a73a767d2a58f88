//! A message whose head has been read, and what it says not yet.

use std::path::Path;

use super::{Record, TraceError, format::decode};

/// A message of a trace: its head is there, what it says is decoded when asked for.
#[derive(Debug)]
pub struct Scanned<'r> {
    pub(super) record: Record,
    /// What it says, if that was recorded and this program has the same messages.
    pub(super) payload: Option<&'r [u8]>,
    pub(super) path: &'r Path,
    /// Where its block is.
    pub(super) offset: u64,
    /// Whether what it says has the bytes of blobs.
    pub(super) keeps_blobs: bool,
}

impl Scanned<'_> {
    /// Its head, as a record without a message.
    pub fn head(&self) -> &Record {
        &self.record
    }

    /// Its head alone, to keep.
    pub fn into_head(self) -> Record {
        self.record
    }

    /// The record with what the message says.
    ///
    /// # Errors
    /// [`TraceError::Damaged`] if that cannot be decoded.
    pub fn into_record(self) -> Result<Record, TraceError> {
        Ok(self.into_measured()?.0)
    }

    /// The same, and about how many bytes what the message says takes in memory, for
    /// [`Messages::try_push`](super::Messages::try_push).
    ///
    /// # Errors
    /// As [`into_record`](Self::into_record).
    pub fn into_measured(self) -> Result<(Record, usize), TraceError> {
        let Scanned { mut record, payload, path, offset, .. } = self;
        let Some(bytes) = payload else { return Ok((record, 0)) };
        let (message, memory) = decode(record.head.to, bytes).map_err(|why| TraceError::Damaged {
            path: path.to_owned(),
            offset,
            reason: format!("message {} cannot be read: {why}", record.number),
        })?;
        record.message = Some(message);
        Ok((record, memory))
    }
}
