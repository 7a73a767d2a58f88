//! What listeners hear: Spark's events in Spark's order, metrics, and local properties.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use firesteel::{
    Context,
    actors::{
        carrier::Observed,
        message::{Describe, MessageRef, SparkListenerEvent, TaskMetrics},
    },
};

use crate::{
    harness::{Outcome, Scenario, scenario},
    support::{assert_contains, assert_fails},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both a_job_with_two_stages).then(events_come_in_order),
        scenario!(both a_job_that_fails).then(the_reason_is_told),
        scenario!(both a_job_on_a_file).then(metrics_are_counted),
        scenario!(both an_empty_job).then(it_starts_and_ends),
        scenario!(both properties_reach_tasks_and_listeners).then(jobs_have_properties),
        scenario!(both in_local_mode_nothing_is_sent_to_allocate_executors)
            .in_process("it is about local mode")
            .config("spark.dynamicAllocation.enabled", "true"),
        scenario!(free a_listener_that_panics_hears_no_more),
    ]
}

/// Its executor is the driver: the setting is without effect, as in Spark.
async fn in_local_mode_nothing_is_sent_to_allocate_executors(context: Context) -> Outcome {
    let sent = Arc::new(AtomicU64::new(0));
    let seen = sent.clone();
    let _watching = context.system().observe(move |observed: Observed<'_>| {
        if matches!(observed.message, MessageRef::ExecutorAllocation(_)) {
            seen.fetch_add(1, Ordering::Relaxed);
        }
    });
    a_job_with_two_stages(context.clone()).await?;
    assert_eq!(sent.load(Ordering::Relaxed), 0);
    Ok(())
}

async fn a_job_with_two_stages(context: Context) -> Outcome {
    let counts = context.range(0..20, 1, 3).map(|x| (x % 4, x)).reduce_by_key_n(2, |a, b| a + b);
    assert_eq!(counts.count_async().await?, 4);
    Ok(())
}

fn events_come_in_order(events: &[SparkListenerEvent]) -> Outcome {
    let kinds: Vec<String> = events
        .iter()
        .map(|event| match event {
            SparkListenerEvent::StageSubmitted(e) => format!("submitted {}", e.stage.stage_id),
            SparkListenerEvent::StageCompleted(e) => format!("completed {}", e.stage.stage_id),
            SparkListenerEvent::TaskStart(e) => format!("start of {}", e.stage_id),
            SparkListenerEvent::TaskEnd(e) => format!("end of {}", e.stage_id),
            other => other.kind().to_owned(),
        })
        .collect();
    let at = |text: &str| {
        kinds.iter().position(|kind| kind == text).unwrap_or_else(|| panic!("{text}: {kinds:?}"))
    };
    let last = |text: &str| kinds.iter().rposition(|kind| kind == text).unwrap();
    let count = |text: &str| kinds.iter().filter(|kind| *kind == text).count();
    assert_eq!(
        (count("start of 0"), count("end of 0"), count("start of 1"), count("end of 1")),
        (3, 3, 2, 2)
    );
    let order = [
        at("SparkListenerExecutorAdded"),
        at("JobStart"),
        at("submitted 0"),
        at("start of 0"),
        last("end of 0"),
        at("completed 0"),
        at("submitted 1"),
        at("start of 1"),
        last("end of 1"),
        at("completed 1"),
        at("JobEnd"),
    ];
    assert!(order[1..].is_sorted(), "{kinds:?}");
    for event in events {
        match event {
            SparkListenerEvent::JobStart(start) => {
                let stages: Vec<_> =
                    start.stages.iter().map(|s| (s.stage_id.0, s.num_tasks, s.parents.len())).collect();
                assert_eq!(stages, [(0, 3, 0), (1, 2, 1)]);
            }
            SparkListenerEvent::StageCompleted(completed) => {
                let stage = &completed.stage;
                assert_eq!(stage.failure_reason, None);
                assert!(stage.submission_time <= stage.completion_time && stage.completion_time.is_some());
                let name = ["map at ", "count_async at "][stage.stage_id.0 as usize];
                assert!(stage.name.starts_with(name) && stage.name.contains(file!()), "{}", stage.name);
            }
            SparkListenerEvent::TaskEnd(end) => {
                assert_eq!(end.reason.name(), "Success");
                assert!(end.task_info.finish_time >= Some(end.task_info.launch_time));
            }
            SparkListenerEvent::JobEnd(end) => assert_eq!(end.error, None),
            _ => {}
        }
    }
    Ok(())
}

async fn a_job_that_fails(context: Context) -> Outcome {
    let numbers = context.range(0..4, 1, 4).map(|x| {
        assert!(x != 1, "deliberate");
        x
    });
    assert_fails(numbers.count_async().await, &["deliberate"]);
    Ok(())
}

fn the_reason_is_told(events: &[SparkListenerEvent]) -> Outcome {
    let reasons: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            SparkListenerEvent::TaskEnd(end) if end.reason.name() != "Success" => {
                Some(end.reason.to_string())
            }
            SparkListenerEvent::StageCompleted(completed) => completed.stage.failure_reason.clone(),
            SparkListenerEvent::JobEnd(end) => end.error.as_ref().map(ToString::to_string),
            _ => None,
        })
        .collect();
    // Of the task, its stage, its job; tasks that ran beside it may have been killed after that.
    assert!(reasons.len() >= 3, "{reasons:?}");
    let of_panic: Vec<&String> = reasons.iter().filter(|reason| reason.contains("deliberate")).collect();
    assert!(of_panic.len() >= 3, "{reasons:?}");
    assert_contains(of_panic[2], &["Task 1 in stage 0.0 failed 1 times"]);
    Ok(())
}

