//! What the settings and its specification say of an executor reaches it, on both carriers.
#![cfg(feature = "trace")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use common::{Fake, Graph, LONG, Running, Setup, executor, failure, start, wait};
use firesteel_actors::{
    ConfigError, ExecutorId, SystemError, Time,
    carrier::{actix::ActorSystem, sim_loop::SimSystem},
    message::{DriverEndpoint, StopExecutors},
    resources::ResourceAmount,
    testing::Probe,
};

fn beating() -> Setup {
    let mut setup = Setup::attempts(1);
    setup.config.heartbeat.enabled = true;
    setup
}

/// They are silent for 120 seconds at most, so none may be lost in ten minutes without work.
#[test]
fn executors_that_send_signs_of_life_are_not_lost_on_the_loop() {
    let program = Fake::new();
    let mut system = beating().on_loop(program.clone(), 1);
    let cx = Running { system: system.handle().clone(), program: program.clone() };
    system.block_on(cx.run(Graph::one(4))).unwrap().unwrap();
    while system.now() < Time::ZERO + Duration::from_secs(600) {
        assert!(system.step(), "nothing is left to happen at {}", system.now());
    }
    assert!(!program.events().contains_key("ExecutorRemoved"), "{:?}", program.events());
    assert_eq!(system.block_on(cx.run(Graph::two(0, 4, 4))).unwrap(), Ok(Graph::two(0, 4, 4).answer()));
    // Told to end, they fall silent, and so does the one who watches them.
    cx.system.send(DriverEndpoint, StopExecutors {}).unwrap();
    system.run_until_idle();
    assert!(system.is_idle());
}

#[test]
fn executors_send_signs_of_life_on_actix() {
    let mut setup = beating();
    setup.config.heartbeat.interval = Duration::from_millis(1);
    let (system, cx) = start(setup, &Fake::new());
    let mut probe = Probe::of(&cx.system);
    for _ in 0..3 {
        for executor in ["Executor-1", "Executor-2"] {
            probe.within(LONG).record(&*format!("kind = HeartbeatResponse and to = {executor}"));
        }
    }
    assert_eq!(wait(cx.run(Graph::one(2))), Ok(vec![0, 2]));
    assert_eq!(system.stop(LONG).left_behind, []);
}

/// Each task takes a gpu; only the second executor has some.
fn one_with_gpus() -> Setup {
    let mut setup = Setup::attempts(1);
    setup.config.task_resources.insert("gpu".into(), ResourceAmount::ONE);
    setup.executors = vec![executor(1, 2), executor(2, 2).with_resource("gpu", ["a", "b"])];
    setup
}

fn takes_a_gpu() -> Arc<Fake> {
    Fake::running(|task, _| {
        let gpus = task.resources.get("gpu").map_or(0, BTreeMap::len);
        let is_right = task.executor_id == ExecutorId(2) && gpus == 1;
        (!is_right).then(|| failure(&format!("{gpus} gpus on executor {}", task.executor_id)))
    })
}

on_both!(tasks_run_where_their_resources_are, one_with_gpus(), takes_a_gpu(), |cx: Running| async move {
    assert_eq!(cx.run(Graph::one(6)).await, Ok(Graph::one(6).answer()));
});

#[test]
fn resources_that_no_executor_has_are_refused_at_the_start() {
    let setup = || {
        let mut setup = one_with_gpus();
        setup.config.task_resources.insert("gpu".into(), ResourceAmount::from_f64(3.0));
        setup
    };
    let on_actix = ActorSystem::builder(Fake::new()).config(setup().config).executors(setup().executors);
    let errors = [
        on_actix.start().unwrap_err(),
        SimSystem::new(Fake::new(), setup().config, setup().executors, 1).map(drop).unwrap_err(),
    ];
    for error in errors {
        assert!(
            matches!(&error, SystemError::Config(ConfigError::TooFewResources { name, .. }) if &**name == "gpu"),
            "{error:?}"
        );
    }
    // Executors may come later.
    ActorSystem::builder(Fake::new()).config(setup().config).start().unwrap();
}
