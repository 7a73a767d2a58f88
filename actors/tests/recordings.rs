//! Recordings in `tests/recordings/` are replayed and checked, so that a change of behaviour is seen.
//!
//! `FIRESTEEL_BLESS=1 cargo test -p firesteel-actors --test recordings` makes them again after a change that was
//! meant, or after one of messages or of the format. Each has a text beside it with what is expected of it.
#![cfg(feature = "trace")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use common::{Fake, Graph, Running, Setup, failure};
use firesteel_actors::{
    ExecutorId,
    config::SchedulingMode,
    message::{DagScheduler, DriverEndpoint, ExecutorLossReason, JobCancelled, RemoveExecutor},
    sim::Profile,
    trace::{self, RecordOptions, TraceReader, TraceWriter},
};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(name)
}

/// Replays and checks a recording, which `record` makes.
fn recording(name: &str, record: impl FnOnce(&Path)) {
    let (file, text) = (path(&format!("{name}.trace")), path(&format!("{name}.txt")));
    let blesses = std::env::var_os("FIRESTEEL_BLESS").is_some();
    if blesses {
        record(&file);
        fs::write(&text, told(&file)).unwrap();
    }
    let told = told(&file);
    let expected = fs::read_to_string(&text).unwrap();
    assert_eq!(told, expected, "{name} is not as it was; if that is meant, bless it");
}

/// What a recording says: what a replay and a check find, its messages by kind, and how its jobs ended.
fn told(file: &Path) -> String {
    let open = || TraceReader::open(file).unwrap();
    let setup = trace::Setup::of_trace(&open()).unwrap_or_else(|error| panic!("{error}; bless it"));
    let report = trace::replay(setup.clone(), open());
    let report = report.unwrap_or_else(|error| panic!("{error}\nif that is meant, bless it"));
    let mut told = format!("{report}\n{}\n\n", trace::check(setup, open()).unwrap());
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ends = String::new();
    for record in open() {
        let record = record.unwrap();
        *kinds.entry(record.kind).or_default() += 1;
        if ["JobStart", "JobEnd", "StageCompleted"].contains(&record.kind) {
            writeln!(ends, "{} {} {}", record.handled, record.kind, record.ids).unwrap();
        }
    }
    for (kind, count) in kinds {
        writeln!(told, "{count:>6} {kind}").unwrap();
    }
    told + "\n" + &ends
}

/// Records what `body` does on the loop.
fn on_loop<F: Future>(file: &Path, setup: Setup, program: Arc<Fake>, body: impl FnOnce(Running) -> F) {
    let options = RecordOptions::payloads().compressed().program("recordings");
    let options = options.run("loop", &setup.config, &setup.executors);
    let mut system = setup.on_loop(program.clone(), 1);
    system.add_observer(Arc::new(TraceWriter::create(file, options).unwrap()));
    system.block_on(body(Running { system: system.handle().clone(), program })).unwrap();
    system.run_until_idle();
}

#[test]
fn two_stages() {
    recording("two_stages", |file| {
        on_loop(file, Setup::attempts(1), Fake::new(), async |cx| {
            assert!(cx.run(Graph::two(0, 4, 3)).await.is_ok());
        });
    });
}

#[test]
fn failures_and_a_lost_executor() {
    recording("failures", |file| {
        let program = Fake::running(|task, _| {
            (task.attempt_number == 0 && task.partition_id % 3 == 1).then(|| failure("bad luck"))
        });
        on_loop(file, Setup::attempts(4), program, async |cx| {
            let (_, end) = cx.submit(Graph::two(0, 6, 4));
            let reason = ExecutorLossReason::process_lost("gone");
            let remove = RemoveExecutor { executor_id: ExecutorId(2), reason };
            cx.system.send(DriverEndpoint, remove).unwrap();
            assert!(end.await.is_ok() && cx.run(Graph::one(5)).await.is_ok());
        });
    });
}

#[test]
fn jobs_in_pools_of_which_one_is_cancelled() {
    recording("pools", |file| {
        let mut setup = Setup::attempts(1);
        setup.config.pools.mode = SchedulingMode::Fair;
        on_loop(file, setup, Fake::new(), async |cx| {
            let (job_id, cancelled) = cx.submit(Graph::two(0, 9, 9));
            let (_, other) = cx.submit(Graph::one(6));
            let reason = Some("enough".to_owned());
            cx.system.send(DagScheduler, JobCancelled { job_id, reason }).unwrap();
            assert!(cancelled.await.is_err() && other.await.is_ok());
        });
    });
}

#[test]
fn speculation_with_its_timers() {
    recording("speculation", |file| {
        let mut setup = Setup::attempts(2);
        setup.config.speculation.enabled = true;
        setup.config.speculation.interval = Duration::from_millis(1);
        setup.config.speculation.quantile = 0.3;
        setup.config.speculation.multiplier = 1.1;
        setup.config.speculation.min_task_runtime = Duration::from_millis(1);
        on_loop(file, setup, Fake::new(), async |cx| {
            assert!(cx.run(Graph::one(8)).await.is_ok());
        });
    });
}

fn simulated(profile: &str, seed: u64) {
    recording(&format!("sim_{profile}_{seed}"), |file| {
        Profile::named(profile).unwrap().export(seed).write(file).unwrap();
    });
}

#[test]
fn the_simulator_with_executors_that_die() {
    simulated("default", 4);
}

#[test]
fn the_simulator_in_chaos() {
    simulated("chaos", 9);
}

#[test]
fn the_simulator_with_barriers() {
    simulated("barrier", 2);
}

#[test]
fn the_simulator_with_exclusion() {
    simulated("exclusion", 3);
}

#[test]
fn the_simulator_with_allocation() {
    simulated("allocation", 1);
}

#[test]
fn the_simulator_with_stages_that_roll_back() {
    simulated("indeterminate", 5);
}
