//! Runs on both carriers are replayed: from memory, and from a file, where blobs have no bytes.
#![cfg(feature = "trace")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use common::{Fake, Graph, LONG, Running, Setup, failure, finished, wait};
use firesteel_actors::{
    ActorId, ExecutorId,
    carrier::{Observed, Observer, actix::ActorSystem},
    config::SchedulingMode,
    message::{DagScheduler, DriverEndpoint, ExecutorLossReason, JobCancelled, RemoveExecutor, TaskValue},
    trace::{
        self, Messages, Monitor, Record, RecordOptions, Report, Timeline, TraceReader, TraceWriter, replay,
    },
};

/// Keeps what it observes.
#[derive(Default)]
struct Keeping(Mutex<Messages>);

impl Observer for Keeping {
    fn message(&self, observed: Observed<'_>) {
        let mut messages = self.0.lock().unwrap();
        let number = messages.len() as u64;
        messages.push(Record::of(number, &observed));
    }
}

fn replayed(setup: trace::Setup, messages: &Messages) -> Report {
    let report = replay(setup.clone(), messages.iter().cloned().map(Ok));
    let report = report.unwrap_or_else(|error| panic!("{error}"));
    let checked = trace::check(setup, messages.iter().cloned().map(Ok)).unwrap();
    assert!(checked.violations.is_empty(), "{checked}");
    assert_eq!(report.messages, messages.len() as u64);
    report
}

fn setup_of(setup: &Setup) -> trace::Setup {
    trace::Setup::new(setup.config.clone(), setup.executors.clone())
}

/// Some tasks fail, some after others; attempts are numbered, so that all succeed in the end.
fn unlucky(seed: u64) -> Arc<Fake> {
    Fake::running(move |task, _| {
        let dice = (seed + 1) * 31 + u64::from(task.partition_id) * 7 + u64::from(task.stage.stage_id.0);
        (task.attempt_number < 2 && dice.is_multiple_of(4)).then(|| failure("bad luck"))
    })
}

/// Several jobs at once; one is cancelled, and an executor is lost.
async fn body(cx: Running, seed: u64) {
    let graphs = [Graph::two(0, 6, 4), Graph::one(7), Graph::two(1, 3, 8)];
    let jobs = graphs.map(|graph| cx.submit(graph).1);
    let (job_id, cancelled) = cx.submit(Graph::two(2, 9, 9));
    cx.system.send(DagScheduler, JobCancelled { job_id, reason: None }).unwrap();
    if seed % 2 == 1 {
        let reason = ExecutorLossReason::process_lost("gone");
        cx.system.send(DriverEndpoint, RemoveExecutor { executor_id: ExecutorId(2), reason }).unwrap();
    }
    for (graph, end) in graphs.into_iter().zip(jobs) {
        assert_eq!(end.await, Ok(graph.answer()), "seed {seed}");
    }
    assert!(cancelled.await.is_err());
    assert_eq!(cx.run(Graph::two(0, 6, 5)).await, Ok(Graph::two(0, 6, 5).answer()), "seed {seed}");
}

/// Settings with many timers: speculation, waits for locality, exclusion, pools.
fn setup(seed: u64) -> Setup {
    let mut setup = Setup::attempts(12);
    let config = &mut setup.config;
    config.seed = seed;
    config.speculation.enabled = seed.is_multiple_of(3);
    config.speculation.interval = Duration::from_millis(1);
    config.locality.wait = Duration::from_millis(3);
    config.exclusion.application_enabled = false;
    config.allocation.enabled = false;
    if seed.is_multiple_of(2) {
        config.pools.mode = SchedulingMode::Fair;
    }
    setup
}

fn on_loop(seed: u64) -> (trace::Setup, Messages) {
    let setup = setup(seed);
    let (program, replay, seen) = (unlucky(seed), setup_of(&setup), Arc::new(Keeping::default()));
    let mut system = setup.on_loop(program.clone(), seed);
    system.add_observer(seen.clone());
    let cx = Running { system: system.handle().clone(), program };
    system.block_on(body(cx, seed)).unwrap();
    system.run_until_idle();
    drop(system);
    let messages = std::mem::take(&mut *seen.0.lock().unwrap());
    (replay, messages)
}

fn on_actix(seed: u64, observers: Vec<Arc<dyn Observer>>) -> trace::Setup {
    let setup = setup(seed);
    let (program, replay) = (unlucky(seed), setup_of(&setup));
    let mut builder = ActorSystem::builder(program.clone()).config(setup.config);
    builder = builder.executors(setup.executors);
    for observer in observers {
        builder = builder.observer(observer);
    }
    let system = builder.start().unwrap();
    wait(body(Running { system: system.handle().clone(), program }, seed));
    assert_eq!(system.stop(LONG).left_behind, []);
    replay
}

