//! What a trace says about its run, before the first message.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::{MAGIC, OLDEST, VERSION, fixed};
use crate::{Config, ConfigError, carrier::ExecutorSpec};

/// Magic, version, length.
const HEADER_START: usize = MAGIC.len() + 2 + 4;

/// Longest header that is believed.
const MAX_HEADER: u32 = 16 << 20;

/// What a trace says about its run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Header {
    /// The version of firesteel that wrote it.
    pub firesteel: String,
    /// Name of the program.
    pub program: String,
    /// Milliseconds since 1970 when the trace was begun. Times in records count from the system's start.
    pub begun_unix_ms: u64,
    /// Fingerprint of all messages and their fields: only a program with the same reads what messages say.
    pub schema: u64,
    /// Whether what messages say was recorded, not only their heads.
    pub keeps_payloads: bool,
    /// Whether blobs keep their bytes, not only length and digest.
    pub keeps_blobs: bool,
    /// The actors whose messages were recorded, as they print; of all, if there are none here.
    pub only_actors: Vec<String>,
    /// The kinds of messages that were recorded; all, if there are none here.
    pub only_kinds: Vec<String>,
    /// What carried the messages: `actix`, `loop`, or a name of the program's; empty if it was not told.
    pub carrier: String,
    /// The settings that differ from the defaults; [`Header::config`] makes them settings again.
    pub settings: Vec<(String, String)>,
    /// The executors that were there from the start.
    pub executors: Vec<ExecutorSpec>,
}

impl Header {
    /// The settings of the run, if it told them to the recorder.
    ///
    /// # Errors
    /// [`ConfigError`] if this version does not know a setting, or does not allow its value.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let mut config = Config::default();
        self.settings.iter().try_for_each(|(key, value)| config.set(key, value))?;
        Ok(config)
    }

    /// That of a trace whose header is damaged: what messages say cannot be known.
    pub(in crate::trace) fn unknown() -> Self {
        let firesteel = "(unknown, for the header is damaged)".to_owned();
        Header { firesteel, keeps_payloads: true, ..Header::default() }
    }

    /// Whether every message of the run was recorded.
    pub fn is_complete(&self) -> bool {
        self.only_actors.is_empty() && self.only_kinds.is_empty()
    }
}

/// The bytes of a header.
pub(in crate::trace) fn write_header(header: &Header) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    let body = rmp_serde::to_vec_named(header)?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&body);
    let checksum = xxh3_64(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    Ok(bytes)
}

/// Why a file is not read.
#[derive(Debug)]
pub(in crate::trace) enum NoHeader {
    NotATrace,
    Version(u16),
    Damaged(String),
    Io(std::io::Error),
}

/// A header that was read.
#[derive(Debug)]
pub(in crate::trace) struct ReadHeader {
    pub(in crate::trace) header: Header,
    /// The version of the format.
    pub(in crate::trace) version: u16,
    /// Where the blocks begin.
    pub(in crate::trace) end: u64,
}

/// Reads a header; `read` gives so many bytes from a place of the file, or fewer at its end.
pub(in crate::trace) fn read_header(
    mut read: impl FnMut(u64, usize) -> std::io::Result<Vec<u8>>,
) -> Result<ReadHeader, NoHeader> {
    let start = read(0, HEADER_START).map_err(NoHeader::Io)?;
    if start.len() < HEADER_START || !start.starts_with(MAGIC) {
        return Err(NoHeader::NotATrace);
    }
    let version = fixed(&start, MAGIC.len()).map_or(0, u16::from_le_bytes);
    if !(OLDEST..=VERSION).contains(&version) {
        return Err(NoHeader::Version(version));
    }
    let length = fixed(&start, MAGIC.len() + 2).map_or(0, u32::from_le_bytes);
    if length > MAX_HEADER {
        return Err(NoHeader::Damaged(format!("a header of {length} bytes")));
    }
    let whole = HEADER_START + length as usize + 8;
    let bytes = read(0, whole).map_err(NoHeader::Io)?;
    let Some((checked, checksum)) = bytes.split_last_chunk().filter(|_| bytes.len() == whole) else {
        return Err(NoHeader::Damaged("the file ends within its header".to_owned()));
    };
    if xxh3_64(checked) != u64::from_le_bytes(*checksum) {
        return Err(NoHeader::Damaged("the checksum of its header is wrong".to_owned()));
    }
    let body = checked.get(HEADER_START..).unwrap_or_default();
    let header = rmp_serde::from_slice(body).map_err(|error| NoHeader::Damaged(error.to_string()))?;
    Ok(ReadHeader { header, version, end: whole as u64 })
}
