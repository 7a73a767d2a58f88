//! Cached partitions: where they are, and which stages they save.

use std::sync::Arc;

use super::{Dag, RESUBMIT, any, unreadable};
use crate::{
    ExecutorId, RddId,
    message::{BlockUpdated, ExecutorAdded, JobCancelled, RemoveShuffle},
    testkit::{Graph, NOTHING},
};

fn block(rdd: RddId, partition: u32, executor: u32, is_cached: bool) -> BlockUpdated {
    BlockUpdated { rdd_id: rdd, partition_id: partition, executor_id: ExecutorId(executor), is_cached }
}

/// A scheduler that knows executor n on host hn, for n of 1 to 4.
fn with_executors() -> Dag {
    let mut dag = Dag::new();
    for executor in 1..=4 {
        dag.executor(executor, &format!("h{executor}"));
    }
    dag
}

fn cancel() -> JobCancelled {
    JobCancelled { job_id: crate::JobId(0), reason: None }
}

#[test]
fn dag_010_tasks_like_to_run_where_their_parents_partitions_are_cached() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    graph.cache(source);
    let rdd = graph.map(source);
    let mut dag = with_executors();
    assert_eq!(dag.tell(block(source, 0, 1, true)), NOTHING);
    assert_eq!(dag.tell(block(source, 0, 2, true)), NOTHING);
    assert_eq!(dag.tell(block(source, 0, 2, true)), NOTHING);
    assert_eq!(
        dag.tell(graph.job(0, rdd))[2],
        r#"TaskScheduler: submit j0.s0.0 result/1 "result" [0>0 at executor_h1_1,executor_h2_2]"#
    );
    dag.results(0, 0);
    dag.finish();
}

#[test]
fn dag_011_each_partition_has_its_own_cached_locations() {
    let mut graph = Graph::default();
    let rdd = graph.source(3);
    graph.cache(rdd);
    let mut dag = with_executors();
    for (partition, executor) in [(0, 1), (0, 2), (1, 3), (2, 2), (2, 3)] {
        assert_eq!(dag.tell(block(rdd, partition, executor, true)), NOTHING);
    }
    assert_eq!(
        dag.tell(graph.job_on(0, rdd, &[2, 0, 1]))[2],
        "TaskScheduler: submit j0.s0.0 result/3 \"result\" [2>0 at executor_h2_2,executor_h3_3, 0>1 at \
         executor_h1_1,executor_h2_2, 1>2 at executor_h3_3]"
    );
    dag.results(0, 0);
    dag.finish();
}

#[test]
fn dag_012_what_lies_before_a_cached_rdd_is_not_run() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let reduced = graph.reduce(source);
    let cached = graph.map(reduced);
    graph.cache(cached);
    let rdd = graph.map(cached);
    let mut dag = with_executors();
    assert_eq!(dag.tell(block(cached, 0, 1, true)), NOTHING);
    assert_eq!(
        dag.tell(graph.job(0, rdd)),
        [
            "ListenerBus: JobStart j0 at 0 [s0.0 x1 rdd0 makes shuffle0, s1.0 x1 job0 <s0]",
            "ListenerBus: StageSubmitted s1.0 x1 job0 <s0 from 0",
            r#"TaskScheduler: submit j0.s1.0 result/1 "result" [0>0 at executor_h1_1]"#,
        ]
    );
    dag.results(1, 0);
    dag.finish();
}

