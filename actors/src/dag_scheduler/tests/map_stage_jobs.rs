//! Jobs that only want a shuffle's outputs.

use super::{Dag, RESUBMIT, any, unreadable};
use crate::{
    JobId, ShuffleId,
    message::{JobCancelled, TaskEndReason},
    testkit::{Graph, NOTHING},
};

#[test]
fn dag_062_a_map_stage_alone_then_its_reader_then_the_map_stage_again() {
    let (graph, shuffle, rdd) = Graph::two_stages(2, 1);
    let mut dag = Dag::new();
    assert_eq!(
        dag.tell(graph.map_stage_job(0, shuffle)),
        [
            "ListenerBus: JobStart j0 at 0 [s0.0 x2 rdd0 makes shuffle0]",
            "ListenerBus: StageSubmitted s0.0 x2 rdd0 makes shuffle0 from 0",
            r#"TaskScheduler: submit j0.s0.0 shuffle0/2 "map0" [0>0, 1>1]"#,
        ]
    );
    assert_eq!(dag.map_of(0, 0, 0, 1, &[2]), NOTHING);
    // Sizes are known to a tenth.
    assert_eq!(
        dag.map_of(0, 0, 1, 2, &[1]),
        [
            "ListenerBus: StageCompleted s0.0 x2 rdd0 makes shuffle0 from 0 to 0",
            "JobWaiter-0: j0 shuffle0 of [3] bytes",
            "ListenerBus: JobEnd j0 at 0",
        ]
    );
    // The reader skips the map stage.
    assert!(any(&dag.tell(graph.job(1, rdd)), "submit j1.s2.0"));
    dag.results(2, 0);
    // Once more: there at once, without a task.
    assert_eq!(
        dag.tell(graph.map_stage_job(2, shuffle)),
        [
            "ListenerBus: JobStart j2 at 0 [s3.0 x2 rdd0 makes shuffle0]",
            "JobWaiter-2: j2 shuffle0 of [3] bytes",
            "ListenerBus: JobEnd j2 at 0",
        ]
    );
    dag.finish();
}

#[test]
fn dag_063_a_map_stage_job_and_a_reader_share_the_stage() {
    let (graph, shuffle, rdd) = Graph::two_stages(1, 1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.map_stage_job(0, shuffle)).len(), 3);
    assert_eq!(dag.tell(graph.job(1, rdd)).len(), 1);
    // And one more job for the same stage, which it has already.
    assert_eq!(
        dag.tell(graph.map_stage_job(2, shuffle)),
        ["ListenerBus: JobStart j2 at 0 [s0.0 x1 rdd0 makes shuffle0 from 0]"]
    );
    assert_eq!(
        dag.map(0, 0, 0, 1),
        [
            "ListenerBus: StageCompleted s0.0 x1 rdd0 makes shuffle0 from 0 to 0",
            "JobWaiter-0: j0 shuffle0 of [1] bytes",
            "ListenerBus: JobEnd j0 at 0",
            "JobWaiter-2: j2 shuffle0 of [1] bytes",
            "ListenerBus: JobEnd j2 at 0",
            "ListenerBus: StageSubmitted s1.0 x1 job1 <s0 from 0",
            r#"TaskScheduler: submit j1.s1.0 result/1 "result" epoch 1 [0>0]"#,
        ]
    );
    dag.results(1, 0);
    dag.finish();
}

