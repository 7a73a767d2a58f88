//! Ten tasks take a second each, but for the first attempt of partition 7, which takes a minute.

use std::{path::Path, time::Duration};

use firesteel_actors::{
    RddId,
    lineage::{Lineage, RddInfo},
    message::TaskValue,
};

use crate::{
    Seen,
    cluster::{Cluster, done},
};

pub(crate) fn run(trace: &Path, settings: &[(String, String)]) -> Seen {
    let mut cluster = Cluster::start(trace, settings, &[("east", 2), ("west", 2)], |_| {
        done(TaskValue::Direct(vec![0].into()))
    })?;
    cluster.system.set_task_times(|task| {
        let is_slow = task.partition_id == 7 && task.attempt_number == 0;
        Some(Duration::from_secs(if is_slow { 60 } else { 1 }))
    });
    let rdd = RddInfo::new(RddId(0), "numbers", "range at examples/debugging", 10, Vec::new());
    cluster.submit(0, Lineage { rdds: [(rdd.id, rdd)].into(), ..Lineage::default() }, RddId(0))?;
    Ok(format!("ten tasks of about 1 s on four cores: {}", cluster.run_to_end()?))
}
