//! Any moment of a trace.

use crate::{
    ActorId,
    sim::Profile,
    trace::{Cores, ReplayError, Timeline, changes},
};

#[test]
fn every_moment_is_the_same_from_snapshots_as_from_the_start() {
    let run = Profile::named("chaos").unwrap().export(2);
    let mut timeline = Timeline::new(run.setup.clone(), &run.messages);
    let mut cores = Cores::new(std::sync::Arc::new(run.setup));
    let mut states = Vec::new();
    for record in &run.messages {
        states.push(cores.state(ActorId::TaskScheduler));
        cores.take(record.clone()).unwrap();
    }
    timeline.every_so_many(8);
    // Backwards and forwards, over many snapshots and few.
    for place in (0..states.len()).step_by(101).chain((0..states.len()).rev().step_by(67)) {
        let there = timeline.after(place as u64).unwrap();
        assert_eq!(there.state(ActorId::TaskScheduler), states[place], "{place}");
    }
    assert!(timeline.snapshots() > 10 && timeline.snapshots() <= 320);
}

#[test]
fn what_changed_between_two_moments_is_told_path_by_path() {
    let run = Profile::named("calm").unwrap().export(1);
    let mut timeline = Timeline::new(run.setup.clone(), &run.messages);
    let submitted = run.messages.iter().find(|record| record.kind == "JobSubmitted").unwrap();
    let place = timeline.place(submitted.head.id).unwrap();
    assert_eq!(place, submitted.number);
    let state = |timeline: &mut Timeline<_>, place| {
        timeline.after(place).unwrap().state(ActorId::DagScheduler).unwrap()
    };
    let (before, after) = (state(&mut timeline, place), state(&mut timeline, place + 1));
    let changed = changes(&before, &after);
    assert!(!changed.is_empty() && changes(&after, &after).is_empty());
    let texts: Vec<String> = changed.iter().map(ToString::to_string).collect();
    assert!(texts.iter().any(|text| text.starts_with("jobs[j0]: + ActiveJob { job_id: j0, ")), "{texts:#?}");
}

#[test]
fn moments_beyond_the_end_are_refused() {
    let run = Profile::named("calm").unwrap().export(1);
    let mut timeline = Timeline::new(run.setup, &run.messages);
    let beyond = run.messages.len() as u64 + 1;
    assert!(matches!(timeline.after(beyond), Err(ReplayError::NoSuchMessage(_))));
    let id = "DAGScheduler#999999".parse().unwrap();
    assert!(matches!(timeline.place(id), Err(ReplayError::NoSuchMessage(_))));
}
