//! Broadcast values and large results.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::SeqCst},
};

use firesteel_actors::{
    ExecutorId, RddId, ShuffleId, TaskId,
    message::{TaskEndReason, TaskStatus, TaskValue},
};
use serde::{Deserialize, Serialize};

use super::{Cluster, cluster::found, fake::FakeServer, mix};
use crate::{
    StorageLevel,
    blocks::{
        Notice, Remote,
        protocol::{Item, Wanted, push_item},
    },
    code::from_bytes,
};

/// A value that does not compress to nothing.
fn numbers(count: u64) -> Vec<u64> {
    (0..count).map(mix).collect()
}

fn text(reason: &TaskEndReason) -> String {
    format!("{reason:?}")
}

#[test]
fn a_broadcast_value_comes_from_the_driver_in_pieces_and_is_decoded_once() {
    let cluster = Cluster::start(1, &[("spark.broadcast.blockSize", "8k")]);
    let value = cluster.context.broadcast(numbers(20_000));
    let sums = cluster.context.range(0..10, 1, 2).map_with(value.clone(), |value, x| value[x as usize]);
    for partition in 0..2 {
        let (found, _) = cluster.collect_on(0, &sums, partition).unwrap();
        assert_eq!(found, numbers(10)[partition as usize * 5..][..5]);
    }
    assert_eq!(cluster.executors[0].remote.requests_to(ExecutorId::DRIVER), 1 + 180_000u64.div_ceil(8 << 10));
}

#[test]
fn pieces_come_from_other_executors_that_have_them() {
    let cluster = Cluster::start(3, &[("spark.broadcast.blockSize", "1k")]);
    let value = cluster.context.broadcast(numbers(20_000));
    let sums = cluster.context.range(0..10, 1, 1).map_with(value.clone(), |value, x| value[x as usize]);
    for executor in 0..3 {
        assert_eq!(cluster.collect_on(executor, &sums, 0).unwrap().0, numbers(10));
    }
    let last = &cluster.executors[2].remote;
    let from = [ExecutorId(0), ExecutorId(1), ExecutorId::DRIVER].map(|id| last.requests_to(id));
    // About a third each.
    assert!(from.iter().all(|count| (30..90).contains(count)), "{from:?}");
}

#[test]
fn a_holder_that_is_gone_or_lies_is_no_harm() {
    let cluster = Cluster::start(2, &[("spark.broadcast.blockSize", "1k")]);
    let value = cluster.context.broadcast(numbers(2_000));
    let sums = cluster.context.range(0..10, 1, 1).map_with(value.clone(), |value, x| value[x as usize]);
    assert!(cluster.collect_on(0, &sums, 0).is_ok());
    let liar = FakeServer::start(&cluster.secret);
    cluster.executors[1].remote.executor_added(ExecutorId(0), liar.address());
    let is_done = &std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _guard = cluster.guard();
        scope.spawn(move || {
            for count in 0.. {
                let (request, sender) = liar.next();
                if is_done.load(SeqCst) {
                    break;
                }
                assert!(matches!(request.wanted, Wanted::Piece { .. }));
                let mut stream = Vec::new();
                push_item(&mut stream, &Item::Bytes(1_000));
                stream.extend_from_slice(&[7; 1_000]);
                match count {
                    0 => sender.abort(),
                    _ => super::fake::reply(&request, &sender, &stream),
                }
            }
        });
        assert_eq!(cluster.collect_on(1, &sums, 0).unwrap().0, numbers(10));
        is_done.store(true, SeqCst);
        let last = cluster.executors[1].remote.begin(ExecutorId(0), Wanted::Piece { id: 0, piece: 0 }, 0);
        assert!(last.wait(&|| true).is_err());
    });
}

