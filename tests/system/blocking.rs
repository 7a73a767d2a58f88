//! Actions that block: what they answer, on many threads at once, and where they are refused.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use firesteel::{Context, Error, Rdd, actors::carrier::Observed, rdd::source::RangeSource};

use crate::{
    harness::{LIMIT, Outcome, Scenario, scenario},
    probe::Probe,
    support::sorted,
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(blocking every_action_blocks),
        scenario!(blocking from_many_threads),
        scenario!(blocking within_a_runtime_of_the_host),
        scenario!(blocking refused_inside_a_task).in_process("what its task calls is in a static"),
        scenario!(blocking refused_on_the_thread_of_the_actors),
        scenario!(free refused_on_the_loop),
    ]
}

fn every_action_blocks(context: Context) -> Outcome {
    let rdd = context.range(1..11, 1, 4);
    assert_eq!(rdd.collect()?, (1..11).collect::<Vec<_>>());
    assert_eq!(rdd.count()?, 10);
    assert_eq!(rdd.reduce(|a, b| a + b)?, 55);
    assert_eq!(rdd.fold(0, |a, b| a + b)?, 55);
    assert_eq!(rdd.aggregate(0, |sum, x| sum + x, |a, b| a + b)?, 55);
    assert_eq!(rdd.take(3)?, [1, 2, 3]);
    assert_eq!(rdd.first()?, 1);
    assert_eq!(rdd.top(2)?, [10, 9]);
    assert_eq!(rdd.run_job(vec![3, 0], |items, _| items.count())?, [3, 2]);
    let probe = Probe::new();
    rdd.for_each_with(probe, |probe, _| assert!(probe.hit() > 0))?;
    context.parallelize(vec![probe], 1).for_each(|probe| assert!(probe.hit() > 0))?;
    assert_eq!(probe.hits(), 11);
    let dir = tempfile::tempdir()?;
    rdd.save_as_text_file(dir.path().join("out"))?;
    assert_eq!(std::fs::read_to_string(dir.path().join("out/part-00000"))?, "1\n2\n");
    Ok(())
}

fn from_many_threads(context: Context) -> Outcome {
    let shared = context.range(0..1_000, 1, 4).map(|x| (x % 7, 1u64)).reduce_by_key_n(3, |a, b| a + b);
    thread::scope(|scope| {
        for number in 0..8i64 {
            let (context, shared) = (context.clone(), shared.clone());
            scope.spawn(move || {
                for round in 0..5 {
                    let own = context.range(0..number * 10, 1, 3).map(|x| (x % 3, x));
                    assert_eq!(own.reduce_by_key(|a, b| a + b).count().unwrap(), (number * 10).min(3) as u64);
                    assert_eq!(shared.count().unwrap(), 7, "thread {number}, round {round}");
                }
            });
        }
    });
    Ok(())
}

fn within_a_runtime_of_the_host(context: Context) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    let (waiting, blocking) = (context.clone(), context);
    let waits = runtime.spawn(async move { waiting.range(0..10, 1, 2).count_async().await });
    let blocks = runtime.spawn(async move { blocking.range(0..20, 1, 2).count() });
    let both = runtime.block_on(async { (waits.await, blocks.await) });
    assert_eq!((both.0??, both.1??), (10, 20));
    Ok(())
}

fn refused_inside_a_task(context: Context) -> Outcome {
    static RDD: Mutex<Option<Rdd<RangeSource>>> = Mutex::new(None);
    *RDD.lock().unwrap() = Some(context.range(0..3, 1, 1));
    let inner = context.range(0..2, 1, 2).map(|_| {
        let rdd = RDD.lock().unwrap().clone().unwrap();
        rdd.count().unwrap_err().to_string()
    });
    let texts = inner.collect()?;
    RDD.lock().unwrap().take();
    let text = "a blocking action cannot be called inside a task; use its `_async` variant";
    assert_eq!(texts, [text, text]);
    Ok(())
}

fn refused_on_the_thread_of_the_actors(context: Context) -> Outcome {
    let rdd = context.range(0..3, 1, 1);
    let (answers, answer) = mpsc::channel();
    let answers = Mutex::new(answers);
    let (asking, asked) = (rdd.clone(), Arc::new(AtomicBool::new(false)));
    let once = asked.clone();
    let subscription = context.system().observe(move |_: Observed<'_>| {
        if thread::current().name() == Some("firesteel-actors") && !once.swap(true, Ordering::Relaxed) {
            answers.lock().unwrap().send(asking.count()).unwrap();
        }
    });
    assert_eq!(rdd.count()?, 3);
    let refused = answer.recv_timeout(LIMIT)?;
    assert!(matches!(refused, Err(Error::Blocking { place: "on the thread of the actors" })), "{refused:?}");
    drop(subscription);
    assert_eq!(sorted(rdd.collect()?), [0, 1, 2]);
    Ok(())
}

fn refused_on_the_loop() -> Outcome {
    let (context, mut system) = Context::builder().master("local[2]").start_sim(7)?;
    let rdd = context.range(0..3, 1, 2);
    assert!(matches!(rdd.count(), Err(Error::Blocking { .. })));
    assert_eq!(system.block_on(rdd.count_async())??, 3);
    Ok(())
}
