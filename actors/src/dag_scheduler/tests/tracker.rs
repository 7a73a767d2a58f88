//! What the MapOutputTracker's copy is told.

use super::{Dag, any, unreadable};
use crate::{
    Config, ShuffleId,
    config::ShuffleConfig,
    message::{JobCancelled, RemoveShuffle},
    testkit::{Graph, NOTHING},
};

/// A map stage s0 of two tasks and its reader s1, with executors that ask for map outputs.
fn remote() -> Dag {
    let shuffle = ShuffleConfig { has_remote_readers: true, ..ShuffleConfig::default() };
    let mut dag = Dag::with(Config { shuffle, ..Config::default() });
    let mut graph = Graph::default();
    let source = graph.source(2);
    let rdd = graph.reduce(source);
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    dag
}

fn cancel() -> JobCancelled {
    JobCancelled { job_id: crate::JobId(0), reason: None }
}

#[test]
fn outputs_are_told_when_all_are_there_and_losses_when_they_happen() {
    let mut dag = remote();
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    let sent = dag.map(0, 0, 1, 2);
    assert_eq!(sent[1], "MapOutputTracker: shuffle0 is at [1 2] in epoch 1");
    assert!(sent[3].contains("submit j0.s1.0"));
    assert_eq!(sent.len(), 4, "not told twice: {sent:?}");
    let sent = dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None);
    assert_eq!(sent[1], "MapOutputTracker: shuffle0 has lost [0] in epoch 2");
    assert_eq!(dag.lose(2), ["MapOutputTracker: shuffle0 has lost [1] in epoch 4"]);
    assert_eq!(dag.resubmit().len(), 2);
    assert_eq!(dag.map(0, 1, 0, 3), NOTHING);
    assert_eq!(dag.map(0, 1, 1, 3)[1], "MapOutputTracker: shuffle0 is at [3 3] in epoch 5");
    dag.results(1, 1);
    let remove = RemoveShuffle { shuffle_id: ShuffleId(0) };
    assert_eq!(dag.tell(remove.clone()), ["MapOutputTracker: shuffle0 is gone"]);
    assert_eq!(dag.tell(remove), NOTHING);
    dag.finish();
}

#[test]
fn an_output_that_moved_is_told_before_the_next_reader() {
    let mut dag = remote();
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 2).len(), 4);
    // A speculative copy of the first task ends on executor 4.
    assert_eq!(dag.map(0, 0, 0, 4), NOTHING);
    let failure = crate::message::TaskEndReason::FetchFailed {
        executor_id: None,
        shuffle_id: ShuffleId(0),
        map_id: None,
        map_index: None,
        reduce_id: 0,
        message: "no metadata".to_owned(),
    };
    assert_eq!(dag.end((1, 0, 0), 3, failure, None).len(), 2);
    let sent = dag.resubmit();
    assert_eq!(
        sent.iter().filter(|text| text.contains("MapOutputTracker: shuffle0 is at [4 2]")).count(),
        1,
        "{sent:?}"
    );
    dag.results(1, 1);
    dag.finish();
}

#[test]
fn losses_of_outputs_that_were_never_told_are_not_told() {
    let mut dag = remote();
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.lose(1), NOTHING);
    assert_eq!(dag.tell(cancel()).len(), 4);
    assert_eq!(dag.tell(RemoveShuffle { shuffle_id: ShuffleId(0) }), NOTHING);
    dag.finish();
}

#[test]
fn a_shuffle_that_is_removed_while_a_job_needs_it_is_gone_after_the_job() {
    let mut dag = remote();
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 2).len(), 4);
    assert_eq!(dag.tell(RemoveShuffle { shuffle_id: ShuffleId(0) }), NOTHING);
    assert!(any(&dag.tell(cancel()), "MapOutputTracker: shuffle0 is gone"));
    dag.finish();
}

#[test]
fn without_remote_readers_nothing_is_told() {
    let mut dag = Dag::new();
    let mut graph = Graph::default();
    let source = graph.source(1);
    let rdd = graph.reduce(source);
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert!(!any(&dag.map(0, 0, 0, 1), "MapOutputTracker"));
    assert_eq!(dag.lose(1), NOTHING);
    assert_eq!(dag.tell(cancel()).len(), 4);
    assert_eq!(dag.tell(RemoveShuffle { shuffle_id: ShuffleId(0) }), NOTHING);
    dag.finish();
}
