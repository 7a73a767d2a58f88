//! A large job in the pool `nightly`, then a small one in the pool `reports` (`pools.xml`), on two cores.

use std::{path::Path, time::Duration};

use firesteel::Context;

use crate::Seen;

const POOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/debugging/pools.xml");

pub(crate) fn run(trace: &Path, settings: &[(String, String)]) -> Seen {
    let mut builder = Context::builder()
        .master("local[2]")
        .config("spark.scheduler.mode", "FAIR")
        .config("spark.scheduler.allocation.file", POOLS)
        .trace(trace);
    for (key, value) in settings {
        builder = builder.config(key, value);
    }
    let (context, mut system) = builder.start_sim(1)?;
    system.set_task_times(|task| {
        let is_nightly = task.stage.job_id.0 == 0;
        Some(Duration::from_millis(if is_nightly { 1_000 } else { 100 }))
    });
    context.set_local_property("spark.scheduler.pool", Some("nightly"));
    let nightly = context.range(0..1_000, 1, 12).count_async();
    context.set_local_property("spark.scheduler.pool", Some("reports"));
    let report = context.range(0..10, 1, 2).count_async();
    system.block_on(report)??;
    let seen = format!("two tasks of 0.1 s: the report was there after {} s", system.now());
    system.block_on(nightly)??;
    Ok(seen)
}
