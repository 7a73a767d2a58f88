//! Traces are checked: good ones hold, and what is wrong in bad ones is found where it is.

use crate::{
    carrier::{Observed, Observer},
    sim::Profile,
    testkit::errors,
    trace::{Check, Monitor, Record, ReplayError, check},
};

fn hold(name: &str) {
    let profile = Profile::named(name).unwrap();
    let mut to_the_end = 0;
    for seed in 0..8 {
        let run = profile.export(seed);
        let checked = check(run.setup, run.messages.iter().cloned().map(Ok));
        let checked = checked.unwrap_or_else(|error| panic!("{name} {seed}: {error}"));
        assert!(checked.violations.is_empty(), "{name} {seed}: {checked}");
        to_the_end += u32::from(checked.to_the_end);
    }
    // Where heartbeats never end, one may be under way.
    assert!(to_the_end >= 6, "{name}: {to_the_end}");
}

#[test]
fn the_invariants_hold_in_traces_of_the_simulator() {
    ["calm", "default", "chaos", "speculation"].into_iter().for_each(hold);
}

#[test]
fn the_invariants_hold_in_traces_with_places_pools_and_barriers() {
    ["locality", "fair", "exclusion", "barrier"].into_iter().for_each(hold);
}

#[test]
fn the_invariants_hold_in_traces_with_executors_that_come_and_go() {
    ["allocation", "leaving", "indeterminate", "service"].into_iter().for_each(hold);
}

#[test]
fn a_trace_that_ends_midway_is_checked_up_to_there() {
    let run = Profile::named("default").unwrap().export(4);
    for length in (0..run.messages.len()).step_by(41) {
        let checked = check(run.setup.clone(), run.messages.iter().take(length).cloned().map(Ok)).unwrap();
        assert!(checked.violations.is_empty(), "{checked}");
    }
    let half = run.messages.len() / 2;
    let checked = check(run.setup, run.messages.iter().take(half).cloned().map(Ok)).unwrap();
    assert!(!checked.to_the_end && checked.to_string().contains("the check ends midway"), "{checked}");
}

#[test]
fn a_result_that_a_waiter_gets_twice_is_a_violation_at_its_place() {
    let run = Profile::named("calm").unwrap().export(1);
    let mut records: Vec<_> = run.messages.iter().cloned().collect();
    let at = records.iter().position(|record| record.kind == "TaskSucceeded").unwrap();
    let mut twice = records[at].clone();
    // As if something other than a core had sent it: its numbers are not looked at.
    twice.head.id.actor = crate::ActorId::Host(9);
    records.insert(at + 1, twice);
    let mut found = check(run.setup, records.into_iter().map(Ok)).unwrap().violations;
    let first = found.remove(0);
    assert_eq!((first.invariant, first.number), ("exactly once", Some(at as u64)));
    assert!(first.to_string().contains("came twice"), "{first}");
}

#[test]
fn an_offer_of_cores_that_are_not_there_is_a_violation() {
    let run = Profile::named("calm").unwrap().export(1);
    let mut setup = run.setup;
    // It said that it has more than it has.
    for start in &mut setup.executors {
        start.spec.cores -= 1;
    }
    let mut check = Check::new(setup);
    let difference = run.messages.iter().cloned().find_map(|record| check.take(record).err());
    assert!(matches!(difference, Some(ReplayError::Differs(_))), "{difference:?}");
}

#[test]
fn a_monitor_says_once_that_more_does_not_hold_than_it_tells() {
    let run = Profile::named("calm").unwrap().export(1);
    let monitor = Monitor::new(run.setup);
    let observe = |record: &Record| {
        let message = record.message.as_ref().unwrap().as_ref();
        monitor.message(Observed { head: &record.head, handled: record.handled, message });
    };
    let ((), errors) = errors(|| {
        for record in &run.messages {
            observe(record);
            if record.kind == "TaskSucceeded" && monitor.violations().is_empty() {
                let mut again = record.clone();
                again.head.id.actor = crate::ActorId::Host(9);
                (0..150).for_each(|_| observe(&again));
            }
        }
    });
    assert_eq!((monitor.violations().len(), monitor.trouble()), (100, None));
    assert!(monitor.more_violations() >= 50);
    assert_eq!(errors.len(), 101, "{:#?}", errors.last());
    assert!(errors[99].starts_with("an invariant does not hold: "), "{}", errors[99]);
    assert_eq!(errors[100], "more invariants do not hold: from here on they are counted, and not told");
}

#[test]
fn a_trace_that_cannot_be_replayed_further_is_judged_up_to_there() {
    let run = Profile::named("calm").unwrap().export(1);
    let mut check = Check::new(run.setup);
    let lost = run.messages.iter().find(|record| record.kind == "SubmitTasks").unwrap().number;
    let error = run
        .messages
        .iter()
        .filter(|record| record.number != lost)
        .cloned()
        .find_map(|record| check.take(record).err());
    assert!(matches!(error, Some(ReplayError::Differs(_))), "{error:?}");
    let checked = check.up_to_here();
    assert!(checked.report.messages > lost && checked.open_jobs == 1 && !checked.to_the_end, "{checked}");
    assert!(checked.to_string().contains("all hold; the check ends midway (1 jobs open)"), "{checked}");
}
