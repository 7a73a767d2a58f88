//! Recording of messages. The control plane does not record itself: whoever starts it reads these.

use std::path::PathBuf;

use super::{
    key::settings,
    kind::{FilePath, Maybe, Switch},
};

settings! {
    at |config| config.trace;

    /// Recording of messages ([`RecordOptions`](crate::trace::RecordOptions)).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TraceConfig {
        /// The file to which every message is recorded; an older one of that name is replaced.
        file: Option<PathBuf> = None,
        "firesteel.trace.file", since "firesteel 0.1.0", takes Maybe<FilePath>, unset "nothing is recorded";
        /// Whether what messages say is recorded, not only their heads.
        payloads: bool = true,
        "firesteel.trace.payloads", since "firesteel 0.1.0", takes Switch;
        /// Whether the bytes of code, partitions and results are recorded, not only their length and digest.
        blobs: bool = false,
        "firesteel.trace.blobs", since "firesteel 0.1.0", takes Switch;
        /// Whether the file is compressed.
        compress: bool = false,
        "firesteel.trace.compress", since "firesteel 0.1.0", takes Switch;
    }
}
