//! Stages whose output is another one each time.

use super::{Dag, RESUBMIT, any, commit::ask, unreadable};
use crate::{
    Config,
    config::ShuffleConfig,
    lineage::DeterministicLevel,
    message::{AllJobsCancelled, TaskEndReason},
    testkit::{Graph, NOTHING},
};

/// Stages s0 and s1 make a shuffle each from the one before, of two tasks each, and s2 answers with two tasks. The
/// source is another one each time.
fn indeterminate_chain() -> (Graph, crate::RddId) {
    let mut graph = Graph::default();
    let source = graph.source(2);
    graph.indeterminate(source);
    let middle = graph.reduce(source);
    let rdd = graph.reduce(middle);
    (graph, rdd)
}

fn run_map_stages(dag: &mut Dag, stages: u32) {
    for stage in 0..stages {
        assert_eq!(dag.map(stage, 0, 0, 1), NOTHING);
        assert_eq!(dag.map(stage, 0, 1, 2).len(), 3);
    }
}

/// Job 0 over [`indeterminate_chain`]; so many of its map stages have ended.
fn with_map_stages(ended: u32) -> Dag {
    let (graph, rdd) = indeterminate_chain();
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    run_map_stages(&mut dag, ended);
    dag
}

fn end(mut dag: Dag) {
    assert!(any(&dag.tell(AllJobsCancelled {}), "JobEnd"));
    dag.finish();
}

const CANNOT: &str = "A shuffle map stage with indeterminate output was failed and retried. However, Spark cannot \
                      rollback the ResultStage 2 to re-process the input data, and has to fail this job. Please \
                      eliminate the indeterminacy by checkpointing the RDD before repartition and try again.";

#[test]
fn dag_075_all_tasks_of_an_indeterminate_stage_and_of_those_behind_it_run_again() {
    let mut dag = with_map_stages(2);
    // Executor 1 held one output of each shuffle; all of both are made again.
    assert_eq!(dag.end((2, 0, 0), 3, unreadable(1, 0, 1), None)[1], RESUBMIT);
    let sent = dag.resubmit();
    assert_eq!(sent[1], r#"TaskScheduler: submit j0.s0.1 shuffle0/2 "map0" epoch 6 [0>0, 1>1]"#);
    assert_eq!(dag.map(0, 1, 0, 3), NOTHING);
    let sent = dag.map(0, 1, 1, 3);
    assert!(any(&sent, r#"submit j0.s1.1 shuffle1/2 "map1" epoch 7 [0>0, 1>1]"#), "{sent:?}");
    assert_eq!(dag.map(1, 1, 0, 3), NOTHING);
    assert!(any(&dag.map(1, 1, 1, 3), r#"submit j0.s2.1 result/2 "result" epoch 8 [0>0, 1>1]"#));
    dag.results(2, 1);
    dag.finish();
}

#[test]
fn a_success_of_an_older_attempt_of_an_indeterminate_stage_is_ignored() {
    let mut dag = with_map_stages(1);
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None)[1], RESUBMIT);
    assert_eq!(dag.resubmit().len(), 2);
    // SPARK-45182: neither does it end the attempt that runs, nor is its output taken.
    assert_eq!(dag.map(0, 0, 0, 4), NOTHING);
    assert_eq!(dag.outputs(0), [None, None]);
    // A task of the reader that read the old outputs brings nothing either, before and after it is tried again.
    assert_eq!(dag.map(1, 0, 1, 4), NOTHING);
    assert_eq!(dag.map(0, 1, 0, 3), NOTHING);
    assert_eq!(dag.map(0, 1, 1, 3).len(), 3);
    assert_eq!(dag.map(1, 0, 1, 4), NOTHING);
    assert_eq!(dag.outputs(1), [None, None]);
    assert_eq!(dag.partitions(1, 1), [0, 1]);
    end(dag);
}

#[test]
fn a_result_that_was_made_from_outputs_which_are_made_again_is_not_taken() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    graph.indeterminate(source);
    let rdd = graph.reduce(source);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    run_map_stages(&mut dag, 1);
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None)[1], RESUBMIT);
    // The other task read the old outputs as a whole. Its result would stand beside one from the new ones.
    assert_eq!(dag.result(1, 0, 1), NOTHING);
    assert_eq!(dag.resubmit().len(), 2);
    assert_eq!(dag.map(0, 1, 0, 3), NOTHING);
    assert!(any(&dag.map(0, 1, 1, 3), "submit j0.s1.1 result/2 \"result\" epoch 5 [0>0, 1>1]"));
    dag.results(1, 1);
    dag.finish();
}

