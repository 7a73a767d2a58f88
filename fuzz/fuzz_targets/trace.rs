//! Any bytes, read as a trace. `docs/trace-format.md` says how to run it.
//!
//! What it finds belongs to `actors/tests/fuzz-inputs/trace`, where an ordinary test reads it.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| firesteel_actors::trace::fuzz::fuzz(bytes));
