//! The programs of README.md and docs/guide.md, compiled and run. Each Rust block of those documents stands in
//! here word for word, which [`super::programs`] checks.

use std::error::Error;

type Tested = Result<(), Box<dyn Error>>;

#[test]
fn word_count() -> Tested {
    let context = firesteel::Context::builder().master("local[*]").start()?;
    let counts = context
        .text_file("LICENSE-APACHE", 4)
        .flat_map(|line| line.into_words())
        .map(|word| (word, 1u64))
        .reduce_by_key(|a, b| a + b);
    for (count, word) in counts.map(|(word, count)| (count, word)).top(5)? {
        println!("{count:>8}  {word}");
    }
    Ok(())
}

#[test]
fn contexts() -> Tested {
    let context = firesteel::Context::builder()
        .master("local[2,4]") // two task threads, four attempts per task
        .config("spark.driver.maxResultSize", "64m")
        .start()?;
    assert_eq!(context.range(0..10, 1, 4).count()?, 10);
    let report = context.stop();
    assert!(report.left_behind.is_empty());
    Ok(())
}

#[test]
fn one_line_in_main() -> Tested {
    fn main() -> Result<(), firesteel::Error> {
        firesteel::executor::run_if_asked();
        let context = firesteel::Context::builder().master("local[2]").start()?;
        assert_eq!(context.range(0..10, 1, 2).count()?, 10);
        Ok(())
    }
    Ok(main()?)
}

#[test]
fn host_runtime() -> Tested {
    let host = tokio::runtime::Runtime::new()?;
    let context = firesteel::Context::builder().master("local[2]").runtime(host.handle().clone()).start()?;
    host.block_on(async {
        let (small, large) = (context.range(0..100, 1, 4), context.range(0..1_000, 1, 4));
        let (first, second) = (small.count_async(), large.count_async()); // both run now
        assert_eq!(first.await? + second.await?, 1_100);
        Ok::<(), firesteel::Error>(())
    })?;
    context.stop();
    Ok(())
}