/// The result stage s1 of two tasks, whose map stage s0 is indeterminate, has lost an output and runs again. Task 1
/// of its first attempt has asked whether it may commit.
fn rolled_back_while_committing() -> Dag {
    let mut graph = Graph::default();
    let source = graph.source(2);
    graph.indeterminate(source);
    let rdd = graph.reduce(source);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    run_map_stages(&mut dag, 1);
    assert_eq!(dag.tell(ask(1, 0, 1, 0)), ["TaskRunner-9: t0 may commit"]);
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None)[1], RESUBMIT);
    assert_eq!(dag.tell(ask(1, 0, 0, 1)), ["TaskRunner-9: t1 may not commit"], "made from old rows");
    assert_eq!(dag.resubmit().len(), 2);
    assert_eq!(dag.map(0, 1, 0, 3), NOTHING);
    assert!(any(&dag.map(0, 1, 1, 3), "submit j0.s1.1 result/2 \"result\" epoch 5 [0>0, 1>1]"));
    dag
}

#[test]
fn a_result_that_was_committed_and_no_longer_counts_aborts_the_job() {
    let mut dag = rolled_back_while_committing();
    let sent = dag.result(1, 0, 1);
    let error = CANNOT.replace("ResultStage 2", "ResultStage 1");
    assert!(any(&sent, &format!("JobEnd j0 at 0: Job aborted due to stage failure: {error}")), "{sent:?}");
    dag.finish();
}

#[test]
fn a_commit_that_fails_after_a_rollback_leaves_the_partition_to_the_next_attempt() {
    let mut dag = rolled_back_while_committing();
    assert_eq!(dag.tell(ask(1, 1, 1, 0)), ["TaskRunner-9: t0 may not commit"], "1.0 still may");
    assert_eq!(dag.end((1, 0, 1), 1, TaskEndReason::killed("test"), None), NOTHING);
    assert_eq!(dag.tell(ask(1, 1, 1, 1)), ["TaskRunner-9: t1 may commit"]);
    dag.results(1, 1);
    dag.finish();
}

#[test]
fn a_result_of_an_older_attempt_counts_if_what_it_read_still_holds() {
    // The reader is indeterminate by itself; the outputs that it reads are the same each time.
    let mut graph = Graph::default();
    let source = graph.source(2);
    let rdd = graph.reduce(source);
    graph.indeterminate(rdd);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    run_map_stages(&mut dag, 1);
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None)[1], RESUBMIT);
    assert!(any(&dag.resubmit(), "submit j0.s0.1 shuffle0/2 \"map0\" epoch 3 [0>0]"));
    assert!(any(&dag.map(0, 1, 0, 3), "submit j0.s1.1 result/2 \"result\" epoch 4 [0>0, 1>1]"));
    // Nobody is told: the live attempt may make it as well, and the first one counts.
    assert_eq!(dag.result(1, 0, 1), ["JobWaiter-0: j0 output 1 from t4"]);
    assert_eq!(dag.result(1, 1, 1), NOTHING);
    assert_eq!(dag.result(1, 1, 0).len(), 5);
    dag.finish();
}

#[test]
fn dag_079_a_job_with_results_handed_out_cannot_roll_back() {
    let mut dag = with_map_stages(2);
    assert_eq!(dag.result(2, 0, 0).len(), 1);
    let sent = dag.end((2, 0, 1), 3, unreadable(1, 0, 1), None);
    assert!(any(&sent, &format!("JobEnd j0 at 0: Job aborted due to stage failure: {CANNOT}")), "{sent:?}");
    assert_eq!(dag.resubmit(), NOTHING);
    dag.finish();
}

#[test]
fn dag_080_only_a_reliable_checkpoint_settles_a_stage() {
    // A cached (or locally checkpointed) RDD is as indeterminate as before.
    let (mut graph, rdd) = indeterminate_chain();
    graph.cache(crate::RddId(0));
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    run_map_stages(&mut dag, 2);
    assert_eq!(dag.result(2, 0, 0).len(), 1);
    assert!(any(&dag.end((2, 0, 1), 3, unreadable(1, 0, 1), None), CANNOT));
    dag.finish();
}

