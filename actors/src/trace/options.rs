//! What is recorded, and how.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::format::{BlockBuilder, Header, fingerprint};
use crate::{
    ActorId, Config,
    carrier::{ExecutorSpec, Observed},
    config::TraceConfig,
    lineage::Blob,
    message::Describe,
};

/// What is recorded: by default every message with what it says, blobs as length and digest.
///
/// ```
/// use firesteel_actors::{ActorId, trace::RecordOptions};
/// let options = RecordOptions::heads().only_actors([ActorId::DagScheduler]).compressed();
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct RecordOptions {
    payloads: bool,
    blobs: bool,
    actors: Vec<ActorId>,
    kinds: Vec<String>,
    pub(super) compress: bool,
    pub(super) flush_after: Duration,
    carrier: String,
    program: Option<String>,
    settings: Vec<(String, String)>,
    executors: Vec<ExecutorSpec>,
}

impl Default for RecordOptions {
    fn default() -> Self {
        RecordOptions {
            payloads: true,
            blobs: false,
            actors: Vec::new(),
            kinds: Vec::new(),
            compress: false,
            flush_after: Duration::from_millis(200),
            carrier: String::new(),
            program: None,
            settings: Vec::new(),
            executors: Vec::new(),
        }
    }
}

impl RecordOptions {
    /// Every message with what it says.
    pub fn payloads() -> Self {
        RecordOptions::default()
    }

    /// Of every message its head alone: who, to whom, when, its kind, and the ids that it is about. Smaller and
    /// cheaper; it shows what happened, but cannot be replayed.
    pub fn heads() -> Self {
        RecordOptions { payloads: false, ..RecordOptions::default() }
    }

    /// As the settings `firesteel.trace.*` say.
    pub fn of_config(config: &TraceConfig) -> Self {
        let TraceConfig { payloads, blobs, compress, .. } = *config;
        RecordOptions { payloads, blobs, compress, ..RecordOptions::default() }
    }

    /// With the bytes of code, partitions and results, not only their length and digest: larger, and it holds the
    /// program's data.
    pub fn with_blobs(mut self) -> Self {
        self.blobs = true;
        self
    }

    /// Only messages that one of these actors sends or receives.
    pub fn only_actors(mut self, actors: impl IntoIterator<Item = ActorId>) -> Self {
        self.actors.extend(actors);
        self
    }

    /// Only messages of these kinds, such as `LaunchTask`.
    pub fn only_kinds<K: Into<String>>(mut self, kinds: impl IntoIterator<Item = K>) -> Self {
        self.kinds.extend(kinds.into_iter().map(Into::into));
        self
    }

    /// Compresses the file with LZ4: smaller, for some time of the thread that writes it.
    pub fn compressed(mut self) -> Self {
        self.compress = true;
        self
    }

    /// How old a message may be before it is in the file, for those who follow it: 200 ms if nothing is said.
    pub fn flush_after(mut self, interval: Duration) -> Self {
        self.flush_after = interval.max(Duration::from_millis(1));
        self
    }

    /// Tells the trace of the run: what carries it, its settings, the executors that are there from the start. A
    /// replay needs them.
    pub fn run(mut self, carrier: &str, config: &Config, executors: &[ExecutorSpec]) -> Self {
        self.carrier = carrier.to_owned();
        self.settings = config.changes();
        self.executors = executors.to_vec();
        self
    }

    /// With this name of the program, in place of its executable's path.
    pub fn program(mut self, name: impl Into<String>) -> Self {
        self.program = Some(name.into());
        self
    }

    /// Whether a message is to be recorded.
    #[inline]
    pub(super) fn wants(&self, observed: &Observed<'_>) -> bool {
        let head = observed.head;
        let actor = |actor: &ActorId| *actor == head.to || *actor == head.id.actor;
        (self.actors.is_empty() || self.actors.iter().any(actor))
            && (self.kinds.is_empty() || self.kinds.iter().any(|kind| kind == observed.message.kind()))
    }

    /// Adds a message to a block.
    #[inline]
    pub(super) fn append(&self, block: &mut BlockBuilder, observed: &Observed<'_>) {
        let outcome = if self.blobs {
            Blob::keeping_bytes(|| block.append(observed, self.payloads))
        } else {
            block.append(observed, self.payloads)
        };
        if let Err(error) = outcome {
            tracing::error!("what message {} says is not in the trace: {error}", observed.head.id);
        }
    }

    /// What the trace says of itself.
    pub(super) fn header(&self) -> Header {
        let begun = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Header {
            firesteel: env!("CARGO_PKG_VERSION").to_owned(),
            program: self.program.clone().or_else(|| std::env::args().next()).unwrap_or_default(),
            begun_unix_ms: u64::try_from(begun.as_millis()).unwrap_or(u64::MAX),
            schema: fingerprint(),
            keeps_payloads: self.payloads,
            keeps_blobs: self.payloads && self.blobs,
            only_actors: self.actors.iter().map(ActorId::to_string).collect(),
            only_kinds: self.kinds.clone(),
            carrier: self.carrier.clone(),
            settings: self.settings.clone(),
            executors: self.executors.clone(),
        }
    }
}
