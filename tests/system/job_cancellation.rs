//! Spark's JobCancellationSuite: actions, groups, tags, stages and attempts that are given up by name.

use std::sync::{Arc, Mutex};

use firesteel::{
    Context, Error, JobFuture,
    actors::{
        JobError, JobId, StageId, TaskId,
        carrier::Observed,
        message::{MessageRef, SparkListenerEvent, TaskEndReason, TaskSchedulerMessage},
    },
};

use crate::{
    harness::{LIMIT, Outcome, Scenario, scenario, wait},
    probe::{Probe, until_interrupted},
    support::{assert_contains, assert_fails, assert_usable},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    let fair = |scenario: Scenario| scenario.config("spark.scheduler.mode", "FAIR");
    vec![
        scenario!(blocking jc_001_cancelled_actions_leave_the_context_usable_with_fifo),
        fair(scenario!(blocking jc_002_cancelled_actions_leave_the_context_usable_with_fair_pools)),
        scenario!(both jc_006_cancelling_a_group_hits_only_its_jobs),
        scenario!(both jc_007_the_reason_is_in_the_error),
        scenario!(both jc_008_future_jobs_of_a_cancelled_group_are_refused),
        scenario!(both jc_010_the_oldest_cancelled_groups_are_forgotten)
            .config("spark.scheduler.numCancelledJobGroupsToTrack", "5"),
        scenario!(both jc_011_jobs_are_cancelled_by_their_tags),
        scenario!(both who_cancels_by_a_tag_may_hear_which_jobs_it_has_hit),
        scenario!(both invalid_tags_are_refused),
        scenario!(blocking jc_012_a_thread_submits_in_the_name_of_another),
        scenario!(both all_jobs_of_an_action_have_the_properties_that_it_was_made_with)
            .then(every_job_is_of_the_group),
        scenario!(blocking a_group_holds_the_later_jobs_of_a_detached_action_too)
            .then(the_second_job_was_cancelled_with_its_group),
        scenario!(both jc_017_the_reason_of_a_cancelled_future_is_told).then(the_job_ended_for_that_reason),
        scenario!(both a_cancelled_action_submits_no_more_jobs),
        scenario!(both a_sort_that_is_cancelled_while_it_samples_says_so),
        scenario!(blocking jc_018_a_shuffle_reader_stops_though_nothing_interrupts),
        scenario!(both cancelling_a_stage_cancels_the_jobs_that_need_it),
        scenario!(blocking a_killed_attempt_is_tried_again).then(one_attempt_was_killed),
        scenario!(both a_kill_without_a_reason_has_sparks),
    ]
}

/// A job whose tasks begin, and end when they are asked to.
fn patient(context: &Context, tasks: usize, probes: (Probe, Probe)) -> JobFuture<u64> {
    let numbers = context.range(0..tasks as i64, 1, tasks).map_with(probes, |probes, x| (*probes, x));
    let patient = numbers.map_partitions_with_index(|_, items, task| {
        items.map(move |((begun, ended), x)| {
            begun.hit();
            until_interrupted(&task);
            ended.hit();
            x
        })
    });
    patient.count_async()
}

/// Cancels counts and takes, before they run and while they do; afterwards jobs still run.
fn cancel_actions(context: &Context) -> Outcome {
    let job = context.range(0..i64::MAX, 1, 2).count_async();
    job.cancel(None);
    assert_fails(wait(LIMIT, job)?, &["cancelled"]);
    let (begun, ended) = (Probe::new(), Probe::new());
    let job = patient(context, 2, (begun, ended));
    begun.await_hits(1);
    job.handle().cancel("while it runs");
    assert_fails(wait(LIMIT, job)?, &["cancelled while it runs"]);
    let endless = context.range(0..i64::MAX, 1, 2).filter(|x| *x < 0);
    let job = endless.take_async(5_000);
    job.cancel(None);
    assert_fails(wait(LIMIT, job)?, &["cancelled"]);
    wait(LIMIT, assert_usable(context))?
}

