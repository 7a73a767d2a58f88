//! The life of a job: its stage attempts from its submission to its end.

use super::{Chapter, Steps, Teller, Told, UnderWay, stage::summary};
use crate::{
    JobId, StageId, Time,
    trace::{
        Attempt,
        text::{count, duration},
    },
};

impl Teller<'_> {
    pub(super) fn job(&self, job: JobId) -> Told {
        let life = self.run.jobs.get(&job)?;
        let mut steps = Steps::default();
        let called = life.call_site.as_ref().map(|site| format!(" ({site})")).unwrap_or_default();
        steps.add(life.submitted, format!("submitted{called}"));
        steps.add(life.started, "the DAGScheduler had cut it into stages");
        let mut notes = Vec::new();
        for (stage, attempt, of) in self.run.stages_of(job) {
            let cause = of.cause.as_ref().map(|cause| format!(", because {cause}")).unwrap_or_default();
            let tasks =
                of.tasks.map(|tasks| format!(" with {}", count(tasks as usize, "task"))).unwrap_or_default();
            steps.add(of.submitted, format!("stage {stage}.{attempt} submitted{tasks}{cause}"));
            let end = match (of.failed, &of.failure) {
                (true, Some(failure)) => format!("failed: {failure}"),
                (true, None) => "failed".to_owned(),
                (false, _) => "completed".to_owned(),
            };
            steps.add(of.ended, format!("stage {stage}.{attempt} {end}"));
            let attempts: Vec<&Attempt> = self.run.tasks(stage, attempt).collect();
            notes.extend(summary(&attempts).map(|summary| format!("stage {stage}.{attempt}: {summary}")));
        }
        let ran = |stage: &&crate::StageId| !self.run.stages_of(job).any(|(other, ..)| other == **stage);
        let skipped: Vec<String> = life.stages.iter().filter(ran).map(ToString::to_string).collect();
        if !skipped.is_empty() {
            notes.push(format!("no attempt of stage {} was submitted for this job", skipped.join(", ")));
        }
        steps.add(
            life.first_result.filter(|first| Some(*first) != life.ended),
            "its waiter had a first result",
        );
        let outcome = life.outcome.unwrap_or(if life.ended.is_some() { "ended" } else { "not ended" });
        let why = life.failure.as_ref().map(|failure| format!(": {failure}")).unwrap_or_default();
        steps.add(life.ended, format!("{outcome}{why}"));
        let stages = self.run.stages_of(job);
        let stages: Vec<_> = stages
            .map(|(stage, attempt, _)| (stage, attempt, UnderWay::of(self.run.tasks(stage, attempt))))
            .collect();
        let steps = steps.by_handling(self.messages).in_order(|from, to| Some(at_work(&stages, from, to)));
        let took = match (life.submitted, life.ended) {
            (Some(from), Some(to)) => format!(" after {}", duration(to.time.since(from.time))),
            _ => String::new(),
        };
        Some((vec![Chapter { title: format!("job {job}: {outcome}{took}"), steps }], notes))
    }
}

/// What a job did between two moments.
fn at_work(stages: &[(StageId, u32, UnderWay)], from: Time, to: Time) -> String {
    let stages = stages.iter().filter_map(|(stage, attempt, under_way)| {
        let tasks = under_way.between(from, to);
        (tasks > 0).then(|| format!("{} of stage {stage}.{attempt}", count(tasks, "task")))
    });
    let stages: Vec<String> = stages.collect();
    let what = if stages.is_empty() { "no task was".to_owned() } else { stages.join(", ") };
    format!("{what} under way")
}
