//! Any moment of a trace.

use crate::{
    ActorId, Time,
    message::{Message, TaskSchedulerMessage},
    sim::Profile,
    trace::{Cores, DifferenceKind, Messages, Record, Recording, ReplayError, Timeline, TraceError, changes},
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
    timeline.snapshots().set(8, usize::MAX);
    // Backwards and forwards, over many snapshots and few.
    for place in (0..states.len()).step_by(101).chain((0..states.len()).rev().step_by(67)) {
        let there = timeline.after(place as u64).unwrap();
        assert_eq!(there.state(ActorId::TaskScheduler), states[place], "{place}");
    }
    let (snapshots, _) = timeline.snapshots().size();
    assert!(snapshots > 10 && snapshots <= 640);
}

#[test]
fn snapshots_take_no_more_bytes_than_they_may() {
    let run = Profile::named("chaos").unwrap().export(2);
    let mut timeline = Timeline::new(run.setup.clone(), &run.messages);
    timeline.snapshots().set(8, 100_000);
    let there = timeline.after(200).unwrap();
    timeline.at_end().unwrap();
    let (snapshots, bytes) = timeline.snapshots().size();
    assert!(snapshots > 1 && bytes > 5_000 && bytes <= 100_000, "{snapshots} of {bytes} bytes");
    let again = timeline.after(200).unwrap();
    assert_eq!(again.state(ActorId::DagScheduler), there.state(ActorId::DagScheduler));
    // However little that is, one is kept.
    let mut timeline = Timeline::new(run.setup, &run.messages);
    timeline.snapshots().set(8, 1);
    timeline.at_end().unwrap();
    assert_eq!(timeline.snapshots().size().0, 1);
}

#[test]
fn a_moment_is_reached_by_its_time() {
    let run = Profile::named("calm").unwrap().export(1);
    let mut timeline = Timeline::new(run.setup.clone(), &run.messages);
    let records: Vec<_> = run.messages.iter().collect();
    for time in [Time::ZERO, records[10].handled, records[300].handled, Time(records[300].handled.0 - 1)] {
        let before = records.iter().take_while(|record| record.handled <= time).count();
        let state = timeline.after(before as u64).unwrap().state(ActorId::TaskScheduler);
        assert_eq!(timeline.at(time).unwrap().state(ActorId::TaskScheduler), state, "{time}");
    }
    let end = timeline.at_end().unwrap().state(ActorId::TaskScheduler);
    assert_eq!(timeline.at(Time(u64::MAX)).unwrap().state(ActorId::TaskScheduler), end);
}

/// Counts the messages that are read.
struct Counting<'m> {
    messages: &'m Messages,
    read: u64,
}

impl Recording for Counting<'_> {
    fn read_from(
        &mut self,
        number: u64,
    ) -> Result<impl Iterator<Item = Result<Record, TraceError>>, TraceError> {
        let read = &mut self.read;
        let records = self.messages.iter().skip(number as usize).cloned().map(Ok);
        Ok(records.inspect(|_| *read += 1))
    }

    fn heads_from(
        &mut self,
        number: u64,
    ) -> Result<impl Iterator<Item = Result<Record, TraceError>>, TraceError> {
        self.read_from(number)
    }

    fn place_at(&mut self, time: Time) -> Result<Option<u64>, TraceError> {
        (&mut &*self.messages).place_at(time)
    }
}

#[test]
fn what_was_read_once_is_found_by_its_name_without_reading() {
    let run = Profile::named("calm").unwrap().export(1);
    let half = run.messages.len() as u64 / 2;
    let mut timeline = Timeline::new(run.setup, Counting { messages: &run.messages, read: 0 });
    timeline.after(half).unwrap();
    assert_eq!(timeline.recording().read, half);
    for record in run.messages.iter().take(half as usize) {
        assert_eq!(timeline.place(record.head.id).unwrap(), record.number);
    }
    assert_eq!(timeline.recording().read, half);
    // What was not passed is read up to there, once.
    let last = run.messages.iter().last().unwrap();
    for _ in 0..2 {
        assert_eq!(timeline.place(last.head.id).unwrap(), last.number);
        assert_eq!(timeline.recording().read, run.messages.len() as u64);
    }
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
fn a_moment_behind_a_difference_is_told_from_one_before_it() {
    let run = Profile::named("default").unwrap().export(4);
    let mut messages = Messages::default();
    let mut place = None;
    for record in &run.messages {
        let mut record = record.clone();
        if let Some(Message::TaskScheduler(TaskSchedulerMessage::SubmitTasks(submit))) = &mut record.message
            && place.is_none()
        {
            std::sync::Arc::make_mut(&mut submit.task_set.stage).stage_attempt_id += 7;
            place = Some(record.number);
        }
        messages.push(record);
    }
    let (place, end) = (place.unwrap(), messages.len() as u64);
    let mut timeline = Timeline::new(run.setup, &messages);
    timeline.snapshots().set(8, usize::MAX);
    timeline.after(place).unwrap();
    assert!(timeline.difference_before(end).is_none());
    timeline.at_end().unwrap();
    assert_eq!(timeline.difference_before(place + 1).unwrap().number, Some(place));
    assert_eq!(timeline.difference_before(u64::MAX).unwrap().number, Some(place));
    timeline.after(place).unwrap();
    assert!(timeline.difference_before(place).is_none());
}

#[test]
fn what_the_recording_lacks_is_known_at_the_end() {
    let run = Profile::named("default").unwrap().export(4);
    let mut messages = Messages::default();
    let lost = run.messages.iter().find(|record| record.kind == "TaskStart").unwrap();
    run.messages.iter().filter(|record| record.head.id != lost.head.id).for_each(|record| {
        messages.push(Record { number: messages.len() as u64, ..record.clone() });
    });
    let mut timeline = Timeline::new(run.setup, &messages);
    timeline.after(lost.number + 10).unwrap();
    assert!(timeline.difference_before(u64::MAX).is_none());
    timeline.at_end().unwrap();
    let difference = timeline.difference_before(u64::MAX).unwrap();
    assert_eq!((difference.id, &difference.kind), (lost.head.id, &DifferenceKind::NotRecorded));
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
