//! Executors with map outputs.

use super::*;

/// With tracking, and executors 0 and 1; shuffle 7 is made by stage 0 of job 0, of which executor 0 runs the task.
fn tracking(set: impl FnOnce(&mut Config)) -> Bench {
    let mut bench = adapting(|config| {
        config.allocation.shuffle_tracking_enabled = true;
        set(config);
    });
    bench.add_executors(0..2);
    job(&mut bench, 0, 0);
    bench.run_task(0, 0, 0);
    bench
}

/// A job starts whose stage makes shuffle 7, with a stage that reads it.
fn job(bench: &mut Bench, job: u32, stage: u32) {
    let stages = vec![stage_info(stage, 1, Some(7)), stage_info(stage + 1, 1, None)];
    let (job_id, time) = (JobId(job), bench.harness.now);
    let start = JobStart { job_id, time, stages, properties: Properties::default() };
    assert_eq!(bench.event(start), NOTHING);
}

fn end_job(bench: &mut Bench, job: u32) {
    let end = JobEnd { job_id: JobId(job), time: bench.harness.now, error: None };
    assert_eq!(bench.event(end), NOTHING);
}

#[test]
fn eam_035_executors_with_outputs_of_an_active_job_stay() {
    let mut bench = tracking(|_| {});
    assert_eq!(bench.run(200_000), ["60000 DriverEndpoint: kill executors [1]"]);
    assert!(!bench.core().is_idle());
}

#[test]
fn eam_036_with_a_shuffle_service_or_without_tracking_they_go() {
    for service in [true, false] {
        let mut bench = tracking(|config| {
            config.shuffle.service_enabled = service;
            config.allocation.shuffle_tracking_enabled = service;
        });
        assert_eq!(bench.run(60_000), ["60000 DriverEndpoint: kill executors [0 1]"]);
        assert!(bench.core().is_idle());
    }
}

#[test]
fn eam_037_after_the_job_they_stay_until_the_shuffle_is_gone() {
    let mut bench = tracking(|_| {});
    end_job(&mut bench, 0);
    assert!(bench.core().is_idle());
    assert_eq!(bench.run(200_000), ["60000 DriverEndpoint: kill executors [1]"]);
    assert_eq!(bench.tell(UnregisterShuffle { shuffle_id: ShuffleId(8) }), NOTHING, "another");
    assert_eq!(bench.run(1_000), NOTHING);
    assert_eq!(bench.tell(UnregisterShuffle { shuffle_id: ShuffleId(7) }), NOTHING);
    assert_eq!(bench.run(100), ["201100 DriverEndpoint: kill executors [0]"], "idle for long enough");
}

#[test]
fn eam_038_after_the_job_they_stay_for_the_timeout_of_tracking_if_it_is_the_longer() {
    for (seconds, killed_at) in [(90, 90_000), (10, 60_000)] {
        let mut bench = tracking(|config| {
            config.allocation.shuffle_tracking_timeout = Some(Duration::from_secs(seconds))
        });
        end_job(&mut bench, 0);
        let sent = bench.run(200_000);
        let kill = sent.iter().find(|text| text.contains("[0")).expect("a kill");
        assert!(kill.starts_with(&format!("{killed_at} ")), "{sent:?}");
    }
}

#[test]
fn eam_039_a_later_job_that_reads_the_outputs_keeps_them_again() {
    let mut bench =
        tracking(|config| config.allocation.shuffle_tracking_timeout = Some(Duration::from_secs(90)));
    end_job(&mut bench, 0);
    bench.harness.wait(50_000 * MILLI);
    // Its map stage has another number, and is skipped.
    job(&mut bench, 1, 10);
    assert_eq!(bench.run(100_000), ["60000 DriverEndpoint: kill executors [1]"]);
    end_job(&mut bench, 1);
    assert_eq!(bench.run(100), ["150100 DriverEndpoint: kill executors [0]"], "idle since the first job");
}

#[test]
fn eam_040_two_jobs_that_need_a_shuffle_keep_it_until_both_are_over() {
    let mut bench =
        tracking(|config| config.allocation.shuffle_tracking_timeout = Some(Duration::from_secs(60)));
    job(&mut bench, 1, 0);
    end_job(&mut bench, 0);
    assert_eq!(bench.run(100_000), ["60000 DriverEndpoint: kill executors [1]"]);
    bench.add_executors(2..3);
    bench.run_task(0, 0, 2);
    end_job(&mut bench, 1);
    assert!(bench.core().is_idle());
    assert_eq!(
        bench.run(100_000),
        ["100100 DriverEndpoint: kill executors [0]", "160000 DriverEndpoint: kill executors [2]"],
        "the stage was known to the second job as well"
    );
}

#[test]
fn eam_041_failed_tasks_and_result_tasks_leave_no_outputs() {
    let mut bench = tracking(|_| {});
    let task = bench.start(0, 0, 1);
    bench.end(0, task, failure());
    bench.run_task(1, 0, 1);
    assert_eq!(bench.run(60_000), ["60000 DriverEndpoint: kill executors [1]"]);
}

#[test]
fn eam_042_the_outputs_of_an_executor_go_with_it() {
    let mut bench = tracking(|_| {});
    bench.remove_executor(0);
    bench.add_executors(0..1);
    end_job(&mut bench, 0);
    assert_eq!(bench.run(60_000), ["60000 DriverEndpoint: kill executors [0 1]"]);
}
