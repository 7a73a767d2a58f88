//! Jobs: partitions, properties, several at once, skipped stages.

use std::{collections::BTreeMap, sync::Arc};

use super::Dag;
use crate::{
    ExecutorId, JobId, RddId, ShuffleId,
    lineage::{Blob, Dependency, ShuffleInfo, StageBinary},
    message::{
        BeginEvent, ExecutorAdded, ExecutorLossReason, ExecutorLost, JobCancelled, RemoveShuffle, TaskInfo,
        TaskLocality,
    },
    testkit::{Graph, NOTHING},
};

#[test]
fn a_job_on_some_partitions_in_any_order() {
    let mut graph = Graph::default();
    let rdd = graph.source(5);
    let mut job = graph.job_on(0, rdd, &[3, 0, 3]);
    let bytes: Vec<Blob> = (0..5).map(|index| vec![b'a' + index].into()).collect();
    job.binary = Ok(StageBinary { code: b"result".to_vec().into(), partitions: bytes.into() });
    let mut dag = Dag::new();
    assert_eq!(
        dag.tell(job),
        [
            "ListenerBus: JobStart j0 at 0 [s0.0 x3 job0]",
            "ListenerBus: StageSubmitted s0.0 x3 job0 from 0",
            r#"TaskScheduler: submit j0.s0.0 result/5 "result" [3>0 "d", 0>1 "a", 3>2 "d"]"#,
        ]
    );
    assert_eq!(dag.result(0, 0, 2), ["JobWaiter-0: j0 output 2 from t0"]);
    assert_eq!(dag.result(0, 0, 0), ["JobWaiter-0: j0 output 0 from t1"]);
    assert_eq!(dag.result(0, 0, 1).last().unwrap(), "JobWaiter-0: j0 output 1 from t2");
    dag.finish();
}

#[test]
fn a_job_with_the_id_of_an_active_one_is_refused_and_the_active_one_goes_on() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    let rdd = graph.reduce(source);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    for again in [graph.job(0, rdd), graph.job_on(0, source, &[0]), graph.job_on(0, rdd, &[])] {
        assert_eq!(dag.tell(again), NOTHING);
    }
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(
        dag.map(0, 0, 1, 1)[2],
        r#"TaskScheduler: submit j0.s1.0 result/2 "result" epoch 1 [0>0, 1>1]"#
    );
    assert_eq!(dag.result(1, 0, 0), ["JobWaiter-0: j0 output 0 from t2"]);
    assert_eq!(dag.result(1, 0, 1).last().unwrap(), "JobWaiter-0: j0 output 1 from t3");
    // After its end the id is free.
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.tell(JobCancelled { job_id: JobId(0), reason: None }).len(), 4);
    dag.finish();
}

#[test]
fn dag_084_an_empty_job_starts_and_ends() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    let rdd = graph.reduce(source);
    let mut dag = Dag::new();
    dag.bench.wait(3);
    assert_eq!(
        dag.tell(graph.job_on(0, rdd, &[])),
        ["ListenerBus: JobStart j0 at 3 []", "ListenerBus: JobEnd j0 at 3"]
    );
    dag.finish();
}

#[test]
fn properties_travel_with_the_job() {
    let mut graph = Graph::default();
    let rdd = graph.source(1);
    let mut job = graph.job(0, rdd);
    job.properties = Arc::new(BTreeMap::from([("k".to_owned(), "v".to_owned())]));
    let mut dag = Dag::new();
    assert_eq!(
        dag.tell(job),
        [
            r#"ListenerBus: JobStart j0 at 0 [s0.0 x1 job0] {"k": "v"}"#,
            r#"ListenerBus: StageSubmitted s0.0 x1 job0 from 0 {"k": "v"}"#,
            r#"TaskScheduler: submit j0.s0.0 result/1 "result" {"k": "v"} [0>0]"#,
        ]
    );
    assert_eq!(dag.result(0, 0, 0).len(), 4);
    dag.finish();
}

