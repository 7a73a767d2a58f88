//! Any bytes from an unknown side. `docs/security.md` says how to run it.
//!
//! What it finds belongs to `tests/fuzz-inputs/transport-handshake`, where an ordinary test reads it.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| firesteel::transport::fuzz::fuzz_handshake(bytes));
