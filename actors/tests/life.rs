//! Systems on actix: how they start, stop, and die.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use common::{Fake, Graph, LONG, Running, Setup, executor, on_loop, start, wait};
use firesteel_actors::{
    ActorId, Config, ConfigError, ExecutorId, JobError, SystemError,
    carrier::{
        Application, Observed, StuckTask, TaskControl,
        actix::{ActorSystem, thread_carries_actors},
        sim_loop::{SimSystem, Stalled},
    },
    message::{
        DagScheduler, DriverEndpoint, JobCancelled, JobWaiterMessage, ReviveOffers, SparkListenerEvent,
        TaskDescription, TaskEndReason, TaskStatus,
    },
};

/// A program whose tasks wait until they are killed, and say so when they begin and end.
fn until_killed() -> (Arc<Fake>, mpsc::Receiver<String>) {
    let (say, heard) = mpsc::channel();
    let program = Fake::running(move |task, control| {
        say.send(format!("begun {}", task.partition_id)).unwrap();
        while !control.is_killed() {
            std::thread::yield_now();
        }
        let reason = control.kill_reason().unwrap();
        say.send(reason.to_string()).unwrap();
        Some(TaskStatus::Killed(Box::new(TaskEndReason::killed(reason))))
    });
    (program, heard)
}

#[test]
fn a_cancel_kills_the_tasks_that_run() {
    let (program, heard) = until_killed();
    let (system, cx) = start(Setup::attempts(1), &program);
    let (job_id, end) = cx.submit(Graph::one(1));
    assert_eq!(heard.recv_timeout(LONG).unwrap(), "begun 0");
    cx.system.send(DagScheduler, JobCancelled { job_id, reason: None }).unwrap();
    assert_eq!(wait(end), Err(JobError::Cancelled { job_id, reason: None }));
    assert_eq!(heard.recv_timeout(LONG).unwrap(), "Stage cancelled: Job 0 cancelled");
    assert_eq!(system.stop(LONG).left_behind, []);
}

#[test]
fn stopping_fails_the_jobs_that_run_and_ends_their_tasks() {
    let (program, heard) = until_killed();
    let (system, cx) = start(Setup::attempts(1), &program);
    let (job_id, end) = cx.submit(Graph::one(1));
    assert_eq!(heard.recv_timeout(LONG).unwrap(), "begun 0");
    assert_eq!(system.stop(LONG).left_behind, []);
    // Whichever comes first: the cancelled stage, or the executor that ends.
    let reason = heard.recv_timeout(LONG).unwrap();
    assert!(
        reason == "executor is shutting down"
            || reason.starts_with("Stage cancelled: Job 0 cancelled because"),
        "{reason}"
    );
    assert_eq!(wait(end), Err(JobError::ContextStopped { job_id }));
    program.check_events();
    assert_eq!(program.ended(), ["it has been stopped"]);
}

#[test]
fn jobs_fail_with_the_reason_however_the_stop_falls() {
    for _ in 0..50 {
        let program = Fake::new();
        let (system, cx) = start(Setup::attempts(1), &program);
        let ends: Vec<_> = (0..3).map(|shuffle| cx.submit(Graph::two(shuffle, 3, 3))).collect();
        drop(system);
        for (shuffle, (job_id, end)) in (0..).zip(ends) {
            let outcome = wait(end);
            let done = Ok(Graph::two(shuffle, 3, 3).answer());
            assert!(outcome == done || outcome == Err(JobError::ContextStopped { job_id }), "{outcome:?}");
        }
        program.check_events();
    }
}

#[test]
fn a_stuck_task_is_named_and_left_behind() {
    let (release, released) = mpsc::channel::<()>();
    let (say, heard) = mpsc::channel();
    let released = Mutex::new(released);
    let program = Fake::running(move |_, _| {
        say.send(()).unwrap();
        released.lock().unwrap().recv_timeout(LONG).ok();
        None
    });
    let mut setup = Setup::attempts(1);
    setup.executors = vec![executor(4, 1)];
    let (system, cx) = start(setup, &program);
    let (job_id, end) = cx.submit(Graph::one(1));
    heard.recv_timeout(LONG).unwrap();
    let begun = Instant::now();
    let report = system.stop(Duration::from_millis(50));
    assert!(begun.elapsed() >= Duration::from_millis(50) && begun.elapsed() < LONG / 2);
    let [StuckTask { thread, task_id, task, running_for }] = &report.left_behind[..] else {
        panic!("{report:?}")
    };
    assert_eq!((&**thread, task_id.0, &**task), ("executor-4-task-0", 0, "task 0.0 in stage 0.0"));
    assert!(*running_for >= Duration::from_millis(50));
    assert!(
        report.left_behind[0]
            .to_string()
            .contains("thread executor-4-task-0 is still in the user code of task 0.0")
    );
    assert_eq!(wait(end), Err(JobError::ContextStopped { job_id }));
    release.send(()).unwrap();
}