#[test]
fn a_partition_out_of_range_is_refused() {
    let mut graph = Graph::default();
    let rdd = graph.source(2);
    let mut dag = Dag::new();
    assert_eq!(
        dag.tell(graph.job_on(4, rdd, &[0, 2])),
        [
            "JobWaiter-4: j4 failed: Creating new stage failed due to exception - job: 4: Attempting to access a \
          non-existent partition: 2. Total number of partitions: 2"
        ]
    );
    dag.finish();
}

#[test]
fn a_broken_lineage_is_refused_with_what_is_missing() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let rdd = graph.reduce(source);
    let refused = |graph: &Graph, final_rdd: RddId, reason: &str| {
        let mut dag = Dag::new();
        assert_eq!(
            dag.tell(graph.job_on(0, final_rdd, &[0])),
            [format!(
                "JobWaiter-0: j0 failed: Creating new stage failed due to exception - job: 0: {reason}"
            )]
        );
        dag.finish();
    };
    refused(&graph, RddId(9), "the lineage has no RDD 9, the final one");
    let mut broken = graph.clone();
    broken.lineage.rdds.remove(&source);
    refused(&broken, rdd, "RDD 1 depends on RDD 0, which is missing");
    let mut broken = graph.clone();
    broken.lineage.shuffles.clear();
    refused(&broken, rdd, "RDD 1 needs shuffle 0, which is missing");
    let binary = Ok(StageBinary::default());
    graph.lineage.shuffles.insert(ShuffleId(0), ShuffleInfo::new(rdd, 1, binary));
    refused(&graph, rdd, "shuffle 0 is not one of RDD 0");
}

#[test]
fn a_lineage_in_a_circle_ends() {
    let mut graph = Graph::default();
    let rdd = graph.source(1);
    let shuffle = graph.shuffle(rdd);
    let circle = vec![Dependency::Shuffle { rdd, shuffle }, Dependency::OneToOne { rdd }];
    graph.lineage.rdds.get_mut(&rdd).unwrap().dependencies = circle;
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.tell(JobCancelled { job_id: JobId(0), reason: None }).len(), 4);
    dag.finish();
}

#[test]
fn jobs_at_the_same_time_share_a_stage() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let shuffle = graph.shuffle(source);
    let (first, second) = (graph.read(&[shuffle], 1), graph.read(&[shuffle], 1));
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(1, first))[2], r#"TaskScheduler: submit j1.s0.0 shuffle0/1 "map0" [0>0]"#);
    // The stage exists already: listeners get its attempt that runs.
    assert_eq!(
        dag.tell(graph.job(2, second)),
        ["ListenerBus: JobStart j2 at 0 [s0.0 x1 rdd0 makes shuffle0 from 0, s2.0 x1 job2 <s0]"]
    );
    assert_eq!(
        dag.map(0, 0, 0, 1),
        [
            "ListenerBus: StageCompleted s0.0 x1 rdd0 makes shuffle0 from 0 to 0",
            "ListenerBus: StageSubmitted s1.0 x1 job1 <s0 from 0",
            r#"TaskScheduler: submit j1.s1.0 result/1 "result" epoch 1 [0>0]"#,
            "ListenerBus: StageSubmitted s2.0 x1 job2 <s0 from 0",
            r#"TaskScheduler: submit j2.s2.0 result/1 "result" epoch 1 [0>0]"#,
        ]
    );
    assert_eq!(dag.result(2, 0, 0).last().unwrap(), "JobWaiter-2: j2 output 0 from t1");
    assert_eq!(dag.result(1, 0, 0).last().unwrap(), "JobWaiter-1: j1 output 0 from t2");
    dag.finish();
}

