//! Whole-system tests: programs as a user writes them, run on every carrier.
//!
//! A test is a body in a module's table (see [`harness`]). A body that is a future runs on the deterministic
//! loop under several seeds, on actix, and with executors in processes of their own; one that blocks, or whose tasks
//! wait for each other, not on the loop; one that starts its own contexts or processes runs once. What must not share its process runs in a child
//! of this executable (see [`child`]).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![deny(unsafe_code)]

mod actions;
mod barrier;
mod blocking;
mod cancel;
#[cfg(all(feature = "cli", feature = "cluster"))]
mod chaos;
mod checkpoint;
mod child;
mod deep;
#[cfg(feature = "cluster")]
mod distributed;
mod embed;
mod events;
mod examples;
mod explain;
mod failure_suite;
mod failures;
mod harness;
mod history;
mod job_cancellation;
mod joins;
mod limits;
mod log;
mod operators;
mod output;
mod pair_suite;
mod pairs;
mod partitioners;
mod plan_errors;
mod plans;
mod probe;
#[cfg(feature = "cluster")]
mod processes;
mod rdd_suite;
mod serialization;
mod shared_variables;
mod small_operators;
mod spill;
mod stop;
mod storage;
mod support;
mod text;
mod trace;
#[cfg(feature = "cli")]
mod trace_commands;
mod trace_questions;
mod trace_replay;
mod word_count;

use libtest_mimic::Arguments;

fn main() {
    #[cfg(feature = "cluster")]
    if !processes::has_no_line() {
        firesteel::executor::run_if_asked();
    }
    harness::quiet_deliberate_panics();
    if child::run_if_asked() {
        return;
    }
    let modules = [
        actions::scenarios(),
        barrier::scenarios(),
        blocking::scenarios(),
        cancel::scenarios(),
        #[cfg(all(feature = "cli", feature = "cluster"))]
        chaos::scenarios(),
        checkpoint::scenarios(),
        deep::scenarios(),
        #[cfg(feature = "cluster")]
        distributed::scenarios(),
        embed::scenarios(),
        events::scenarios(),
        examples::scenarios(),
        explain::scenarios(),
        failure_suite::scenarios(),
        failures::scenarios(),
        job_cancellation::scenarios(),
        joins::scenarios(),
        limits::scenarios(),
        log::scenarios(),
        operators::scenarios(),
        output::scenarios(),
        pair_suite::scenarios(),
        pairs::scenarios(),
        partitioners::scenarios(),
        plan_errors::scenarios(),
        plans::scenarios(),
        #[cfg(feature = "cluster")]
        processes::scenarios(),
        rdd_suite::scenarios(),
        serialization::scenarios(),
        shared_variables::scenarios(),
        small_operators::scenarios(),
        spill::scenarios(),
        stop::scenarios(),
        storage::scenarios(),
        text::scenarios(),
        trace::scenarios(),
        #[cfg(feature = "cli")]
        trace_commands::scenarios(),
        trace_questions::scenarios(),
        trace_replay::scenarios(),
        word_count::scenarios(),
    ];
    let trials = modules.into_iter().flatten().flat_map(harness::Scenario::trials).collect();
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    #[cfg(feature = "cluster")]
    if !conclusion.has_failed() {
        processes::assert_none_is_left();
    }
    conclusion.exit();
}