fn jc_001_cancelled_actions_leave_the_context_usable_with_fifo(context: Context) -> Outcome {
    cancel_actions(&context)
}

fn jc_002_cancelled_actions_leave_the_context_usable_with_fair_pools(context: Context) -> Outcome {
    cancel_actions(&context)?;
    context.set_local_property("spark.scheduler.pool", Some("reports"));
    cancel_actions(&context)
}

async fn jc_006_cancelling_a_group_hits_only_its_jobs(context: Context) -> Outcome {
    context.set_job_group("A", "this will be cancelled", false);
    let first = context.range(0..100, 1, 4).count_async();
    context.set_job_group("B", "this will not", false);
    let second = context.range(0..200, 1, 4).count_async();
    context.clear_job_group();
    let third = context.range(0..300, 1, 4).count_async();
    context.cancel_job_group("A", None)?;
    context.cancel_job_group("nobody's", None)?;
    let error = assert_fails(first.await, &["Job 0 cancelled part of cancelled job group A"]);
    assert!(matches!(error, Error::Job(failure) if matches!(failure.source, JobError::Cancelled { .. })));
    assert_eq!((second.await?, third.await?), (200, 300));
    Ok(())
}

async fn jc_007_the_reason_is_in_the_error(context: Context) -> Outcome {
    context.set_job_group("A", "", true);
    let job = context.range(0..100, 1, 4).count_async();
    context.cancel_job_group("A", "because the report is out of date")?;
    assert_fails(job.await, &["Job 0 cancelled because the report is out of date"]);
    let job = context.range(0..100, 1, 4).count_async();
    context.cancel_job(JobId(1), None)?;
    let error = assert_fails(job.await, &["Job 1 cancelled"]);
    assert!(
        matches!(error, Error::Job(failure) if failure.source == JobError::Cancelled { job_id: JobId(1), reason: None })
    );
    Ok(())
}

async fn jc_008_future_jobs_of_a_cancelled_group_are_refused(context: Context) -> Outcome {
    context.set_job_group("A", "", false);
    let active = context.range(0..100, 1, 4).count_async();
    context.cancel_job_group_and_future_jobs("A", "as it was a mistake")?;
    assert_fails(active.await, &["Job 0 cancelled as it was a mistake"]);
    let later = context.range(0..100, 1, 4).count_async();
    assert_fails(later.await, &["Job 1 cancelled", "group A"]);
    context.set_job_group("B", "", false);
    assert_eq!(context.range(0..100, 1, 4).count_async().await?, 100);
    context.clear_job_group();
    assert_usable(&context).await
}

async fn jc_010_the_oldest_cancelled_groups_are_forgotten(context: Context) -> Outcome {
    for number in 0..=5 {
        context.cancel_job_group_and_future_jobs(&number.to_string(), None)?;
    }
    for number in 0..=5 {
        context.set_job_group(&number.to_string(), "", false);
        let outcome = context.range(0..10, 1, 2).count_async().await;
        // Five are remembered of six.
        assert_eq!(outcome.is_ok(), number == 0, "{number}: {outcome:?}");
    }
    Ok(())
}

async fn jc_011_jobs_are_cancelled_by_their_tags(context: Context) -> Outcome {
    let job = || context.range(0..100, 1, 4).count_async();
    context.add_job_tag("one")?;
    let one = job();
    context.add_job_tag("two")?;
    assert_eq!(Vec::from_iter(context.job_tags()), ["one", "two"]);
    let both = job();
    context.remove_job_tag("one")?;
    context.remove_job_tag("one")?;
    let two = job();
    context.clear_job_tags();
    assert!(context.job_tags().is_empty());
    let none = job();
    context.cancel_jobs_with_tag("two", None)?;
    // A part of a tag is another tag.
    context.cancel_jobs_with_tag("on", None)?;
    assert_fails(both.await, &["Job 1 cancelled part of cancelled job tag two"]);
    assert_fails(two.await, &["Job 2 cancelled part of cancelled job tag two"]);
    assert_eq!((one.await?, none.await?), (100, 100));
    Ok(())
}