#[test]
fn an_rdd_that_is_cached_in_part_or_no_longer_saves_no_stage() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    let rdd = graph.reduce(source);
    graph.cache(rdd);
    let mut dag = with_executors();
    assert_eq!(dag.tell(block(rdd, 0, 1, true)), NOTHING);
    assert!(any(&dag.tell(graph.job(0, rdd)), "submit j0.s0.0"));
    assert_eq!(dag.tell(cancel()).len(), 4);
    // Whole, then one partition is dropped, then its executor is lost.
    assert_eq!(dag.tell(block(rdd, 1, 2, true)), NOTHING);
    assert!(any(&dag.tell(graph.job(0, rdd)), "submit j0.s3.0"));
    assert_eq!(dag.tell(cancel()).len(), 4);
    assert_eq!(dag.tell(block(rdd, 1, 2, false)), NOTHING);
    assert!(any(&dag.tell(graph.job(0, rdd)), "submit j0.s4.0"));
    assert_eq!(dag.tell(cancel()).len(), 4);
    assert_eq!(dag.tell(block(rdd, 1, 2, true)), NOTHING);
    assert_eq!(dag.lose(2), NOTHING);
    assert!(any(&dag.tell(graph.job(0, rdd)), "submit j0.s6.0"));
    assert_eq!(dag.tell(cancel()).len(), 4);
    // What an executor says that is gone is not believed.
    assert_eq!(dag.tell(block(rdd, 1, 2, true)), NOTHING);
    assert!(any(&dag.tell(graph.job(0, rdd)), "submit j0.s8.0"));
    assert_eq!(dag.tell(cancel()).len(), 4);
    dag.finish();
}

#[test]
fn an_rdd_without_a_storage_level_is_not_looked_up() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let rdd = graph.reduce(source);
    let mut dag = with_executors();
    assert_eq!(dag.tell(block(rdd, 0, 1, true)), NOTHING);
    assert!(any(&dag.tell(graph.job(0, rdd)), "submit j0.s0.0 shuffle0/1 \"map0\" [0>0]"));
    assert_eq!(dag.tell(cancel()).len(), 4);
    dag.finish();
}

#[test]
fn dag_045_a_rerun_reads_the_cache_and_not_the_first_shuffle() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    let first = graph.shuffle(source);
    let cached = graph.read(&[first], 2);
    graph.cache(cached);
    let second = graph.shuffle(cached);
    let rdd = graph.read(&[second], 1);
    let mut dag = with_executors();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 2).len(), 3);
    assert_eq!(dag.map(1, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(1, 0, 1, 2).len(), 3);
    assert_eq!(dag.tell(block(cached, 0, 4, true)), NOTHING);
    assert_eq!(dag.tell(block(cached, 1, 3, true)), NOTHING);
    // Executor 1 is lost with outputs of both shuffles.
    assert_eq!(dag.end((2, 0, 0), 3, unreadable(1, 0, 1), None)[1], RESUBMIT);
    assert_eq!(dag.outputs(0), [None, Some(2)]);
    assert_eq!(
        dag.resubmit()[1],
        r#"TaskScheduler: submit j0.s1.1 shuffle1/2 "map1" epoch 4 [0>0 at executor_h4_4]"#
    );
    assert_eq!(dag.map(1, 1, 0, 4).len(), 3);
    dag.results(2, 1);
    dag.finish();
}

#[test]
fn blocks_of_a_suspected_executor_are_forgotten_once_per_epoch() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    graph.cache(source);
    let rdd = graph.reduce(source);
    let mut dag = with_executors();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.tell(block(source, 0, 1, true)), NOTHING);
    assert_eq!(dag.map(0, 0, 0, 1).len(), 3);
    assert_eq!(dag.end((1, 0, 0), 2, unreadable(0, 0, 1), None).len(), 2);
    assert!(dag.bench.core.cached.holders(source, 0).is_empty());
    assert_eq!(dag.tell(block(source, 0, 1, true)), NOTHING);
    assert!(any(&dag.resubmit(), "[0>0 at executor_h1_1]"));
    assert_eq!(dag.map(0, 1, 0, 1).len(), 3);
    // An older attempt's news changes nothing; the executor is there again after it registered anew.
    assert_eq!(dag.end((1, 0, 0), 2, unreadable(0, 0, 1), None), NOTHING);
    assert_eq!(dag.bench.core.cached.holders(source, 0), [ExecutorId(1)]);
    let again = ExecutorAdded { executor_id: ExecutorId(1), host: Arc::from("h1") };
    assert_eq!(dag.tell(again), NOTHING);
    dag.results(1, 1);
    assert_eq!(dag.tell(RemoveShuffle { shuffle_id: crate::ShuffleId(0) }), NOTHING);
    dag.finish();
}
