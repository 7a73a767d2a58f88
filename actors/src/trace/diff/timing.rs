//! What took longer or shorter in the second of two runs.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::{
    JobId, StageId, TaskId,
    trace::{
        Attempt, Run,
        text::{count, duration},
    },
};

/// How many tasks are named.
const NAMED: usize = 5;

/// The times of two runs beside each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Timing {
    /// Jobs that ended in both, with their durations.
    pub jobs: Vec<(JobId, Duration, Duration)>,
    /// Task attempts that ran longer, and by how much in all.
    pub slower: (usize, Duration),
    /// Task attempts that ran shorter, and by how much in all.
    pub faster: (usize, Duration),
    /// Those whose run differs the most.
    pub tasks: Vec<TaskTiming>,
}

/// The run of one task attempt in two runs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct TaskTiming {
    /// Its name in the first run.
    pub name: String,
    /// Its id in the second run.
    pub second: TaskId,
    /// How long it ran in the first.
    pub first_ran: Duration,
    /// How long it ran in the second.
    pub second_ran: Duration,
}

impl TaskTiming {
    fn difference(&self) -> Duration {
        self.first_ran.abs_diff(self.second_ran)
    }
}

/// What a task attempt computes, and which attempt it is.
type Name = (StageId, u32, Option<u32>, u32);

fn name(attempt: &Attempt) -> Name {
    (attempt.stage, attempt.stage_attempt, attempt.partition, attempt.number)
}

impl Timing {
    pub(super) fn of(first: &Run, second: &Run) -> Self {
        let mut timing = Timing::default();
        for (job, life) in &first.jobs {
            let took = |life: &crate::trace::JobLife| Some(life.ended?.time.since(life.submitted?.time));
            let both = took(life).zip(second.jobs.get(job).and_then(took));
            timing.jobs.extend(both.map(|(one, other)| (*job, one, other)));
        }
        let others: BTreeMap<Name, &Attempt> =
            second.attempts.values().map(|attempt| (name(attempt), attempt)).collect();
        for attempt in first.attempts.values() {
            let Some(other) = others.get(&name(attempt)) else { continue };
            let Some((first_ran, second_ran)) = attempt.ran().zip(other.ran()) else { continue };
            let task = TaskTiming { name: attempt.name(), second: other.task, first_ran, second_ran };
            let sum = if second_ran > first_ran { &mut timing.slower } else { &mut timing.faster };
            if first_ran != second_ran {
                *sum = (sum.0 + 1, sum.1 + task.difference());
                timing.tasks.push(task);
            }
        }
        timing.tasks.sort_by_key(|task| std::cmp::Reverse(task.difference()));
        timing.tasks.truncate(NAMED);
        timing
    }

    /// Whether all took as long as before.
    pub fn is_same(&self) -> bool {
        self.tasks.is_empty() && self.jobs.iter().all(|(_, first, second)| first == second)
    }
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (job, first, second) in self.jobs.iter().filter(|(_, first, second)| first != second) {
            writeln!(f, "job {job} took {} and {}", duration(*first), duration(*second))?;
        }
        for ((number, sum), how) in [(self.slower, "longer"), (self.faster, "shorter")] {
            if number > 0 {
                let attempts = count(number, "task attempt");
                writeln!(f, "{attempts} ran {how} in the second, {} in all", duration(sum))?;
            }
        }
        for task in &self.tasks {
            let (first, second) = (duration(task.first_ran), duration(task.second_ran));
            writeln!(f, "  {} ran {first}, in the second {second} (task {})", task.name, task.second)?;
        }
        Ok(())
    }
}
