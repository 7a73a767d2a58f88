//! How frames are compressed.

use firesteel_actors::{
    ConfigError,
    config::{CompressionCodec, SpillConfig},
};

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

    pub(super) fn id(self) -> u8 {
        match self {
            Compression::None => 0,
            Compression::Lz4 => 1,
            #[cfg(feature = "zstd")]
            Compression::Zstd { .. } => 2,
        }
    }

    pub(super) fn of_id(id: u8) -> Option<Self> {
        match id {
            0 => Some(Compression::None),
            1 => Some(Compression::Lz4),
            #[cfg(feature = "zstd")]
            2 => Some(Compression::Zstd { level: 1 }),
            _ => None,
        }
    }

    /// Appends the shorter of `raw` and its compressed form; how long that is.
    pub(super) fn compress(self, raw: &[u8], out: &mut Vec<u8>) -> usize {
        let start = out.len();
        let written = match self {
            Compression::None => None,
            Compression::Lz4 => {
                out.resize(start + lz4_flex::block::get_maximum_output_size(raw.len()), 0);
                out.get_mut(start..).and_then(|place| lz4_flex::block::compress_into(raw, place).ok())
            }
            #[cfg(feature = "zstd")]
            Compression::Zstd { level } => {
                out.resize(start + zstd::zstd_safe::compress_bound(raw.len()), 0);
                out.get_mut(start..).and_then(|place| zstd::bulk::compress_to_buffer(raw, place, level).ok())
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

    /// Fills `out`, which has the raw length; `false` if that is not what is stored.
    pub(super) fn decompress(self, stored: &[u8], out: &mut [u8]) -> bool {
        if stored.len() == out.len() {
            out.copy_from_slice(stored);
            return true;
        }
        let written = match self {
            Compression::None => None,
            Compression::Lz4 => lz4_flex::block::decompress_into(stored, out).ok(),
            #[cfg(feature = "zstd")]
            Compression::Zstd { .. } => zstd::bulk::decompress_to_buffer(stored, out).ok(),
        };
        written == Some(out.len())
    }
}
