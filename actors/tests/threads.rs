//! A dropped system ends its threads. Alone in its executable: it counts the threads of the process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::{fs, time::Instant};

use common::{Fake, Graph, LONG, Setup, start, wait};
use firesteel_actors::carrier::actix::ActorSystem;

/// The names of this process' threads that a system starts (the kernel keeps 15 bytes of a name).
fn threads() -> Vec<String> {
    let names = fs::read_dir("/proc/self/task").unwrap().filter_map(|entry| {
        let name = fs::read_to_string(entry.unwrap().path().join("comm")).ok()?;
        let ours = ["firesteel-", "executor-", "task-result-get"];
        ours.iter().any(|prefix| name.starts_with(prefix)).then(|| name.trim_end().to_owned())
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// A thread that has been joined may show for a moment more.
fn assert_none_left() {
    let begun = Instant::now();
    while !threads().is_empty() {
        assert!(begun.elapsed() < LONG, "{:?}", threads());
        std::thread::yield_now();
    }
}

#[test]
fn a_system_ends_its_threads_however_it_ends() {
    assert_none_left();
    for round in 0..6 {
        let (system, cx) = start(Setup::attempts(1), &Fake::new());
        assert_eq!(wait(cx.run(Graph::two(0, 4, 4))), Ok(Graph::two(0, 4, 4).answer()));
        // A thread names itself, and may not have come to that.
        let begun = Instant::now();
        while threads().len() < 10 && begun.elapsed() < LONG {
            std::thread::yield_now();
        }
        let names = threads();
        let count = |prefix: &str| names.iter().filter(|name| name.starts_with(prefix)).count();
        // Two executors of two cores, four that decode results, one of actors, one of timers.
        let counts = (
            count("executor-"),
            count("task-result-get"),
            count("firesteel-actor"),
            count("firesteel-timer"),
        );
        assert_eq!(counts, (4, 4, 1, 1), "{names:?}");
        assert_eq!(names.len(), 10, "{names:?}");
        match round % 3 {
            // Stopped, dropped, or dropped while it runs.
            0 => assert_eq!(system.stop(LONG).left_behind, []),
            1 => drop(system),
            _ => {
                let _job = cx.submit(Graph::two(1, 100, 100));
                drop(system);
            }
        }
        assert_none_left();
    }
    // One that was never polled.
    let setup = Setup::attempts(1);
    let builder = ActorSystem::builder(Fake::new()).config(setup.config).executor(
        setup.executors[0].executor_id,
        "localhost",
        2,
    );
    let (system, actors) = builder.start_local().unwrap();
    drop(actors);
    drop(system);
    assert_none_left();
    // One whose runtime is gone.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let handle = runtime.handle().clone();
    let builder = ActorSystem::builder(Fake::new()).executor(setup.executors[0].executor_id, "localhost", 2);
    let system = builder.start_on(handle).unwrap();
    drop(runtime);
    drop(system);
    assert_none_left();
}