#[test]
fn a_destroyed_value_says_where_and_a_dropped_one_is_gone() {
    let cluster = Cluster::start(1, &[]);
    let value = cluster.context.broadcast(numbers(10));
    let sums = cluster.context.range(0..10, 1, 1).map_with(value.clone(), |value, x| value[x as usize]);
    // The stage is on its way.
    let (task, later) = (cluster.collecting(0, &sums, 0), cluster.collecting(0, &sums, 0));
    value.destroy();
    let destroyed = found::<u64>(cluster.run(0, &task)).unwrap_err();
    assert!(
        text(&destroyed).contains("Attempted to use Broadcast(0) after it was destroyed (destroy at "),
        "{destroyed:?}"
    );
    drop((value, sums));
    let gone = found::<u64>(cluster.run(0, &later)).unwrap_err();
    assert!(text(&gone).contains("Failed to get broadcast_0"), "{gone:?}");
}

#[test]
fn what_the_driver_forgets_its_executors_forget() {
    let cluster = Cluster::start(1, &[]);
    let env = &cluster.executors[0].env;
    let value = cluster.context.broadcast(numbers(10));
    let sums = cluster.context.range(0..10, 1, 1).map_with(value.clone(), |value, x| value[x as usize]);
    assert!(cluster.collect_on(0, &sums, 0).is_ok());
    let info = env.broadcasts.piece(0, 0);
    assert!(info.is_some());
    drop(env.on_notice(&Notice::RemoveBroadcast { id: 0 }));
    assert!(env.broadcasts.piece(0, 0).is_none());
    // What comes late does not bring it back.
    assert!(cluster.collect_on(0, &sums, 0).is_err());

    let pairs = cluster.context.range(0..100, 1, 2).map(|x| (x as u64 % 7, x)).group_by_key_n(2);
    cluster.run_maps(&pairs);
    assert_eq!(env.shuffles.len(), 1);
    drop(env.on_notice(&Notice::RemoveShuffle { shuffle_id: super::cluster::shuffles(&pairs.node)[0].id }));
    assert_eq!((env.shuffles.len(), env.memory.used()), (0, 0));

    drop(env.on_notice(&Notice::Persist { rdd_id: RddId(90), level: StorageLevel::MEMORY_AND_DISK }));
    assert_eq!(env.blocks.level(RddId(90)), StorageLevel::MEMORY_AND_DISK);
    assert_eq!(env.notices(), [Notice::Persist { rdd_id: RddId(90), level: StorageLevel::MEMORY_AND_DISK }]);
    drop(env.on_notice(&Notice::Unpersist { rdd_id: RddId(90) }));
    assert_eq!(env.blocks.level(RddId(90)), StorageLevel::NONE);

    env.results.put(TaskId(3), vec![1]);
    drop(env.on_notice(&Notice::NoJobs));
    assert!(env.results.get(TaskId(3)).is_none());
}

#[test]
fn notices_travel_as_messages() {
    for notice in [
        Notice::Persist { rdd_id: RddId(4), level: StorageLevel::MEMORY_ONLY_2 },
        Notice::Unpersist { rdd_id: RddId(4) },
        Notice::RemoveShuffle { shuffle_id: ShuffleId(5) },
        Notice::RemoveBroadcast { id: 6 },
        Notice::NoJobs,
    ] {
        let bytes = rmp_serde::to_vec_named(&notice).unwrap();
        assert_eq!(rmp_serde::from_slice::<Notice>(&bytes).unwrap(), notice);
    }
}

#[test]
fn the_driver_tells_its_executors_what_it_forgets() {
    use crate::task::ExecutorEnv;
    let cluster = Cluster::start(0, &[]);
    let told = Arc::new(std::sync::Mutex::new(Vec::new()));
    let tells = told.clone();
    let remote =
        Remote::of_driver(&cluster.secret, &cluster.config, move |notice| tells.lock().unwrap().push(notice));
    let env = ExecutorEnv::connected(&cluster.config, 1, None, remote);
    env.persist(RddId(1), StorageLevel::DISK_ONLY);
    env.unpersist(RddId(1));
    env.remove_shuffle(ShuffleId(2));
    env.remove_broadcast(3);
    env.destroy_broadcast(4, "here".into());
    drop(env.no_jobs());
    let expected = [
        Notice::Persist { rdd_id: RddId(1), level: StorageLevel::DISK_ONLY },
        Notice::Unpersist { rdd_id: RddId(1) },
        Notice::RemoveShuffle { shuffle_id: ShuffleId(2) },
        Notice::RemoveBroadcast { id: 3 },
        Notice::RemoveBroadcast { id: 4 },
        Notice::NoJobs,
    ];
    assert_eq!(*told.lock().unwrap(), expected);
}

