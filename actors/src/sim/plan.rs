//! A case: what is there, what is asked for and what goes wrong, as lists from which parts can be taken away.

use std::{fmt, sync::Arc, time::Duration};

use super::{dice::Span, faults::Fault};
use crate::{
    Config, ExecutorId, JobId, RddId, ShuffleId, Time,
    lineage::{Dependency, Lineage},
    resources::ProfileId,
};

/// An executor that will be there.
#[derive(Clone, Debug)]
pub(crate) struct PlannedExecutor {
    pub(crate) executor_id: ExecutorId,
    pub(crate) machine: Machine,
    pub(crate) joins: Time,
}

/// What an executor has; one that takes its place has the same.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) host: Arc<str>,
    pub(crate) cores: u32,
    /// Addresses of the one resource beyond cores.
    pub(crate) gpus: u32,
    /// The profile for which it is started.
    pub(crate) profile_id: ProfileId,
}

/// What a stage's tasks make: names a stage before it has an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Makes {
    /// The results of a job.
    Result(JobId),
    /// The outputs of a shuffle.
    Outputs(ShuffleId),
}

impl Makes {
    /// As a number, for dice.
    pub(crate) fn code(self) -> u64 {
        match self {
            Makes::Result(job) => u64::from(job.0) << 1,
            Makes::Outputs(shuffle) => u64::from(shuffle.0) << 1 | 1,
        }
    }
}

impl fmt::Display for Makes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Makes::Result(job) => write!(f, "job {job}"),
            Makes::Outputs(shuffle) => write!(f, "shuffle {shuffle}"),
        }
    }
}

/// What a job is to do.
#[derive(Clone, Debug)]
pub(crate) enum Goal {
    /// An action on these partitions of an RDD.
    Result { rdd: RddId, partitions: Vec<u32> },
    /// The outputs of a shuffle, and nothing more.
    MapStage { shuffle: ShuffleId },
}

/// A job that will be submitted.
#[derive(Clone, Debug)]
pub(crate) struct PlannedJob {
    pub(crate) job_id: JobId,
    pub(crate) at: Time,
    pub(crate) goal: Goal,
    pub(crate) group: Option<&'static str>,
    pub(crate) pool: Option<&'static str>,
    pub(crate) tags: &'static [&'static str],
    /// Whether its result tasks ask before they commit.
    pub(crate) commits: bool,
    /// Whether its tasks add to accumulators.
    pub(crate) accumulates: bool,
}

/// A whole case.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) profile: &'static str,
    pub(crate) seed: u64,
    pub(crate) config: Config,
    pub(crate) task: Span,
    pub(crate) link: Span,
    pub(crate) lineage: Arc<Lineage>,
    pub(crate) executors: Vec<PlannedExecutor>,
    pub(crate) jobs: Vec<PlannedJob>,
    pub(crate) faults: Vec<Fault>,
    /// When the faults have stopped: from now on executors that are gone are replaced.
    pub(crate) heals: Time,
    /// Whether no job may fail that was not cancelled.
    pub(crate) must_succeed: bool,
}

impl Plan {
    /// How many parts can be taken away.
    pub(crate) fn size(&self) -> usize {
        self.executors.len() + self.jobs.len() + self.faults.len()
    }

    /// How many results its jobs ask for.
    pub(crate) fn results(&self) -> u64 {
        let results = |job: &PlannedJob| match &job.goal {
            Goal::Result { partitions, .. } => partitions.len() as u64,
            Goal::MapStage { .. } => 1,
        };
        self.jobs.iter().map(results).sum()
    }

    /// Whether it can prove something: there are jobs, and of each profile for which executors are started, one.
    pub(crate) fn is_case(&self) -> bool {
        let has = |id| self.executors.iter().any(|executor| executor.machine.profile_id == id);
        let profiles = self.lineage.rdds.values().filter_map(|info| info.resource_profile.as_ref());
        let mut own = profiles.filter(|profile| profile.executor.is_some());
        !self.jobs.is_empty() && has(ProfileId::DEFAULT) && own.all(|profile| has(profile.id))
    }

