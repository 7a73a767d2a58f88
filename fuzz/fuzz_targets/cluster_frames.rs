//! Any bytes as a frame between a driver and an executor, from a side that has the secret. `docs/security.md` says how to run it.
//!
//! What it finds belongs to the tests in `src/cluster/protocol/fuzz.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| firesteel::fuzz_cluster::fuzz_frame(bytes));