#[test]
fn after_the_stop_nothing_is_taken() {
    let program = Fake::new();
    let (system, cx) = start(Setup::attempts(1), &program);
    let named = cx.system.named(3);
    assert_eq!(system.stop(LONG).left_behind, []);
    for handle in [&cx.system, &named] {
        assert!(matches!(handle.send(DriverEndpoint, ReviveOffers {}), Err(SystemError::Stopped)));
    }
    let setup = Setup::attempts(1);
    let system = setup.on_loop(Fake::new(), 1);
    let handle = system.handle().clone();
    handle.send(DriverEndpoint, ReviveOffers {}).unwrap();
    drop(system);
    assert!(matches!(handle.send(DriverEndpoint, ReviveOffers {}), Err(SystemError::Stopped)));
    assert_eq!(SystemError::Stopped.to_string(), "SparkContext has been shutdown");
}

#[test]
fn two_systems_at_once_and_one_after_another() {
    let (first, second) = (Fake::new(), Fake::new());
    let (first_system, first) = start(Setup::attempts(1), &first);
    let (second_system, second) = start(Setup::attempts(1), &second);
    let graph = Graph::two(0, 3, 4);
    let (one, two) = (first.submit(graph).1, second.submit(graph).1);
    assert_eq!((wait(one), wait(two)), (Ok(graph.answer()), Ok(graph.answer())));
    drop(first_system);
    assert_eq!(wait(second.run(Graph::one(2))), Ok(vec![0, 2]));
    drop(second_system);
    assert_eq!(first.program.ended(), ["it has been stopped"]);
    let (_third_system, third) = start(Setup::attempts(1), &Fake::new());
    assert_eq!(wait(third.run(Graph::one(2))), Ok(vec![0, 2]));
}

#[test]
fn a_system_on_a_hosts_runtime() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let program = Fake::new();
    let builder = ActorSystem::builder(program.clone()).executor(ExecutorId::DRIVER, "localhost", 2);
    let system = builder.start_on(runtime.handle().clone()).unwrap();
    let cx = Running { system: system.handle().clone(), program };
    let job = cx.submit(Graph::two(0, 2, 2)).1;
    assert_eq!(runtime.block_on(runtime.spawn(job)).unwrap(), Ok(Graph::two(0, 2, 2).answer()));
    assert_eq!(system.stop(LONG).left_behind, []);
    // The host's runtime lives on.
    assert_eq!(runtime.block_on(async { 7 }), 7);
}

#[test]
fn a_system_within_a_local_set() {
    let program = Fake::new();
    let weak = Arc::downgrade(&program);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async move {
        let builder = ActorSystem::builder(program.clone()).executor(ExecutorId::DRIVER, "localhost", 2);
        let (system, actors) = builder.start_local().unwrap();
        let cx = Running { system: system.handle().clone(), program };
        // Messages that come before the actors live wait for them.
        let job = cx.submit(Graph::two(0, 2, 2)).1;
        let actors = tokio::task::spawn_local(actors);
        assert_eq!(job.await, Ok(Graph::two(0, 2, 2).answer()));
        let (job_id, _) = cx.submit(Graph::one(1));
        cx.system.send(DagScheduler, JobCancelled { job_id, reason: None }).unwrap();
        assert_eq!(system.stop(LONG).left_behind, []);
        actors.await.unwrap();
        drop(cx);
        // Nothing of the system is left in the host's LocalSet.
        tokio::time::timeout(LONG, async {
            while weak.strong_count() > 0 {
                tokio::task::yield_now().await;
            }
        })
        .await
        .unwrap();
    });
}

#[test]
fn a_system_within_an_actix_system() {
    let program = Fake::new();
    actix::System::new().block_on(async move {
        let builder = ActorSystem::builder(program.clone()).executor(ExecutorId::DRIVER, "localhost", 1);
        let (system, actors) = builder.start_local().unwrap();
        let cx = Running { system: system.handle().clone(), program };
        let (end, ()) = tokio::join!(
            async {
                let end = cx.run(Graph::one(3)).await;
                drop(system);
                end
            },
            actors
        );
        assert_eq!(end, Ok(vec![0, 2, 4]));
    });
}