#[test]
fn runs_on_the_loop_are_replayed() {
    for seed in 0..40 {
        let (setup, messages) = on_loop(seed);
        let report = replayed(setup, &messages);
        assert!(report.handled > 200 && report.same > 300, "{report}");
        assert_eq!(report.unhandled, 0, "the loop leaves nothing: {report}");
    }
}

#[test]
fn runs_on_actix_are_replayed() {
    for seed in 0..6 {
        let seen = Arc::new(Keeping::default());
        let setup = on_actix(seed, vec![seen.clone()]);
        let messages = std::mem::take(&mut *seen.0.lock().unwrap());
        let report = replayed(setup, &messages);
        assert!(report.handled > 200 && report.same > 300, "{report}");
    }
}

#[test]
fn a_file_is_replayed_though_blobs_have_no_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.trace");
    let setup = on_actix(1, vec![Arc::new(TraceWriter::create(&path, RecordOptions::default()).unwrap())]);
    let report = replay(setup.clone(), TraceReader::open(&path).unwrap()).unwrap();
    assert!(report.same > 300, "{report}");
    let mut timeline = Timeline::new(setup, TraceReader::open(&path).unwrap());
    let half = timeline.after(report.messages / 2).unwrap();
    assert!(half.state(ActorId::DagScheduler).is_some() && half.state(ActorId::ResultGetter).is_none());
    assert_eq!(timeline.after(report.messages).unwrap().busy(), []);
}

#[test]
fn tasks_that_run_for_long_and_are_killed_are_replayed() {
    let seen = Arc::new(Keeping::default());
    let program = Fake::running(|task, control| {
        while task.partition_id == 0 && task.stage.stage_id.0 == 0 && !control.is_killed() {
            std::thread::yield_now();
        }
        control.is_killed().then(|| finished(TaskValue::Direct(vec![0; 8].into())))
    });
    let setup = Setup::attempts(1);
    let replay = setup_of(&setup);
    let builder = ActorSystem::builder(program.clone())
        .config(setup.config)
        .executors(setup.executors)
        .observer(seen.clone());
    let system = builder.start().unwrap();
    let cx = Running { system: system.handle().clone(), program };
    wait(async {
        let (job_id, end) = cx.submit(Graph::one(3));
        let other = cx.run(Graph::one(5)).await;
        cx.system.send(DagScheduler, JobCancelled { job_id, reason: Some("enough".to_owned()) }).unwrap();
        assert!(end.await.is_err() && other.is_ok());
    });
    assert_eq!(system.stop(LONG).left_behind, []);
    let messages = std::mem::take(&mut *seen.0.lock().unwrap());
    assert!(messages.iter().any(|record| record.kind == "KillTask"));
    replayed(replay, &messages);
}

#[test]
fn states_are_json_with_numbers_texts_and_nothing_as_such() {
    let (setup, messages) = on_loop(1);
    let mut timeline = Timeline::new(setup, &messages);
    let submitted = messages.iter().find(|record| record.kind == "SubmitTasks").unwrap();
    let cores = timeline.after(submitted.number).unwrap();
    for actor in cores.actors() {
        let state = cores.state(actor).unwrap();
        let json: serde_json::Value = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
        let name = json["type"].as_str().unwrap();
        assert!(name.ends_with("Core") && state.to_string().starts_with(name), "{actor}: {state}");
    }
    let executor = cores.state(ActorId::ExecutorBackend(ExecutorId(1))).unwrap();
    let json = serde_json::to_value(&executor).unwrap();
    assert_eq!((&json["cores"], &json["hostname"]), (&2.into(), &"localhost".into()));
    assert_eq!((&json["heartbeats"], &json["is_decommissioned"]), (&serde_json::Value::Null, &false.into()));
}

#[test]
fn a_monitor_checks_while_the_system_runs() {
    for seed in 0..3 {
        let setup = setup(seed);
        let monitor = Arc::new(Monitor::new(setup_of(&setup)));
        on_actix(seed, vec![monitor.clone()]);
        assert_eq!((monitor.violations(), monitor.trouble()), (Vec::new(), None));
        assert!(monitor.messages() > 300);
    }
}

#[test]
fn a_monitor_that_was_told_other_settings_says_that_it_has_ended() {
    let mut wrong = setup(0);
    wrong.config.task_cpus = 2;
    let monitor = Arc::new(Monitor::new(setup_of(&wrong)));
    on_actix(0, vec![monitor.clone()]);
    assert!(monitor.trouble().is_some());
}

#[test]
fn a_trace_that_does_not_tell_of_its_run_is_not_replayed() {
    use firesteel_actors::trace::{ReplayError, TraceReader, TraceWriter};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace");
    TraceWriter::create(&path, trace::RecordOptions::payloads()).unwrap().close().unwrap();
    let error = trace::Setup::of_trace(&TraceReader::open(&path).unwrap()).unwrap_err();
    assert!(matches!(error, ReplayError::RunNotTold), "{error}");
}