#[test]
fn dag_082_behind_a_reliable_checkpoint_only_missing_parts_run_again() {
    let (mut graph, rdd) = indeterminate_chain();
    graph.rdd(crate::RddId(0)).is_checkpointed = true;
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    run_map_stages(&mut dag, 2);
    assert_eq!(dag.result(2, 0, 0).len(), 1);
    assert_eq!(dag.end((2, 0, 1), 3, unreadable(1, 0, 1), None)[1], RESUBMIT);
    assert!(any(&dag.resubmit(), "submit j0.s0.1 shuffle0/2 \"map0\" epoch 4 [0>0]"));
    assert!(any(&dag.map(0, 1, 0, 3), "submit j0.s1.1 shuffle1/2 \"map1\" epoch 5 [0>0]"));
    assert!(any(&dag.map(1, 1, 0, 3), "submit j0.s2.1 result/2 \"result\" epoch 6 [1>1]"));
    dag.results(2, 1);
    dag.finish();
}

#[test]
fn dag_083_a_checkpoint_that_is_not_written_yet_settles_nothing() {
    let (mut graph, rdd) = indeterminate_chain();
    // The lineage that comes with the job says what is written; a later one does not change a running job.
    let job = graph.job(0, rdd);
    graph.rdd(crate::RddId(0)).is_checkpointed = true;
    let mut dag = Dag::new();
    assert_eq!(dag.tell(job).len(), 3);
    run_map_stages(&mut dag, 2);
    assert_eq!(dag.result(2, 0, 0).len(), 1);
    assert!(any(&dag.end((2, 0, 1), 3, unreadable(1, 0, 1), None), CANNOT));
    dag.finish();
}

#[test]
fn dag_074_with_the_old_fetch_protocol_nothing_is_rolled_back() {
    let (graph, rdd) = indeterminate_chain();
    let shuffle = ShuffleConfig { use_old_fetch_protocol: true, ..ShuffleConfig::default() };
    let mut dag = Dag::with(Config { shuffle, ..Config::default() });
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    run_map_stages(&mut dag, 2);
    let sent = dag.end((2, 0, 1), 3, unreadable(1, 0, 1), None);
    assert!(
        any(&sent, "However, Spark can only do this while using the new shuffle block fetching protocol."),
        "{sent:?}"
    );
    dag.finish();
}

#[test]
fn dag_078_an_operator_that_depends_on_the_order_of_unordered_rows_is_indeterminate() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    let shuffled = graph.reduce(source);
    let sample = graph.map(shuffled);
    graph.rdd(sample).is_order_sensitive = true;
    assert_eq!(graph.lineage.determinism(source), DeterministicLevel::Determinate);
    assert_eq!(graph.lineage.determinism(shuffled), DeterministicLevel::Unordered);
    assert_eq!(graph.lineage.determinism(sample), DeterministicLevel::Indeterminate);
    // The scheduler sees it so: a stage that samples is rolled back as a whole.
    let rdd = graph.reduce(sample);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    let indeterminate: Vec<bool> =
        dag.bench.core.stages.values().map(|stage| stage.is_indeterminate).collect();
    assert_eq!(indeterminate, [false, true, true]);
    end(dag);
}

#[test]
fn a_reader_that_has_failed_for_another_shuffle_is_rolled_back_all_the_same() {
    let mut dag = Dag::two_inputs();
    assert_eq!(dag.end((2, 0, 0), 3, unreadable(0, 0, 1), None)[1], RESUBMIT);
    assert_eq!(dag.end((2, 0, 1), 3, unreadable(1, 0, 2), None), NOTHING);
    // What it makes from the old rows is not taken.
    assert_eq!(dag.result(2, 0, 0), NOTHING);
    end(dag);
    let mut dag = Dag::two_inputs();
    assert_eq!(dag.result(2, 0, 0).len(), 1);
    assert_eq!(dag.end((2, 0, 1), 3, unreadable(0, 0, 1), None)[1], RESUBMIT);
    let sent = dag.end((2, 0, 1), 3, unreadable(1, 0, 2), None);
    assert!(any(&sent, &format!("JobEnd j0 at 0: Job aborted due to stage failure: {CANNOT}")), "{sent:?}");
    dag.finish();
}
