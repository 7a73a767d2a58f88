//! What goes wrong: at a moment, or in a certain run of a certain task.

use std::{fmt, sync::Arc, time::Duration};

use super::{
    dice::Random,
    plan::{Goal, Makes, PlannedExecutor, PlannedJob},
    profile::Profile,
};
use crate::{ExecutorId, JobId, StageId, Time, lineage::Lineage, message::ExplainSubject};

/// One thing that goes wrong, or is asked for from outside.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// An executor's process dies; what it sent last may still arrive. Later it may come back with the same id.
    ExecutorDies { at: Time, executor: ExecutorId, flushes: bool, rejoins: Option<Duration> },
    /// The driver is asked to kill an executor.
    ExecutorKilled { at: Time, executor: ExecutorId, force: bool },
    /// The driver is asked to let an executor leave.
    Decommission { at: Time, executor: ExecutorId },
    /// An executor's heartbeats stop.
    GoesSilent { at: Time, executor: ExecutorId },
    /// A worker leaves with its host and all executors there.
    WorkerRemoved { at: Time, host: Arc<str> },
    /// A job is cancelled.
    JobCancelled { at: Time, job: JobId },
    /// The jobs of a group are cancelled.
    GroupCancelled { at: Time, group: &'static str },
    /// The jobs with a tag are cancelled.
    TagCancelled { at: Time, tag: &'static str },
    /// The jobs that need the n-th stage are cancelled.
    StageCancelled { at: Time, stage: u32 },
    /// All jobs are cancelled.
    AllCancelled { at: Time },
    /// Someone asks why something does not run, or runs again.
    Asked { at: Time, subject: ExplainSubject },
    /// One of the running attempts is killed.
    TaskKilled { at: Time, nth: u32 },
    /// The n-th run of a task fails.
    TaskFails { makes: Makes, partition: u32, run: u32 },
    /// The n-th run of a task cannot fetch although the output is there.
    FetchFails { makes: Makes, partition: u32, run: u32 },
    /// The n-th run of a task takes many times longer.
    TaskSlow { makes: Makes, partition: u32, run: u32, times: u32 },
    /// The result of the n-th run of a task is lost before the driver fetched it.
    ResultLost { makes: Makes, partition: u32, run: u32 },
}

impl Fault {
    /// When it happens, if that is a matter of time.
    pub(crate) fn at(&self) -> Option<Time> {
        match *self {
            Fault::ExecutorDies { at, .. }
            | Fault::ExecutorKilled { at, .. }
            | Fault::Decommission { at, .. }
            | Fault::GoesSilent { at, .. }
            | Fault::WorkerRemoved { at, .. }
            | Fault::JobCancelled { at, .. }
            | Fault::GroupCancelled { at, .. }
            | Fault::TagCancelled { at, .. }
            | Fault::StageCancelled { at, .. }
            | Fault::Asked { at, .. }
            | Fault::AllCancelled { at }
            | Fault::TaskKilled { at, .. } => Some(at),
            Fault::TaskFails { .. }
            | Fault::FetchFails { .. }
            | Fault::TaskSlow { .. }
            | Fault::ResultLost { .. } => None,
        }
    }

    /// The task run that it is about.
    pub(crate) fn run(&self) -> Option<(Makes, u32, u32)> {
        match *self {
            Fault::TaskFails { makes, partition, run }
            | Fault::FetchFails { makes, partition, run }
            | Fault::TaskSlow { makes, partition, run, .. }
            | Fault::ResultLost { makes, partition, run } => Some((makes, partition, run)),
            _ => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = self.at() {
            write!(f, "{at} ")?;
        }
        match self {
            Fault::ExecutorDies { executor, flushes, rejoins, .. } => {
                let last = if *flushes { "arrives" } else { "is lost" };
                write!(f, "executor {executor} dies, what it sent last {last}")?;
                rejoins.map_or(Ok(()), |after| write!(f, ", comes back after {after:?}"))
            }
            Fault::ExecutorKilled { executor, force, .. } => {
                write!(f, "executor {executor} is to be killed{}", if *force { "" } else { " if it is idle" })
            }
            Fault::Decommission { executor, .. } => write!(f, "executor {executor} is decommissioned"),
            Fault::GoesSilent { executor, .. } => write!(f, "executor {executor} goes silent"),
            Fault::WorkerRemoved { host, .. } => write!(f, "the worker on {host} leaves"),
            Fault::JobCancelled { job, .. } => write!(f, "job {job} is cancelled"),
            Fault::GroupCancelled { group, .. } => write!(f, "group {group} is cancelled"),
            Fault::TagCancelled { tag, .. } => write!(f, "tag {tag} is cancelled"),
            Fault::Asked { subject, .. } => write!(f, "why is {subject:?} not running?"),
            Fault::StageCancelled { stage, .. } => write!(f, "stage {stage} is cancelled"),
            Fault::AllCancelled { .. } => f.write_str("all jobs are cancelled"),
            Fault::TaskKilled { nth, .. } => {
                write!(f, "running attempt {nth} (modulo their number) is killed")
            }
            Fault::TaskFails { makes, partition, run } => {
                write!(f, "run {run} of partition {partition} of {makes} fails")
            }
            Fault::FetchFails { makes, partition, run } => {
                write!(f, "run {run} of partition {partition} of {makes} cannot fetch")
            }
            Fault::TaskSlow { makes, partition, run, times } => {
                write!(f, "run {run} of partition {partition} of {makes} takes {times} times as long")
            }
            Fault::ResultLost { makes, partition, run } => {
                write!(f, "the result of run {run} of partition {partition} of {makes} is lost")
            }
        }
    }
}

/// Makes the faults of a plan.
pub(super) fn faults(
    profile: &Profile,
    random: &mut Random,
    executors: &[PlannedExecutor],
    jobs: &[PlannedJob],
    lineage: &Lineage,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    executor_faults(profile, random, executors, &mut faults);
    job_faults(profile, random, jobs, &mut faults);
    for job in jobs {
        if let Goal::Result { partitions, .. } = &job.goal {
            for partition in partitions {
                run_faults(profile, random, Makes::Result(job.job_id), *partition, &mut faults);
            }
        }
    }
    for (id, shuffle) in &lineage.shuffles {
        let maps = lineage.rdds.get(&shuffle.rdd).map_or(0, |info| info.num_partitions);
        for partition in 0..maps {
            run_faults(profile, random, Makes::Outputs(*id), partition, &mut faults);
        }
    }
    faults
}

fn moment(profile: &Profile, random: &mut Random) -> Time {
    // Over thrice the time in which jobs come, so that they are hit at work.
    let micros = random.between(0, profile.time.as_micros() as u32 * 3);
    Time::ZERO + Duration::from_micros(u64::from(micros))
}

fn executor_faults(
    profile: &Profile,
    random: &mut Random,
    executors: &[PlannedExecutor],
    to: &mut Vec<Fault>,
) {
    let luck = profile.luck;
    for &PlannedExecutor { executor_id: executor, ref machine, .. } in executors {
        while random.chance(luck.executor_dies) {
            let at = moment(profile, random);
            let flushes = random.chance(500);
            let rejoins = random.chance(700).then(|| Duration::from_millis(u64::from(random.between(0, 60))));
            to.push(Fault::ExecutorDies { at, executor, flushes, rejoins });
        }
        if random.chance(luck.executor_killed) {
            let at = moment(profile, random);
            to.push(Fault::ExecutorKilled { at, executor, force: random.chance(500) });
        }
        if random.chance(luck.decommission) {
            to.push(Fault::Decommission { at: moment(profile, random), executor });
        }
        if random.chance(luck.goes_silent) {
            to.push(Fault::GoesSilent { at: moment(profile, random), executor });
        }
        if random.chance(luck.worker_removed) {
            to.push(Fault::WorkerRemoved { at: moment(profile, random), host: machine.host.clone() });
        }
    }
}

fn job_faults(profile: &Profile, random: &mut Random, jobs: &[PlannedJob], to: &mut Vec<Fault>) {
    let luck = profile.luck;
    for job in jobs {
        if random.chance(luck.job_cancelled) {
            let at = moment(profile, random);
            to.push(match (random.between(0, 9), job.group, job.tags.last()) {
                (0, ..) => Fault::AllCancelled { at },
                (1..=3, Some(group), _) => Fault::GroupCancelled { at, group },
                (6..=7, _, Some(tag)) => Fault::TagCancelled { at, tag },
                (4..=5, ..) => Fault::StageCancelled { at, stage: random.between(0, 6) },
                _ => Fault::JobCancelled { at, job: job.job_id },
            });
        }
        if random.chance(luck.task_killed) {
            to.push(Fault::TaskKilled { at: moment(profile, random), nth: random.between(0, 7) });
        }
        if random.chance(luck.explained) {
            to.push(Fault::Asked { at: moment(profile, random), subject: subject(random, job) });
        }
    }
}

/// What a question is about: the job, or a stage, or a task, that it may have by then.
fn subject(random: &mut Random, job: &PlannedJob) -> ExplainSubject {
    let stage_id = StageId(random.between(0, 6));
    match random.between(0, 2) {
        0 => ExplainSubject::Stage(stage_id),
        1 => ExplainSubject::Task { stage_id, partition_id: random.between(0, 3) },
        _ => ExplainSubject::Job(job.job_id),
    }
}

fn run_faults(profile: &Profile, random: &mut Random, makes: Makes, partition: u32, to: &mut Vec<Fault>) {
    let luck = profile.luck;
    for run in 0..3 {
        if random.chance(luck.task_fails) {
            to.push(Fault::TaskFails { makes, partition, run });
        }
        if random.chance(luck.fetch_fails) {
            to.push(Fault::FetchFails { makes, partition, run });
        }
        if random.chance(luck.task_slow) {
            to.push(Fault::TaskSlow { makes, partition, run, times: random.between(5, 50) });
        }
        if matches!(makes, Makes::Result(_)) && random.chance(luck.result_lost) {
            to.push(Fault::ResultLost { makes, partition, run });
        }
    }
}
