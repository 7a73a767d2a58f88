//! What fails a job.

use super::Dag;
use crate::{
    StageId,
    lineage::BinaryError,
    message::{ResubmitFailedStages, TaskEndReason, TaskSetFailed},
    testkit::{Graph, NOTHING},
};

fn failed(stage: u32) -> TaskSetFailed {
    TaskSetFailed {
        stage_id: StageId(stage),
        stage_attempt_id: 0,
        reason: "it broke".to_owned(),
        cause: Some(TaskEndReason::UnknownReason),
    }
}

#[test]
fn a_task_set_that_gives_up_fails_its_job_with_reason_and_cause() {
    let mut dag = Dag::new();
    dag.map_and_result(1);
    assert_eq!(dag.end((0, 0, 0), 1, TaskEndReason::UnknownReason, None), NOTHING);
    dag.bench.wait(4);
    assert_eq!(
        dag.tell(failed(0)),
        [
            "TaskScheduler: kill s0: Job aborted due to stage failure: it broke",
            "ListenerBus: StageCompleted s0.0 x1 rdd0 makes shuffle0 from 0 to 4 failed: Job aborted due to stage \
             failure: it broke",
            "JobWaiter-0: j0 failed: Job aborted due to stage failure: it broke (cause UnknownReason)",
            "ListenerBus: JobEnd j0 at 4: Job aborted due to stage failure: it broke (cause UnknownReason)",
        ]
    );
    // Once more, and a straggler: the stage is gone.
    assert_eq!(dag.tell(failed(0)), NOTHING);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    dag.finish();
}

#[test]
fn a_failed_stage_fails_every_job_that_needs_it_and_no_other() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let shuffle = graph.shuffle(source);
    let (first, second) = (graph.read(&[shuffle], 1), graph.read(&[shuffle], 1));
    let other = graph.source(1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, first)).len(), 3);
    assert_eq!(dag.tell(graph.job(1, second)).len(), 1);
    assert_eq!(dag.tell(graph.job(2, other)).len(), 3);
    assert_eq!(
        dag.tell(failed(0)),
        [
            // The stage is still job 1's, which fails next.
            "JobWaiter-0: j0 failed: Job aborted due to stage failure: it broke (cause UnknownReason)",
            "ListenerBus: JobEnd j0 at 0: Job aborted due to stage failure: it broke (cause UnknownReason)",
            "TaskScheduler: kill s0: Job aborted due to stage failure: it broke",
            "ListenerBus: StageCompleted s0.0 x1 rdd0 makes shuffle0 from 0 to 0 failed: Job aborted due to stage \
             failure: it broke",
            "JobWaiter-1: j1 failed: Job aborted due to stage failure: it broke (cause UnknownReason)",
            "ListenerBus: JobEnd j1 at 0: Job aborted due to stage failure: it broke (cause UnknownReason)",
        ]
    );
    assert_eq!(dag.result(3, 0, 0).last().unwrap(), "JobWaiter-2: j2 output 0 from t0");
    dag.finish();
}

#[test]
fn a_job_does_not_fail_with_a_stage_whose_outputs_are_there() {
    let mut dag = Dag::new();
    dag.two_stages(1);
    assert_eq!(dag.tell(failed(0)), NOTHING);
    assert_eq!(dag.result(1, 0, 0).len(), 4);
    dag.finish();
}

#[test]
fn dag_014_a_binary_that_was_not_made_aborts_after_the_stage_was_announced() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let mut job = graph.job(0, source);
    job.binary = Err(BinaryError::NotSerializable("a socket".to_owned()));
    let mut dag = Dag::new();
    let error = "Job aborted due to stage failure: Task not serializable: a socket";
    assert_eq!(
        dag.tell(job),
        [
            "ListenerBus: JobStart j0 at 0 [s0.0 x1 job0]".to_owned(),
            "ListenerBus: StageSubmitted s0.0 x1 job0 from 0".to_owned(),
            format!("TaskScheduler: kill s0: {error}"),
            format!("ListenerBus: StageCompleted s0.0 x1 job0 from 0 to 0 failed: {error}"),
            format!("JobWaiter-0: j0 failed: {error}"),
            format!("ListenerBus: JobEnd j0 at 0: {error}"),
        ]
    );
    dag.finish();
}

#[test]
fn a_map_binary_that_was_not_made_aborts_before_other_parents_run() {
    let mut graph = Graph::default();
    let (left, right) = (graph.source(1), graph.source(1));
    let (left, right) = (graph.shuffle(left), graph.shuffle(right));
    let rdd = graph.read(&[left, right], 1);
    graph.lineage.shuffles.get_mut(&left).unwrap().binary = Err(BinaryError::Failed("disk full".to_owned()));
    let mut dag = Dag::new();
    let error = "Job aborted due to stage failure: Task serialization failed: disk full";
    assert_eq!(
        dag.tell(graph.job(0, rdd)),
        [
            "ListenerBus: JobStart j0 at 0 [s0.0 x1 rdd0 makes shuffle0, s1.0 x1 rdd1 makes shuffle1, \
             s2.0 x1 job0 <s0,s1]"
                .to_owned(),
            "ListenerBus: StageSubmitted s0.0 x1 rdd0 makes shuffle0 from 0".to_owned(),
            format!("TaskScheduler: kill s0: {error}"),
            format!("ListenerBus: StageCompleted s0.0 x1 rdd0 makes shuffle0 from 0 to 0 failed: {error}"),
            format!("JobWaiter-0: j0 failed: {error}"),
            format!("ListenerBus: JobEnd j0 at 0: {error}"),
        ]
    );
    dag.finish();
}

#[test]
fn failures_of_single_tasks_are_the_task_schedulers_business() {
    let mut graph = Graph::default();
    let rdd = graph.source(1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    for reason in [
        TaskEndReason::TaskResultLost,
        TaskEndReason::killed("because"),
        TaskEndReason::TaskCommitDenied { partition_id: 0, attempt_number: 0 },
        TaskEndReason::UnknownReason,
        TaskEndReason::Resubmitted,
    ] {
        assert_eq!(dag.end((0, 0, 0), 1, reason, None), NOTHING);
    }
    assert_eq!(dag.tell(ResubmitFailedStages {}), NOTHING);
    assert_eq!(dag.result(0, 0, 0).len(), 4);
    dag.finish();
}

#[test]
fn a_resubmitted_map_task_is_waited_for() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    let rdd = graph.reduce(source);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job_on(0, rdd, &[0])).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.end((0, 0, 0), 1, TaskEndReason::Resubmitted, None), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 0, 1).len(), 3);
    assert_eq!(dag.result(1, 0, 0).len(), 4);
    dag.finish();
}

#[test]
fn a_second_success_of_an_output_counts_once() {
    let mut graph = Graph::default();
    let rdd = graph.source(2);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.result(0, 0, 0).len(), 1);
    assert_eq!(dag.result(0, 0, 0), NOTHING);
    assert_eq!(dag.result(0, 0, 1).len(), 4);
    assert_eq!(dag.result(0, 0, 1), NOTHING);
    dag.finish();
}
