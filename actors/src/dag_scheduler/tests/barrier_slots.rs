//! A job with barrier stages waits until they have slots.

use std::{sync::Arc, time::Duration};

use super::{Dag, any};
use crate::{
    Config, JobId, RddId,
    config::Barrier,
    message::{ExplainSubject, JobCancelled, MaxConcurrentTasks, RecheckBarrierSlots, StopDagScheduler},
    resources::{ProfileId, ResourceProfile, TaskRequests},
    testkit::{Graph, NOTHING},
};

fn slots(job: u32, slots: &[u32]) -> MaxConcurrentTasks {
    MaxConcurrentTasks { job_id: JobId(job), slots: slots.to_vec() }
}

fn recheck(job: u32) -> RecheckBarrierSlots {
    RecheckBarrierSlots { job_id: JobId(job) }
}

/// A job of one barrier stage of two tasks.
fn barrier_job() -> (Graph, RddId) {
    let mut graph = Graph::default();
    let rdd = graph.source(2);
    graph.barrier(rdd);
    (graph, rdd)
}

const ASK: &str = "DriverEndpoint: j0 asks for slots of [default]";
const AGAIN: &str = "after 15s, DAGScheduler: RecheckBarrierSlots(RecheckBarrierSlots { job_id: j0 })";

#[test]
fn a_job_with_slots_enough_starts_with_the_answer() {
    let (graph, rdd) = barrier_job();
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)), [ASK]);
    assert!(!crate::core::Core::is_idle(&dag.bench.core));
    dag.bench.wait(4);
    assert_eq!(
        dag.tell(slots(0, &[2])),
        [
            "ListenerBus: JobStart j0 at 4 [s0.0 x2 job0]",
            "ListenerBus: StageSubmitted s0.0 x2 job0 from 4",
            r#"TaskScheduler: submit j0.s0.0 result/2 "result" barrier [0>0, 1>1]"#,
        ]
    );
    // Once more, and a timer of before: nothing waits for them.
    assert_eq!(dag.tell(slots(0, &[0])), NOTHING);
    assert_eq!(dag.tell(recheck(0)), NOTHING);
    assert_eq!(dag.result(0, 0, 0).len(), 1);
    assert_eq!(dag.result(0, 0, 1).len(), 5);
    dag.finish();
}

#[test]
fn a_job_without_slots_is_checked_again_so_often_and_then_fails() {
    let (graph, rdd) = barrier_job();
    let mut dag = Dag::with(Config {
        barrier: Barrier { check_max_failures: 2, ..Barrier::default() },
        ..Config::default()
    });
    assert_eq!(dag.tell(graph.job(0, rdd)), [ASK]);
    for _ in 0..2 {
        assert_eq!(dag.tell(slots(0, &[1])), [AGAIN]);
        assert_eq!(dag.tell(slots(0, &[2])), NOTHING, "an answer that nobody asked for");
        assert_eq!(dag.tell(recheck(0)), [ASK]);
        assert_eq!(dag.tell(recheck(0)), NOTHING, "a timer while the answer is awaited");
    }
    assert_eq!(
        dag.tell(slots(0, &[1])),
        [
            "JobWaiter-0: j0 failed: Creating new stage failed due to exception - job: 0: [SPARK-24819]: Barrier \
          execution mode does not allow run a barrier stage that requires more slots than the total number of slots \
          in the cluster currently. Please init a new cluster with more resources(e.g. CPU, GPU) or repartition the \
          input RDD(s) to reduce the number of slots required to run this barrier stage. It needs 2, there are 1."
        ]
    );
    assert_eq!(dag.tell(recheck(0)), NOTHING);
    dag.finish();
}

#[test]
fn a_check_that_succeeds_later_starts_the_job() {
    let (graph, rdd) = barrier_job();
    let mut dag = Dag::with(Config {
        barrier: Barrier { check_interval: Duration::from_secs(15), ..Barrier::default() },
        ..Config::default()
    });
    assert_eq!(dag.tell(graph.job(0, rdd)), [ASK]);
    assert_eq!(dag.tell(slots(0, &[])), [AGAIN], "an answer that is too short has no slots");
    assert_eq!(dag.tell(recheck(0)), [ASK]);
    assert_eq!(dag.tell(slots(0, &[2])).len(), 3);
    assert_eq!(dag.result(0, 0, 0).len(), 1);
    assert_eq!(dag.result(0, 0, 1).len(), 5);
    dag.finish();
}

#[test]
fn a_map_stage_job_without_slots_fails_at_once() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    graph.barrier(source);
    let shuffle = graph.shuffle(source);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.map_stage_job(0, shuffle)), [ASK]);
    let sent = dag.tell(slots(0, &[1]));
    assert!(sent.len() == 1 && sent[0].starts_with("JobWaiter-0: j0 failed: "), "{sent:?}");
    dag.finish();
}

#[test]
fn each_barrier_stage_asks_for_slots_of_its_profile() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    graph.barrier(source);
    graph.rdd(source).resource_profile = Some(Arc::new(ResourceProfile {
        id: ProfileId(3),
        executor: None,
        task: TaskRequests { cpus: Some(2), amounts: Default::default() },
    }));
    let rdd = graph.reduce(source);
    graph.barrier(rdd);
    let mut dag = Dag::new();
    // By the order of their creation: parents first.
    assert_eq!(dag.tell(graph.job(0, rdd)), ["DriverEndpoint: j0 asks for slots of [3, default]"]);
    assert_eq!(dag.tell(slots(0, &[2, 1])), [AGAIN]);
    assert_eq!(dag.tell(recheck(0)).len(), 1);
    assert_eq!(dag.tell(slots(0, &[2, 2])).len(), 3);
    assert_eq!(dag.tell(JobCancelled { job_id: JobId(0), reason: None }).len(), 5);
    dag.finish();
}