#[test]
fn dag_065_two_map_stage_jobs_and_a_reader_get_their_answers_over_failures() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    let first = graph.shuffle(source);
    let middle = graph.read(&[first], 2);
    let second = graph.shuffle(middle);
    let rdd = graph.read(&[second], 1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.map_stage_job(0, first)).len(), 3);
    assert_eq!(dag.tell(graph.map_stage_job(1, second)).len(), 1);
    assert_eq!(dag.tell(graph.job(2, rdd)).len(), 1);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    let sent = dag.map(0, 0, 1, 2);
    assert!(any(&sent, "JobEnd j0") && any(&sent, "submit j1.s1.0"), "{sent:?}");
    // The second map stage cannot read the first one's output.
    assert_eq!(dag.map(1, 0, 0, 3), NOTHING);
    assert_eq!(dag.end((1, 0, 1), 3, unreadable(0, 0, 1), None)[1], RESUBMIT);
    assert!(any(&dag.resubmit(), "submit j1.s0.1"));
    assert!(any(&dag.map(0, 1, 0, 2), "submit j1.s1.1 shuffle1/2 \"map1\" epoch 4 [1>1]"));
    let sent = dag.map(1, 1, 0, 4);
    assert!(any(&sent, "JobWaiter-1: j1 shuffle1 of [2] bytes") && any(&sent, "JobEnd j1"), "{sent:?}");
    assert!(any(&sent, "submit j2.s2.0"));
    // And the reader cannot read the second one's.
    assert_eq!(dag.end((2, 0, 0), 2, unreadable(1, 0, 3), None)[1], RESUBMIT);
    assert!(any(&dag.resubmit(), "submit j2.s1.2 shuffle1/2 \"map1\" epoch 7 [0>0]"));
    assert!(any(&dag.map(1, 2, 0, 4), "submit j2.s2.1"));
    dag.results(2, 1);
    dag.finish();
}

#[test]
fn dag_066_outputs_that_arrive_while_the_stage_is_failed_answer_when_it_is_submitted_again() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let first = graph.shuffle(source);
    let middle = graph.read(&[first], 2);
    let second = graph.shuffle(middle);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.map_stage_job(0, second)).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1).len(), 3);
    assert_eq!(dag.map(1, 0, 0, 3), NOTHING);
    assert_eq!(dag.end((1, 0, 1), 3, unreadable(0, 0, 1), None)[1], RESUBMIT);
    // A copy of the task that failed to fetch succeeds: all outputs are there, and the stage is not running.
    assert_eq!(dag.map(1, 0, 1, 3), NOTHING);
    // The parent runs again first, since its output is gone; then the stage has nothing left to do.
    assert!(any(&dag.resubmit(), "submit j0.s0.1"));
    assert_eq!(
        dag.map(0, 1, 0, 2)[1..],
        [
            "ListenerBus: StageSubmitted s1.1 x0 rdd1 <s0 makes shuffle1 (attempt 0 could not fetch output 0 of \
             shuffle 0 from executor 1)",
            "ListenerBus: StageCompleted s1.1 x0 rdd1 <s0 makes shuffle1 (attempt 0 could not fetch output 0 of \
             shuffle 0 from executor 1) to 0",
            "JobWaiter-0: j0 shuffle1 of [2] bytes",
            "TaskScheduler: kill s0: Job 0 is finished.",
            "TaskScheduler: kill s1: Job 0 is finished.",
            "ListenerBus: JobEnd j0 at 0",
        ]
    );
    dag.finish();
}

#[test]
fn dag_067_a_map_stage_job_with_a_lost_executor_ends_once() {
    let mut graph = Graph::default();
    let source = graph.source(3);
    let shuffle = graph.shuffle(source);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.map_stage_job(0, shuffle)).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.lose(1), NOTHING);
    // Late successes: one from the lost executor, one from another.
    assert_eq!(dag.map(0, 0, 1, 1), NOTHING);
    let sent = dag.map(0, 0, 2, 2);
    assert!(any(&sent, "submit j0.s0.1 shuffle0/3 \"map0\" epoch 2 [0>0, 1>1]"), "{sent:?}");
    assert!(!any(&sent, "JobEnd"));
    assert_eq!(dag.map(0, 1, 0, 2), NOTHING);
    let sent = dag.map(0, 1, 1, 2);
    assert!(any(&sent, "JobWaiter-0: j0 shuffle0 of [3] bytes") && any(&sent, "JobEnd j0"), "{sent:?}");
    assert_eq!(dag.map(0, 1, 1, 2), NOTHING);
    dag.finish();
}

