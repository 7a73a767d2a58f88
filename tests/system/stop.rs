//! The end of a context: asked for, by dropping it, while jobs run, while a task is stuck.

use std::{
    thread,
    time::{Duration, Instant},
};

use firesteel::{Context, Error, actors::JobId};

use crate::{
    harness::{LIMIT, Outcome, Scenario, scenario, wait},
    probe::{Probe, until_interrupted},
    support::assert_contains,
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(free nothing_runs_after_it),
        scenario!(free nothing_runs_after_the_loop),
        scenario!(free while_jobs_run),
        scenario!(free stuck_tasks_are_named_and_left_behind),
        scenario!(free a_detached_job_keeps_its_context),
        scenario!(free from_inside_a_task),
    ]
}

fn nothing_runs_after_it() -> Outcome {
    let context = Context::builder().master("local[2]").start()?;
    let numbers = context.range(0..10, 1, 2);
    let sums = numbers.map(|x| (x % 3, x)).reduce_by_key(|a, b| a + b);
    assert_eq!(sums.count()?, 3);
    assert_eq!(context.stop().left_behind, []);
    assert_eq!(context.stop().left_behind, []);
    let dir = tempfile::tempdir()?;
    let stopped = [
        numbers.count().map(|_| ()),
        numbers.collect().map(|_| ()),
        numbers.take(3).map(|_| ()),
        sums.collect().map(|_| ()),
        sums.sort_by_key(true).collect().map(|_| ()),
        numbers.save_as_text_file(dir.path().join("out")),
        wait(LIMIT, numbers.count_async())?.map(|_| ()),
        context.cancel_job(JobId(0), ""),
        context.cancel_all_jobs(),
    ];
    for result in stopped {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Stopped), "{error:?}");
        assert_eq!(error.to_string(), "SparkContext has been shutdown");
    }
    assert_eq!(std::fs::read_dir(dir.path())?.count(), 0);
    Ok(())
}

fn nothing_runs_after_the_loop() -> Outcome {
    let (context, mut system) = Context::builder().master("local[2]").start_sim(3)?;
    let numbers = context.range(0..10, 1, 2);
    assert_eq!(system.block_on(numbers.count_async())??, 10);
    let running = numbers.count_async();
    drop(system);
    let error = wait(LIMIT, running)?.unwrap_err();
    assert_contains(&error.to_string(), &["SparkContext was shut down"]);
    assert!(matches!(wait(LIMIT, numbers.count_async())?, Err(Error::Stopped)));
    Ok(())
}

fn while_jobs_run() -> Outcome {
    let context = Context::builder().master("local[2]").start()?;
    let begun = Probe::new();
    let patient = context
        .range(0..6, 1, 6)
        .map_with(begun, |begun, x| (*begun, x))
        .map_partitions_with_index(|_, items, task| {
            items.map(move |(begun, x)| {
                begun.hit();
                until_interrupted(&task);
                x
            })
        });
    let dir = tempfile::tempdir()?;
    let target = dir.path().join("out");
    let blocked = thread::spawn({
        let patient = patient.clone();
        move || patient.count()
    });
    begun.await_hits(2);
    let (polled, saved) = (patient.count_async(), patient.save_as_text_file_async(target));
    let stopping = Instant::now();
    assert_eq!(context.stop().left_behind, []);
    assert!(stopping.elapsed() < Duration::from_secs(8), "{:?}", stopping.elapsed());
    for error in [
        blocked.join().unwrap().unwrap_err(),
        wait(LIMIT, polled)?.unwrap_err(),
        wait(LIMIT, saved)?.unwrap_err(),
    ] {
        assert_contains(&error.to_string(), &["cancelled because SparkContext was shut down"]);
    }
    assert_eq!((begun.hits(), std::fs::read_dir(dir.path())?.count()), (2, 0));
    Ok(())
}

/// A context whose second task is deaf, and that job's end.
fn deaf(gate: Probe, behind_a_shuffle: bool) -> Result<(Context, thread::JoinHandle<Error>), Error> {
    let context = Context::builder().master("local[2]").start()?;
    let begun = Probe::new();
    let numbers = context.range(0..2, 1, 2).map_with((begun, gate), |(begun, gate), x| {
        begun.hit();
        if x == 1 {
            gate.pass();
        }
        (x, x)
    });
    let job = thread::spawn(move || {
        let result = match behind_a_shuffle {
            true => numbers.reduce_by_key(|a, b| a + b).count(),
            false => numbers.count(),
        };
        result.unwrap_err()
    });
    begun.await_hits(2);
    Ok((context, job))
}

fn stuck_tasks_are_named_and_left_behind() -> Outcome {
    let gate = Probe::new();
    let stopped = |behind_a_shuffle: bool| {
        move || {
            let (context, job) = deaf(gate, behind_a_shuffle).unwrap();
            let begun = Instant::now();
            let report = context.stop();
            (report.left_behind, begun.elapsed(), job.join().unwrap())
        }
    };
    // At the same time, for each waits ten seconds.
    let stopping = [thread::spawn(stopped(false)), thread::spawn(stopped(true))];
    for stopped in stopping {
        let (left_behind, took, error) = stopped.join().unwrap();
        assert_contains(&error.to_string(), &["cancelled because SparkContext was shut down"]);
        assert!(took >= Duration::from_secs(9) && took < Duration::from_secs(20), "{took:?}");
        let [stuck] = &left_behind[..] else { panic!("{left_behind:?}") };
        assert!(stuck.thread.starts_with("executor-driver-task-"), "{stuck}");
        assert_eq!(stuck.task, "task 1.0 in stage 0.0");
        assert!(stuck.running_for >= Duration::from_secs(9));
        assert_contains(&stuck.to_string(), &["is still in the user code of task 1.0 in stage 0.0 (TID 1)"]);
    }
    gate.open();
    Ok(())
}

fn a_detached_job_keeps_its_context() -> Outcome {
    let (probe, gate) = (Probe::new(), Probe::new());
    let context = Context::builder().master("local[2]").start()?;
    let numbers = context.range(0..20, 1, 4).map_with((probe, gate), |(probe, gate), _| {
        gate.pass();
        probe.hit();
    });
    numbers.count_async().detach();
    drop((context, numbers));
    gate.open();
    probe.await_hits(20);
    Ok(())
}

fn from_inside_a_task() -> Outcome {
    static CONTEXT: std::sync::Mutex<Option<Context>> = std::sync::Mutex::new(None);
    let context = Context::builder().master("local[2]").start()?;
    *CONTEXT.lock().unwrap() = Some(context.clone());
    let begun = Instant::now();
    let numbers = context.range(0..1, 1, 1).map(|x| {
        let context = CONTEXT.lock().unwrap().take().unwrap();
        context.stop();
        x
    });
    // The task does not wait for itself, nor for the actors to tell the job.
    let error = numbers.count().unwrap_err().to_string();
    assert!(error.contains("SparkContext was shut down") || error.contains("it has been stopped"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert!(matches!(numbers.count(), Err(Error::Stopped)));
    Ok(())
}
