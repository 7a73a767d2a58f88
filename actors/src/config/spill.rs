//! Files for data that does not fit into memory.

use super::{
    key::settings,
    kind::{Kind, Maybe, Switch, Text, Whole, read_name, show_name},
};

/// How frames of spilled rows are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CompressionCodec {
    /// Fast.
    #[default]
    Lz4,
    /// Smaller and slower; only with the feature `zstd`.
    Zstd,
    /// Not at all.
    None,
}

const CODECS: [(&str, CompressionCodec); 3] =
    [("lz4", CompressionCodec::Lz4), ("zstd", CompressionCodec::Zstd), ("none", CompressionCodec::None)];

/// A [`CompressionCodec`] by its name.
pub(super) struct CodecName;

impl Kind for CodecName {
    type Value = CompressionCodec;
    const NAME: &'static str = "text";

    fn allowed() -> String {
        "lz4, zstd (if the program is built with the feature zstd) or none".to_owned()
    }

    fn read(text: &str) -> Option<CompressionCodec> {
        read_name(&CODECS, text)
    }

    fn show(value: &CompressionCodec) -> Option<String> {
        show_name(&CODECS, value)
    }
}

settings! {
    at |config| config.spill;

    /// Files for data that does not fit into memory.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SpillConfig {
        /// Directories for spilled data, divided by commas: files go to them in turn.
        local_dir: Option<String> = None,
        "spark.local.dir", since "0.5.0", takes Maybe<Text>, unset "the system's directory for temporary files";
        /// How what is spilled is compressed.
        codec: CompressionCodec = CompressionCodec::Lz4,
        "spark.io.compression.codec", since "0.8.0", takes CodecName;
        /// How hard zstd tries.
        zstd_level: u32 = 1,
        "spark.io.compression.zstd.level", since "2.3.0", takes Whole<1, 22>;
        /// Whether map outputs in files are compressed.
        shuffle_compress: bool = true,
        "spark.shuffle.compress", since "0.6.0", takes Switch;
        /// Whether what a task spills for itself is compressed.
        spill_compress: bool = true,
        "spark.shuffle.spill.compress", since "0.9.0", takes Switch;
    }
}
