//! Looks on while a trace is replayed.

use super::Cores;
use crate::{ActorId, Time, core::Sending, message::Message};

/// A moment of a replay.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    pub(crate) cores: &'a Cores,
    pub(crate) now: Time,
    /// When the message that is being handled was sent, in the order of sending; of one from elsewhere, no later than
    /// it was.
    pub(crate) seq: u64,
    /// The number of the message that is sent next.
    pub(crate) next_seq: u64,
}

/// Sees what happens in a replay.
pub(crate) trait Watch {
    /// A message is about to be handled.
    fn arrives(&mut self, moment: Moment<'_>, to: ActorId, message: &Message);

    /// A core sends a message.
    fn sent(&mut self, moment: Moment<'_>, from: ActorId, sending: &Sending);

    /// The message has been handled.
    fn handled(&mut self, moment: Moment<'_>);
}

/// Nobody looks on.
impl Watch for () {
    fn arrives(&mut self, _moment: Moment<'_>, _to: ActorId, _message: &Message) {}

    fn sent(&mut self, _moment: Moment<'_>, _from: ActorId, _sending: &Sending) {}

    fn handled(&mut self, _moment: Moment<'_>) {}
}
