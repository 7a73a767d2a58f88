//! Every attempt of a stage says why it was made.

use super::{Dag, any, unreadable};
use crate::{
    message::{AttemptCause, JobCancelled},
    testkit::{Graph, NOTHING},
};

fn cause(dag: &Dag, stage: u32) -> AttemptCause {
    dag.bench.core.stages[&crate::StageId(stage)].latest.clone().unwrap().cause
}

#[test]
fn the_first_attempt_has_no_other_cause() {
    let mut graph = Graph::default();
    let rdd = graph.source(1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(cause(&dag, 0), AttemptCause::FirstAttempt);
    dag.results(0, 0);
    dag.finish();
}

#[test]
fn both_stages_of_a_failed_fetch_name_it() {
    let mut dag = Dag::new();
    dag.two_stages(1);
    assert_eq!(dag.end((1, 0, 0), 2, unreadable(0, 0, 1), None).len(), 2);
    assert!(any(
        &dag.resubmit(),
        "s0.1 x1 rdd0 makes shuffle0 (stage 1.0 could not fetch its outputs from executor \
                                  1)"
    ));
    let sent = dag.map(0, 1, 0, 3);
    assert!(
        any(&sent, "s1.1 x1 job0 <s0 (attempt 0 could not fetch output 0 of shuffle 0 from executor 1)"),
        "{sent:?}"
    );
    dag.results(1, 1);
    dag.finish();
}

#[test]
fn outputs_lost_while_others_were_made_are_named_with_their_number() {
    let mut dag = Dag::new();
    dag.map_and_result(3);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 1), NOTHING);
    assert_eq!(dag.lose(1), NOTHING);
    assert!(any(
        &dag.map(0, 0, 2, 2),
        "StageSubmitted s0.1 x2 rdd0 makes shuffle0 (2 of its outputs were lost)"
    ));
    assert_eq!(dag.tell(JobCancelled { job_id: crate::JobId(0), reason: None }).len(), 4);
    dag.finish();
}

#[test]
fn a_skipped_stage_that_lost_outputs_makes_them_in_a_second_attempt() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let first = graph.shuffle(source);
    let other = graph.source(1);
    let second = graph.shuffle(other);
    let early = graph.read(&[first], 1);
    let rdd = graph.read(&[first, second], 1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, early)).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1).len(), 3);
    dag.results(1, 0);
    // Stage 2 makes the first shuffle, and is skipped; before stage 4 can run, the output is lost.
    assert!(any(&dag.tell(graph.job(1, rdd)), "submit j1.s3.0"));
    assert_eq!(dag.lose(1), NOTHING);
    let sent = dag.map(3, 0, 0, 2);
    assert_eq!(
        sent[1],
        "ListenerBus: StageSubmitted s2.1 x1 rdd0 makes shuffle0 (1 of its outputs were lost) from 0"
    );
    assert_eq!(dag.map(2, 1, 0, 2).len(), 3);
    dag.results(4, 0);
    dag.finish();
}

#[test]
fn a_cause_that_came_to_nothing_is_not_the_cause_of_a_later_attempt() {
    let (graph, _, rdd) = Graph::two_stages(2, 1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 2).len(), 3);
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None).len(), 2);
    assert_eq!(dag.resubmit().len(), 2);
    assert_eq!(dag.map(0, 1, 0, 3).len(), 3);
    // Executor 2 fails without anyone reading from it, until the next attempt of the reader does.
    assert_eq!(dag.lose(2), NOTHING);
    assert_eq!(dag.end((1, 1, 0), 3, unreadable(0, 1, 2), None).len(), 2);
    assert!(any(
        &dag.resubmit(),
        "s0.2 x1 rdd0 makes shuffle0 (stage 1.1 could not fetch its outputs from executor \
                                  2)"
    ));
    assert_eq!(dag.map(0, 2, 0, 3).len(), 3);
    assert!(cause(&dag, 1) != AttemptCause::FirstAttempt);
    dag.results(1, 2);
    dag.finish();
}
