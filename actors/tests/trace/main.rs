//! Traces: what was observed is what is read back, whole or up to where the file ends or is damaged.
#![cfg(feature = "trace")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

#[path = "../common/mod.rs"]
mod common;
mod damage;
mod follow;
mod fuzz;
mod recording;
mod ring;
mod seek;
mod synthetic;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use common::{Fake, Graph, LONG, Running, Setup, failure, wait};
use firesteel_actors::{
    carrier::{ExecutorSpec, Observed, actix::ActorSystem},
    trace::{Record, RecordOptions, TraceEnd, TraceReader, TraceWriter},
};
use tempfile::TempDir;

/// What an observer of its own saw.
type Seen = Arc<Mutex<Vec<Record>>>;

fn seeing(seen: &Seen) -> impl Fn(Observed<'_>) + Send + Sync + 'static {
    let seen = seen.clone();
    move |observed: Observed<'_>| {
        let mut seen = seen.lock().unwrap();
        let number = seen.len() as u64;
        seen.push(Record::of(number, &observed));
    }
}

/// Some of everything: two stages, a failure, a cancel, a message of the host's.
async fn body(cx: Running) {
    use firesteel_actors::message::{DagScheduler, DriverEndpoint, JobCancelled, ReviveOffers};
    let graph = Graph::two(0, 2, 2);
    assert_eq!(cx.run(graph).await, Ok(graph.answer()));
    cx.system.named(1).send(DriverEndpoint, ReviveOffers {}).unwrap();
    assert!(cx.run(Graph::one(7)).await.is_err());
    let (job_id, end) = cx.submit(Graph::one(1));
    cx.system.send(DagScheduler, JobCancelled { job_id, reason: None }).unwrap();
    assert!(end.await.is_err());
}

fn program() -> Arc<Fake> {
    Fake::running(|task, _| (task.partition_id == 6).then(|| failure("six")))
}

struct Run {
    _folder: TempDir,
    path: PathBuf,
    seen: Vec<Record>,
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.trace");
    (folder, path)
}

fn on_loop(options: RecordOptions) -> Run {
    let (folder, path) = place();
    let (setup, program, seen) = (Setup::attempts(2), program(), Seen::default());
    let mut system = setup.on_loop(program.clone(), 5);
    system.add_observer(Arc::new(TraceWriter::create(&path, options).unwrap()));
    system.add_observer(Arc::new(seeing(&seen)));
    let cx = Running { system: system.handle().clone(), program };
    system.block_on(body(cx)).unwrap();
    system.run_until_idle();
    // The end of the system ends the trace.
    drop(system);
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    Run { _folder: folder, path, seen }
}

fn on_actix() -> Run {
    let (folder, path) = place();
    let (setup, program, seen) = (Setup::attempts(2), program(), Seen::default());
    let mut builder = ActorSystem::builder(program.clone())
        .config(setup.config)
        .observer(Arc::new(TraceWriter::create(&path, RecordOptions::payloads()).unwrap()))
        .observer(Arc::new(seeing(&seen)));
    for ExecutorSpec { executor_id, hostname, cores } in setup.executors {
        builder = builder.executor(executor_id, hostname, cores);
    }
    let system = builder.start().unwrap();
    wait(body(Running { system: system.handle().clone(), program }));
    assert_eq!(system.stop(LONG).left_behind, []);
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    Run { _folder: folder, path, seen }
}

fn read(path: &Path) -> Vec<Record> {
    let mut reader = TraceReader::open(path).unwrap();
    let records = reader.by_ref().collect::<Result<_, _>>().unwrap();
    assert_eq!(reader.end(), Some(TraceEnd::Closed));
    records
}
