//! The life of an executor: what happened to it, and what it ran in between.

use std::time::Duration;

use super::{Chapter, Steps, Teller, Told, UnderWay};
use crate::{
    ExecutorId,
    trace::{
        Attempt,
        text::{count, duration},
    },
};

impl Teller<'_> {
    pub(super) fn executor(&self, executor: ExecutorId) -> Told {
        let life = self.run.executors.get(&executor)?;
        let tasks: Vec<&Attempt> =
            life.attempts.iter().filter_map(|task| self.run.attempts.get(task)).collect();
        let mut steps = Steps::default();
        for event in &life.events {
            steps.add(Some(event.at), event.what.clone());
        }
        let first = tasks.iter().filter_map(|task| task.chosen).min_by_key(|moment| moment.time);
        steps.add(first, "it was given its first task");
        for task in tasks.iter().filter(|task| task.failed()) {
            steps.add(task.completed, format!("{} ended: {}", task.name(), task.end().unwrap_or_default()));
        }
        let ended = tasks.iter().filter_map(|task| task.completed).max_by_key(|moment| moment.time);
        let last = tasks.iter().filter(|task| task.completed == ended).find(|task| !task.failed());
        if let Some(last) = last {
            steps.add(ended, format!("the last of its tasks ended: {}", last.name()));
        }
        let under_way = UnderWay::of(tasks.iter().copied());
        let steps = steps.by_handling(self.messages).in_order(|from, to| {
            Some(match under_way.between(from, to) {
                0 => "no task was under way".to_owned(),
                number => format!("{} under way", count(number, "task")),
            })
        });
        let place = life.host.as_ref().map(|host| format!(" on {host}")).unwrap_or_default();
        let cores =
            life.cores.map(|cores| format!(", {}", count(cores as usize, "core"))).unwrap_or_default();
        let busy: Duration = tasks.iter().filter_map(|task| task.ran()).sum();
        let lost = if life.events.iter().any(|event| event.is_loss) { ", lost" } else { "" };
        let title = format!(
            "executor {executor}{place}{cores}: {}, {} of task time{lost}",
            count(tasks.len(), "task"),
            duration(busy)
        );
        Some((vec![Chapter { title, steps }], Vec::new()))
    }
}
