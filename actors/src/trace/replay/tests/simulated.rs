//! Runs of the simulator are replayed: failures, timers, kills, executors that die and come back.

use crate::{
    sim::Profile,
    trace::{Report, replay},
};

fn replayed(name: &str, seeds: u64) -> Vec<Report> {
    let profile = Profile::named(name).unwrap();
    let run = |seed| {
        let run = profile.export(seed);
        assert_eq!(run.result, Ok(profile.run(seed).unwrap()), "exporting changes nothing");
        let report = replay(run.setup, run.messages.iter().cloned().map(Ok));
        let report = report.unwrap_or_else(|error| panic!("{name} {seed}: {error}"));
        assert_eq!(report.messages, run.messages.len() as u64);
        report
    };
    (0..seeds).map(run).collect()
}

fn all_are_the_same(name: &str) {
    for report in replayed(name, 12) {
        assert!(report.handled > 10 && report.same > 10, "{report}");
    }
}

#[test]
fn calm_runs_are_replayed() {
    all_are_the_same("calm");
}

#[test]
fn runs_with_failures_are_replayed() {
    all_are_the_same("default");
}

#[test]
fn runs_in_chaos_are_replayed() {
    all_are_the_same("chaos");
}

#[test]
fn runs_with_delay_scheduling_are_replayed() {
    all_are_the_same("locality");
}

#[test]
fn runs_with_pools_are_replayed() {
    all_are_the_same("fair");
}

#[test]
fn runs_with_speculation_are_replayed() {
    all_are_the_same("speculation");
}

#[test]
fn runs_with_exclusion_are_replayed() {
    all_are_the_same("exclusion");
}

#[test]
fn runs_with_barriers_are_replayed() {
    all_are_the_same("barrier");
}

#[test]
fn runs_with_allocation_are_replayed() {
    all_are_the_same("allocation");
}

#[test]
fn runs_with_heartbeats_and_leaving_executors_are_replayed() {
    all_are_the_same("leaving");
}

#[test]
fn runs_with_stages_that_roll_back_are_replayed() {
    all_are_the_same("indeterminate");
}

#[test]
fn runs_with_a_shuffle_service_are_replayed() {
    all_are_the_same("service");
}

#[test]
fn causes_and_numbers_are_complete() {
    let run = Profile::named("chaos").unwrap().export(3);
    for record in &run.messages {
        let Some(cause) = record.head.cause else { continue };
        let cause = run.messages.get(cause).unwrap();
        assert!(cause.number < record.number && cause.handled <= record.head.sent);
    }
}
