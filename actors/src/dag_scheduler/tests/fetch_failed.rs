//! Shuffle outputs that cannot be read: the stage and the one that made them run again.

use super::{Dag, RESUBMIT, unreadable};
use crate::{
    Config, ExecutorId, JobId, ShuffleId,
    message::{JobCancelled, ResubmitFailedStages, TaskEndReason},
    testkit::{Graph, NOTHING},
};

const FAILED: &str = "failed: gone";

/// A map stage s0 of two tasks, made on executors 1 and 2, and the result stage s1 of two tasks, which runs.
fn two_stages(config: Config) -> Dag {
    let mut dag = Dag::with(config);
    dag.two_stages(2);
    dag
}

#[test]
fn both_stages_run_again_after_a_while() {
    let mut dag = two_stages(Config::default());
    dag.bench.wait(5);
    assert_eq!(
        dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None),
        [format!("ListenerBus: StageCompleted s1.0 x2 job0 <s0 from 0 to 5 {FAILED}"), RESUBMIT.to_owned()]
    );
    // A second failure of the same attempt changes nothing more.
    assert_eq!(dag.end((1, 0, 1), 3, unreadable(0, 0, 1), None), NOTHING);
    dag.bench.wait(1);
    // Only what executor 1 held is made again.
    assert_eq!(
        dag.tell(ResubmitFailedStages {}),
        [
            "ListenerBus: StageSubmitted s0.1 x1 rdd0 makes shuffle0 (stage 1.0 could not fetch its outputs from \
             executor 1) from 6",
            r#"TaskScheduler: submit j0.s0.1 shuffle0/2 "map0" epoch 3 [0>0]"#,
        ]
    );
    assert_eq!(
        dag.map(0, 1, 0, 3),
        [
            "ListenerBus: StageCompleted s0.1 x1 rdd0 makes shuffle0 (stage 1.0 could not fetch its outputs from \
             executor 1) from 6 to 6",
            "ListenerBus: StageSubmitted s1.1 x2 job0 <s0 (attempt 0 could not fetch output 0 of shuffle 0 from \
             executor 1) from 6",
            r#"TaskScheduler: submit j0.s1.1 result/2 "result" epoch 4 [0>0, 1>1]"#,
        ]
    );
    // The failure of the old attempt is old news.
    assert_eq!(dag.end((1, 0, 1), 3, unreadable(0, 0, 1), None), NOTHING);
    assert_eq!(dag.result(1, 1, 0).len(), 1);
    assert_eq!(dag.result(1, 1, 1).len(), 5);
    dag.finish();
}

#[test]
fn a_success_of_the_old_attempt_counts() {
    let mut dag = two_stages(Config::default());
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None).len(), 2);
    // Not yet submitted again: nobody needs to be told.
    assert_eq!(dag.tell(ResubmitFailedStages {}).len(), 2);
    assert_eq!(dag.map(0, 1, 0, 3).len(), 3);
    assert_eq!(
        dag.result(1, 0, 1),
        ["TaskScheduler: s1 partition 1>1 is done", "JobWaiter-0: j0 output 1 from t4"]
    );
    assert_eq!(dag.result(1, 1, 0).len(), 5);
    dag.finish();
}

#[test]
fn a_job_may_end_with_its_stage_waiting_to_run_again() {
    let mut dag = two_stages(Config::default());
    assert_eq!(dag.result(1, 0, 1).len(), 1);
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None).len(), 2);
    assert_eq!(
        dag.tell(JobCancelled { job_id: JobId(0), reason: None }),
        [
            // It waits to run again, and may have tasks that still run (SPARK-50648); it is no longer submitted.
            "TaskScheduler: kill s1: Job 0 cancelled",
            "JobWaiter-0: j0 failed: Job 0 cancelled",
            "ListenerBus: JobEnd j0 at 0: Job 0 cancelled",
        ]
    );
    assert_eq!(dag.tell(ResubmitFailedStages {}), NOTHING);
    dag.finish();
}

#[test]
fn dag_025_the_fourth_failure_in_a_row_aborts() {
    let mut dag = two_stages(Config::default());
    for attempt in 0..3 {
        assert_eq!(dag.end((1, attempt, 0), 3, unreadable(0, 0, 1), None).len(), 2);
        assert_eq!(dag.tell(ResubmitFailedStages {}).len(), 2);
        assert_eq!(dag.map(0, attempt + 1, 0, 1).len(), 3);
    }
    let error = "Job aborted due to stage failure: ResultStage 1 (job0) has failed the maximum allowable number of \
                 times: 4. Most recent failure reason:\ngone";
    assert_eq!(
        dag.end((1, 3, 0), 3, unreadable(0, 0, 1), None),
        [
            format!(
                "ListenerBus: StageCompleted s1.3 x2 job0 <s0 (attempt 2 could not fetch output 0 of shuffle 0 from \
                 executor 1) from 0 to 0 {FAILED}"
            ),
            format!("TaskScheduler: kill s0: {error}"),
            format!("TaskScheduler: kill s1: {error}"),
            format!("JobWaiter-0: j0 failed: {error} (cause FetchFailed)"),
            format!("ListenerBus: JobEnd j0 at 0: {error} (cause FetchFailed)"),
        ]
    );
    assert_eq!(dag.tell(ResubmitFailedStages {}), NOTHING);
    dag.finish();
}