    /// The job of this id.
    pub(crate) fn job(&self, id: JobId) -> Option<&PlannedJob> {
        self.jobs.iter().find(|job| job.job_id == id)
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { host, cores, gpus, profile_id } = self;
        write!(f, "on {host} with {cores} cores")?;
        if *gpus > 0 {
            write!(f, " and {gpus} gpus")?;
        }
        if *profile_id != ProfileId::DEFAULT {
            write!(f, ", of resource profile {profile_id}")?;
        }
        Ok(())
    }
}

/// The time until which a plan with these parts has trouble.
pub(crate) fn healing_time(executors: &[PlannedExecutor], jobs: &[PlannedJob], faults: &[Fault]) -> Time {
    let joins = executors.iter().map(|executor| executor.joins);
    let arrivals = jobs.iter().map(|job| job.at);
    let strikes = faults.iter().filter_map(Fault::at);
    let last = joins.chain(arrivals).chain(strikes).max().unwrap_or(Time::ZERO);
    last + Duration::from_millis(500)
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for executor in &self.executors {
            let PlannedExecutor { executor_id, machine, joins } = executor;
            writeln!(f, "  {joins} executor {executor_id} joins {machine}")?;
        }
        let mut needed: Vec<RddId> = Vec::new();
        for PlannedJob { job_id, at, goal, group, pool, tags, commits, accumulates } in &self.jobs {
            match goal {
                Goal::Result { rdd, partitions } => {
                    needed.push(*rdd);
                    write!(f, "  {at} job {job_id} on rdd {rdd}, partitions {partitions:?}")?;
                }
                Goal::MapStage { shuffle } => {
                    needed.extend(self.lineage.shuffles.get(shuffle).map(|info| info.rdd));
                    write!(f, "  {at} job {job_id} makes shuffle {shuffle}")?;
                }
            }
            let group = group.map(|name| format!(", group {name}")).unwrap_or_default();
            let pool = pool.map(|name| format!(", pool {name}")).unwrap_or_default();
            let tags: String = tags.iter().map(|tag| format!(", tag {tag}")).collect();
            let marks = [(*commits, ", commits"), (*accumulates, ", accumulates")];
            write!(f, "{group}{pool}{tags}")?;
            marks.iter().filter(|mark| mark.0).try_for_each(|mark| f.write_str(mark.1))?;
            writeln!(f)?;
        }
        let mut at = 0;
        while let Some(rdd) = needed.get(at).copied() {
            at += 1;
            let Some(info) = self.lineage.rdds.get(&rdd) else { continue };
            for parent in info.dependencies.iter().map(Dependency::rdd) {
                if !needed.contains(&parent) {
                    needed.push(parent);
                }
            }
        }
        needed.sort_unstable();
        needed.dedup();
        for info in needed.iter().filter_map(|rdd| self.lineage.rdds.get(rdd)) {
            write!(f, "  rdd {} has {} partitions", info.id, info.num_partitions)?;
            for dependency in &info.dependencies {
                match dependency {
                    Dependency::Shuffle { rdd, shuffle } => {
                        write!(f, ", reads shuffle {shuffle} of rdd {rdd}")?
                    }
                    narrow => write!(f, ", on rdd {}", narrow.rdd())?,
                }
            }
            let marks = [
                (info.is_barrier, ", barrier"),
                (info.is_cached, ", cached"),
                (info.determinism == crate::lineage::DeterministicLevel::Indeterminate, ", indeterminate"),
                (info.preferred_locations != Default::default(), ", located"),
            ];
            marks.iter().filter(|mark| mark.0).try_for_each(|mark| f.write_str(mark.1))?;
            if let Some(profile) = &info.resource_profile {
                write!(f, ", resource profile {}", profile.id)?;
            }
            writeln!(f)?;
        }
        for fault in &self.faults {
            writeln!(f, "  {fault}")?;
        }
        write!(f, "  {} faults have stopped; executors that are gone are replaced", self.heals)
    }
}
