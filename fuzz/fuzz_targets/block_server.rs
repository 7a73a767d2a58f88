//! Any bytes as a request for blocks, from a side that has the secret. `docs/security.md` says how to run it.
//!
//! What it finds belongs to the tests in `src/blocks/tests`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| firesteel::fuzz_blocks::fuzz_request(bytes));