#[test]
fn only_failures_in_a_row_count() {
    // A chain of three: the middle stage fails to fetch, and later ends well, before it fails again.
    let mut graph = Graph::default();
    let source = graph.source(1);
    let middle = graph.reduce(source);
    let rdd = graph.reduce(middle);
    let mut dag = Dag::with(Config {
        stage: crate::config::StageConfig { max_consecutive_attempts: 2, ..Default::default() },
        ..Config::default()
    });
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1).len(), 3);
    assert_eq!(dag.end((1, 0, 0), 2, unreadable(0, 0, 1), None).len(), 2);
    assert_eq!(dag.tell(ResubmitFailedStages {}).len(), 2);
    assert_eq!(dag.map(0, 1, 0, 1).len(), 3);
    assert_eq!(dag.map(1, 1, 0, 2).len(), 3);
    // The last stage loses the middle one's output.
    let middle_lost = TaskEndReason::FetchFailed {
        executor_id: Some(ExecutorId(2)),
        shuffle_id: ShuffleId(1),
        map_id: None,
        map_index: None,
        reduce_id: 0,
        message: "gone".to_owned(),
    };
    assert_eq!(dag.end((2, 0, 0), 3, middle_lost, None).len(), 2);
    assert_eq!(
        dag.tell(ResubmitFailedStages {})[0],
        "ListenerBus: StageSubmitted s1.2 x1 rdd1 <s0 makes shuffle1 (stage 2.0 could not fetch its outputs from \
         executor 2) from 0"
    );
    // One failure since it ended well: it is tried again.
    assert_eq!(dag.end((1, 2, 0), 2, unreadable(0, 0, 1), None)[1], RESUBMIT);
    assert_eq!(dag.tell(ResubmitFailedStages {}).len(), 2);
    assert_eq!(dag.map(0, 2, 0, 1).len(), 3);
    // The second in a row is one too many.
    let sent = dag.end((1, 3, 0), 2, unreadable(0, 0, 1), None);
    assert_eq!(sent.len(), 6, "{sent:?}");
    assert!(sent[4].contains("ShuffleMapStage 1 (rdd1) has failed the maximum allowable number of times: 2"));
    dag.finish();
}

#[test]
fn dag_106_a_failure_without_a_location_loses_no_output() {
    let mut dag = two_stages(Config::default());
    let unknown = TaskEndReason::FetchFailed {
        executor_id: None,
        shuffle_id: ShuffleId(0),
        map_id: None,
        map_index: None,
        reduce_id: 1,
        message: "no metadata".to_owned(),
    };
    assert_eq!(dag.end((1, 0, 0), 3, unknown, None)[1], RESUBMIT);
    // The map stage has nothing to do: an attempt of no tasks, done at once.
    assert_eq!(
        dag.tell(ResubmitFailedStages {}),
        [
            "ListenerBus: StageSubmitted s0.1 x0 rdd0 makes shuffle0 (stage 1.0 could not fetch its outputs)",
            "ListenerBus: StageCompleted s0.1 x0 rdd0 makes shuffle0 (stage 1.0 could not fetch its outputs) to 0",
            "ListenerBus: StageSubmitted s1.1 x2 job0 <s0 (attempt 0 could not fetch the locations of shuffle 0) \
             from 0",
            r#"TaskScheduler: submit j0.s1.1 result/2 "result" epoch 2 [0>0, 1>1]"#,
        ]
    );
    assert_eq!(dag.result(1, 1, 0).len(), 1);
    assert_eq!(dag.result(1, 1, 1).len(), 5);
    dag.finish();
}

#[test]
fn a_late_success_counts_for_its_own_output_of_a_partition_that_is_named_twice() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    let rdd = graph.reduce(source);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job_on(0, rdd, &[1, 0, 1])).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 2).len(), 3);
    assert_eq!(dag.end((1, 0, 1), 3, unreadable(0, 0, 1), None).len(), 2);
    assert_eq!(dag.tell(ResubmitFailedStages {}).len(), 2);
    let sent = dag.map(0, 1, 0, 3);
    assert_eq!(sent[2], r#"TaskScheduler: submit j0.s1.1 result/2 "result" epoch 4 [1>0, 0>1, 1>2]"#);
    assert_eq!(
        dag.result(1, 0, 2),
        ["TaskScheduler: s1 partition 1>2 is done", "JobWaiter-0: j0 output 2 from t4"]
    );
    assert_eq!(dag.result(1, 1, 0), ["JobWaiter-0: j0 output 0 from t5"]);
    assert_eq!(dag.result(1, 1, 1).last().unwrap(), "JobWaiter-0: j0 output 1 from t6");
    dag.finish();
}

#[test]
fn a_failure_to_fetch_from_a_shuffle_that_nobody_makes_aborts_instead_of_waiting_for_ever() {
    let mut dag = two_stages(Config::default());
    let sent = dag.end((1, 0, 0), 3, unreadable(9, 0, 1), None);
    let error = "A task failed to fetch from shuffle 9, which its lineage does not have";
    assert!(sent.iter().any(|text| text.starts_with("JobWaiter-0") && text.contains(error)), "{sent:?}");
    dag.finish();
}
