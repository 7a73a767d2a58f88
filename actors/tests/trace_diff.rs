//! Comparisons of real runs of one program.
#![cfg(feature = "trace")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::sync::Arc;

use common::{Fake, Graph, LONG, Running, Setup, failure, wait};
use firesteel_actors::{
    carrier::actix::ActorSystem,
    testing::Probe,
    trace::{Messages, RecordOptions, TraceRing, diff},
};

/// Two stages, of which the second fails once on partition 3, and a job of one stage.
fn program() -> Arc<Fake> {
    Fake::running(move |task, _| {
        let first = task.attempt_number == 0 && task.partition_id == 3 && task.stage.stage_id.0 == 1;
        first.then(|| failure("six"))
    })
}

const GRAPHS: [Graph; 2] = [Graph::two(0, 6, 9), Graph::one(7)];

fn on_loop(seed: u64, setup: Setup) -> Messages {
    let program = program();
    let mut system = setup.on_loop(program.clone(), seed);
    let probe = Probe::of(system.handle());
    let cx = Running { system: system.handle().clone(), program };
    for graph in GRAPHS {
        let _ = system.block_on(cx.run(graph)).unwrap();
    }
    system.run_until_idle();
    probe.messages()
}

/// Observed from the first message on, up to the last result: what the end of a system cuts off depends on moments.
fn on_threads(setup: Setup) -> Messages {
    let ring = Arc::new(TraceRing::of_messages(1_000_000, RecordOptions::payloads()));
    let program = program();
    let builder = ActorSystem::builder(program.clone()).config(setup.config).executors(setup.executors);
    let system = builder.observer(ring.clone()).start().unwrap();
    let cx = Running { system: system.handle().clone(), program };
    for graph in GRAPHS {
        let _ = wait(cx.run(graph));
    }
    assert_eq!(system.stop(LONG).left_behind, []);
    ring.messages().unwrap()
}

#[test]
fn one_seed_twice_has_no_difference() {
    let found = diff(&on_loop(5, Setup::attempts(2)), &on_loop(5, Setup::attempts(2)));
    assert!(found.is_same(), "{found}");
}

#[test]
fn two_seeds_have_no_real_difference() {
    let first = on_loop(0, Setup::attempts(2));
    for seed in 1..20 {
        let found = diff(&first, &on_loop(seed, Setup::attempts(2)));
        assert!(found.only_reordered(), "seed {seed}: {found}");
        assert!(!found.is_same(), "seed {seed}");
    }
}

#[test]
fn two_runs_on_threads_have_no_real_difference() {
    let first = on_threads(Setup::attempts(2));
    for _ in 0..5 {
        let found = diff(&first, &on_threads(Setup::attempts(2)));
        assert!(found.only_reordered(), "{found}");
        assert_eq!(found.heads_only, None);
    }
}

/// With one attempt the job fails, with a text that names the attempt and its place.
#[test]
fn the_texts_of_failures_are_the_same_wherever_the_task_ran() {
    let first = on_loop(0, Setup::attempts(1));
    for seed in 1..20 {
        let found = diff(&first, &on_loop(seed, Setup::attempts(1)));
        assert!(!found.changed.keys().any(|field| field.starts_with("JobFailed.")), "seed {seed}: {found}");
    }
}