async fn who_cancels_by_a_tag_may_hear_which_jobs_it_has_hit(context: Context) -> Outcome {
    let job = || context.range(0..100, 1, 4).count_async();
    let none = job();
    context.add_job_tag("reports")?;
    let (first, second) = (job(), job());
    let cancelled = context.cancel_jobs_with_tag_async("reports", "as they are out of date").await?;
    assert_eq!(cancelled, [JobId(1), JobId(2)]);
    for job in [first, second] {
        assert_fails(job.await, &["cancelled as they are out of date"]);
    }
    assert_eq!(context.cancel_jobs_with_tag_async("reports", None).await?, []);
    let refused = context.cancel_jobs_with_tag_async("", None).await;
    assert!(matches!(refused, Err(Error::InvalidJobTag { .. })));
    assert_eq!(none.await?, 100);
    Ok(())
}

async fn invalid_tags_are_refused(context: Context) -> Outcome {
    for tag in ["", "a,b", ","] {
        for refused in
            [context.add_job_tag(tag), context.remove_job_tag(tag), context.cancel_jobs_with_tag(tag, None)]
        {
            let error = assert_fails(refused, &["Spark job tag cannot"]);
            assert!(matches!(error, Error::InvalidJobTag { .. }));
        }
    }
    assert!(context.job_tags().is_empty());
    Ok(())
}

/// Threads inherit nothing here: what a child is to submit its jobs with is handed to it.
fn jc_012_a_thread_submits_in_the_name_of_another(context: Context) -> Outcome {
    context.set_job_group("A", "of the parent", false);
    let parents = context.local_properties();
    let (begun, ended) = (Probe::new(), Probe::new());
    let outcome = std::thread::scope(|scope| {
        let child = || {
            assert_eq!(context.local_property("spark.jobGroup.id"), None);
            let submit = || patient(&context, 2, (begun, ended));
            let job = context.with_local_properties(parents, submit);
            // They are the child's only meanwhile.
            assert_eq!(context.local_property("spark.jobGroup.id"), None);
            wait(LIMIT, job)
        };
        let child = scope.spawn(child);
        begun.await_hits(2);
        context.cancel_job_group("A", None).unwrap();
        child.join().unwrap()
    })?;
    assert_fails(outcome, &["Job 0 cancelled part of cancelled job group A"]);
    ended.await_hits(2);
    Ok(())
}

async fn all_jobs_of_an_action_have_the_properties_that_it_was_made_with(context: Context) -> Outcome {
    context.set_job_group("reports", "nightly", true);
    context.add_job_tag("slow")?;
    context.set_local_property("spark.scheduler.pool", Some("background"));
    let sorted = context.range(0..100, 1, 4).map(|x| (99 - x, x)).sort_by_key(true).collect_async();
    let taken = context.range(0..100, 1, 10).take_async(95);
    context.clear_job_group();
    context.clear_job_tags();
    context.set_local_property("spark.scheduler.pool", None);
    assert_eq!((sorted.await?.len(), taken.await?.len()), (100, 95));
    Ok(())
}

fn every_job_is_of_the_group(events: &[SparkListenerEvent]) -> Outcome {
    let starts = events.iter().filter_map(|event| match event {
        SparkListenerEvent::JobStart(start) => Some(&start.properties),
        _ => None,
    });
    let starts: Vec<_> = starts.collect();
    // The sort samples its keys first, and the other takes three rounds.
    assert_eq!(starts.len(), 5);
    for properties in starts {
        let expected = [
            ("spark.job.description", "nightly"),
            ("spark.job.interruptOnCancel", "true"),
            ("spark.job.tags", "slow"),
            ("spark.jobGroup.id", "reports"),
            ("spark.scheduler.pool", "background"),
        ];
        assert!(properties.iter().map(|(key, value)| (&**key, &**value)).eq(expected), "{properties:?}");
    }
    Ok(())
}