#[test]
fn two_executors_of_one_id_are_refused_at_the_start() {
    let builder = || {
        let builder = ActorSystem::builder(Fake::new());
        builder.executor(ExecutorId(1), "a", 2).executor(ExecutorId(2), "a", 2).executor(
            ExecutorId(1),
            "b",
            1,
        )
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let twice = vec![executor(1, 2), executor(2, 2), executor(1, 1)];
    let starts = [
        SimSystem::new(Fake::new(), Config::default(), twice, 1).map(drop).unwrap_err(),
        builder().start().unwrap_err(),
        builder().start_on(runtime.handle().clone()).unwrap_err(),
        builder().start_local().map(|(system, _)| system).unwrap_err(),
    ];
    for error in starts {
        assert!(matches!(error, SystemError::DuplicateExecutor { executor_id: ExecutorId(1) }), "{error}");
        assert_eq!(error.to_string(), "executor 1 was given twice; give each executor an id of its own");
    }
}

#[test]
fn settings_that_contradict_each_other_are_refused_at_the_start() {
    let mut config = Config::default();
    config.set("spark.executor.heartbeatInterval", "1h").unwrap();
    let builder = ActorSystem::builder(Fake::new()).config(config).executor(ExecutorId(1), "a", 2);
    let error = builder.start().unwrap_err();
    assert!(matches!(error, SystemError::Config(ConfigError::Contradiction { .. })), "{error}");
}

#[test]
fn a_thread_carries_actors_while_their_future_is_there() {
    // On a host's thread: from the start on, for its code may block before it polls.
    let start_local = || {
        let builder = ActorSystem::builder(Fake::new()).executor(ExecutorId::DRIVER, "localhost", 1);
        builder.start_local().unwrap()
    };
    assert!(!thread_carries_actors());
    let (first, actors) = start_local();
    let (second, never_polled) = start_local();
    assert!(thread_carries_actors());
    drop(never_polled);
    assert!(thread_carries_actors());
    wait(async {
        let local = tokio::task::LocalSet::new();
        let stop = async {
            assert!(thread_carries_actors());
            assert_eq!(first.stop(LONG).left_behind, []);
        };
        local.run_until(async { tokio::join!(stop, actors) }).await;
    });
    assert!(!thread_carries_actors());
    drop(second);
    // On a thread of the system's own: there, and nowhere else.
    let (system, cx) = start(Setup::attempts(1), &Fake::new());
    let (say, heard) = mpsc::channel();
    let _subscription = cx.system.observe(move |observed: Observed<'_>| {
        if observed.head.to == ActorId::DagScheduler {
            say.send(thread_carries_actors()).ok();
        }
    });
    assert_eq!(wait(cx.run(Graph::one(1))), Ok(vec![0]));
    assert!(heard.recv_timeout(LONG).unwrap());
    assert!(!thread_carries_actors());
    drop(system);
}

#[test]
fn jobs_wait_for_executors_and_a_body_that_waits_for_nothing_is_told() {
    let mut setup = Setup::attempts(1);
    setup.executors = Vec::new();
    let program = Fake::new();
    let mut system = setup.on_loop(program.clone(), 1);
    let cx = Running { system: system.handle().clone(), program };
    let stalled: Stalled = system.block_on(cx.run(Graph::one(1))).unwrap_err();
    assert!(stalled.to_string().contains("no message and no timer is left"), "{stalled}");
    assert!(!system.is_idle());
}

/// A program that panics in the middle of a job, on the thread of the actors.
struct Careless {
    fake: Arc<Fake>,
    panicked: AtomicBool,
}

impl Application for Careless {
    fn run_task(&self, task: &TaskDescription, control: &Arc<TaskControl>) -> TaskStatus {
        self.fake.run_task(task, control)
    }

    fn job_waiter(&self, message: JobWaiterMessage) {
        self.fake.job_waiter(message);
    }

    fn listener_event(&self, event: &SparkListenerEvent) {
        if matches!(event, SparkListenerEvent::StageCompleted(_))
            && !self.panicked.swap(true, Ordering::Relaxed)
        {
            panic!("a careless listener");
        }
    }

    fn system_ended(&self, reason: &str) {
        self.fake.system_ended(reason);
    }
}

#[test]
fn an_actor_that_dies_fails_all_jobs_and_the_system_takes_no_more() {
    let fake = Fake::new();
    let careless = Arc::new(Careless { fake: fake.clone(), panicked: AtomicBool::new(false) });
    let system = ActorSystem::builder(careless).executor(ExecutorId::DRIVER, "localhost", 1).start().unwrap();
    let cx = Running { system: system.handle().clone(), program: fake };
    let reason = "DAGScheduler panicked: a careless listener".to_owned();
    assert_eq!(wait(cx.run(Graph::two(0, 1, 1))), Err(JobError::SystemFailed(reason.clone())));
    assert!(matches!(cx.system.send(DriverEndpoint, ReviveOffers {}), Err(SystemError::Stopped)));
    assert_eq!(system.stop(LONG).left_behind, []);
    assert_eq!(cx.program.ended()[0], reason);
}

#[test]
fn a_host_may_inject_messages_of_its_own() {
    on_loop(Setup::attempts(1), Fake::new(), 3, async |cx: Running| {
        let host = cx.system.named(9);
        for _ in 0..20 {
            host.send(DriverEndpoint, ReviveOffers {}).unwrap();
        }
        assert_eq!(cx.run(Graph::two(0, 2, 2)).await, Ok(Graph::two(0, 2, 2).answer()));
    });
}