#[test]
fn a_later_job_skips_the_stage_whose_outputs_are_there() {
    let (graph, shuffle, rdd) = Graph::two_stages(1, 1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1).len(), 3);
    assert_eq!(dag.result(1, 0, 0).len(), 4);
    // New stages with new ids; the map stage is announced and never submitted.
    assert_eq!(
        dag.tell(graph.job(1, rdd)),
        [
            "ListenerBus: JobStart j1 at 0 [s2.0 x1 rdd0 makes shuffle0, s3.0 x1 job1 <s2]",
            "ListenerBus: StageSubmitted s3.0 x1 job1 <s2 from 0",
            r#"TaskScheduler: submit j1.s3.0 result/1 "result" epoch 1 [0>0]"#,
        ]
    );
    assert_eq!(dag.result(3, 0, 0).len(), 4);
    // Once the shuffle is forgotten, a job runs it again.
    assert_eq!(dag.tell(RemoveShuffle { shuffle_id: shuffle }), NOTHING);
    let sent = dag.tell(graph.job(2, rdd));
    assert_eq!(sent[2], r#"TaskScheduler: submit j2.s4.0 shuffle0/1 "map0" epoch 1 [0>0]"#);
    assert_eq!(dag.map(4, 0, 0, 1).len(), 3);
    assert_eq!(dag.result(5, 0, 0).len(), 4);
    dag.finish();
}

#[test]
fn outputs_of_a_lost_executor_are_made_again_and_no_others() {
    let mut graph = Graph::default();
    let source = graph.source(3);
    let rdd = graph.reduce(source);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job_on(0, rdd, &[0])).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 2), NOTHING);
    let reason = ExecutorLossReason::ExecutorKilled;
    assert_eq!(dag.tell(ExecutorLost { executor_id: ExecutorId(2), reason }), NOTHING);
    assert_eq!(
        dag.map(0, 0, 2, 1),
        [
            "ListenerBus: StageCompleted s0.0 x3 rdd0 makes shuffle0 from 0 to 0",
            "ListenerBus: StageSubmitted s0.1 x1 rdd0 makes shuffle0 (1 of its outputs were lost) from 0",
            r#"TaskScheduler: submit j0.s0.1 shuffle0/3 "map0" epoch 2 [1>1]"#,
        ]
    );
    assert_eq!(dag.map(0, 1, 0, 1).len(), 3);
    assert_eq!(dag.result(1, 0, 0).len(), 5);
    // A stage that was skipped counts as its first attempt: what it has lost is made by a retry.
    let reason = ExecutorLossReason::ExecutorKilled;
    assert_eq!(dag.tell(ExecutorLost { executor_id: ExecutorId(1), reason }), NOTHING);
    let sent = dag.tell(graph.job_on(1, rdd, &[0]));
    assert_eq!(sent[2], r#"TaskScheduler: submit j1.s2.0 shuffle0/3 "map0" epoch 4 [0>0, 1>1, 2>2]"#);
    assert_eq!(dag.tell(JobCancelled { job_id: JobId(1), reason: None }).len(), 4);
    dag.finish();
}

#[test]
fn a_shuffle_removed_while_a_job_needs_it_is_forgotten_after_the_job() {
    let (graph, shuffle, rdd) = Graph::two_stages(2, 1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.tell(RemoveShuffle { shuffle_id: shuffle }), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 1)[2], r#"TaskScheduler: submit j0.s1.0 result/1 "result" epoch 1 [0>0]"#);
    assert_eq!(dag.result(1, 0, 0).len(), 4);
    let sent = dag.tell(graph.job(1, rdd));
    assert_eq!(sent[2], r#"TaskScheduler: submit j1.s2.0 shuffle0/2 "map0" epoch 1 [0>0, 1>1]"#);
    assert_eq!(dag.tell(JobCancelled { job_id: JobId(1), reason: None }).len(), 4);
    dag.finish();
}

#[test]
fn launches_are_told_to_listeners_and_new_executors_change_nothing() {
    let task_info = TaskInfo {
        task_id: crate::TaskId(3),
        index: 1,
        attempt_number: 2,
        partition_id: 4,
        executor_id: ExecutorId(5),
        locality: TaskLocality::ProcessLocal,
        speculative: false,
        launch_time: crate::Time(6),
        finish_time: None,
        getting_result_time: None,
        outcome: None,
    };
    let mut dag = Dag::new();
    let begin = BeginEvent { stage_id: crate::StageId(0), stage_attempt_id: 1, task_info };
    assert_eq!(dag.tell(begin), ["ListenerBus: TaskStart s0.1 t3 i1.2 p4 on 5 since 6"]);
    assert_eq!(dag.tell(ExecutorAdded { executor_id: ExecutorId(5), host: "here".into() }), NOTHING);
    dag.finish();
}
