//! The life of a stage: a chapter for each of its attempts.

use std::collections::BTreeMap;

use super::{Chapter, Steps, Teller, Told, UnderWay};
use crate::{
    StageId, Time,
    trace::{
        Attempt, Moment, StageLife,
        run::median,
        text::{count, duration},
    },
};

/// How many failed tasks of a stage attempt are told one by one.
const FAILURES_TOLD: usize = 20;

impl Teller<'_> {
    pub(super) fn stage(&self, stage: StageId, of: Option<u32>) -> Told {
        let wanted = self.run.stage(stage).filter(|(attempt, _)| of.is_none_or(|of| of == *attempt));
        let chapters: Vec<Chapter> =
            wanted.map(|(attempt, life)| self.stage_attempt(stage, attempt, life)).collect();
        (!chapters.is_empty()).then(|| (chapters, Vec::new()))
    }

    fn stage_attempt(&self, stage: StageId, attempt: u32, life: &StageLife) -> Chapter {
        let tasks: Vec<&Attempt> = self.run.tasks(stage, attempt).collect();
        let mut steps = Steps::default();
        let cause = life.cause.as_ref().map(|cause| format!(", because {cause}")).unwrap_or_default();
        steps.add(life.submitted, format!("submitted{cause}"));
        steps.add(life.ready, "the TaskScheduler had its tasks");
        let (first, last) = (first(&tasks, |task| task.chosen), last(&tasks, |task| task.chosen));
        steps.add(first, "the first of its tasks was given a core");
        steps.add(last.filter(|last| Some(*last) != first), "the last of its tasks was given a core");
        let failed: Vec<&&Attempt> = tasks.iter().filter(|task| task.failed()).collect();
        for task in failed.iter().take(FAILURES_TOLD) {
            let end = task.end().unwrap_or_default();
            steps.add(task.completed, format!("{} ended: {end}", task.name()));
        }
        for (at, partition) in &life.copies_wanted {
            steps.add(Some(*at), format!("a speculative copy of partition {partition} was wanted"));
        }
        for task in tasks.iter().filter(|task| task.output_lost.is_some()) {
            steps.add(task.output_lost, format!("the output of {} was lost", task.name()));
        }
        steps.add(life.given_up, "the TaskScheduler gave its tasks up");
        let end = match (life.failed, &life.failure) {
            (true, Some(failure)) => format!("failed: {failure}"),
            (true, None) => "failed".to_owned(),
            (false, _) => "completed".to_owned(),
        };
        steps.add(life.ended, end.clone());
        let under_way = UnderWay::of(tasks.iter().copied());
        let phase = |from: Time, to: Time| {
            Some(match first {
                Some(first) if first.time < to => match under_way.between(from, to) {
                    0 => "no task was under way".to_owned(),
                    number => format!("{} under way", count(number, "task")),
                },
                _ => "waited for an offer".to_owned(),
            })
        };
        let mut steps = steps.by_handling(self.messages).in_order(phase);
        if failed.len() > FAILURES_TOLD {
            let more = format!("({} more tasks ended badly)", failed.len() - FAILURES_TOLD);
            let at = steps.last().map_or(Time::ZERO, |step| step.at);
            steps.push(super::Step { at, what: more, message: None, wait: None });
        }
        let ended = if life.ended.is_some() { end } else { "not ended".to_owned() };
        Chapter { title: self.stage_title(stage, attempt, life, &tasks, &ended), steps }
    }

    fn stage_title(
        &self,
        stage: StageId,
        attempt: u32,
        life: &StageLife,
        tasks: &[&Attempt],
        end: &str,
    ) -> String {
        let job = life.job.map(|job| format!(" of job {job}")).unwrap_or_default();
        let number =
            life.tasks.map(|number| format!(", {}", count(number as usize, "task"))).unwrap_or_default();
        let took = match (life.submitted, life.ended) {
            (Some(from), Some(to)) => format!(" after {}", duration(to.time.since(from.time))),
            _ => String::new(),
        };
        let summary = summary(tasks).map(|summary| format!("; {summary}")).unwrap_or_default();
        format!("stage {stage}.{attempt}{job}{number}: {end}{took}{summary}")
    }
}

/// Such as `5 attempts: 4 Success, 1 FetchFailed; they ran 2.000 ms in the median, task 3 longest with 9.100 ms`.
pub(super) fn summary(tasks: &[&Attempt]) -> Option<String> {
    let runs = tasks.iter().filter_map(|task| Some((task.ran()?, task.task)));
    let (longest, task) = runs.max()?;
    let median = median(tasks.iter().filter_map(|task| task.ran()).collect())?;
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for task in tasks {
        *ends.entry(task.outcome.unwrap_or("under way")).or_default() += 1;
    }
    let mut ends: Vec<(&str, usize)> = ends.into_iter().collect();
    ends.sort_by_key(|(name, number)| (std::cmp::Reverse(*number), *name));
    let ends: Vec<String> = ends.into_iter().map(|(name, number)| format!("{number} {name}")).collect();
    Some(format!(
        "{}: {}; they ran {} in the median, task {} longest with {}",
        super::attempts(tasks.len()),
        ends.join(", "),
        duration(median),
        task,
        duration(longest),
    ))
}

fn first(tasks: &[&Attempt], moment: impl Fn(&Attempt) -> Option<Moment>) -> Option<Moment> {
    tasks.iter().filter_map(|task| moment(task)).min_by_key(|moment| moment.time)
}

fn last(tasks: &[&Attempt], moment: impl Fn(&Attempt) -> Option<Moment>) -> Option<Moment> {
    tasks.iter().filter_map(|task| moment(task)).max_by_key(|moment| moment.time)
}
