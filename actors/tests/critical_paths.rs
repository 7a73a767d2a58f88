//! Critical paths of simulated runs: whatever a task waited for, the parts add up to the job's duration.
#![cfg(feature = "trace")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::{collections::BTreeMap, time::Duration};

use firesteel_actors::{
    JobId, TaskId,
    sim::Profile,
    trace::{CriticalPath, Messages, Run, TimeKind, Waited},
};

/// A path of a simulated run.
struct Walked {
    messages: Messages,
    run: Run,
    job: JobId,
    path: CriticalPath,
}

/// The paths of all jobs that ended in the runs of a profile, each of which accounts for every moment once.
fn walked(profile: &str, seeds: u64) -> Vec<Walked> {
    let mut all = Vec::new();
    for seed in 0..seeds {
        let messages = Profile::named(profile).unwrap().export(seed).messages;
        let run = Run::of(&messages);
        for (job, life) in &run.jobs {
            let Some(path) = CriticalPath::of(&messages, &run, *job) else { continue };
            let context = format!("{profile} {seed}: {path}");
            assert_eq!((Some(path.from), Some(path.to)), (at(life.submitted), at(life.ended)), "{context}");
            let mut reached = path.from;
            for segment in &path.segments {
                assert!(segment.from == reached && segment.to > segment.from, "{context}");
                reached = segment.to;
            }
            assert_eq!(reached, path.to, "{context}");
            let sum: Duration = path.by_kind().into_iter().map(|(_, time)| time).sum();
            assert_eq!(sum, path.duration(), "{context}");
            all.push(Walked { messages: messages.clone(), run: run.clone(), job: *job, path });
        }
    }
    all
}

fn at(moment: Option<firesteel_actors::trace::Moment>) -> Option<firesteel_actors::Time> {
    moment.map(|moment| moment.time)
}

/// How long tasks waited for one thing on the paths, by run and job; each such wait is the task's own: not before it was
/// ready, nor after it was chosen, and it says the same as the task's story.
fn waits(all: &[Walked], wanted: impl Fn(TimeKind) -> bool, reason: &Waited) -> Vec<(TaskId, Duration)> {
    let mut waits = Vec::new();
    for Walked { messages, run, job, path } in all {
        for segment in path.segments.iter().filter(|segment| wanted(segment.kind)) {
            let attempt = &run.attempts[&segment.kind.task().unwrap()];
            let (ready, chosen) = (attempt.ready.unwrap().time, attempt.chosen.unwrap().time);
            assert!(ready.max(path.from) == segment.from && segment.to <= chosen, "job {job}: {path}");
            assert_eq!(run.waited_for(messages, attempt).as_ref(), Some(reason), "job {job}: {path}");
            waits.push((attempt.task, segment.lasted()));
        }
    }
    waits
}

#[test]
fn waits_for_a_place_near_the_data_are_on_paths_and_as_long_as_the_setting_says() {
    let all = walked("locality", 40);
    let waits = waits(&all, |kind| matches!(kind, TimeKind::Locality { .. }), &Waited::Locality);
    // The profile waits 30 ms at a level; a launch at the level begins the wait anew, so waits may be longer.
    let level = Duration::from_millis(30);
    let exact = waits.iter().filter(|(_, time)| *time == level).count();
    assert!(waits.len() >= 10 && exact >= 3, "{waits:?}");
}

#[test]
fn waits_for_the_end_of_an_exclusion_are_on_paths() {
    let all = walked("exclusion", 120);
    let waits = waits(&all, |kind| matches!(kind, TimeKind::Exclusion { .. }), &Waited::Exclusion);
    assert!(!waits.is_empty(), "no path of {} has such a wait", all.len());
}

#[test]
fn the_tasks_of_a_barrier_stage_wait_for_one_another_and_paths_still_add_up() {
    let all = walked("barrier", 40);
    let mut kinds: BTreeMap<&str, Duration> = BTreeMap::new();
    for (name, time) in all.iter().flat_map(|walked| walked.path.by_kind()) {
        *kinds.entry(name).or_default() += time;
    }
    assert!(all.len() > 40 && kinds["tasks ran"] > Duration::ZERO, "{kinds:?}");
    // A barrier task waits for cores until all have one.
    assert!(kinds.contains_key("waited for a free core"), "{kinds:?}");
}

#[test]
fn paths_add_up_with_executors_that_die_come_and_go() {
    for profile in ["chaos", "allocation", "leaving", "speculation", "fair"] {
        assert!(walked(profile, 12).len() > 12, "{profile}");
    }
}