/// Something whose `Serialize` refuses.
#[derive(Deserialize)]
struct Refuses;

impl Serialize for Refuses {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("it has a socket"))
    }
}

#[test]
fn a_value_that_cannot_be_encoded_fails_its_stage_by_name() {
    let cluster = Cluster::start(1, &[]);
    let value = cluster.context.broadcast(Refuses);
    let sums = cluster.context.range(0..10, 1, 1).map_with(value.clone(), |_, x| x);
    let reason = cluster.collect_on(0, &sums, 0).unwrap_err();
    assert!(text(&reason).contains("it has a socket"), "{reason:?}");
}

#[test]
fn broadcasts_of_another_application_are_refused() {
    let cluster = Cluster::start(1, &[]);
    let other = Cluster::start(0, &[]);
    let value = other.context.broadcast(numbers(10));
    let sums = cluster.context.range(0..10, 1, 1).map_with(value.clone(), |value, x| value[x as usize]);
    let reason = cluster.collect_on(0, &sums, 0).unwrap_err();
    assert!(text(&reason).contains("Broadcast(0) belongs to another context"), "{reason:?}");
}

#[test]
fn a_large_result_is_fetched_by_the_driver_and_dropped_then() {
    let cluster = Cluster::start(1, &[("spark.task.maxDirectResultSize", "1000")]);
    let driver = Remote::of_driver(&cluster.secret, &cluster.config, drop);
    let executor = &cluster.executors[0];
    driver.executor_added(executor.id, executor.address());
    let many = cluster.context.range(0..300_000, 1, 1);
    let task = cluster.collecting(0, &many, 0);
    let TaskStatus::Finished(result) = cluster.run(0, &task) else { panic!() };
    let TaskValue::Indirect { size } = result.value else { panic!("{:?}", result.value) };
    // It is longer than a message.
    assert!(size > 1 << 20, "{size}");
    let bytes = driver.fetch_result(executor.id, task.task_id, size).unwrap();
    assert!(from_bytes::<Vec<i64>>(&bytes).unwrap().into_iter().eq(0..300_000));
    let error = driver.fetch_result(executor.id, task.task_id, size).unwrap_err();
    assert_eq!(error.to_string(), "executor 0: it does not have the task's result");
    assert!(executor.env.results.get(task.task_id).is_none());
    driver.executor_lost(executor.id, "heartbeat");
    let error = driver.fetch_result(executor.id, task.task_id, size).unwrap_err();
    assert_eq!(error.to_string(), "executor 0 is lost: heartbeat");
}

/// How often a value was dropped.
static DROPPED: AtomicU64 = AtomicU64::new(0);

#[derive(Serialize, Deserialize)]
struct Counts(u64);

impl Drop for Counts {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, SeqCst);
    }
}

#[test]
fn a_value_that_was_fetched_is_dropped_with_its_stages_when_the_driver_says_so() {
    let cluster = Cluster::start(1, &[]);
    let value = cluster.context.broadcast(Counts(5));
    let sums = cluster.context.range(0..10, 1, 1).map_with(value.clone(), |value, x| x + value.0 as i64);
    assert_eq!(cluster.collect_on(0, &sums, 0).unwrap().0[0], 5);
    let env = &cluster.executors[0].env;
    drop(env.on_notice(&Notice::RemoveBroadcast { id: value.id() }));
    assert_eq!(DROPPED.load(SeqCst), 0, "a stage has it");
    drop(env.on_notice(&Notice::NoJobs));
    assert_eq!(DROPPED.load(SeqCst), 1);
}
