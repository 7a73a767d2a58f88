//! What filters let through, by heads.

use super::accepted;
use crate::trace::{filter::Filter, sample::sample};

fn check(cases: &[(&str, &[u64])]) {
    let messages = sample();
    for (filter, expected) in cases {
        assert_eq!(accepted(filter, &messages), *expected, "{filter}");
    }
}

#[test]
fn nothing_asked_for_is_everything() {
    let all: Vec<u64> = (0..11).collect();
    assert_eq!(accepted("", &sample()), all);
    assert_eq!(accepted("  ", &sample()), all);
}

#[test]
fn fields_are_compared_with_names_and_numbers() {
    check(&[
        ("kind = LaunchTask", &[4, 5]),
        ("kind == launchtask", &[4, 5]),
        ("kind = LaunchTask and executor = 2 and stage = 0", &[5]),
        ("kind ~ task", &[2, 3, 4, 5, 9]),
        ("kind = *Task", &[4, 5, 9]),
        ("kind in {JobStart, LaunchTask*}", &[1, 3, 4, 5]),
        ("from = DAGScheduler", &[1, 2]),
        ("to = driverendpoint", &[3, 8, 10]),
        ("actor = Executor-1", &[4, 6, 7, 10]),
        ("actor = Executor", &[4, 5, 6, 7, 8, 10]),
        ("actor = Executor-*", &[4, 5, 6, 7, 8, 10]),
        ("to = ExecutorBackend", &[4, 5, 6]),
        ("to ~ scheduler", &[0, 2, 9]),
        ("from in {Host-0, Executor-2}", &[0, 8]),
        ("job = 0", &[0, 1, 2]),
        ("task = 1", &[5, 8, 9]),
        ("task >= 1", &[5, 8, 9]),
        ("partition < 1", &[4, 10]),
        ("partition <= 1", &[4, 5, 8, 9, 10]),
        ("partition < 0", &[]),
        ("executor > 1", &[5, 8, 9]),
        ("executor = driver", &[]),
        ("count = 2", &[0, 2, 3]),
        ("note = failed", &[8]),
        ("note ~ fail", &[8, 9]),
        ("note = '*FAILURE'", &[9]),
        ("number in 3..4", &[3, 4]),
        ("number in {0, 3..4, 10..}", &[0, 3, 4, 10]),
        ("id = DAGScheduler#2", &[2]),
        ("cause = DriverEndpoint#1", &[10]),
        ("cause in {Host-0#1, DriverEndpoint#1}", &[1, 2, 10]),
    ]);
}

#[test]
fn a_stage_is_all_its_attempts_and_a_stage_attempt_is_one() {
    check(&[
        ("stage = 0", &[2, 4, 5, 8, 9, 10]),
        ("stage = 0.0", &[2, 4, 5, 8, 9, 10]),
        ("stage = 0.1", &[]),
        ("stage > 0", &[]),
        ("stage >= 0.1", &[]),
        ("stage <= 0", &[2, 4, 5, 8, 9, 10]),
        ("stage in {0.1, 0..1}", &[2, 4, 5, 8, 9, 10]),
        ("attempt = 0 and kind = SubmitTasks", &[2]),
    ]);
}

#[test]
fn times_have_units_and_ranges_include_both_ends() {
    check(&[
        ("time > 3ms", &[8, 9, 10]),
        ("time < 0.001010", &[0, 1]),
        ("time in 1.010ms..1013us", &[2, 3]),
        ("time in ..1004us", &[0, 1]),
        ("time in {1.004ms, 9ms}", &[0, 1, 10]),
        ("sent = 1013us", &[4, 5]),
        ("waited > 500us", &[6, 10]),
        ("waited = 0s", &[1]),
    ]);
}

#[test]
fn conditions_are_joined_as_in_other_filter_languages() {
    check(&[
        ("kind = JobStart or kind = LaunchTask and executor = 1", &[1, 4]),
        ("(kind = JobStart or kind = LaunchTask) and executor = 1", &[4]),
        ("kind = JobStart || kind = LaunchTask && executor = 1", &[1, 4]),
        ("task = 1 and not kind = LaunchTask", &[8, 9]),
        ("task = 1 && !(kind = LaunchTask)", &[8, 9]),
        ("not not task = 1", &[5, 8, 9]),
        ("kind eq LaunchTask AND executor gt 1", &[5]),
        ("kind contains Job and number lt 1", &[0]),
        ("stage le 0 and number ge 9 and note ne FINISHED", &[9]),
    ]);
}

#[test]
fn a_message_without_a_field_is_not_different_in_it() {
    check(&[
        ("task != 1", &[4, 10]),
        ("not task = 1", &[0, 1, 2, 3, 4, 6, 7, 10]),
        ("cause != Host-0#1", &[3, 4, 5, 7, 8, 9, 10]),
        ("actor != DAGScheduler and number < 5", &[3, 4]),
        ("task", &[4, 5, 8, 9, 10]),
        ("not cause", &[0, 6]),
        ("(note) and executor = 1", &[10]),
    ]);
}

#[test]
fn words_alone_are_kinds_actors_messages_or_presets() {
    check(&[
        ("LaunchTask", &[4, 5]),
        ("launchtask or JobStart", &[1, 4, 5]),
        ("TaskScheduler", &[2, 3, 9]),
        ("Executor", &[4, 5, 6, 7, 8, 10]),
        ("Executor-2", &[5, 8]),
        ("Launch*", &[3, 4, 5]),
        ("*Start* and not Executor", &[1]),
        ("DriverEndpoint#2", &[5]),
        ("heartbeats", &[6, 7]),
        ("!heartbeats and actor = Executor-1", &[4, 10]),
        ("failures", &[8, 9]),
        ("events", &[1]),
        ("kills", &[]),
    ]);
}

#[test]
fn a_range_of_times_is_a_condition_more() {
    let messages = sample();
    let count = |filter: &str, from: Option<u64>, to: Option<u64>| {
        let filter: Filter = filter.parse().unwrap();
        let mut filter = filter.during(from.map(crate::Time), to.map(crate::Time));
        messages.iter().filter(|record| filter.accepts(record)).count()
    };
    assert_eq!(count("", None, None), 11);
    assert_eq!(count("", Some(1_010_000), Some(1_013_000)), 2);
    assert_eq!(count("Executor or JobStart", None, Some(1_020_000)), 2);
    // What is below a message is known although it was sent before the range.
    assert_eq!(count("below TaskScheduler#1", Some(3_000_000), None), 3);
}
