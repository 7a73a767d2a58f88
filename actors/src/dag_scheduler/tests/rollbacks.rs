//! What an indeterminate stage that is made again does to the stages behind it: none keeps what it has, so that no
//! result comes from old rows and new ones.

use super::{Dag, RESUBMIT, any, unreadable};
use crate::{
    message::AllJobsCancelled,
    testkit::{Graph, NOTHING},
};

/// s0, which is another one each time, is read by s1 and s2, which s3 reads; all of two tasks. s0 has ended.
fn two_readers() -> Dag {
    let mut graph = Graph::default();
    let source = graph.source(2);
    graph.indeterminate(source);
    let shuffle = graph.shuffle(source);
    let (left, right) = (graph.read(&[shuffle], 2), graph.read(&[shuffle], 2));
    let (left, right) = (graph.shuffle(left), graph.shuffle(right));
    let rdd = graph.read(&[left, right], 2);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 2).len(), 5);
    dag
}

/// s0 is made again, then s1 and s2 as a whole, and the job ends.
fn all_are_made_again(mut dag: Dag) {
    assert_eq!(dag.map(0, 1, 0, 4), NOTHING);
    let sent = dag.map(0, 1, 1, 4);
    let cause = "(stage 0, whose output is indeterminate, was computed again)";
    assert!(
        any(&sent, "StageSubmitted s1.1 x2 rdd1 <s0 makes shuffle1 (attempt 0 could not fetch output 0"),
        "{sent:?}"
    );
    assert!(any(&sent, &format!("StageSubmitted s2.1 x2 rdd2 <s0 makes shuffle2 {cause}")), "{sent:?}");
    assert_eq!((dag.partitions(1, 1), dag.partitions(2, 1)), (vec![0, 1], vec![0, 1]));
    for (stage, index) in [(1, 0), (1, 1), (2, 0)] {
        assert!(!any(&dag.map(stage, 1, index, 4), "submit"));
    }
    assert!(any(&dag.map(2, 1, 1, 4), "submit j0.s3.0"));
    dag.results(3, 0);
    dag.finish();
}

#[test]
fn a_running_successor_is_ended_and_loses_what_it_has_made() {
    let mut dag = two_readers();
    assert_eq!(dag.map(2, 0, 0, 3), NOTHING);
    assert_eq!(
        dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None),
        [
            "ListenerBus: StageCompleted s1.0 x2 rdd1 <s0 makes shuffle1 from 0 to 0 failed: gone",
            "TaskScheduler: kill s2: stage 0, whose output is indeterminate, is computed again",
            "ListenerBus: StageCompleted s2.0 x2 rdd2 <s0 makes shuffle2 from 0 to 0 failed: stage 0, whose output is indeterminate, is \
             computed again",
            RESUBMIT,
        ]
    );
    assert_eq!(dag.outputs(2), [None, None]);
    // A task of it that ends well all the same has read the old rows.
    assert_eq!(dag.map(2, 0, 1, 3), NOTHING);
    assert_eq!(dag.resubmit().len(), 2);
    assert_eq!(dag.map(2, 0, 1, 3), NOTHING);
    assert_eq!(dag.outputs(2), [None, None]);
    all_are_made_again(dag);
}

#[test]
fn a_successor_that_is_whole_is_made_again() {
    let mut dag = two_readers();
    assert_eq!(dag.map(2, 0, 0, 3), NOTHING);
    assert_eq!(dag.map(2, 0, 1, 3).len(), 1);
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None)[1..], [RESUBMIT]);
    assert_eq!(dag.outputs(2), [None, None]);
    assert_eq!(dag.resubmit().len(), 2);
    assert_eq!(dag.map(0, 1, 0, 4), NOTHING);
    assert!(any(&dag.map(0, 1, 1, 4), "submit j0.s1.1"));
    assert_eq!(dag.map(1, 1, 0, 4), NOTHING);
    let sent = dag.map(1, 1, 1, 4);
    assert!(any(&sent, r#"submit j0.s2.1 shuffle2/2 "map2" epoch 8 [0>0, 1>1]"#), "{sent:?}");
    assert_eq!(dag.map(2, 1, 0, 4), NOTHING);
    assert!(any(&dag.map(2, 1, 1, 4), "submit j0.s3.0"));
    dag.results(3, 0);
    dag.finish();
}

#[test]
fn a_late_fetch_failure_of_an_attempt_that_was_rolled_back_rolls_nothing_back_once_more() {
    let mut dag = two_readers();
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None).len(), 4);
    assert_eq!(dag.resubmit().len(), 2);
    // s0 runs again. The other reader could not read the output that is gone either.
    assert_eq!(dag.end((2, 0, 0), 3, unreadable(0, 0, 1), None), [RESUBMIT]);
    assert_eq!(dag.resubmit(), NOTHING);
    all_are_made_again(dag);
}

