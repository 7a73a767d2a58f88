//! The limits of connections.

use std::time::Duration;

/// What a connection may cost, and how long it may be silent.
#[derive(Clone, Debug)]
pub(crate) struct TransportOptions {
    /// Bytes of the longest message that is sent or taken.
    pub(crate) max_message: usize,
    /// A handshake takes no longer, from the first byte to the last; neither does a connection to a machine.
    pub(crate) handshake_timeout: Duration,
    /// A side that is not heard of for so long is gone, and so is one that takes nothing of what it is sent.
    pub(crate) user_timeout: Duration,
    /// Connections of a listener that have not yet proved who they are; more wait to be accepted.
    pub(crate) max_half_open: usize,
    /// Connections of a listener; more are refused.
    pub(crate) max_connections: usize,
    /// Messages that wait for a slow receiver: so many bytes, and one message.
    pub(crate) queue_bytes: usize,
}

impl Default for TransportOptions {
    fn default() -> Self {
        TransportOptions {
            // `spark.rpc.message.maxSize`, and what is around it.
            max_message: (128 << 20) + (64 << 10),
            handshake_timeout: Duration::from_secs(5),
            user_timeout: Duration::from_secs(30),
            max_half_open: 64,
            max_connections: 4096,
            queue_bytes: 64 << 20,
        }
    }
}
