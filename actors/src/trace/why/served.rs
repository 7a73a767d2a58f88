//! Whose tasks got cores while stages had none.

use std::collections::BTreeMap;

use super::Asked;
use crate::{
    StageId, Time,
    trace::{Run, StageLife, text::count},
};

/// As many stages are named for each that waited.
const NAMED: usize = 5;

/// A stage and its attempt.
pub(super) type StageAttempt = (StageId, u32);

/// The launches of a trace in the order of their times, and the waits that they fell into.
struct Launches {
    all: Vec<(Time, StageAttempt)>,
    /// Of each stage attempt the places of its launches, in rising order.
    places: BTreeMap<StageAttempt, Vec<usize>>,
}

/// The launches of one stage attempt while another one waited.
struct Served {
    stage: StageAttempt,
    tasks: usize,
}

impl Launches {
    fn of(run: &Run) -> Self {
        let launched = run.attempts.values().filter_map(|task| {
            #[cfg(test)]
            crate::testkit::visit();
            Some((task.chosen?.time, (task.stage, task.stage_attempt)))
        });
        let mut all: Vec<_> = launched.collect();
        all.sort_unstable();
        let mut places: BTreeMap<StageAttempt, Vec<usize>> = BTreeMap::new();
        for (place, (_, stage)) in all.iter().enumerate() {
            places.entry(*stage).or_default().push(place);
        }
        Launches { all, places }
    }

    /// The place of the first launch at this time or later.
    fn place(&self, time: Time) -> usize {
        self.all.partition_point(|(at, _)| *at < time)
    }

    /// The launches from the time at which a stage was ready until its first one, or `at`.
    fn window(&self, stage: StageAttempt, ready: Time, at: Time) -> (usize, usize) {
        let first = self.places.get(&stage).and_then(|places| self.all.get(*places.first()?));
        let until = first.map_or(at, |(first, _)| (*first).min(at));
        (self.place(ready), self.place(until))
    }

    fn served(&self, stage: StageAttempt, (from, to): (usize, usize)) -> Served {
        let places = self.places.get(&stage).map(Vec::as_slice).unwrap_or_default();
        let before = |end: usize| places.partition_point(|place| *place < end);
        Served { stage, tasks: before(to) - before(from) }
    }

    /// For each window the stages that were launched first in it, and how many launches there are beside theirs. Goes
    /// back through the launches once, whatever the windows are: all stages of a job may have waited all the time.
    fn in_windows(&self, windows: &[(usize, usize)]) -> Vec<(Vec<Served>, usize)> {
        let mut order: Vec<usize> = (0..windows.len()).collect();
        order.sort_by_key(|window| std::cmp::Reverse(windows.get(*window)));
        let mut found: Vec<_> = windows.iter().map(|_| (Vec::new(), 0)).collect();
        // Of each stage its first launch from here on; in the order of these.
        let mut first: BTreeMap<StageAttempt, usize> = BTreeMap::new();
        let mut stages: BTreeMap<usize, StageAttempt> = BTreeMap::new();
        let mut later = self.all.iter().enumerate().rev().peekable();
        for window in order {
            let (Some(&(from, to)), Some(found)) = (windows.get(window), found.get_mut(window)) else {
                continue;
            };
            while let Some((place, (_, stage))) = later.next_if(|(place, _)| *place >= from) {
                #[cfg(test)]
                crate::testkit::visit();
                if let Some(before) = first.insert(*stage, place) {
                    stages.remove(&before);
                }
                stages.insert(place, *stage);
            }
            let named = stages.range(..to).take(NAMED).map(|(_, stage)| {
                #[cfg(test)]
                crate::testkit::visit();
                self.served(*stage, (from, to))
            });
            let named: Vec<Served> = named.collect();
            let rest = to.saturating_sub(from) - named.iter().map(|served| served.tasks).sum::<usize>();
            *found = (named, rest);
        }
        found
    }
}

impl Asked<'_> {
    /// Tasks of other stages that were launched while these stage attempts had none, up to a moment.
    pub(super) fn served_before(&mut self, waiting: &[(StageAttempt, &StageLife)], at: Time) {
        let run = self.run;
        let waiting: Vec<(StageAttempt, &StageLife, Time)> =
            waiting.iter().filter_map(|(stage, life)| Some((*stage, *life, life.ready?.time))).collect();
        if waiting.is_empty() {
            return;
        }
        let launches = Launches::of(run);
        let windows: Vec<_> =
            waiting.iter().map(|(stage, _, ready)| launches.window(*stage, *ready, at)).collect();
        for ((of, life, _), (mut named, rest)) in waiting.into_iter().zip(launches.in_windows(&windows)) {
            named.sort_by_key(|served| served.stage);
            let waited =
                format!("got cores first, while stage {}.{}{} waited", of.0, of.1, pool_of(run, life));
            for Served { stage, tasks } in named {
                let life = run.stages.get(&stage);
                let job =
                    life.and_then(|life| life.job).map(|job| format!(" of job {job}")).unwrap_or_default();
                let pool = life.map(|life| pool_of(run, life)).unwrap_or_default();
                let tasks = count(tasks, "task");
                self.say(format!("{tasks} of stage {}.{}{job}{pool} {waited}", stage.0, stage.1), []);
            }
            if rest > 0 {
                self.say(format!("{} of other stages {waited}", count(rest, "task")), []);
            }
        }
    }
}

/// Such as ` in pool reports`, if the job asked for one.
fn pool_of(run: &Run, life: &StageLife) -> String {
    let pool = life.job.and_then(|job| run.jobs.get(&job)?.pool.as_ref());
    pool.map(|pool| format!(" in pool {pool}")).unwrap_or_default()
}
