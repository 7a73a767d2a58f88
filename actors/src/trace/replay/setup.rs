//! What a replay has to know beside the messages.

use super::ReplayError;
use crate::{
    ActorId, Config, Time,
    carrier::ExecutorSpec,
    sim::Profile,
    trace::{Payloads, TraceReader},
};

/// What the system of a trace was made of.
///
/// Executors that are not named here are known from the moment at which the trace shows that they registered.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The settings, with the seed.
    pub config: Config,
    /// Executors in the order in which they started.
    pub executors: Vec<ExecutorStart>,
    /// The actors that are driven, if not all: those of which every message was recorded.
    pub only: Option<Vec<ActorId>>,
}

/// The start of an executor's process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutorStart {
    /// The executor.
    pub spec: ExecutorSpec,
    /// Which process of this id, from 0.
    pub incarnation: u32,
    /// When.
    pub at: Time,
    /// The place in the trace of the first message that was handled after that.
    pub before: u64,
}

impl Setup {
    /// A system with these settings, and these executors from the start.
    pub fn new(config: Config, executors: impl IntoIterator<Item = ExecutorSpec>) -> Self {
        let start = |spec| ExecutorStart { spec, incarnation: 0, at: Time::ZERO, before: 0 };
        Setup { config, executors: executors.into_iter().map(start).collect(), ..Setup::default() }
    }

    /// The system of a trace, as its header tells of it.
    ///
    /// # Errors
    /// [`ReplayError`] if a replay is not possible: what messages say was not recorded, or by another version; not all
    /// kinds were; the recorder was not told of the run; or this version does not know a setting.
    pub fn of_trace(reader: &TraceReader) -> Result<Self, ReplayError> {
        let header = reader.header();
        match reader.payloads() {
            Payloads::Readable => {}
            Payloads::NotRecorded => return Err(ReplayError::HeadsOnly),
            Payloads::OtherSchema => {
                return Err(ReplayError::OtherSchema { firesteel: header.firesteel.clone() });
            }
        }
        if header.carrier.is_empty() {
            return Err(ReplayError::RunNotTold);
        }
        if !header.only_kinds.is_empty() {
            return Err(ReplayError::OnlyKinds { kinds: header.only_kinds.join(", ") });
        }
        let only = header.only_actors.iter().map(|name| name.parse()).collect::<Result<Vec<_>, _>>()?;
        let setup = match Profile::config_of_carrier(&header.carrier) {
            Some(config) => Setup::new(config, header.executors.clone()),
            None => Setup::new(header.config()?, header.executors.clone()),
        };
        Ok(if only.is_empty() { setup } else { setup.only(only) })
    }

    /// Drives these actors and takes the messages of all others as they are: for a trace of a few actors.
    #[must_use]
    pub fn only(mut self, actors: impl IntoIterator<Item = ActorId>) -> Self {
        self.only = Some(actors.into_iter().collect());
        self
    }

    pub(crate) fn drives(&self, actor: ActorId) -> bool {
        actor.is_core() && self.only.as_ref().is_none_or(|only| only.contains(&actor))
    }
}
