//! Stages that several jobs need.

use std::{collections::BTreeMap, sync::Arc};

use super::{Dag, RESUBMIT, any, unreadable};
use crate::{
    JobId, StageId,
    message::{JobCancelled, JobSubmitted, TaskSetFailed},
    testkit::{Graph, NOTHING},
};

fn named(mut job: JobSubmitted, name: &str) -> JobSubmitted {
    job.properties = Arc::new(BTreeMap::from([("name".to_owned(), name.to_owned())]));
    job
}

#[test]
fn dag_002_a_shuffle_that_is_read_twice_is_made_once() {
    // A -> B -> C, with C also on A, and C -> D.
    let mut graph = Graph::default();
    let a = graph.source(1);
    let of_a = graph.shuffle(a);
    let b = graph.read(&[of_a], 1);
    let of_b = graph.shuffle(b);
    let c = graph.read(&[of_a, of_b], 1);
    let of_c = graph.shuffle(c);
    let d = graph.read(&[of_c], 1);
    let mut dag = Dag::new();
    assert_eq!(
        dag.tell(graph.job(0, d))[0],
        "ListenerBus: JobStart j0 at 0 [s0.0 x1 rdd0 makes shuffle0, s1.0 x1 rdd1 <s0 makes shuffle1, s2.0 x1 rdd2 \
         <s0,s1 makes shuffle2, s3.0 x1 job0 <s2]"
    );
    for stage in 0..3 {
        assert_eq!(dag.map(stage, 0, 0, 1).len(), 3);
    }
    dag.results(3, 0);
    dag.finish();
}

#[test]
fn dag_068_only_the_nearest_shuffles_are_a_stages_parents() {
    let mut graph = Graph::default();
    let a = graph.source(1);
    let of_a = graph.shuffle(a);
    let b = graph.read(&[of_a], 1);
    let of_b = graph.shuffle(b);
    let c = graph.read(&[of_b], 1);
    let narrow = graph.map(b);
    let d = graph.zip(&[c, narrow]);
    assert_eq!(graph.lineage.chain(a).shuffles, []);
    assert_eq!(graph.lineage.chain(b).shuffles, [of_a]);
    assert_eq!(graph.lineage.chain(c).shuffles, [of_b]);
    assert_eq!(graph.lineage.chain(d).shuffles, [of_a, of_b]);
}

#[test]
fn dag_040_a_shared_stage_that_fails_fails_both_jobs_with_what_else_they_run() {
    let mut graph = Graph::default();
    let (one, two) = (graph.source(1), graph.source(1));
    let (shared, own) = (graph.shuffle(one), graph.shuffle(two));
    let (first, second) = (graph.read(&[shared], 1), graph.read(&[shared, own], 1));
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, first)).len(), 3);
    // Stage 1 is the first job's result; stage 2 makes the second job's own shuffle.
    assert!(any(&dag.tell(graph.job(1, second)), "submit j1.s2.0"));
    let sent = dag.tell(TaskSetFailed {
        stage_id: StageId(0),
        stage_attempt_id: 0,
        reason: "it broke".to_owned(),
        cause: None,
    });
    let error = "Job aborted due to stage failure: it broke";
    assert_eq!(
        sent,
        [
            format!("JobWaiter-0: j0 failed: {error}"),
            format!("ListenerBus: JobEnd j0 at 0: {error}"),
            format!("TaskScheduler: kill s0: {error}"),
            format!("ListenerBus: StageCompleted s0.0 x1 rdd0 makes shuffle0 from 0 to 0 failed: {error}"),
            format!("TaskScheduler: kill s2: {error}"),
            format!("ListenerBus: StageCompleted s2.0 x1 rdd1 makes shuffle1 from 0 to 0 failed: {error}"),
            format!("JobWaiter-1: j1 failed: {error}"),
            format!("ListenerBus: JobEnd j1 at 0: {error}"),
        ]
    );
    dag.finish();
}

/// Jobs 0 and 1, each with its properties, need the same two shuffles in a row.
fn two_jobs(dag: &mut Dag) {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let middle = graph.reduce(source);
    let second = graph.shuffle(middle);
    let (first_rdd, second_rdd) = (graph.read(&[second], 1), graph.read(&[second], 1));
    assert!(any(
        &dag.tell(named(graph.job(0, first_rdd), "one")),
        r#"submit j0.s0.0 shuffle0/1 "map0" {"name": "one"}"#
    ));
    assert_eq!(dag.tell(named(graph.job(1, second_rdd), "two")).len(), 1);
}

fn cancel_first(dag: &mut Dag) {
    assert_eq!(dag.tell(JobCancelled { job_id: JobId(0), reason: None }).len(), 2);
}

#[test]
fn dag_041_after_a_cancel_shared_stages_run_for_the_job_that_is_left() {
    let mut dag = Dag::new();
    two_jobs(&mut dag);
    cancel_first(&mut dag);
    // The task set that runs keeps what it was submitted with; later ones are the second job's.
    assert!(any(&dag.map(0, 0, 0, 1), r#"submit j1.s1.0 shuffle1/1 "map1" epoch 1 {"name": "two"}"#));
    assert!(any(&dag.map(1, 0, 0, 1), r#"submit j1.s3.0 result/1 "result" epoch 2 {"name": "two"}"#));
    dag.results(3, 0);
    dag.finish();
}

#[test]
fn dag_042_attempts_after_a_failure_are_those_of_the_job_that_is_left() {
    let mut dag = Dag::new();
    two_jobs(&mut dag);
    assert!(any(&dag.map(0, 0, 0, 1), r#"submit j0.s1.0 shuffle1/1 "map1" epoch 1 {"name": "one"}"#));
    cancel_first(&mut dag);
    assert_eq!(dag.end((1, 0, 0), 2, unreadable(0, 0, 1), None)[1], RESUBMIT);
    assert!(any(&dag.resubmit(), r#"submit j1.s0.1 shuffle0/1 "map0" epoch 3 {"name": "two"}"#));
    assert!(any(&dag.map(0, 1, 0, 1), r#"submit j1.s1.1 shuffle1/1 "map1" epoch 4 {"name": "two"}"#));
    assert!(any(&dag.map(1, 1, 0, 1), "submit j1.s3.0"));
    dag.results(3, 0);
    dag.finish();
}

#[test]
fn a_stage_that_failed_and_is_shared_runs_again_for_the_other_job() {
    let mut dag = Dag::new();
    two_jobs(&mut dag);
    assert_eq!(dag.map(0, 0, 0, 1).len(), 3);
    assert_eq!(dag.end((1, 0, 0), 2, unreadable(0, 0, 1), None)[1], RESUBMIT);
    // The first job goes while both stages wait for the timer.
    cancel_first(&mut dag);
    assert!(any(&dag.resubmit(), "submit j1.s0.1"));
    assert_eq!(dag.resubmit(), NOTHING);
    assert_eq!(dag.map(0, 1, 0, 1).len(), 3);
    assert_eq!(dag.map(1, 1, 0, 1).len(), 3);
    dag.results(3, 0);
    dag.finish();
}