fn a_group_holds_the_later_jobs_of_a_detached_action_too(context: Context) -> Outcome {
    let (begun, ended) = (Probe::new(), Probe::new());
    let pairs = context.range(0..2, 1, 2).map_with((begun, ended), |probes, x| (*probes, x));
    let pairs = pairs.map_partitions_with_index(|_, items, task| {
        items.map(move |((begun, ended), x)| {
            // The first two are those of the sampling job.
            if begun.hit() > 2 {
                until_interrupted(&task);
                ended.hit();
            }
            (x, x)
        })
    });
    context.set_job_group("reports", "", false);
    pairs.sort_by_key(true).collect_async().detach();
    begun.await_hits(4);
    context.cancel_job_group("reports", None)?;
    ended.await_hits(2);
    context.clear_job_group();
    wait(LIMIT, assert_usable(&context))?
}

fn the_second_job_was_cancelled_with_its_group(events: &[SparkListenerEvent]) -> Outcome {
    let reason = Some("part of cancelled job group reports".to_owned());
    let cancelled = JobError::Cancelled { job_id: JobId(1), reason };
    assert!(events.iter().any(|event| {
        matches!(event, SparkListenerEvent::JobEnd(end) if end.error.as_ref() == Some(&cancelled))
    }));
    Ok(())
}

const REASON: &str = "because the user pressed the key";

async fn jc_017_the_reason_of_a_cancelled_future_is_told(context: Context) -> Outcome {
    let job = context.range(0..100, 1, 4).count_async();
    let handle = job.handle();
    assert_eq!(handle.job_ids(), [JobId(0)]);
    handle.cancel(REASON);
    handle.cancel("too late: the first reason stands");
    assert_fails(job.await, &["Job 0 cancelled because the user pressed the key"]);
    handle.cancel("it has ended");
    assert_usable(&context).await
}

fn the_job_ended_for_that_reason(events: &[SparkListenerEvent]) -> Outcome {
    let ends: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            SparkListenerEvent::JobEnd(end) => end.error.clone(),
            _ => None,
        })
        .collect();
    assert_eq!(ends, [JobError::Cancelled { job_id: JobId(0), reason: Some(REASON.to_owned()) }]);
    Ok(())
}

async fn a_cancelled_action_submits_no_more_jobs(context: Context) -> Outcome {
    // Its first round has ended, and it has not been polled since: there is no job to cancel.
    let job = context.range(0..100, 1, 10).take_async(95);
    let handle = job.handle();
    assert_eq!(context.range(0..10, 1, 1).count_async().await?, 10);
    handle.cancel("meanwhile");
    assert_fails(job.await, &["cancelled meanwhile"]);
    assert_usable(&context).await
}

async fn a_sort_that_is_cancelled_while_it_samples_says_so(context: Context) -> Outcome {
    let pairs = context.range(0..100, 1, 4).map(|x| (99 - x, x));
    for _ in 0..2 {
        let job = pairs.sort_by_key(true).collect_async();
        job.cancel("while it samples");
        let error = assert_fails(job.await, &["cancelled while it samples"]);
        let Error::Job(failure) = &error else { panic!("{error:?}") };
        assert!(matches!(&failure.source, JobError::Cancelled { reason: Some(_), .. }), "{error:?}");
    }
    assert_usable(&context).await
}

