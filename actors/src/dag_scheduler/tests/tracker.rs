//! What the MapOutputTracker's copy is told.

use super::{Dag, any, unreadable};
use crate::{
    Config, ShuffleId,
    config::ShuffleConfig,
    message::{JobCancelled, RemoveShuffle},
    testkit::NOTHING,
};

/// A map stage s0 of two tasks and its reader s1, with executors that ask for map outputs.
fn remote() -> Dag {
    let shuffle = ShuffleConfig { has_remote_readers: true, ..ShuffleConfig::default() };
    let mut dag = Dag::with(Config { shuffle, ..Config::default() });
    dag.map_and_result(2);
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
    // From the first time on what changes is told, and no more.
    assert_eq!(dag.map(0, 1, 0, 3), ["MapOutputTracker: shuffle0 output 0 is at 3 in epoch 4"]);
    let sent = dag.map(0, 1, 1, 3);
    assert_eq!(sent[0], "MapOutputTracker: shuffle0 output 1 is at 3 in epoch 4");
    assert_eq!(sent.iter().filter(|text| text.contains("MapOutputTracker")).count(), 1, "{sent:?}");
    dag.results(1, 1);
    let remove = RemoveShuffle { shuffle_id: ShuffleId(0) };
    assert_eq!(dag.tell(remove.clone()), ["MapOutputTracker: shuffle0 is gone"]);
    assert_eq!(dag.tell(remove), NOTHING);
    dag.finish();
}

#[test]
fn an_output_that_moves_after_its_stage_has_ended_is_told_at_once() {
    let mut dag = remote();
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 2).len(), 4);
    // A speculative copy of the first task ends on executor 4, while the readers run.
    assert_eq!(dag.map(0, 0, 0, 4), ["MapOutputTracker: shuffle0 output 0 is at 4 in epoch 1"]);
    assert_eq!(dag.outputs(0), [Some(4), Some(2)]);
    // So the end of the executor that held it before costs nothing, and that of the one that has it now does.
    assert_eq!(dag.lose(1), NOTHING);
    assert_eq!(dag.lose(4), ["MapOutputTracker: shuffle0 has lost [0] in epoch 3"]);
    dag.results(1, 0);
    dag.finish();
}

#[test]
fn of_an_output_that_moves_before_its_stage_has_ended_the_last_place_is_told() {
    let mut dag = remote();
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 0, 4), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 2)[1], "MapOutputTracker: shuffle0 is at [4 2] in epoch 1");
    dag.results(1, 0);
    dag.finish();
}

#[test]
fn an_output_that_an_older_attempt_brings_back_is_told_at_once() {
    let mut dag = remote();
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 2).len(), 4);
    assert_eq!(dag.lose(1), ["MapOutputTracker: shuffle0 has lost [0] in epoch 2"]);
    assert_eq!(dag.map(0, 0, 0, 4), ["MapOutputTracker: shuffle0 output 0 is at 4 in epoch 2"]);
    dag.results(1, 0);
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
    dag.map_and_result(1);
    assert!(!any(&dag.map(0, 0, 0, 1), "MapOutputTracker"));
    assert_eq!(dag.lose(1), NOTHING);
    assert_eq!(dag.tell(cancel()).len(), 4);
    assert_eq!(dag.tell(RemoveShuffle { shuffle_id: ShuffleId(0) }), NOTHING);
    dag.finish();
}
