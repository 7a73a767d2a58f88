//! One sentence on a critical path.

use std::{collections::BTreeMap, time::Duration};

use super::{CriticalPath, TimeKind};
use crate::{
    TaskId,
    trace::{Run, text::percent},
};

/// How many tasks a sentence names.
const NAMED: usize = 3;

/// Says what mattered most.
pub(super) fn verdict(run: &Run, path: &CriticalPath) -> String {
    let Some((name, time)) = path.by_kind().into_iter().next() else {
        return "It took no time.".to_owned();
    };
    let share = percent(time, path.duration());
    let slow = path.segments.iter().find(|segment| matches!(segment.kind, TimeKind::SlowRun { .. }));
    if let Some(slow) = slow.filter(|slow| slow.kind.name() == name)
        && let Some(task) = slow.kind.task()
    {
        let slow = name_of(run, task);
        return format!("{share} of the time was {slow}, which ran so long that a copy of it was launched.");
    }
    if name != (TimeKind::TaskRun { task: TaskId(0) }).name() {
        return format!("{share} of the time {}.", waits(run, path, name));
    }
    let mut tasks = runs(path);
    let whole = tasks.len();
    let Some(&(longest, ran)) = tasks.first() else { return format!("{share} of the time tasks ran.") };
    // The longest is what it is about if it is more than half of all that ran.
    if whole == 1 || ran * 2 > time {
        return format!("{} of the time was {}.", percent(ran, path.duration()), compared(run, longest));
    }
    tasks.truncate(NAMED);
    let named: Vec<String> = tasks
        .into_iter()
        .map(|(task, ran)| format!("{} ({})", name_of(run, task), percent(ran, path.duration())))
        .collect();
    let among = if whole > NAMED { ", above all " } else { ": " };
    format!("{share} of the time {whole} tasks ran, one after the other{among}{}.", named.join(", "))
}

/// The tasks that ran on the path, the longest first.
fn runs(path: &CriticalPath) -> Vec<(TaskId, Duration)> {
    let mut sums: BTreeMap<TaskId, Duration> = BTreeMap::new();
    for segment in &path.segments {
        if let TimeKind::TaskRun { task } = segment.kind {
            *sums.entry(task).or_default() += segment.lasted();
        }
    }
    let mut tasks: Vec<_> = sums.into_iter().collect();
    tasks.sort_by_key(|(task, ran)| (std::cmp::Reverse(*ran), *task));
    tasks
}

fn name_of(run: &Run, task: TaskId) -> String {
    match run.attempts.get(&task) {
        Some(attempt) => format!("task {task} of stage {}.{}", attempt.stage, attempt.stage_attempt),
        None => format!("task {task}"),
    }
}

/// A task, and how much longer than the others of its stage it ran.
fn compared(run: &Run, task: TaskId) -> String {
    let name = name_of(run, task);
    let Some(attempt) = run.attempts.get(&task) else { return name };
    let Some(ran) = attempt.ran() else { return name };
    let others =
        run.tasks(attempt.stage, attempt.stage_attempt).filter(|other| other.ran().is_some()).count();
    let Some(median) = run.median_run(attempt.stage, attempt.stage_attempt).filter(|_| others > 1) else {
        return format!("{name}, the only one of its stage");
    };
    let times = ran.as_nanos() * 10 / median.as_nanos().max(1);
    match times {
        0..=8 => format!("{name}, which ran shorter than the median of its stage"),
        9..=11 => format!("{name}, which ran about as long as the median of its stage"),
        _ => format!(
            "{name}, which ran {}.{} times as long as the median of its stage",
            times / 10,
            times % 10
        ),
    }
}

/// What a wait was for, with the stages whose tasks waited.
fn waits(run: &Run, path: &CriticalPath, name: &'static str) -> String {
    let mut stages: Vec<String> = Vec::new();
    for segment in path.segments.iter().filter(|segment| segment.kind.name() == name) {
        let attempt = segment.kind.task().and_then(|task| run.attempts.get(&task));
        let stage = attempt.map(|attempt| format!("{}.{}", attempt.stage, attempt.stage_attempt));
        stages.extend(stage.filter(|stage| !stages.contains(stage)));
    }
    let of = if stages.is_empty() { String::new() } else { format!("tasks of stage {} ", stages.join(", ")) };
    if of.is_empty() && name.starts_with("waited") {
        format!("the job {name}")
    } else {
        format!("{of}{name}")
    }
}