fn jc_018_a_shuffle_reader_stops_though_nothing_interrupts(context: Context) -> Outcome {
    const RECORDS: i64 = 100_000;
    let (read, gate) = (Probe::new(), Probe::new());
    let pairs = context.range(0..RECORDS, 1, 2).map(|x| (x, x)).group_by_key_n(1);
    let job = pairs.map_with((read, gate), |(read, gate), pair| {
        if read.hit() == 10 {
            // The task does not see its flag here.
            gate.pass();
        }
        pair
    });
    let job = job.count_async();
    read.await_hits(10);
    job.cancel(None);
    assert_fails(wait(LIMIT, job)?, &["Job 0 cancelled"]);
    wait(LIMIT, killed(&context))??;
    gate.open();
    // Its core is free again when it has ended.
    assert_eq!(context.range(0..2, 1, 2).count()?, 2);
    context.stop();
    assert!(read.hits() < RECORDS as u64, "it has read to its end");
    Ok(())
}

/// Waits until what was sent to the only other core so far has been handled there, a kill as well.
async fn killed(context: &Context) -> Outcome {
    assert_eq!(context.range(0..1, 1, 1).count_async().await?, 1);
    Ok(())
}

async fn cancelling_a_stage_cancels_the_jobs_that_need_it(context: Context) -> Outcome {
    let sums = context.range(0..100, 1, 4).map(|x| (x % 3, x)).reduce_by_key(|a, b| a + b);
    let (first, second) = (sums.count_async(), context.range(0..10, 1, 2).count_async());
    context.cancel_stage(StageId(0), "its input is wrong")?;
    context.cancel_stage(StageId(99), None)?;
    assert_fails(first.await, &["Job 0 cancelled because its input is wrong"]);
    assert_eq!(second.await?, 10);
    let third = sums.count_async();
    context.cancel_stage(StageId(3), None)?;
    assert_fails(third.await, &["Job 2 cancelled because Stage 3 was cancelled"]);
    assert_usable(&context).await
}

fn a_killed_attempt_is_tried_again(context: Context) -> Outcome {
    let begun = Probe::new();
    let numbers = context.range(0..2, 1, 2).map_with(begun, |begun, x| (*begun, x));
    let patient = numbers.map_partitions_with_index(|_, items, task| {
        items.map(move |(begun, x)| {
            begun.hit();
            if x == 0 && task.attempt_number() == 0 {
                until_interrupted(&task);
                task.kill_task_if_interrupted();
            }
            x
        })
    });
    let job = patient.collect_async();
    begun.await_hits(2);
    context.kill_task_attempt(TaskId(0), false, "to see what happens")?;
    context.kill_task_attempt(TaskId(99), true, None)?;
    // With local[2] a failure that counted would be the last.
    assert_eq!(wait(LIMIT, job)??, [0, 1]);
    Ok(())
}

fn one_attempt_was_killed(events: &[SparkListenerEvent]) -> Outcome {
    let reasons = events.iter().filter_map(|event| match event {
        SparkListenerEvent::TaskEnd(end) => Some(&end.reason),
        _ => None,
    });
    let killed: Vec<_> = reasons.filter(|reason| **reason != TaskEndReason::Success).collect();
    assert_eq!(killed, [&TaskEndReason::killed("to see what happens")]);
    assert_contains(&killed[0].to_string(), &["TaskKilled (to see what happens)"]);
    Ok(())
}

async fn a_kill_without_a_reason_has_sparks(context: Context) -> Outcome {
    let reasons = Arc::new(Mutex::new(Vec::new()));
    let seen = reasons.clone();
    let _watching = context.system().observe(move |observed: Observed<'_>| {
        if let MessageRef::TaskScheduler(TaskSchedulerMessage::KillTaskAttempt(kill)) = observed.message {
            seen.lock().unwrap().push(kill.reason.clone());
        }
    });
    context.kill_task_attempt(TaskId(99), true, None)?;
    assert_usable(&context).await?;
    assert_eq!(*reasons.lock().unwrap(), ["killed via SparkContext.killTaskAttempt"]);
    Ok(())
}
