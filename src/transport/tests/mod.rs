//! Connections over loopback, honest ones and others.

mod between;
mod ends;
mod fuzzed;
mod handshakes;
mod messages;
mod noise;
mod proxies;
mod secrets;
mod slow_peers;
mod support;
mod tampering;
