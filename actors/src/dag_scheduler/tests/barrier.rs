//! Barrier stages: one task fails, all run again.

use super::{Dag, RESUBMIT, any, unreadable};
use crate::{
    Config, JobId, ShuffleId,
    config::StageConfig,
    message::{JobCancelled, MaxConcurrentTasks, TaskEndReason},
    testkit::{Graph, NOTHING},
};

/// A job whose map stage s0 of two tasks is a barrier's, and its result stage s1.
fn barrier_map_stage(dag: &mut Dag) {
    let mut graph = Graph::default();
    let source = graph.source(2);
    graph.barrier(source);
    let rdd = graph.reduce(source);
    assert_eq!(dag.tell(graph.job(0, rdd)), ["DriverEndpoint: j0 asks for slots of [default]"]);
    assert_eq!(dag.tell(MaxConcurrentTasks { job_id: JobId(0), slots: vec![2] }).len(), 3);
}

/// A job whose map stage s0 has ended and whose result stage s1, a barrier's of one task, runs.
fn barrier_result_stage() -> Dag {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let rdd = graph.reduce(source);
    graph.barrier(rdd);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 1);
    assert_eq!(dag.tell(MaxConcurrentTasks { job_id: JobId(0), slots: vec![1] }).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1).len(), 3);
    dag
}

const OVER: &str = "BarrierCoordinator: s0.0 is over";

#[test]
fn dag_029_all_outputs_of_a_barrier_stage_are_made_again_if_one_cannot_be_read() {
    let mut dag = Dag::new();
    barrier_map_stage(&mut dag);
    assert!(dag.sets[&(0, 0)].stage.is_barrier);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    let sent = dag.map(0, 0, 1, 2);
    assert_eq!(sent[1], OVER);
    assert!(any(&sent, "submit j0.s1.0"));
    assert!(!dag.sets[&(1, 0)].stage.is_barrier);
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None)[1], RESUBMIT);
    assert_eq!(dag.outputs(0), [None, None]);
    let sent = dag.resubmit();
    assert_eq!(sent[1], r#"TaskScheduler: submit j0.s0.1 shuffle0/2 "map0" barrier epoch 3 [0>0, 1>1]"#);
    assert_eq!(dag.map(0, 1, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 1, 1, 2).len(), 4);
    dag.results(1, 1);
    dag.finish();
}

#[test]
fn dag_030_a_barrier_map_stage_starts_from_nothing_when_a_task_fails() {
    let mut dag = Dag::new();
    barrier_map_stage(&mut dag);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    let reason =
        "Stage failed because barrier task ShuffleMapTask(0, 1) finished unsuccessfully.\nTaskKilled (test)";
    assert_eq!(
        dag.end((0, 0, 1), 2, TaskEndReason::killed("test"), None),
        [
            "TaskScheduler: kill s0: Task ShuffleMapTask(0, 1) from barrier stage ShuffleMapStage 0 (rdd0) \
             failed."
                .to_owned(),
            format!("ListenerBus: StageCompleted s0.0 x2 rdd0 makes shuffle0 from 0 to 0 failed: {reason}"),
            OVER.to_owned(),
            RESUBMIT.to_owned(),
        ]
    );
    assert_eq!(dag.outputs(0), [None, None]);
    assert_eq!(
        dag.resubmit(),
        [
            "ListenerBus: StageSubmitted s0.1 x2 rdd0 makes shuffle0 (a barrier task of attempt 0 failed) from 0",
            r#"TaskScheduler: submit j0.s0.1 shuffle0/2 "map0" barrier epoch 1 [0>0, 1>1]"#,
        ]
    );
    assert_eq!(dag.tell(JobCancelled { job_id: JobId(0), reason: None }).len(), 5);
    dag.finish();
}

#[test]
fn a_late_success_of_a_failed_barrier_attempt_does_not_count() {
    let mut dag = Dag::new();
    barrier_map_stage(&mut dag);
    assert_eq!(dag.end((0, 0, 1), 2, TaskEndReason::killed("test"), None).len(), 4);
    // Before the stage is tried again, and after.
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.outputs(0), [None, None]);
    let submitted = dag.resubmit();
    assert!(any(&submitted, "[0>0, 1>1]"), "{submitted:?}");
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.outputs(0), [None, None]);
    // Those of the new attempt do.
    assert_eq!(dag.map(0, 1, 0, 1), NOTHING);
    assert!(any(&dag.map(0, 1, 1, 1), "submit j0.s1.0"));
    assert_eq!(dag.tell(JobCancelled { job_id: JobId(0), reason: None }).len(), 5);
    dag.finish();
}

#[test]
fn dag_031_a_barrier_result_stage_cannot_start_from_nothing() {
    let mut dag = barrier_result_stage();
    let sent = dag.end((1, 0, 0), 1, TaskEndReason::killed("test"), None);
    assert!(
        any(
            &sent,
            "JobEnd j0 at 0: Job aborted due to stage failure: Could not recover from a failed barrier ResultStage. \
             Most recent failure reason: Stage failed because barrier task ResultTask(1, 0) finished unsuccessfully."
        ),
        "{sent:?}"
    );
    dag.finish();
}

#[test]
fn a_barrier_result_stage_that_cannot_fetch_is_aborted() {
    let mut dag = barrier_result_stage();
    let sent = dag.end((1, 0, 0), 1, unreadable(0, 0, 1), None);
    assert!(
        any(
            &sent,
            "JobEnd j0 at 0: Job aborted due to stage failure: Could not recover from a failed barrier ResultStage. \
             Most recent failure reason: gone"
        ),
        "{sent:?}"
    );
    assert_eq!(dag.resubmit(), NOTHING);
    dag.finish();
}

