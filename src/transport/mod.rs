//! Connections between the processes of a cluster: authenticated and encrypted messages over TCP.
//!
//! All processes share one [`Secret`]. A `Listener` hands over a `Connection` only after the other side has proved that
//! it has the secret, and nothing that an unknown side sends is looked at beyond that (a length of 256 at most comes before
//! each message of the handshake). A connection has a `Sender` and a `Receiver` of whole messages; what they say is none
//! of this module's business.
//!
//! Layers, from the socket up: records (two bytes of length, then up to 65,535 bytes that `noise` made; an empty record is
//! the end of a direction), and within their payloads messages behind four bytes of length. Several short messages share a
//! record, long ones take several. Threads: one that accepts and short-lived ones for handshakes per listener; reading and
//! writing are done by the callers' threads, and a writer thread comes into being while a socket is full.
//!
//! What is damaged, forged, repeated or out of order ends the connection; so does a side that takes nothing, or that is not
//! heard of. Every limit (`TransportOptions`) is looked at before memory is taken.

mod channel;
mod connection;
mod error;
#[doc(hidden)]
pub mod fuzz;
mod half_open;
mod handshake;
mod incoming;
mod limits;
mod listener;
mod noise;
mod options;
mod outgoing;
#[doc(hidden)]
pub mod proxy;
mod secret;
mod socket;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use connection::{Connection, Receiver, Sender};
pub use error::TransportError;
pub(crate) use listener::Listener;
pub(crate) use options::TransportOptions;
pub use secret::Secret;

/// What a connection is for. One that was made for one purpose cannot be used for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Messages between actors.
    Control,
    /// Blocks.
    Data,
}

impl Purpose {
    const ALL: [Purpose; 2] = [Purpose::Control, Purpose::Data];

    fn name(self) -> &'static str {
        match self {
            Purpose::Control => "control",
            Purpose::Data => "data",
        }
    }
}