#[test]
fn a_map_stage_job_is_cancelled_and_fails_like_any_other() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let shuffle = graph.shuffle(source);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.map_stage_job(0, shuffle)).len(), 3);
    assert_eq!(
        dag.tell(JobCancelled { job_id: JobId(0), reason: None }),
        [
            "TaskScheduler: kill s0: Job 0 cancelled",
            "ListenerBus: StageCompleted s0.0 x1 rdd0 makes shuffle0 from 0 to 0 failed: Job 0 cancelled",
            "JobWaiter-0: j0 failed: Job 0 cancelled",
            "ListenerBus: JobEnd j0 at 0: Job 0 cancelled",
        ]
    );
    assert_eq!(dag.tell(graph.map_stage_job(1, shuffle)).len(), 3);
    let failed = crate::message::TaskSetFailed {
        stage_id: crate::StageId(1),
        stage_attempt_id: 0,
        reason: "it broke".to_owned(),
        cause: Some(TaskEndReason::UnknownReason),
    };
    assert!(any(&dag.tell(failed), "JobWaiter-1: j1 failed: Job aborted due to stage failure: it broke"));
    dag.finish();
}

#[test]
fn a_map_stage_job_without_its_shuffle_is_refused() {
    let graph = Graph::default();
    let mut dag = Dag::new();
    assert_eq!(
        dag.tell(graph.map_stage_job(0, ShuffleId(4))),
        ["JobWaiter-0: j0 failed: Creating new stage failed due to exception - job: 0: the lineage has no \
             shuffle 4, the one to make"]
    );
    dag.finish();
}

#[test]
fn bytes_are_added_up_by_reducer() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    let shuffle = graph.shuffle(source);
    graph.lineage.shuffles.get_mut(&shuffle).unwrap().num_reduces = 3;
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.map_stage_job(0, shuffle)).len(), 3);
    assert_eq!(dag.map_of(0, 0, 0, 1, &[1, 0, 0]), NOTHING);
    assert_eq!(dag.map_of(0, 0, 1, 1, &[1, 1, 0])[1], "JobWaiter-0: j0 shuffle0 of [2, 1, 0] bytes");
    dag.finish();
}

#[test]
fn sizes_are_those_of_the_outputs_that_are_left_and_of_those_made_again() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    let shuffle = graph.shuffle(source);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.map_stage_job(0, shuffle)).len(), 3);
    assert_eq!(dag.map_of(0, 0, 0, 1, &[2]), NOTHING);
    assert_eq!(dag.lose(1), NOTHING);
    assert!(any(&dag.map_of(0, 0, 1, 2, &[1]), "submit j0.s0.1"));
    assert!(any(&dag.map_of(0, 1, 0, 3, &[5]), "JobWaiter-0: j0 shuffle0 of [6] bytes"));
    dag.finish();
}

#[test]
fn a_map_stage_job_ends_what_still_runs_for_it_alone() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let middle = graph.map(source);
    let first = graph.shuffle(middle);
    let reader = graph.read(&[first], 2);
    let shuffle = graph.shuffle(reader);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.map_stage_job(0, shuffle)).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1).len(), 3);
    assert_eq!(dag.end((1, 0, 0), 2, unreadable(0, 0, 1), None)[1], RESUBMIT);
    assert_eq!(dag.resubmit().len(), 2);
    assert!(any(&dag.map(0, 1, 0, 1), "submit j0.s1.1"));
    assert_eq!(dag.map(1, 1, 0, 1), NOTHING);
    // The other task of the first attempt may still run.
    let sent = dag.map(1, 1, 1, 1);
    assert!(any(&sent, "TaskScheduler: kill s1: Job 0 is finished."), "{sent:?}");
    dag.finish();
}