#[test]
fn a_barrier_map_stage_that_cannot_fetch_loses_its_own_outputs() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let middle = graph.reduce(source);
    graph.rdd(middle).num_partitions = 2;
    graph.barrier(middle);
    let rdd = graph.reduce(middle);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 1);
    assert_eq!(dag.tell(MaxConcurrentTasks { job_id: JobId(0), slots: vec![2] }).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1).len(), 3);
    assert_eq!(dag.map(1, 0, 0, 2), NOTHING);
    assert_eq!(dag.end((1, 0, 1), 2, unreadable(0, 0, 1), None).len(), 3);
    assert_eq!((dag.outputs(0), dag.outputs(1)), (vec![None], vec![None, None]));
    assert!(any(&dag.resubmit(), "submit j0.s0.1"));
    assert!(any(&dag.map(0, 1, 0, 1), "submit j0.s1.1 shuffle1/2 \"map1\" barrier epoch 5 [0>0, 1>1]"));
    assert_eq!(dag.tell(JobCancelled { job_id: JobId(0), reason: None }).len(), 6);
    dag.finish();
}

#[test]
fn dag_072_two_failures_of_a_barrier_attempt_are_one_retry() {
    let mut dag = Dag::new();
    barrier_map_stage(&mut dag);
    assert_eq!(dag.end((0, 0, 0), 1, TaskEndReason::killed("test"), None).len(), 4);
    assert_eq!(dag.end((0, 0, 1), 1, TaskEndReason::killed("test"), None), NOTHING);
    assert_eq!(dag.resubmit().len(), 2);
    assert_eq!(dag.resubmit(), NOTHING);
    assert_eq!(dag.tell(JobCancelled { job_id: JobId(0), reason: None }).len(), 5);
    dag.finish();
}

#[test]
fn dag_073_a_failure_of_an_older_barrier_attempt_is_old_news() {
    let mut dag = Dag::new();
    barrier_map_stage(&mut dag);
    assert_eq!(dag.end((0, 0, 0), 1, TaskEndReason::killed("test"), None).len(), 4);
    assert_eq!(dag.resubmit().len(), 2);
    assert_eq!(dag.end((0, 0, 1), 1, TaskEndReason::killed("test"), None), NOTHING);
    assert_eq!(dag.map(0, 1, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 1, 1, 1).len(), 4);
    dag.results(1, 0);
    dag.finish();
}

#[test]
fn a_barrier_stage_fails_a_bounded_number_of_times() {
    let mut dag = Dag::with(Config {
        stage: StageConfig { max_consecutive_attempts: 2, ..Default::default() },
        ..Config::default()
    });
    barrier_map_stage(&mut dag);
    assert_eq!(dag.end((0, 0, 0), 1, TaskEndReason::killed("test"), None).len(), 4);
    assert_eq!(dag.resubmit().len(), 2);
    let sent = dag.end((0, 1, 0), 1, TaskEndReason::killed("test"), None);
    assert!(
        any(
            &sent,
            "ShuffleMapStage 0 (rdd0) has failed the maximum allowable number of times: 2. Most recent failure \
             reason: Stage failed because barrier task ShuffleMapTask(0, 0)"
        ),
        "{sent:?}"
    );
    assert_eq!(dag.bench.core.map_outputs.available(ShuffleId(0)), 0);
    dag.finish();
}

#[test]
fn a_barrier_map_stage_that_lost_one_output_between_jobs_is_made_again_as_a_whole() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    graph.barrier(source);
    let rdd = graph.reduce(source);
    let mut dag = Dag::new();
    for executor in [1, 2] {
        dag.executor(executor, "a");
    }
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 1);
    assert_eq!(dag.tell(MaxConcurrentTasks { job_id: JobId(0), slots: vec![2] }).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 2).len(), 4);
    dag.results(1, 0);
    assert_eq!(dag.lose(1), NOTHING);
    assert_eq!(dag.outputs(0), [None, Some(2)]);
    assert_eq!(dag.tell(graph.job(1, rdd)).len(), 1);
    let sent = dag.tell(MaxConcurrentTasks { job_id: JobId(1), slots: vec![2] });
    assert!(any(&sent, r#"submit j1.s2.0 shuffle0/2 "map0" barrier epoch 3 [0>0, 1>1]"#), "{sent:?}");
    assert_eq!(dag.tell(JobCancelled { job_id: JobId(1), reason: None }).len(), 5);
    dag.finish();
}

#[test]
fn a_success_that_comes_after_its_barrier_attempt_failed_is_made_again() {
    let mut dag = Dag::new();
    barrier_map_stage(&mut dag);
    assert_eq!(dag.end((0, 0, 1), 2, TaskEndReason::killed("test"), None).len(), 4);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert!(any(&dag.resubmit(), r#"submit j0.s0.1 shuffle0/2 "map0" barrier [0>0, 1>1]"#));
    // Nor does one that comes later end a task of the new attempt, which could not start without it.
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.outputs(0), [None, None]);
    assert_eq!(dag.map(0, 1, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 1, 1, 1).len(), 4);
    dag.results(1, 0);
    dag.finish();
}

#[test]
fn a_barrier_map_stage_with_a_bogus_completion_is_made_again_as_a_whole() {
    let mut dag = Dag::new();
    for executor in [1, 2] {
        dag.executor(executor, "a");
    }
    barrier_map_stage(&mut dag);
    assert_eq!(dag.lose(1), NOTHING);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    let sent = dag.map(0, 0, 1, 2);
    assert!(any(&sent, r#"submit j0.s0.1 shuffle0/2 "map0" barrier epoch 3 [0>0, 1>1]"#), "{sent:?}");
    assert_eq!(dag.tell(JobCancelled { job_id: JobId(0), reason: None }).len(), 5);
    dag.finish();
}
