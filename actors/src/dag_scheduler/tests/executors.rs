//! Which outputs are gone with an executor, a worker or a host.

use std::sync::Arc;

use super::{Dag, RESUBMIT, any, unreadable};
use crate::{
    Config, ExecutorId,
    config::ShuffleConfig,
    message::{
        AllJobsCancelled, BlockUpdated, ExecutorLossReason, ExecutorLost, RemoveShuffle, WorkerRemoved,
    },
    testkit::{Graph, NOTHING, visits},
};

fn config(shuffle: ShuffleConfig) -> Config {
    Config { shuffle, ..Config::default() }
}

/// Two shuffles in a row of three tasks each, made on executors 1 and 2 of host a and 3 of host b; the stage that
/// reads the second, s2, runs.
fn two_shuffles(shuffle: ShuffleConfig) -> Dag {
    let mut graph = Graph::default();
    let source = graph.source(3);
    let middle = graph.reduce(source);
    let rdd = graph.reduce(middle);
    let mut dag = Dag::with(config(shuffle));
    dag.executor(1, "a");
    dag.executor(2, "a");
    dag.executor(3, "b");
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    for stage in 0..2 {
        assert_eq!(dag.map(stage, 0, 0, 1), NOTHING);
        assert_eq!(dag.map(stage, 0, 1, 2), NOTHING);
        assert_eq!(dag.map(stage, 0, 2, 3).len(), 3);
    }
    dag
}

fn end(mut dag: Dag) {
    assert!(any(&dag.tell(AllJobsCancelled {}), "JobEnd"));
    dag.finish();
}

fn worker_lost(executor: u32, host: &str) -> ExecutorLost {
    let reason = ExecutorLossReason::ExecutorProcessLost {
        message: "no more".to_owned(),
        worker_host: Some(Arc::from(host)),
        caused_by_app: false,
    };
    ExecutorLost { executor_id: ExecutorId(executor), reason }
}

fn killed(executor: u32) -> ExecutorLost {
    ExecutorLost { executor_id: ExecutorId(executor), reason: ExecutorLossReason::ExecutorKilled }
}

const ALL: [Option<u32>; 3] = [Some(1), Some(2), Some(3)];
const WITHOUT_HOST: [Option<u32>; 3] = [None, None, Some(3)];
const WITHOUT_EXECUTOR: [Option<u32>; 3] = [None, Some(2), Some(3)];

#[test]
fn dag_004_a_failure_to_fetch_forgets_all_outputs_of_the_host_if_so_set() {
    let mut dag = two_shuffles(ShuffleConfig {
        service_enabled: true,
        unregister_output_on_host: true,
        ..ShuffleConfig::default()
    });
    assert_eq!(dag.end((2, 0, 0), 3, unreadable(1, 0, 1), None)[1], RESUBMIT);
    assert_eq!((dag.outputs(0), dag.outputs(1)), (WITHOUT_HOST.to_vec(), WITHOUT_HOST.to_vec()));
    end(dag);
    // Not so set: the executor's alone.
    let mut dag = two_shuffles(ShuffleConfig { unregister_output_on_host: true, ..ShuffleConfig::default() });
    assert_eq!(dag.end((2, 0, 0), 3, unreadable(1, 0, 1), None)[1], RESUBMIT);
    assert_eq!((dag.outputs(0), dag.outputs(1)), (WITHOUT_EXECUTOR.to_vec(), WITHOUT_EXECUTOR.to_vec()));
    end(dag);
}

#[test]
fn dag_005_with_a_shuffle_service_the_loss_keeps_outputs_and_the_first_failure_to_fetch_does_not() {
    let mut dag = two_shuffles(ShuffleConfig { service_enabled: true, ..ShuffleConfig::default() });
    assert_eq!(dag.lose(1), NOTHING);
    assert_eq!((dag.outputs(0), dag.outputs(1)), (ALL.to_vec(), ALL.to_vec()));
    assert_eq!(dag.end((2, 0, 0), 3, unreadable(1, 0, 1), None)[1], RESUBMIT);
    assert_eq!((dag.outputs(0), dag.outputs(1)), (WITHOUT_EXECUTOR.to_vec(), WITHOUT_EXECUTOR.to_vec()));
    // The same news from another task of the attempt: nothing is forgotten twice.
    let epoch = dag.bench.core.map_outputs.epoch();
    assert_eq!(dag.end((2, 0, 1), 3, unreadable(1, 0, 1), None), NOTHING);
    assert_eq!(dag.bench.core.map_outputs.epoch(), epoch);
    end(dag);
}

#[test]
fn dag_020_what_is_lost_with_an_executor_or_a_worker() {
    let with_service = ShuffleConfig { service_enabled: true, ..ShuffleConfig::default() };
    let without = ShuffleConfig::default();
    for (event, shuffle, left) in [
        (killed(1), &with_service, ALL),
        (killed(1), &without, WITHOUT_EXECUTOR),
        (worker_lost(1, "a"), &with_service, WITHOUT_HOST),
        (worker_lost(1, "a"), &without, WITHOUT_HOST),
    ] {
        let mut dag = two_shuffles(shuffle.clone());
        assert_eq!(dag.tell(event.clone()), NOTHING);
        let outputs = (dag.outputs(0), dag.outputs(1));
        assert_eq!(outputs, (left.to_vec(), left.to_vec()), "{event:?} {shuffle:?}");
        end(dag);
    }
    // The process alone is lost, with the service: its host's outputs are kept.
    let mut dag = two_shuffles(with_service);
    assert_eq!(dag.lose(1), NOTHING);
    assert_eq!(dag.outputs(0), ALL);
    end(dag);
}

