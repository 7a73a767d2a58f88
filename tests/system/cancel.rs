//! Jobs that are given up: by dropping their futures, by id, all of them. Jobs that are not, although their
//! futures are gone.

use firesteel::{
    Context, Error, Rdd,
    actors::{JobError, JobId},
    rdd::Compute,
};

use crate::{
    harness::{LIMIT, Outcome, Scenario, scenario, wait},
    probe::{Probe, until_interrupted},
    support::{assert_contains, assert_fails, assert_usable, sorted},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both a_dropped_future_cancels_its_job),
        scenario!(both cancelling_what_has_ended_does_nothing),
        scenario!(both by_id_before_it_runs),
        scenario!(blocking a_dropped_future_ends_its_tasks),
        scenario!(blocking by_id_while_it_runs),
        scenario!(blocking on_the_map_side),
        scenario!(blocking all_jobs).master("local[3]"),
        scenario!(blocking sources_and_writers_look_at_the_flag),
        scenario!(blocking detached_it_runs_to_its_end),
    ]
}

async fn a_dropped_future_cancels_its_job(context: Context) -> Outcome {
    for _ in 0..3 {
        let sums = context.range(0..1_000, 1, 50).map(|x| (x % 7, x)).reduce_by_key(|a, b| a + b);
        drop(sums.count_async());
        drop((sums.collect_async(), sums.sort_by_key(true).collect_async(), sums.take_async(2)));
    }
    assert_usable(&context).await
}

async fn cancelling_what_has_ended_does_nothing(context: Context) -> Outcome {
    assert_eq!(context.range(0..10, 1, 2).count_async().await?, 10);
    context.cancel_job(JobId(0), "too late")?;
    context.cancel_job(JobId(99), "unknown")?;
    context.cancel_all_jobs()?;
    assert_usable(&context).await
}

async fn by_id_before_it_runs(context: Context) -> Outcome {
    let job = context.range(0..10, 1, 2).count_async();
    context.cancel_job(JobId(0), "because nobody wants it")?;
    let error = assert_fails(job.await, &["Job 0 cancelled because nobody wants it"]);
    assert!(matches!(&error, Error::Job(failure) if matches!(failure.source, JobError::Cancelled { .. })));
    context.cancel_job(JobId(0), "again")?;
    assert_usable(&context).await
}

/// Tasks that begin, and end when they are interrupted; both are counted.
fn patient(context: &Context, tasks: usize, probes: (Probe, Probe)) -> Rdd<impl Compute<Item = i64> + use<>> {
    let numbers = context.range(0..tasks as i64, 1, tasks).map_with(probes, |probes, x| (*probes, x));
    numbers.map_partitions_with_index(|_, items, task| {
        items.map(move |((begun, ended), x)| {
            begun.hit();
            until_interrupted(&task);
            ended.hit();
            x
        })
    })
}

fn a_dropped_future_ends_its_tasks(context: Context) -> Outcome {
    let (begun, ended) = (Probe::new(), Probe::new());
    // Two run, four wait; what waits never begins.
    let job = patient(&context, 6, (begun, ended)).count_async();
    begun.await_hits(2);
    drop(job);
    ended.await_hits(2);
    wait(LIMIT, assert_usable(&context))??;
    assert_eq!((begun.hits(), ended.hits()), (2, 2));
    Ok(())
}

fn by_id_while_it_runs(context: Context) -> Outcome {
    let (begun, ended) = (Probe::new(), Probe::new());
    let job = patient(&context, 2, (begun, ended)).collect_async();
    begun.await_hits(2);
    context.cancel_job(JobId(0), "as planned")?;
    let error = wait(LIMIT, job)?.unwrap_err();
    assert_contains(&error.to_string(), &["Job 0 cancelled as planned\n(job 0: collect_async at ", file!()]);
    ended.await_hits(2);
    wait(LIMIT, assert_usable(&context))?
}

fn on_the_map_side(context: Context) -> Outcome {
    let (begun, ended) = (Probe::new(), Probe::new());
    let sums = patient(&context, 2, (begun, ended)).map(|x| (x, 1u64)).reduce_by_key(|a, b| a + b);
    let job = sums.count_async();
    begun.await_hits(2);
    drop(job);
    ended.await_hits(2);
    // The outputs of killed map tasks do not count: the stage runs again.
    let job = sums.count_async();
    begun.await_hits(4);
    drop(job);
    ended.await_hits(4);
    wait(LIMIT, assert_usable(&context))?
}

fn all_jobs(context: Context) -> Outcome {
    let (begun, ended) = (Probe::new(), Probe::new());
    let jobs: Vec<_> = (0..5).map(|_| patient(&context, 1, (begun, ended)).count_async()).collect();
    begun.await_hits(3);
    context.cancel_all_jobs()?;
    for (number, job) in jobs.into_iter().enumerate() {
        let error = wait(LIMIT, job)?.unwrap_err();
        let text = format!("Job {number} cancelled as part of cancellation of all jobs");
        assert_contains(&error.to_string(), &[&text]);
    }
    ended.await_hits(3);
    wait(LIMIT, assert_usable(&context))?
}

fn sources_and_writers_look_at_the_flag(context: Context) -> Outcome {
    // None of these would end in a lifetime, and none looks at the flag itself.
    let endless = |probe: Probe| {
        context.range(0..i64::MAX, 1, 2).map_with(probe, |probe, x| {
            if x & 0xFFFF == 1 || x & 0xFFFF == 0xFFFF {
                probe.hit();
            }
            x
        })
    };
    let (counted, shuffled, gathered, pulled) = (Probe::new(), Probe::new(), Probe::new(), Probe::new());
    let dir = tempfile::tempdir()?;
    let job = endless(counted).count_async();
    counted.await_hits(4);
    drop(job);
    let job = endless(shuffled).map(|x| (x % 10, x)).reduce_by_key(i64::max).count_async();
    shuffled.await_hits(4);
    drop(job);
    let job = endless(gathered).filter(|x| x % 1_000_000 == 0).map(|x| (x, x)).group_by_key().count_async();
    gathered.await_hits(4);
    drop(job);
    let job = endless(pulled).filter(|x| *x < 0).save_as_text_file_async(dir.path().join("out"));
    pulled.await_hits(4);
    drop(job);
    wait(LIMIT, assert_usable(&context))??;
    assert_eq!(std::fs::read_dir(dir.path())?.count(), 0);
    Ok(())
}

fn detached_it_runs_to_its_end(context: Context) -> Outcome {
    let probe = Probe::new();
    let numbers = context.range(0..50, 1, 10).map_with(probe, |probe, x| {
        probe.hit();
        x
    });
    numbers.count_async().detach();
    // One that fails is only logged.
    context.range(0..1, 1, 1).map(|_| -> i64 { panic!("deliberate") }).count_async().detach();
    probe.await_hits(50);
    assert_eq!(sorted(context.range(0..3, 1, 2).collect()?), [0, 1, 2]);
    Ok(())
}