async fn a_job_on_a_file(context: Context) -> Outcome {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("text");
    std::fs::write(&path, "to be or not to be\nthat is the question\n".repeat(200))?;
    let counts = context
        .text_file(path.to_str().unwrap(), 3)
        .flat_map(|line| line.into_words())
        .map(|word| (word, 1u64))
        .reduce_by_key_n(2, |a, b| a + b);
    assert_eq!(counts.count_async().await?, 8);
    assert_eq!(context.range(0..10, 1, 2).map(|x| (x % 3, x)).group_by_key().count_async().await?, 3);
    Ok(())
}

fn metrics_are_counted(events: &[SparkListenerEvent]) -> Outcome {
    let mut stages = BTreeMap::<u32, TaskMetrics>::new();
    for event in events {
        if let SparkListenerEvent::TaskEnd(end) = event {
            assert!(end.metrics.executor_run_time > 0 && end.metrics.executor_cpu_time > 0);
            assert!(end.metrics.executor_deserialize_time > 0);
            stages.entry(end.stage_id.0).or_default().add(&end.metrics);
        }
    }
    let (map, reduce) = (&stages[&0], &stages[&1]);
    assert_eq!(map.records_read, 400);
    // A split reads on to the end of its last line.
    assert!(map.bytes_read >= 40 * 200, "{}", map.bytes_read);
    // Eight words of each of the three map tasks.
    assert_eq!((map.shuffle_records_written, reduce.shuffle_records_read), (24, 24));
    let (local, remote) = (reduce.shuffle_local_bytes_read, reduce.shuffle_remote_bytes_read);
    assert_eq!(reduce.shuffle_total_bytes_read, local + remote);
    assert_eq!(reduce.shuffle_local_blocks_fetched + reduce.shuffle_remote_blocks_fetched, 6);
    // Between processes it is encoded.
    assert!(map.shuffle_bytes_written > 0 && (remote > 0 || map.shuffle_bytes_written == local));
    assert_eq!((map.result_size, reduce.records_read), (0, 0));
    assert_eq!(reduce.result_size, 2);
    let (map, reduce) = (&stages[&2], &stages[&3]);
    assert_eq!((map.shuffle_records_written, reduce.shuffle_records_read), (10, 10));
    Ok(())
}

async fn an_empty_job(context: Context) -> Outcome {
    let none: Vec<u64> =
        context.range(0..4, 1, 2).run_job_async(vec![], |items, _| items.count() as u64).await?;
    assert_eq!(none, [0; 0]);
    Ok(())
}

fn it_starts_and_ends(events: &[SparkListenerEvent]) -> Outcome {
    let of_job = |event: &&SparkListenerEvent| {
        matches!(event, SparkListenerEvent::JobStart(_) | SparkListenerEvent::JobEnd(_))
    };
    assert_eq!(events.iter().filter(of_job).count(), 2);
    assert!(!events.iter().any(|event| matches!(event, SparkListenerEvent::TaskStart(_))));
    Ok(())
}

async fn properties_reach_tasks_and_listeners(context: Context) -> Outcome {
    let seen = context.range(0..2, 1, 2).map_partitions_with_index(|_, _, task| {
        std::iter::once(task.local_property("colour").map(ToString::to_string))
    });
    let red = Some("red".to_owned());
    assert_eq!(seen.collect_async().await?, [None, None]);
    context.set_local_property("colour", Some("red"));
    let job = seen.collect_async();
    context.set_local_property("colour", Some("blue"));
    // As it was when the job was submitted; also on map stages.
    assert_eq!(job.await?, [red.clone(), red]);
    let mapped = seen.map(|colour| (colour, 1u64)).reduce_by_key_n(1, |a, b| a + b);
    assert_eq!(mapped.collect_async().await?, [(Some("blue".to_owned()), 2)]);
    context.set_local_property("colour", None);
    assert_eq!(seen.first_async().await?, None);
    // Another thread has properties of its own.
    context.set_local_property("colour", Some("green"));
    let other = context.clone();
    let job = std::thread::spawn(move || {
        other.range(0..1, 1, 1).run_job_async(vec![0], |_, task| task.local_property("colour").is_some())
    });
    assert_eq!(job.join().unwrap().await?, [false]);
    Ok(())
}

fn jobs_have_properties(events: &[SparkListenerEvent]) -> Outcome {
    let colours = events.iter().filter_map(|event| match event {
        SparkListenerEvent::JobStart(start) => Some(start.properties.get("colour").map(String::as_str)),
        _ => None,
    });
    assert_eq!(colours.collect::<Vec<_>>(), [None, Some("red"), Some("blue"), None, None]);
    Ok(())
}

fn a_listener_that_panics_hears_no_more() -> Outcome {
    use std::sync::Arc;

    use crate::{history::History, probe::Probe};

    struct Panics(Probe);

    impl firesteel::SparkListener for Panics {
        fn on_event(&self, _: &SparkListenerEvent) {
            panic!("deliberate {}", self.0.hit());
        }
    }

    let (history, probe) = (Arc::new(History::default()), Probe::new());
    let context = Context::builder()
        .master("local[2]")
        .listener(Arc::new(Panics(probe)))
        .listener(history.clone())
        .start()?;
    assert_eq!(context.range(0..4, 1, 4).count()?, 4);
    context.stop();
    assert_eq!(probe.hits(), 1);
    crate::history::check(&history.events(), true);
    assert!(history.events().len() > 10);
    Ok(())
}
