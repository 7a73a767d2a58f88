//! Connections over loopback, honest ones and others.

mod messages;
mod support;