#[test]
fn dag_003_while_the_answer_is_awaited_everything_else_goes_on() {
    let (graph, rdd) = barrier_job();
    let mut other = Graph::default();
    let source = other.source(1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)), [ASK]);
    assert_eq!(dag.tell(other.job(1, source)).len(), 3);
    assert_eq!(dag.tell(graph.job(0, rdd)), NOTHING, "the id is taken");
    assert_eq!(
        dag.explain(ExplainSubject::Job(JobId(0))),
        "job 0 waits until 2 barrier tasks can run at once; the first check is on its way"
    );
    assert_eq!(dag.result(0, 0, 0).len(), 4);
    assert_eq!(
        dag.tell(JobCancelled { job_id: JobId(0), reason: Some("because".to_owned()) }),
        ["JobWaiter-0: j0 failed: Job 0 cancelled because"]
    );
    assert_eq!(dag.tell(slots(0, &[2])), NOTHING);
    dag.finish();
}

#[test]
fn a_job_that_waits_for_the_timer_fails_with_the_stop() {
    let (graph, rdd) = barrier_job();
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)), [ASK]);
    assert_eq!(dag.tell(slots(0, &[0])), [AGAIN]);
    assert_eq!(
        dag.tell(StopDagScheduler {}),
        ["JobWaiter-0: j0 failed: Job 0 cancelled because SparkContext was shut down"]
    );
    assert_eq!(dag.tell(recheck(0)), NOTHING);
    dag.finish();
}

#[test]
fn a_shared_barrier_stage_that_is_gone_by_the_answer_is_asked_for() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    graph.barrier(source);
    let shuffle = graph.shuffle(source);
    let (first, second) = (graph.read(&[shuffle], 1), graph.read(&[shuffle], 1));
    graph.barrier(second);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, first)), [ASK]);
    assert_eq!(dag.tell(slots(0, &[2])).len(), 3);
    // The map stage exists, so only the result stage is asked for.
    assert_eq!(dag.tell(graph.job(1, second)), ["DriverEndpoint: j1 asks for slots of [default]"]);
    assert_eq!(dag.tell(JobCancelled { job_id: JobId(0), reason: None }).len(), 5);
    assert_eq!(dag.tell(slots(1, &[1])), ["DriverEndpoint: j1 asks for slots of [default, default]"]);
    assert_eq!(dag.tell(slots(1, &[2, 1])).len(), 3);
    assert_eq!(dag.tell(JobCancelled { job_id: JobId(1), reason: None }).len(), 5);
    dag.finish();
}

#[test]
fn a_barrier_stage_has_one_chain_of_rdds_with_as_many_partitions_as_tasks() {
    let refused = |graph: &Graph, rdd: RddId, partitions: &[u32]| {
        let mut dag = Dag::new();
        let sent = dag.tell(graph.job_on(0, rdd, partitions));
        assert_eq!(sent.len(), 1, "{sent:?}");
        for part in [
            "[SPARK-24820][SPARK-24821]: Barrier execution mode does not allow the following pattern of RDD chain \
             within a barrier stage:\n1. Ancestor RDDs that have different number of partitions from the resulting \
             RDD (e.g. union()/coalesce()/first()/take()/PartitionPruningRDD). ",
            "\n2. An RDD that depends on multiple barrier RDDs (e.g. barrierRdd1.zip(barrierRdd2)).",
        ] {
            assert!(any(&sent, part), "{sent:?}");
        }
        dag.finish();
    };
    let (mut graph, barrier) = barrier_job();
    // take(1).
    refused(&graph, barrier, &[0]);
    let plain = graph.source(2);
    let union = graph.union(&[barrier, plain]);
    refused(&graph, union, &[0, 1, 2, 3]);
    let other = graph.source(2);
    graph.barrier(other);
    let zip = graph.zip(&[barrier, other]);
    refused(&graph, zip, &[0, 1]);
    // One barrier parent, beside one that is none, is allowed; so is a union behind a shuffle.
    let zip = graph.zip(&[barrier, plain]);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, zip)), [ASK]);
    let shuffled = graph.reduce(barrier);
    let union = graph.union(&[shuffled, plain]);
    assert_eq!(dag.tell(graph.job(1, union)), ["DriverEndpoint: j1 asks for slots of [default]"]);
    assert_eq!(dag.tell(StopDagScheduler {}).len(), 2);
    dag.finish();
}

#[test]
fn dynamic_allocation_allows_no_barrier() {
    let (graph, rdd) = barrier_job();
    let mut config = Config::default();
    config.allocation.enabled = true;
    let mut dag = Dag::with(config);
    let sent = dag.tell(graph.job(0, rdd));
    assert!(
        sent.len() == 1 && any(&sent, "[SPARK-24942]: Barrier execution mode does not support"),
        "{sent:?}"
    );
    dag.finish();
    // In local mode there is none, whatever is asked for.
    let mut config = Config { is_local: true, ..Config::default() };
    config.allocation.enabled = true;
    let mut dag = Dag::with(config);
    assert_eq!(dag.tell(graph.job(0, rdd)), [ASK]);
    assert_eq!(dag.tell(StopDagScheduler {}).len(), 1);
    dag.finish();
}
