//! firesteel as a guest: several contexts, the host's runtime, threads that end, silence.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use firesteel::{Context, Error, actors::carrier::Observed, rdd::PlanError};

use crate::{
    child,
    harness::{LIMIT, Outcome, Scenario, scenario, wait},
    probe::Probe,
    support::{assert_fails, sorted},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(free two_contexts_at_once),
        scenario!(free two_loops_take_turns),
        scenario!(free one_context_after_the_other),
        scenario!(free properties_end_with_their_context),
        scenario!(free rdds_of_two_contexts_do_not_mix),
        scenario!(free on_the_runtime_of_the_host),
        scenario!(free the_host_subscribes_to_messages),
        scenario!(free threads_end_with_their_context).ignored_if(cfg!(not(target_os = "linux"))),
        scenario!(free nothing_is_printed_unless_asked_for),
    ]
}

fn sums(context: &Context, count: i64) -> firesteel::JobFuture<Vec<(i64, i64)>> {
    context.range(0..count, 1, 4).map(|x| (x % 2, x)).reduce_by_key(|a, b| a + b).collect_async()
}

fn two_contexts_at_once() -> Outcome {
    let contexts =
        [Context::builder().master("local[2]").start()?, Context::builder().master("local[1]").start()?];
    for _ in 0..5 {
        let jobs = (sums(&contexts[0], 10), sums(&contexts[1], 20), sums(&contexts[0], 4));
        assert_eq!(sorted(wait(LIMIT, jobs.2)??), [(0, 2), (1, 4)]);
        assert_eq!(sorted(wait(LIMIT, jobs.1)??), [(0, 90), (1, 100)]);
        assert_eq!(sorted(wait(LIMIT, jobs.0)??), [(0, 20), (1, 25)]);
    }
    // Each has ids, properties and an end of its own.
    let ids: Vec<u32> = contexts.iter().map(|context| context.range(0..1, 1, 1).id().0).collect();
    assert_eq!(ids, [30, 15]);
    contexts[0].set_local_property("colour", Some("red"));
    let colour = |context: &Context| {
        context.range(0..1, 1, 1).run_job(vec![0], |_, task| task.local_property("colour").is_some())
    };
    assert_eq!((colour(&contexts[0])?, colour(&contexts[1])?), (vec![true], vec![false]));
    contexts[0].stop();
    assert!(colour(&contexts[0]).is_err());
    assert_eq!(sorted(wait(LIMIT, sums(&contexts[1], 4))??), [(0, 2), (1, 4)]);
    Ok(())
}

fn two_loops_take_turns() -> Outcome {
    let (first, mut first_system) = Context::builder().master("local[2]").start_sim(1)?;
    let (second, mut second_system) = Context::builder().master("local[2]").start_sim(2)?;
    let (mut one, mut other) = (sums(&first, 10), sums(&second, 20));
    while first_system.step() | second_system.step() {}
    assert_eq!(sorted(first_system.block_on(&mut one)??), [(0, 20), (1, 25)]);
    assert_eq!(sorted(second_system.block_on(&mut other)??), [(0, 90), (1, 100)]);
    Ok(())
}

fn one_context_after_the_other() -> Outcome {
    for round in 1..10 {
        let context = Context::builder().master("local[3]").start()?;
        assert_eq!(context.range(0..round, 1, 3).count()?, round as u64);
        if round % 2 == 0 {
            context.stop();
        }
    }
    Ok(())
}

fn properties_end_with_their_context() -> Outcome {
    for round in 0..20 {
        // Often at the same address as the one before.
        let (context, mut system) = Context::builder().master("local[1]").start_sim(1)?;
        let seen = context
            .range(0..1, 1, 1)
            .run_job_async(vec![0], |_, task| task.local_property("round").is_some());
        assert_eq!(system.block_on(seen)??, [false], "round {round}");
        context.set_local_property("round", Some("some"));
    }
    Ok(())
}

fn rdds_of_two_contexts_do_not_mix() -> Outcome {
    let contexts =
        [Context::builder().master("local[2]").start()?, Context::builder().master("local[2]").start()?];
    let counts = |context: &Context, n: i64| {
        context.range(0..n, 1, 2).map(|x| (x % 3, 1u64)).reduce_by_key(|a, b| a + b)
    };
    let mixed = counts(&contexts[0], 9).union(&counts(&contexts[1], 30));
    let error = assert_fails(mixed.collect(), &["belongs to another context: collect it and make an RDD"]);
    assert!(matches!(error, Error::Plan(PlanError::OtherContext { .. })));
    // Also where something is to be found out first, which must not be done by the wrong one.
    let sized = counts(&contexts[0], 9).union(&counts(&contexts[1], 30).coalesce_by_size(100));
    assert_fails(sized.collect(), &["belongs to another context: collect it and make an RDD"]);
    assert_eq!(counts(&contexts[0], 9).collect_as_map()?[&2], 3);
    // Also where only narrow operators are between.
    let numbers = contexts.each_ref().map(|context| context.range(0..3, 1, 1));
    assert_fails(
        numbers[0].union(&numbers[1]).count(),
        &["RangeRDD[7] at range at ", "belongs to another context"],
    );
    Ok(())
}