#[cfg(feature = "trace")]
#[test]
fn observers() -> Tested {
    use firesteel::actors::{carrier::Observed, message::Describe};
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    let context = firesteel::Context::builder().master("local[2]").start()?;
    let succeeded = Arc::new(AtomicU64::new(0));
    let counter = succeeded.clone();
    let subscription = context.system().observe(move |observed: Observed<'_>| {
        if observed.message.kind() == "TaskSucceeded" {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    context.range(0..10, 1, 5).count()?;
    drop(subscription); // observing ends here
    assert_eq!(succeeded.load(Ordering::Relaxed), 5);
    Ok(())
}

#[test]
fn metrics() -> Tested {
    use firesteel::MetricsTable;
    use std::sync::Arc;

    let metrics = Arc::new(MetricsTable::new());
    let context = firesteel::Context::builder().master("local[2]").listener(metrics.clone()).start()?;
    context.text_file("LICENSE-APACHE", 2).flat_map(|line| line.into_words()).distinct().count()?;
    context.stop();
    assert_eq!(metrics.stages().len(), 2);
    assert!(metrics.total().metrics.bytes_read > 10_000);
    println!("{}", metrics.table());
    Ok(())
}

#[test]
fn inject() -> Tested {
    use firesteel::actors::message::{DriverEndpoint, ReviveOffers};
    let context = firesteel::Context::builder().master("local[2]").start()?;
    context.system().named(7).send(DriverEndpoint, ReviveOffers {})?; // Host-7 in the trace
    Ok(())
}

#[test]
fn on_the_loop() -> Tested {
    let (context, mut system) = firesteel::Context::builder().master("local[2]").start_sim(42)?;
    let sum = context.range(0..10, 1, 4).reduce_async(|a, b| a + b);
    assert_eq!(system.block_on(sum)??, 45);
    assert!(system.is_idle());
    Ok(())
}

#[test]
fn jobs_by_name() -> Tested {
    let context = firesteel::Context::builder().master("local[2]").start()?;
    context.set_job_group("reports", "the nightly reports", false);
    context.add_job_tag("slow")?;
    let job = context.range(0..i64::MAX, 1, 2).count_async();
    let handle = job.handle(); // names the action's jobs and cancels it from anywhere
    context.cancel_job_group("reports", "as they are out of date")?;
    let error = tokio::runtime::Runtime::new()?.block_on(job).unwrap_err();
    assert!(error.to_string().starts_with("Job 0 cancelled as they are out of date"));
    assert_eq!(handle.job_ids()[0].to_string(), "0");
    Ok(())
}

#[test]
fn explaining() -> Tested {
    let context = firesteel::Context::builder().master("local[1]").start()?;
    let sums = context.range(0..i64::MAX, 1, 2).map(|x| (x % 3, x)).reduce_by_key(|a, _| a);
    let job = sums.count_async();
    let explanation = context.explain_job(job.handle().job_ids()[0])?;
    assert!(explanation.to_string().contains("stage 1 waits for the outputs of stage 0"));
    Ok(())
}

#[test]
fn barrier_stages() -> Tested {
    let context = firesteel::Context::builder().master("local[3]").start()?;
    let sums = context.range(0..30, 1, 3).barrier().map_partitions(|items, task| {
        let own: i64 = items.sum();
        let all = task.all_gather(&own.to_string())?; // by partition
        let total: i64 = all.iter().filter_map(|text| text.parse::<i64>().ok()).sum();
        task.barrier()?; // nobody goes on before all are here
        Ok(std::iter::once((own, total)))
    });
    assert_eq!(sums.collect()?, [(45, 435), (145, 435), (245, 435)]);
    Ok(())
}

#[test]
fn storage() -> Tested {
    use firesteel::StorageLevel;
    let context = firesteel::Context::builder().master("local[2]").start()?;
    let points = context.range(0..1_000, 1, 4).map(|x| (x % 7, x as f64)).cache();
    let mean = points.map(|(_, y)| y).reduce(|a, b| a + b)? / points.count()? as f64;
    let sums = points.reduce_by_key(|a, b| a + b).persist(StorageLevel::MEMORY_AND_DISK);
    assert_eq!((mean, sums.count()?), (499.5, 7));
    points.unpersist(); // or drop all that is made from it
    Ok(())
}

#[test]
fn closures() -> Tested {
    let context = firesteel::Context::builder().master("local[2]").start()?;
    let numbers = context.parallelize(vec![1u64, 2], 1);
    let factor = 3u64;
    let tripled = numbers.map_with(factor, |factor, x| x * factor);
    assert_eq!(tripled.collect()?, [3, 6]);
    Ok(())
}

#[test]
fn boxed() -> Tested {
    use firesteel::rdd::{Boxed, Rdd};
    let context = firesteel::Context::builder().master("local[2]").start()?;
    let mut numbers: Rdd<Boxed<i64>> = context.range(0..5, 1, 2).boxed();
    for step in 1..=3 {
        numbers = numbers.map_with(step, |step, x| x + step).boxed();
    }
    assert_eq!(numbers.collect()?, [6, 7, 8, 9, 10]);
    Ok(())
}

#[test]
fn helper() -> Tested {
    use firesteel::{rdd::Compute, rdd::Rdd, text::Text};

    fn long_words(lines: &Rdd<impl Compute<Item = Text>>) -> Rdd<impl Compute<Item = Text>> {
        lines.flat_map(|line| line.into_words()).filter(|word| word.len() > 12)
    }
    let context = firesteel::Context::builder().master("local[2]").start()?;
    assert!(long_words(&context.text_file("LICENSE-APACHE", 2)).count()? > 0);
    Ok(())
}

#[test]
fn errors() -> Tested {
    use firesteel::{Error, actors::JobError};

    let context = firesteel::Context::builder().master("local[2]").start()?;
    let checked = context.range(0..4, 1, 2).map(|x| {
        assert!(x < 2, "{x} is too large");
        x
    });
    match checked.collect() {
        Err(Error::Job(failure)) => match &failure.source {
            JobError::StageFailure { reason, cause } => {
                assert!(reason.contains("2 is too large"));
                assert!(cause.is_some()); // the attempt's TaskEndReason, as a type
            }
            other => panic!("{other}"),
        },
        other => panic!("{other:?}"),
    }
    assert_eq!(context.range(0..4, 1, 2).count()?, 4); // the context lives on
    Ok(())
}

#[test]
fn control_plane_alone() -> Tested {
    use std::sync::{Arc, mpsc};

    use firesteel_actors::{
        ExecutorId, JobId, RddId,
        carrier::{Application, TaskControl, actix::ActorSystem},
        lineage::{Blob, Lineage, RddInfo, StageBinary},
        message::{
            DagScheduler, JobSubmitted, JobWaiterMessage, Properties, TaskDescription, TaskResult,
            TaskStatus, TaskValue,
        },
    };

    struct Host {
        ends: mpsc::Sender<JobWaiterMessage>,
    }

    impl Application for Host {
        fn run_task(&self, task: &TaskDescription, _control: &Arc<TaskControl>) -> TaskStatus {
            let answer = format!("partition {}", task.partition_id).into_bytes();
            let value = TaskValue::Direct(Blob::from(answer));
            TaskStatus::Finished(Box::new(TaskResult {
                value,
                metrics: Box::default(),
                accum_updates: Vec::new(),
            }))
        }

        fn job_waiter(&self, message: JobWaiterMessage) {
            self.ends.send(message).ok();
        }

        fn system_ended(&self, _reason: &str) {}
    }

    let (ends, ended) = mpsc::channel();
    let system =
        ActorSystem::builder(Arc::new(Host { ends })).executor(ExecutorId::DRIVER, "localhost", 2).start()?;
    let rdd = RddInfo::new(RddId(0), "opaque", "by hand", 3, Vec::new());
    system.handle().send(
        DagScheduler,
        JobSubmitted {
            job_id: JobId(0),
            final_rdd: rdd.id,
            lineage: Arc::new(Lineage { rdds: [(rdd.id, rdd)].into(), ..Lineage::default() }),
            partitions: vec![0, 1, 2],
            binary: Ok(StageBinary::default()),
            call_site: "by hand".into(),
            properties: Properties::default(),
        },
    )?;
    for _ in 0..3 {
        assert!(matches!(ended.recv()?, JobWaiterMessage::TaskSucceeded(_)));
    }
    Ok(())
}

#[test]
fn recording() -> Tested {
    use firesteel::actors::{ActorId, trace::RecordOptions};

    let options = RecordOptions::payloads() // or heads(): some twenty bytes a message
        .only_actors([ActorId::DagScheduler])
        .only_kinds(["SubmitTasks", "CompletionEvent"])
        .compressed();
    let path = std::env::temp_dir().join("guide.trace");
    let context = firesteel::Context::builder().master("local[2]").record(&path, options).start()?;
    context.range(0..10, 1, 2).count()?;
    context.stop();
    Ok(())
}

#[cfg(feature = "trace")]
#[test]
fn testing() -> Tested {
    use firesteel::actors::testing::{Probe, TraceAssertions};

    let (context, mut system) = firesteel::Context::builder().master("local[2,2]").start_sim(7)?;
    let mut probe = Probe::of(system.handle());
    let sums = context.range(0..100, 1, 4).map(|x| (x % 3, x)).reduce_by_key(|a, b| a + b).count_async();
    // By the virtual clock; a system on actix is waited for with `within`.
    probe.within_on(&mut system, std::time::Duration::from_secs(1)).record("SubmitTasks and stage = 1");
    assert_eq!(system.block_on(sums)??, 3);
    let trace = probe.messages();
    trace.happens_before("StageCompleted and stage = 0", "LaunchTask and stage = 1");
    trace.exactly_once("kind = TaskSucceeded and partition = 1");
    trace.never("failures or kind = KillTask");
    Ok(())
}
