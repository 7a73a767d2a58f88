//! Which of the values that tasks add to accumulators count.

use std::sync::Arc;

use super::{Dag, unreadable};
use crate::{
    JobId,
    message::{AccumUpdate, ExceptionFailure, JobCancelled, TaskEndReason, TaskOutput},
    testkit::{Graph, NOTHING},
};

fn update(id: u64, counts_failed: bool) -> AccumUpdate {
    AccumUpdate { id, value: b"x".to_vec().into(), counts_failed }
}

fn result_with(dag: &mut Dag, task: (u32, u32, u32), id: u64) -> Vec<String> {
    dag.end_with(task, 1, TaskEndReason::Success, Some(TaskOutput::Decoded), vec![update(id, false)])
}

fn exception(accum_updates: Vec<AccumUpdate>) -> TaskEndReason {
    TaskEndReason::ExceptionFailure(Box::new(ExceptionFailure {
        class_name: "panic".to_owned(),
        description: "it broke".to_owned(),
        location: None,
        stack_trace: String::new(),
        causes: Vec::new(),
        fatal: false,
        metrics: Box::default(),
        accum_updates,
    }))
}

#[test]
fn acm_001_what_a_task_added_comes_before_its_result() {
    let mut graph = Graph::default();
    let rdd = graph.source(2);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(
        result_with(&mut dag, (0, 0, 0), 5),
        [r#"JobWaiter-0: j0 merge [5 "x"] from t0"#, "JobWaiter-0: j0 output 0 from t0"]
    );
    let sent = result_with(&mut dag, (0, 0, 1), 5);
    assert_eq!((&*sent[0], sent.len()), (r#"JobWaiter-0: j0 merge [5 "x"] from t1"#, 5));
    dag.finish();
}

#[test]
fn dag_009_updates_are_equal_if_every_field_is() {
    assert_eq!(update(1, true), update(1, true));
    assert_ne!(update(1, true), update(2, true));
    assert_ne!(update(1, true), update(1, false));
    assert_ne!(update(1, true), AccumUpdate { value: b"y".to_vec().into(), ..update(1, true) });
}

#[test]
fn dag_054_a_result_that_comes_twice_counts_once() {
    let mut graph = Graph::default();
    let rdd = graph.source(1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(result_with(&mut dag, (0, 0, 0), 1).len(), 5);
    assert_eq!(result_with(&mut dag, (0, 0, 0), 1), NOTHING);
    dag.finish();
}

#[test]
fn dag_055_a_result_that_comes_twice_while_others_are_awaited_counts_once() {
    let mut graph = Graph::default();
    let rdd = graph.source(2);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(result_with(&mut dag, (0, 0, 0), 1).len(), 2);
    assert_eq!(result_with(&mut dag, (0, 0, 0), 1), NOTHING);
    assert_eq!(result_with(&mut dag, (0, 0, 1), 1).len(), 5);
    dag.finish();
}

#[test]
fn dag_056_failed_and_killed_tasks_count_with_what_they_marked_so() {
    let mut graph = Graph::default();
    let rdd = graph.source(1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    let failed = exception(vec![update(1, true), update(2, false)]);
    assert_eq!(
        dag.end((0, 0, 0), 1, failed, None),
        [r#"JobWaiter-0: j0 merge [1 "x" (also if it fails)] from t0"#]
    );
    let killed = TaskEndReason::TaskKilled {
        reason: Arc::from("because"),
        accum_updates: vec![update(3, true), update(4, false)],
    };
    assert_eq!(
        dag.end((0, 0, 0), 1, killed, None),
        [r#"JobWaiter-0: j0 merge [3 "x" (also if it fails)] from t1"#]
    );
    // What came beside a failure, rather than with its reason, does not count.
    let beside = vec![update(5, true)];
    assert_eq!(dag.end_with((0, 0, 0), 1, TaskEndReason::TaskResultLost, None, beside), NOTHING);
    assert_eq!(dag.result(0, 0, 0).len(), 4);
    dag.finish();
}

#[test]
fn acm_002_a_map_task_counts_for_the_first_job_each_time_it_runs() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let shuffle = graph.shuffle(source);
    let (first, second) = (graph.read(&[shuffle], 1), graph.read(&[shuffle], 1));
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(1, first)).len(), 3);
    assert_eq!(dag.tell(graph.job(2, second)).len(), 1);
    let output = |dag: &Dag| {
        let status = crate::message::MapStatus::new(crate::ExecutorId(1), crate::TaskId(dag.next_task), [1]);
        Some(TaskOutput::MapStatus(status))
    };
    let made = output(&dag);
    let sent = dag.end_with((0, 0, 0), 1, TaskEndReason::Success, made, vec![update(7, false)]);
    assert_eq!(sent[0], r#"JobWaiter-1: j1 merge [7 "x"] from t0"#);
    assert_eq!(dag.tell(JobCancelled { job_id: JobId(1), reason: None }).len(), 4);
    // Made again for the job that is left: it counts twice in all, as Spark documents it.
    assert_eq!(dag.end((2, 0, 0), 2, unreadable(0, 0, 1), None).len(), 2);
    assert_eq!(dag.resubmit().len(), 2);
    let made = output(&dag);
    let sent = dag.end_with((0, 1, 0), 1, TaskEndReason::Success, made, vec![update(7, false)]);
    assert_eq!(sent[0], r#"JobWaiter-2: j2 merge [7 "x"] from t2"#);
    dag.results(2, 1);
    dag.finish();
}

#[test]
fn acm_003_nothing_counts_for_a_job_that_has_ended() {
    let mut graph = Graph::default();
    let rdd = graph.source(2);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.tell(JobCancelled { job_id: JobId(0), reason: None }).len(), 4);
    assert_eq!(result_with(&mut dag, (0, 0, 0), 1), NOTHING);
    assert_eq!(dag.end((0, 0, 1), 1, exception(vec![update(1, true)]), None), NOTHING);
    dag.finish();
}
