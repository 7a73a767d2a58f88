//! Why a trace cannot be replayed, or where its replay differs.

use thiserror::Error;

use super::Difference;

use crate::{
    ActorId, ConfigError, ExecutorId, NotAnActor,
    message::MessageId,
    trace::{NoSuchMessage, TraceError},
};

/// What can be done with heads.
const STILL: &str = "`show`, `stats`, `story`, `path`, `seq`, `why` and `diff` work with heads";

/// What can be done with a part of a run.
const WITH_A_PART: &str = "`show`, `stats`, `story`, `path`, `seq`, `why` and `diff` work with what is there";

/// Why a replay ended.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// The whole trace has heads only.
    #[error(
        "the trace has only the heads of messages, so no actor can be driven with them; {STILL}, and a replay needs a \
         trace that was recorded with payloads"
    )]
    HeadsOnly,
    /// Another version of the messages.
    #[error(
        "the trace was written by firesteel {firesteel}, whose messages have other fields than those of this \
         executable; {STILL}, and a replay needs the executable that wrote it, or one of its version"
    )]
    OtherSchema {
        /// The version that wrote it.
        firesteel: String,
    },
    /// The recorder was not told of the run.
    #[error(
        "the trace does not tell which settings and executors its run had, so its actors cannot be made again; {STILL}, and \
         a replay needs a recording with `RecordOptions::run`, as a context makes it"
    )]
    RunNotTold,
    /// Not every kind of message was recorded.
    #[error(
        "only messages of some kinds were recorded ({kinds}), so no actor can be driven with them; {STILL}, and a \
         replay needs every message of an actor"
    )]
    OnlyKinds {
        /// Which.
        kinds: String,
    },
    /// The header names an actor that there is not.
    #[error(transparent)]
    NotAnActor(#[from] NotAnActor),
    /// The header has a setting that this version does not take.
    #[error("the settings of the run are not known to this version")]
    Config(#[from] ConfigError),
    /// A message has no payload.
    #[error(
        "message {number}, {id}, has no payload, so its receiver cannot be driven with it; {STILL}, and a replay \
         needs payloads"
    )]
    NoPayload {
        /// Its place in the trace.
        number: u64,
        /// Its name.
        id: MessageId,
    },
    /// A message for an executor of whose start nothing is known.
    #[error("message {number}, {id}, is for executor {executor}, which the trace has not seen start")]
    UnknownExecutor {
        /// Its place in the trace.
        number: u64,
        /// Its name.
        id: MessageId,
        /// The executor.
        executor: ExecutorId,
    },
    /// The first messages of the run are missing.
    #[error(
        "the trace begins in the midst of a run ({why}): it is a ring's dump, of an observer that came later, or a part \
         of a trace. The states that its actors had then are not known; {WITH_A_PART}, and a replay or a check needs a \
         recording from the start of the system"
    )]
    Midway {
        /// From what that is known.
        why: String,
    },
    /// The cores did something else than what was recorded.
    #[error("{0}")]
    Differs(Box<Difference>),
    /// An actor panicked in a run that went on otherwise than it was recorded.
    #[error("in the run that goes on otherwise, {0}")]
    InBranch(Box<Difference>),
    /// No message has this place or name.
    #[error(transparent)]
    NoSuchMessage(#[from] NoSuchMessage),
    /// What comes from outside of the actors is made anew when a run goes on otherwise, so it cannot be kept back.
    #[error(
        "{id} comes from {from}, which is modelled when the run goes on otherwise: drop or delay what an actor sends"
    )]
    Modelled {
        /// The message.
        id: String,
        /// Its sender.
        from: ActorId,
    },
    /// The trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
}
