//! Any bytes, read as a trace. Run from this folder's parent:
//!
//! ```sh
//! cargo +nightly fuzz run trace fuzz/corpus/trace actors/tests/fuzz-inputs/trace
//! ```
//!
//! What it finds belongs to `actors/tests/fuzz-inputs/trace`, where an ordinary test reads it.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| firesteel_actors::trace::fuzz::fuzz(bytes));
