//! Ending jobs on request, and the end of the scheduler.

use std::{collections::BTreeMap, sync::Arc};

use super::Dag;
use crate::{
    JobId,
    message::{AllJobsCancelled, JobCancelled, StopDagScheduler, keys},
    testkit::{Graph, NOTHING},
};

fn cancel(job: u32, reason: Option<&str>) -> JobCancelled {
    JobCancelled { job_id: JobId(job), reason: reason.map(str::to_owned) }
}

#[test]
fn a_cancelled_job_fails_with_the_reason() {
    let mut dag = Dag::new();
    dag.map_and_result(1);
    assert_eq!(
        dag.tell(cancel(0, Some("because I can"))),
        [
            "TaskScheduler: kill s0: Job 0 cancelled because I can",
            "ListenerBus: StageCompleted s0.0 x1 rdd0 makes shuffle0 from 0 to 0 failed: Job 0 cancelled because I can",
            "JobWaiter-0: j0 failed: Job 0 cancelled because I can",
            "ListenerBus: JobEnd j0 at 0: Job 0 cancelled because I can",
        ]
    );
    // Twice does no harm, nor does a task that ends meanwhile.
    assert_eq!(dag.tell(cancel(0, None)), NOTHING);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    dag.finish();
}

#[test]
fn cancelling_an_unknown_job_does_no_harm() {
    let mut dag = Dag::new();
    assert_eq!(dag.tell(cancel(7, None)), NOTHING);
    dag.finish();
}

#[test]
fn a_cancel_interrupts_tasks_only_if_the_job_says_so() {
    for (value, interrupts) in [("true", " interrupting"), ("false", ""), ("perhaps", "")] {
        let mut graph = Graph::default();
        let rdd = graph.source(1);
        let mut job = graph.job(0, rdd);
        job.properties = Arc::new(BTreeMap::from([(keys::INTERRUPT_ON_CANCEL.to_owned(), value.to_owned())]));
        let mut dag = Dag::new();
        assert_eq!(dag.tell(job).len(), 3);
        assert_eq!(
            dag.tell(cancel(0, None))[0],
            format!("TaskScheduler: kill s0{interrupts}: Job 0 cancelled")
        );
        dag.finish();
    }
}

#[test]
fn a_shared_stage_survives_the_cancel_of_one_of_its_jobs() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let shuffle = graph.shuffle(source);
    let (first, second) = (graph.read(&[shuffle], 1), graph.read(&[shuffle], 1));
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, first)).len(), 3);
    assert_eq!(dag.tell(graph.job(1, second)).len(), 1);
    assert_eq!(
        dag.tell(cancel(0, None)),
        ["JobWaiter-0: j0 failed: Job 0 cancelled", "ListenerBus: JobEnd j0 at 0: Job 0 cancelled"]
    );
    assert_eq!(
        dag.map(0, 0, 0, 1),
        [
            "ListenerBus: StageCompleted s0.0 x1 rdd0 makes shuffle0 from 0 to 0",
            "ListenerBus: StageSubmitted s2.0 x1 job1 <s0 from 0",
            r#"TaskScheduler: submit j1.s2.0 result/1 "result" epoch 1 [0>0]"#,
        ]
    );
    assert_eq!(dag.result(2, 0, 0).len(), 4);
    dag.finish();
}

#[test]
fn all_jobs_are_cancelled_in_the_order_of_their_ids() {
    let mut graph = Graph::default();
    let rdd = graph.source(1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(AllJobsCancelled {}), NOTHING);
    assert_eq!(dag.tell(graph.job(5, rdd)).len(), 3);
    assert_eq!(dag.tell(graph.job(3, rdd)).len(), 3);
    let because = "cancelled as part of cancellation of all jobs";
    assert_eq!(
        dag.tell(AllJobsCancelled {}),
        [
            format!("TaskScheduler: kill s1: Job 3 {because}"),
            format!("ListenerBus: StageCompleted s1.0 x1 job3 from 0 to 0 failed: Job 3 {because}"),
            format!("JobWaiter-3: j3 failed: Job 3 {because}"),
            format!("ListenerBus: JobEnd j3 at 0: Job 3 {because}"),
            format!("TaskScheduler: kill s0: Job 5 {because}"),
            format!("ListenerBus: StageCompleted s0.0 x1 job5 from 0 to 0 failed: Job 5 {because}"),
            format!("JobWaiter-5: j5 failed: Job 5 {because}"),
            format!("ListenerBus: JobEnd j5 at 0: Job 5 {because}"),
        ]
    );
    // It goes on with new ones.
    assert_eq!(dag.tell(graph.job(6, rdd)).len(), 3);
    assert_eq!(dag.result(2, 0, 0).len(), 4);
    dag.finish();
}

#[test]
fn stopping_fails_all_jobs_and_refuses_later_ones() {
    let mut graph = Graph::default();
    let rdd = graph.source(1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    let because = "Job 0 cancelled because SparkContext was shut down";
    assert_eq!(
        dag.tell(StopDagScheduler {}),
        [
            format!("TaskScheduler: kill s0: {because}"),
            format!("ListenerBus: StageCompleted s0.0 x1 job0 from 0 to 0 failed: {because}"),
            format!("JobWaiter-0: j0 failed: {because}"),
            format!("ListenerBus: JobEnd j0 at 0: {because}"),
        ]
    );
    let refused = ["JobWaiter-1: j1 failed: Job 1 cancelled because SparkContext was shut down"];
    assert_eq!(dag.tell(graph.job(1, rdd)), refused);
    assert_eq!(dag.tell(graph.job_on(1, rdd, &[])), refused);
    assert_eq!(dag.tell(StopDagScheduler {}), NOTHING);
    dag.finish();
}

#[test]
fn the_end_of_a_job_interrupts_what_is_left_of_its_tasks_if_the_job_says_so() {
    let mut graph = Graph::default();
    let rdd = graph.source(1);
    let mut job = graph.job(0, rdd);
    job.properties = Arc::new(BTreeMap::from([(keys::INTERRUPT_ON_CANCEL.to_owned(), "true".to_owned())]));
    let mut dag = Dag::new();
    assert_eq!(dag.tell(job).len(), 3);
    assert_eq!(dag.result(0, 0, 0)[1], "TaskScheduler: kill s0 interrupting: Stage finished");
    dag.finish();
}
