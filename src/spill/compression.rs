//! How frames are compressed, and what it takes to compress one after the other.

use std::fmt;

use firesteel_actors::{
    ConfigError,
    config::{CompressionCodec, SpillConfig},
};
use lz4_flex::block::{CompressTable, compress_into_with_table, decompress_into, get_maximum_output_size};

/// A codec, as a file names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Lz4,
    #[cfg(feature = "zstd")]
    Zstd {
        level: i32,
    },
}

impl Compression {
    /// That of the settings.
    pub(super) fn of(config: &SpillConfig) -> Self {
        match config.codec {
            CompressionCodec::Lz4 => Compression::Lz4,
            #[cfg(feature = "zstd")]
            CompressionCodec::Zstd => Compression::Zstd { level: config.zstd_level as i32 },
            // `check` refuses zstd where it is not built in.
            _ => Compression::None,
        }
    }

    /// Whether this program has what the settings want.
    pub(crate) fn check(config: &SpillConfig) -> Result<(), ConfigError> {
        if config.codec == CompressionCodec::Zstd && cfg!(not(feature = "zstd")) {
            return Err(ConfigError::BadValue {
                key: "spark.io.compression.codec".to_owned(),
                value: "zstd".to_owned(),
                allowed: "lz4 or none in a program that is built without firesteel's feature zstd".to_owned(),
            });
        }
        Ok(())
    }

    pub(crate) fn id(self) -> u8 {
        match self {
            Compression::None => 0,
            Compression::Lz4 => 1,
            #[cfg(feature = "zstd")]
            Compression::Zstd { .. } => 2,
        }
    }

    pub(crate) fn of_id(id: u8) -> Option<Self> {
        match id {
            0 => Some(Compression::None),
            1 => Some(Compression::Lz4),
            #[cfg(feature = "zstd")]
            2 => Some(Compression::Zstd { level: 1 }),
            _ => None,
        }
    }
}

/// Compresses the frames of one file. Its tables are made once.
pub(super) enum Compressor {
    None,
    Lz4(CompressTable),
    #[cfg(feature = "zstd")]
    Zstd(zstd::bulk::Compressor<'static>),
}

impl Compressor {
    pub(super) fn new(compression: Compression) -> Self {
        match compression {
            Compression::None => Compressor::None,
            // A frame is longer than the small table is good for.
            Compression::Lz4 => Compressor::Lz4(CompressTable::large()),
            // Without memory for its context frames stay as they are.
            #[cfg(feature = "zstd")]
            Compression::Zstd { level } => {
                zstd::bulk::Compressor::new(level).map_or(Compressor::None, Compressor::Zstd)
            }
        }
    }

    /// Appends the shorter of `raw` and its compressed form; how long that is.
    pub(super) fn compress(&mut self, raw: &[u8], out: &mut Vec<u8>) -> usize {
        let start = out.len();
        let written = match self {
            Compressor::None => None,
            Compressor::Lz4(table) => {
                out.resize(start + get_maximum_output_size(raw.len()), 0);
                out.get_mut(start..).and_then(|place| compress_into_with_table(raw, place, table).ok())
            }
            #[cfg(feature = "zstd")]
            Compressor::Zstd(context) => {
                out.resize(start + zstd::zstd_safe::compress_bound(raw.len()), 0);
                out.get_mut(start..).and_then(|place| context.compress_to_buffer(raw, place).ok())
            }
        };
        match written.filter(|written| *written < raw.len()) {
            Some(written) => {
                out.truncate(start + written);
                written
            }
            None => {
                out.truncate(start);
                out.extend_from_slice(raw);
                raw.len()
            }
        }
    }
}

impl fmt::Debug for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Compressor")
    }
}

/// Decompresses the frames of one part.
pub(super) enum Decompressor {
    None,
    Lz4,
    #[cfg(feature = "zstd")]
    Zstd(Option<zstd::bulk::Decompressor<'static>>),
}

impl Decompressor {
    pub(super) fn new(compression: Compression) -> Self {
        match compression {
            Compression::None => Decompressor::None,
            Compression::Lz4 => Decompressor::Lz4,
            #[cfg(feature = "zstd")]
            Compression::Zstd { .. } => Decompressor::Zstd(None),
        }
    }

    /// Fills `out`, which has the raw length; `false` if that is not what is stored.
    pub(super) fn decompress(&mut self, stored: &[u8], out: &mut [u8]) -> bool {
        if stored.len() == out.len() {
            out.copy_from_slice(stored);
            return true;
        }
        let written = match self {
            Decompressor::None => None,
            Decompressor::Lz4 => decompress_into(stored, out).ok(),
            #[cfg(feature = "zstd")]
            Decompressor::Zstd(context) => {
                if context.is_none() {
                    *context = zstd::bulk::Decompressor::new().ok();
                }
                context.as_mut().and_then(|context| context.decompress_to_buffer(stored, out).ok())
            }
        };
        written == Some(out.len())
    }
}

impl fmt::Debug for Decompressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decompressor")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_one_after_the_other_come_back() {
        let codecs = [
            Compression::None,
            Compression::Lz4,
            #[cfg(feature = "zstd")]
            Compression::Zstd { level: 1 },
        ];
        for codec in codecs {
            let (mut compressor, mut decompressor) = (Compressor::new(codec), Decompressor::new(codec));
            for len in [0usize, 1, 100, 70_000, 300, 1 << 20, 64 << 10] {
                let raw: Vec<u8> = (0..len).map(|byte| (byte / 7 % 50) as u8).collect();
                let mut stored = b"before".to_vec();
                let written = compressor.compress(&raw, &mut stored);
                assert_eq!(stored.len(), 6 + written);
                assert!(codec == Compression::None || len < 1_000 || written < len / 4, "{codec:?} {len}");
                let mut back = vec![1; len];
                assert!(decompressor.decompress(&stored[6..], &mut back) && back == raw, "{codec:?} {len}");
            }
        }
    }
}
