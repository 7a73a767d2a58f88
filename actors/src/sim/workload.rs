//! Makes plans: random lineages, jobs over them, executors, and faults.

use std::{sync::Arc, time::Duration};

use super::{
    dice::Random,
    faults::faults,
    plan::{Goal, Machine, Plan, PlannedExecutor, PlannedJob, healing_time},
    profile::Profile,
    resources::{self, OWN_EXECUTORS},
};
use crate::{
    ExecutorId, JobId, RddId, ShuffleId, Time,
    lineage::{
        Dependency, DeterministicLevel, Lineage, PreferredLocations, RddInfo, ShuffleInfo, StageBinary,
        TaskLocation,
    },
    resources::ProfileId,
};

impl Profile {
    /// The case of a seed.
    pub(crate) fn plan(&self, seed: u64) -> Plan {
        let mut random = Random::new(seed);
        let executors = executors(self, &mut random);
        let mut graph = Growth { profile: self, random: &mut random, lineage: Lineage::default() };
        graph.grow();
        let lineage = graph.lineage;
        let jobs = jobs(self, &mut random, &lineage);
        let faults = faults(self, &mut random, &executors, &jobs, &lineage);
        Plan {
            profile: self.name,
            seed,
            config: self.config(seed),
            task: self.task,
            link: self.link,
            heals: healing_time(&executors, &jobs, &faults),
            lineage: Arc::new(lineage),
            executors,
            jobs,
            faults,
            must_succeed: self.settings.patient,
        }
    }
}

fn host(number: u32) -> Arc<str> {
    format!("host{number}").into()
}

fn executors(profile: &Profile, random: &mut Random) -> Vec<PlannedExecutor> {
    let number = random.between(profile.executors.0, profile.executors.1);
    let planned = |number: u32| {
        let cores = random.between(profile.cores.0, profile.cores.1);
        let late = random.chance(profile.joins_late);
        let joins = if late { random.duration((Duration::ZERO, profile.time)) } else { Duration::ZERO };
        let host = host(number % profile.hosts.max(1));
        // In turn, so that there are both.
        let is_own = profile.resources > 0 && number.is_multiple_of(2);
        let profile_id = if is_own { OWN_EXECUTORS } else { ProfileId::DEFAULT };
        let gpus = if profile.resources > 0 { 2 } else { 0 };
        PlannedExecutor {
            executor_id: ExecutorId(number),
            machine: Machine { host, cores, gpus, profile_id },
            joins: Time::ZERO + joins,
        }
    };
    (1..=number).map(planned).collect()
}

/// What tags jobs have.
const TAGS: &[&[&str]] = &[&[], &["daily"], &["daily", "urgent"]];

fn jobs(profile: &Profile, random: &mut Random, lineage: &Lineage) -> Vec<PlannedJob> {
    let number = random.between(profile.jobs.0, profile.jobs.1);
    let rdds: Vec<&RddInfo> = lineage.rdds.values().collect();
    let shuffles: Vec<ShuffleId> = lineage.shuffles.keys().copied().collect();
    let mut jobs = Vec::new();
    for job in 0..number {
        let map_stage = random.chance(profile.map_stages).then(|| random.pick(&shuffles)).flatten();
        let goal = match (map_stage, random.pick(&rdds)) {
            (Some(shuffle), _) => Goal::MapStage { shuffle: *shuffle },
            (None, Some(rdd)) => {
                // Often the last, which has most behind it.
                let rdd = rdds.last().filter(|_| random.chance(600)).unwrap_or(rdd);
                // A barrier stage runs all its partitions or none.
                let some = !profile.has_barriers() && random.chance(200);
                let partitions = (0..rdd.num_partitions).filter(|_| !some || random.chance(600)).collect();
                Goal::Result { rdd: rdd.id, partitions }
            }
            (None, None) => continue,
        };
        jobs.push(PlannedJob {
            job_id: JobId(job),
            at: Time::ZERO + random.duration((Duration::ZERO, profile.time)),
            goal,
            group: random.pick(&[None, Some("red"), Some("blue")]).copied().flatten(),
            pool: random.pick(&[None, Some("heavy"), Some("light")]).copied().flatten(),
            tags: random.pick(TAGS).copied().unwrap_or_default(),
            commits: random.chance(profile.commits),
            accumulates: random.chance(profile.accumulates),
        });
    }
    jobs
}

/// A lineage that grows by one operator after the other.
struct Growth<'a> {
    profile: &'a Profile,
    random: &'a mut Random,
    lineage: Lineage,
}

