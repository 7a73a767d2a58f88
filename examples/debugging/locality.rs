//! Partitions 0 and 1 are on the host east, which has one core; partition 2 is on west, which has two.

use std::{path::Path, sync::Arc, time::Duration};

use firesteel_actors::{
    RddId,
    lineage::{Lineage, PreferredLocations, RddInfo, TaskLocation},
    message::TaskValue,
};

use crate::{
    Seen,
    cluster::{Cluster, done},
};

pub(crate) fn run(trace: &Path, settings: &[(String, String)]) -> Seen {
    let mut cluster = Cluster::start(trace, settings, &[("east", 1), ("west", 2)], |_| {
        done(TaskValue::Direct(vec![0].into()))
    })?;
    cluster.system.set_task_times(|_| Some(Duration::from_secs(5)));
    let hosts = ["east", "east", "west"].map(|host| vec![TaskLocation::Host(host.into())]);
    let mut rdd = RddInfo::new(RddId(0), "files", "text_file at examples/debugging", 3, Vec::new());
    rdd.preferred_locations = PreferredLocations::Known(Arc::new(hosts));
    cluster.submit(0, Lineage { rdds: [(rdd.id, rdd)].into(), ..Lineage::default() }, RddId(0))?;
    Ok(format!("three tasks of 5 s on three cores: {}", cluster.run_to_end()?))
}
