//! One message, as read from a trace.

use crate::{
    Time,
    message::{Head, Message},
};

/// A message with its envelope and the moment it was handled.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The envelope.
    pub head: Head,
    /// When it was handled. `handled - head.sent` is how long it waited.
    pub handled: Time,
    /// What it says. Blobs have no bytes unless the trace keeps them.
    pub message: Message,
}