#[test]
fn a_running_result_stage_without_results_is_tried_again_and_one_with_results_is_aborted() {
    for has_result in [false, true] {
        let mut graph = Graph::default();
        let source = graph.source(1);
        graph.indeterminate(source);
        let shuffle = graph.shuffle(source);
        let (left, right) = (graph.read(&[shuffle], 2), graph.read(&[shuffle], 2));
        let mut dag = Dag::new();
        assert_eq!(dag.tell(graph.job(0, left)).len(), 3);
        assert_eq!(dag.tell(graph.job(1, right)).len(), 1);
        assert_eq!(dag.map(0, 0, 0, 1).len(), 5);
        if has_result {
            assert_eq!(dag.result(1, 0, 0).len(), 1);
        }
        let sent = dag.end((2, 0, 0), 3, unreadable(0, 0, 1), None);
        assert!(any(&sent, "TaskScheduler: kill s1: "), "{sent:?}");
        assert_eq!(any(&sent, "JobEnd j0 at 0: Job aborted"), has_result, "{sent:?}");
        assert_eq!(dag.result(1, 0, 1), NOTHING);
        assert_eq!(dag.resubmit().len(), 2);
        let sent = dag.map(0, 1, 0, 4);
        assert_eq!(
            any(&sent, r#"submit j0.s1.1 result/2 "result" epoch 4 [0>0, 1>1]"#),
            !has_result,
            "{sent:?}"
        );
        assert!(any(&sent, r#"submit j1.s2.1 result/2 "result" epoch 4 [0>0, 1>1]"#), "{sent:?}");
        if !has_result {
            dag.results(1, 1);
        }
        dag.results(2, 1);
        dag.finish();
    }
}

/// As [`Dag::two_inputs`]; then the executor with the output of s1 is lost, and s2 cannot read the output of s0.
fn lost_beside_a_fetch_failure(results: u32) -> Dag {
    let mut dag = Dag::two_inputs();
    for index in 0..results {
        assert_eq!(dag.result(2, 0, index).len(), 1);
    }
    assert_eq!(dag.lose(2), NOTHING);
    assert_eq!(dag.end((2, 0, 1), 3, unreadable(0, 0, 1), None)[1], RESUBMIT);
    dag
}

#[test]
fn a_stage_that_is_made_again_after_another_ones_fetch_failure_aborts_a_job_with_results() {
    let mut dag = lost_beside_a_fetch_failure(1);
    let sent = dag.resubmit();
    let error = "However, Spark cannot rollback the ResultStage 2";
    assert!(any(&sent, "JobEnd j0 at 0: Job aborted due to stage failure: "), "{sent:?}");
    assert!(any(&sent, error), "{sent:?}");
    dag.finish();
}

#[test]
fn a_stage_that_is_made_again_after_another_ones_fetch_failure_outdates_what_its_readers_still_do() {
    let mut dag = lost_beside_a_fetch_failure(0);
    assert_eq!(dag.resubmit().len(), 4);
    assert_eq!(dag.result(2, 0, 0), NOTHING, "made from the rows that are lost");
    assert_eq!(dag.map(0, 1, 0, 4).len(), 1);
    let sent = dag.map(1, 1, 0, 4);
    assert!(any(&sent, r#"submit j0.s2.1 result/2 "result" epoch 7 [0>0, 1>1]"#), "{sent:?}");
    dag.results(2, 1);
    dag.finish();
}

#[test]
fn a_stage_that_another_job_makes_again_ends_the_attempt_that_reads_it() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    graph.indeterminate(source);
    let shuffle = graph.shuffle(source);
    let rdd = graph.read(&[shuffle], 1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 2).len(), 3);
    assert_eq!(dag.lose(2), NOTHING);
    // s1 runs and may have read all of it. Another job wants what was lost.
    assert_eq!(
        dag.tell(graph.map_stage_job(1, shuffle)),
        [
            "ListenerBus: JobStart j1 at 0 [s0.0 x2 rdd0 makes shuffle0 from 0 to 0]",
            "TaskScheduler: kill s1: stage 0, whose output is indeterminate, is computed again",
            "ListenerBus: StageCompleted s1.0 x1 job0 <s0 from 0 to 0 failed: stage 0, whose output is indeterminate, is \
             computed again",
            RESUBMIT,
            "ListenerBus: StageSubmitted s0.1 x2 rdd0 makes shuffle0 (2 of its outputs were lost) from 0",
            r#"TaskScheduler: submit j0.s0.1 shuffle0/2 "map0" epoch 3 [0>0, 1>1]"#,
        ]
    );
    assert_eq!(dag.result(1, 0, 0), NOTHING);
    assert_eq!(dag.resubmit(), NOTHING, "s1 waits");
    assert!(any(&dag.tell(AllJobsCancelled {}), "JobEnd j0"));
    dag.finish();
}

#[test]
fn a_stage_that_is_found_half_made_rolls_back_what_is_older() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    graph.indeterminate(source);
    let shuffle = graph.shuffle(source);
    let left = graph.read(&[shuffle], 1);
    let left = graph.shuffle(left);
    let rdd = graph.read(&[shuffle, left], 1);
    let mut dag = Dag::new();
    // The first job makes both shuffles, and then an output of the first one is lost.
    assert_eq!(dag.tell(graph.map_stage_job(0, left)).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 2).len(), 3);
    assert_eq!(dag.map(1, 0, 0, 3).len(), 3);
    assert_eq!(dag.lose(2), NOTHING);
    // The second job reads both. The rows behind the second one are not those that it would get from the first.
    assert!(any(&dag.tell(graph.job(1, rdd)), "submit j1.s2.0 shuffle0"));
    assert_eq!(dag.outputs(1), [None]);
    assert!(any(&dag.tell(AllJobsCancelled {}), "JobEnd j1"));
    dag.finish();
}
