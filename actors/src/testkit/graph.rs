//! Lineages for tests, as small as their pictures.

use std::sync::Arc;

use crate::{
    JobId, RddId, ShuffleId,
    lineage::{
        Dependency, DeterministicLevel, Lineage, PreferredLocations, RddInfo, ShuffleInfo, StageBinary,
        TaskLocation,
    },
    message::{JobSubmitted, MapStageSubmitted, Properties},
};

/// A lineage under construction. RDD n has the call site `rddn`, the code of shuffle n is `mapn`, a job's is
/// `result`.
#[derive(Clone, Default)]
pub(crate) struct Graph {
    pub(crate) lineage: Lineage,
}

impl Graph {
    fn add(&mut self, num_partitions: u32, dependencies: Vec<Dependency>) -> RddId {
        let id = RddId(self.lineage.rdds.len() as u32);
        let call_site = format!("rdd{}", id.0);
        let info = RddInfo::new(id, "TestRDD", call_site, num_partitions, dependencies);
        self.lineage.rdds.insert(id, info);
        id
    }

    /// What is known of an RDD, to be changed.
    pub(crate) fn rdd(&mut self, rdd: RddId) -> &mut RddInfo {
        self.lineage.rdds.get_mut(&rdd).unwrap()
    }

    /// Sets a storage level.
    pub(crate) fn cache(&mut self, rdd: RddId) {
        self.rdd(rdd).is_cached = true;
    }

    /// Makes the tasks of an RDD's stage run all at once.
    pub(crate) fn barrier(&mut self, rdd: RddId) {
        self.rdd(rdd).is_barrier = true;
    }

    /// Makes an RDD another one each time.
    pub(crate) fn indeterminate(&mut self, rdd: RddId) {
        self.rdd(rdd).determinism = DeterministicLevel::Indeterminate;
    }

    /// Says where the partitions of an RDD are, each at one place.
    pub(crate) fn prefer(&mut self, rdd: RddId, places: &[&str]) {
        let places = places.iter().map(|place| vec![TaskLocation::parse(place)]);
        self.rdd(rdd).preferred_locations = PreferredLocations::Known(places.collect());
    }

    pub(crate) fn partitions(&self, rdd: RddId) -> u32 {
        self.lineage.rdds[&rdd].num_partitions
    }

    /// An RDD that depends on none.
    pub(crate) fn source(&mut self, num_partitions: u32) -> RddId {
        self.add(num_partitions, Vec::new())
    }

    /// An RDD that depends one to one on another.
    pub(crate) fn map(&mut self, rdd: RddId) -> RddId {
        self.add(self.partitions(rdd), vec![Dependency::OneToOne { rdd }])
    }

    /// An RDD whose partition i needs partition i of each of these.
    pub(crate) fn zip(&mut self, rdds: &[RddId]) -> RddId {
        let dependencies = rdds.iter().map(|rdd| Dependency::OneToOne { rdd: *rdd }).collect();
        self.add(self.partitions(rdds[0]), dependencies)
    }

    /// A union.
    pub(crate) fn union(&mut self, rdds: &[RddId]) -> RddId {
        let mut out_start = 0;
        let dependencies = rdds.iter().map(|rdd| {
            let length = self.partitions(*rdd);
            out_start += length;
            Dependency::Range { rdd: *rdd, in_start: 0, out_start: out_start - length, length }
        });
        let dependencies = dependencies.collect();
        self.add(out_start, dependencies)
    }

    /// A shuffle of an RDD.
    pub(crate) fn shuffle(&mut self, rdd: RddId) -> ShuffleId {
        let id = ShuffleId(self.lineage.shuffles.len() as u32);
        let code = format!("map{}", id.0).into_bytes().into();
        let binary = Ok(StageBinary { code, partitions: Arc::new([]) });
        self.lineage.shuffles.insert(id, ShuffleInfo::new(rdd, 1, binary));
        id
    }

    /// An RDD that reads shuffles.
    pub(crate) fn read(&mut self, shuffles: &[ShuffleId], num_partitions: u32) -> RddId {
        let dependency = |shuffle: &ShuffleId| Dependency::Shuffle {
            rdd: self.lineage.shuffles[shuffle].rdd,
            shuffle: *shuffle,
        };
        let dependencies = shuffles.iter().map(dependency).collect();
        self.add(num_partitions, dependencies)
    }

    /// An RDD behind a new shuffle of another, with as many partitions.
    pub(crate) fn reduce(&mut self, rdd: RddId) -> RddId {
        let shuffle = self.shuffle(rdd);
        self.read(&[shuffle], self.partitions(rdd))
    }

    /// An RDD of `results` partitions that reads a shuffle which `maps` tasks write, and that shuffle.
    pub(crate) fn two_stages(maps: u32, results: u32) -> (Self, ShuffleId, RddId) {
        let mut graph = Graph::default();
        let source = graph.source(maps);
        let shuffle = graph.shuffle(source);
        let rdd = graph.read(&[shuffle], results);
        (graph, shuffle, rdd)
    }

    /// A job on these partitions of an RDD.
    pub(crate) fn job_on(&self, job_id: u32, final_rdd: RddId, partitions: &[u32]) -> JobSubmitted {
        JobSubmitted {
            job_id: JobId(job_id),
            final_rdd,
            lineage: Arc::new(self.lineage.clone()),
            partitions: partitions.to_vec(),
            binary: Ok(StageBinary { code: b"result".to_vec().into(), partitions: Arc::new([]) }),
            call_site: format!("job{job_id}").into(),
            properties: Properties::default(),
        }
    }

    /// A job that only makes the outputs of a shuffle.
    pub(crate) fn map_stage_job(&self, job_id: u32, shuffle_id: ShuffleId) -> MapStageSubmitted {
        MapStageSubmitted {
            job_id: JobId(job_id),
            shuffle_id,
            lineage: Arc::new(self.lineage.clone()),
            call_site: format!("job{job_id}").into(),
            properties: Properties::default(),
        }
    }

    /// A job on all partitions of an RDD.
    pub(crate) fn job(&self, job_id: u32, rdd: RddId) -> JobSubmitted {
        self.job_on(job_id, rdd, &(0..self.partitions(rdd)).collect::<Vec<_>>())
    }
}