fn on_the_runtime_of_the_host() -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let handle = runtime.handle().clone();
    let answer = runtime.block_on(async move {
        let start = || Context::builder().master("local[2]").runtime(handle.clone()).start();
        let (first, second) = (start()?, start()?);
        let jobs: Vec<_> =
            (1..6).map(|i| tokio::spawn(sums(if i % 2 == 0 { &first } else { &second }, 2 * i))).collect();
        let mut found = Vec::new();
        for job in jobs {
            found.push(sorted(job.await.unwrap()?).len());
        }
        // What blocks keeps out of the way of what does not.
        let blocking = first.clone();
        let count = tokio::task::spawn_blocking(move || blocking.range(0..9, 1, 2).count()).await.unwrap()?;
        let report = tokio::task::spawn_blocking(move || first.stop()).await.unwrap();
        assert_eq!((count, report.left_behind), (9, vec![]));
        assert_eq!(second.range(0..9, 1, 2).count_async().await?, 9);
        Ok::<_, firesteel::Error>(found)
    })?;
    assert_eq!(answer, [2; 5]);
    // The runtime is the host's still.
    assert_eq!(runtime.block_on(async { 7 }), 7);
    Ok(())
}

fn the_host_subscribes_to_messages() -> Outcome {
    let context = Context::builder().master("local[2]").start()?;
    let probe = Probe::new();
    let subscription = context.system().observe(move |_: Observed<'_>| {
        probe.hit();
    });
    assert_eq!(context.range(0..10, 1, 2).count()?, 10);
    // At least: submitted, set, offers, two launched, two ended, decoded, completed, told.
    assert!(probe.hits() > 10, "{}", probe.hits());
    drop(subscription);
    let seen = probe.hits();
    assert_eq!(context.range(0..10, 1, 2).count()?, 10);
    assert_eq!(probe.hits(), seen);
    Ok(())
}

fn threads_end_with_their_context() -> Outcome {
    child::run("threads")?;
    Ok(())
}

/// The names of all threads of this process.
fn threads() -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir("/proc/self/task").unwrap() {
        // It may have ended meanwhile.
        names.extend(fs::read_to_string(entry.unwrap().path().join("comm")).ok());
    }
    sorted(names.into_iter().map(|name| name.trim_end().to_owned()).collect())
}

/// Waits until these threads are there and no others; one that was joined may show for a moment more.
fn await_threads(expected: &[String]) {
    let begun = Instant::now();
    while threads() != expected {
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?} instead of {expected:?}", threads());
        thread::yield_now();
    }
}

/// In a child of its own: counts the threads of the process.
pub(crate) fn threads_end() -> Outcome {
    // Probes have a thread of their own.
    Probe::new();
    let before = threads();
    for round in 0..6 {
        let listener = std::sync::Arc::new(crate::history::History::default());
        let context = Context::builder().master("local[3]").listener(listener).start()?;
        assert_eq!(sorted(wait(LIMIT, sums(&context, 10))??), [(0, 20), (1, 25)]);
        // Three of tasks, four that decode, and one each of actors, timers and listeners.
        assert_eq!(threads().len(), before.len() + 10, "{:?}", threads());
        match round % 3 {
            0 => assert_eq!(context.stop().left_behind, []),
            1 => {}
            _ => {
                // A job that runs, and an RDD that holds the context.
                let begun = Probe::new();
                let numbers = context.range(0..i64::MAX, 1, 3).map_with(begun, |begun, x| {
                    if x & 0xFFFFF == 0 {
                        begun.hit();
                    }
                    x
                });
                let job = numbers.count_async();
                begun.await_hits(1);
                drop(context);
                drop(numbers);
                drop(job);
                await_threads(&before);
                continue;
            }
        }
        drop(context);
        await_threads(&before);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    // A thread names itself, and may not have come to that.
    while !threads().iter().any(|name| name.starts_with("tokio")) {
        thread::yield_now();
    }
    let host = threads();
    let context = Context::builder().master("local[2]").runtime(runtime.handle().clone()).start()?;
    assert_eq!(context.range(0..9, 1, 2).count()?, 9);
    drop(context);
    await_threads(&sorted(host));
    drop(runtime);
    await_threads(&before);
    Ok(())
}

fn nothing_is_printed_unless_asked_for() -> Outcome {
    let output = child::run("silence")?;
    assert_eq!(
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)),
        ("".into(), "".into())
    );
    Ok(())
}

/// In a child of its own: a job that succeeds, one that fails with an error, one that is cancelled.
pub(crate) fn nothing_is_printed() -> Outcome {
    let context = Context::builder().master("local[2,2]").start()?;
    assert_eq!(context.range(0..9, 1, 2).count()?, 9);
    assert!(context.text_file("no such file", 1).count().is_err());
    assert!(context.range(0..1, 1, 1).map(|_| -> i64 { panic!("deliberate") }).count().is_err());
    drop(context.range(0..9, 1, 2).count_async());
    context.stop();
    Ok(())
}