#[test]
fn dag_021_reliable_storage_keeps_everything() {
    let mut dag = two_shuffles(ShuffleConfig { reliable_storage: true, ..ShuffleConfig::default() });
    assert_eq!(dag.tell(worker_lost(1, "a")), NOTHING);
    assert_eq!(dag.lose(3), NOTHING);
    assert_eq!((dag.outputs(0), dag.outputs(1)), (ALL.to_vec(), ALL.to_vec()));
    end(dag);
}

#[test]
fn a_worker_that_is_removed_takes_its_hosts_outputs_along() {
    let mut dag = two_shuffles(ShuffleConfig::default());
    let epoch = dag.bench.core.map_outputs.epoch();
    let removed = WorkerRemoved { worker_id: Arc::from("w"), host: Arc::from("a"), message: String::new() };
    assert_eq!(dag.tell(removed), NOTHING);
    assert_eq!((dag.outputs(0), dag.outputs(1)), (WITHOUT_HOST.to_vec(), WITHOUT_HOST.to_vec()));
    assert_eq!(dag.bench.core.map_outputs.epoch(), epoch + 1);
    end(dag);
}

#[test]
fn the_epoch_rises_with_map_stages_and_losses_and_travels_with_tasks() {
    let mut dag = two_shuffles(ShuffleConfig::default());
    let epochs: Vec<u64> = (0..3).map(|stage| dag.sets[&(stage, 0)].stage.epoch).collect();
    assert_eq!(epochs, [0, 1, 2]);
    assert_eq!(dag.lose(1), NOTHING);
    assert_eq!(dag.bench.core.map_outputs.epoch(), 3);
    // The same executor once more at the same state: it is new only after the epoch has risen.
    assert_eq!(dag.lose(1), NOTHING);
    assert_eq!(dag.bench.core.map_outputs.epoch(), 4);
    end(dag);
}

#[test]
fn hosts_are_forgotten_with_executors_that_hold_nothing() {
    let mut dag = two_shuffles(ShuffleConfig { service_enabled: true, ..ShuffleConfig::default() });
    dag.executor(4, "b");
    assert_eq!(dag.lose(4), NOTHING);
    assert_eq!(dag.lose(1), NOTHING);
    let known: Vec<u32> = dag.bench.core.hosts.keys().map(|executor| executor.0).collect();
    assert_eq!(known, [1, 2, 3]);
    assert!(!dag.bench.core.epochs.is_empty());
    assert!(any(&dag.tell(AllJobsCancelled {}), "JobEnd"));
    // Without jobs no news are old.
    assert!(dag.bench.core.epochs.is_empty());
    assert_eq!(dag.lose(2), NOTHING);
    assert!(dag.bench.core.epochs.is_empty());
    for shuffle in 0..2 {
        assert_eq!(dag.tell(RemoveShuffle { shuffle_id: crate::ShuffleId(shuffle) }), NOTHING);
    }
    assert_eq!(dag.bench.core.hosts.len(), 1, "those that are gone went with the last of their outputs");
    assert_eq!(dag.lose(3), NOTHING);
    dag.finish();
}

#[test]
fn an_executor_that_is_gone_caches_nothing_also_while_its_outputs_are_there() {
    let mut dag = two_shuffles(ShuffleConfig { service_enabled: true, ..ShuffleConfig::default() });
    assert_eq!(dag.lose(1), NOTHING);
    assert!(dag.bench.core.hosts.contains_key(&ExecutorId(1)));
    let (rdd_id, partition_id) = (crate::RddId(0), 0);
    for (executor, held) in [(1, 0), (3, 1)] {
        let executor_id = ExecutorId(executor);
        assert_eq!(dag.tell(BlockUpdated { rdd_id, partition_id, executor_id, is_cached: true }), NOTHING);
        assert_eq!(dag.bench.core.cached.holders(rdd_id, partition_id).len(), held);
    }
    end(dag);
}

#[test]
fn the_loss_of_an_executor_looks_at_outputs_only_if_it_has_some() {
    let mut dag = Dag::new();
    dag.two_stages(4);
    let (sent, cost) = visits(|| dag.lose(9));
    assert_eq!((sent.len(), cost), (0, 0));
    let (_, cost) = visits(|| dag.lose(1));
    assert_eq!(cost, 4);
    assert_eq!(dag.outputs(0), [None, Some(2), Some(3), Some(4)]);
    let (_, cost) = visits(|| dag.lose(1));
    assert_eq!(cost, 0, "its outputs are gone already");
    assert!(any(&dag.tell(AllJobsCancelled {}), "JobEnd"));
    dag.finish();
}