impl Growth<'_> {
    fn grow(&mut self) {
        self.source();
        for _ in 1..self.random.between(self.profile.operators.0, self.profile.operators.1) {
            let shuffles: Vec<ShuffleId> = self.lineage.shuffles.keys().copied().collect();
            match self.random.between(0, 9) {
                0 => self.source(),
                1..=2 => self.map(),
                3 => self.union(),
                4 if !shuffles.is_empty() => {
                    // One more reader of a shuffle: jobs share it.
                    let shuffle = self.random.pick(&shuffles).copied();
                    self.read(&shuffle.into_iter().collect::<Vec<_>>());
                }
                5..=6 => {
                    let partitions = self.partitions();
                    let both = [self.shuffle(partitions), self.shuffle(partitions)];
                    self.read(&both.into_iter().flatten().collect::<Vec<_>>());
                }
                _ => {
                    let partitions = self.partitions();
                    let shuffle = self.shuffle(partitions);
                    self.read(&shuffle.into_iter().collect::<Vec<_>>());
                }
            }
        }
    }

    fn partitions(&mut self) -> u32 {
        self.random.between(self.profile.partitions.0, self.profile.partitions.1)
    }

    /// An RDD so far, with its number of partitions.
    fn parent(&mut self) -> Option<(RddId, u32)> {
        let rdds: Vec<(RddId, u32)> =
            self.lineage.rdds.values().map(|info| (info.id, info.num_partitions)).collect();
        self.random.pick(&rdds).copied()
    }

    fn add(&mut self, num_partitions: u32, dependencies: Vec<Dependency>) {
        let id = RddId(self.lineage.rdds.len() as u32);
        let mut info = RddInfo::new(id, "SimulatedRDD", format!("rdd{id}"), num_partitions, dependencies);
        info.is_cached = self.random.chance(self.profile.cached);
        if self.random.chance(self.profile.indeterminate) {
            info.determinism = DeterministicLevel::Indeterminate;
        }
        if self.random.chance(self.profile.resources) {
            info.resource_profile = Some(resources::profile(self.random));
        }
        let is_union = info.dependencies.len() > 1
            && !info.dependencies.iter().any(|dependency| matches!(dependency, Dependency::Shuffle { .. }));
        info.is_barrier = !is_union && self.random.chance(self.profile.barrier);
        if info.dependencies.is_empty() && self.random.chance(self.profile.located) {
            let at = (0..num_partitions).map(|_| self.locations()).collect::<Vec<_>>();
            info.preferred_locations = PreferredLocations::Known(at.into());
        }
        self.lineage.rdds.insert(id, info);
    }

    fn locations(&mut self) -> Vec<TaskLocation> {
        let number = self.random.between(0, 2);
        let hosts = self.profile.hosts.max(1);
        (0..number).map(|_| TaskLocation::Host(host(self.random.between(0, hosts)))).collect()
    }

    fn source(&mut self) {
        let partitions = self.partitions();
        self.add(partitions, Vec::new());
    }

    fn map(&mut self) {
        if let Some((rdd, partitions)) = self.parent() {
            self.add(partitions, vec![Dependency::OneToOne { rdd }]);
        }
    }

    fn union(&mut self) {
        let (Some((first, length)), Some((second, second_length))) = (self.parent(), self.parent()) else {
            return;
        };
        // A barrier stage has one parent per RDD and one partition count.
        if self.profile.has_barriers() {
            return;
        }
        let dependencies = vec![
            Dependency::Range { rdd: first, in_start: 0, out_start: 0, length },
            Dependency::Range { rdd: second, in_start: 0, out_start: length, length: second_length },
        ];
        self.add(length + second_length, dependencies);
    }

    /// A new shuffle of an RDD so far.
    fn shuffle(&mut self, num_reduces: u32) -> Option<ShuffleId> {
        let (rdd, _) = self.parent()?;
        let id = ShuffleId(self.lineage.shuffles.len() as u32);
        let code = StageBinary { code: vec![0].into(), partitions: Arc::new([]) };
        self.lineage.shuffles.insert(id, ShuffleInfo::new(rdd, num_reduces, Ok(code)));
        Some(id)
    }

    /// An RDD that reads shuffles, with the partitions of the first.
    fn read(&mut self, shuffles: &[ShuffleId]) {
        let infos: Vec<(ShuffleId, RddId, u32)> = shuffles
            .iter()
            .filter_map(|id| self.lineage.shuffles.get(id).map(|info| (*id, info.rdd, info.num_reduces)))
            .collect();
        let Some(&(_, _, num_partitions)) = infos.first() else { return };
        let depends = |&(shuffle, rdd, _): &(ShuffleId, RddId, u32)| Dependency::Shuffle { rdd, shuffle };
        self.add(num_partitions, infos.iter().map(depends).collect());
    }
}
