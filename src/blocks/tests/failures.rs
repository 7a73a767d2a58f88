//! What cannot be fetched becomes a failure to fetch that names it, in bounded time.

use std::{fs, sync::Arc, sync::atomic::Ordering::SeqCst, time::Instant};

use firesteel_actors::{
    ExecutorId, ShuffleId, TaskId,
    carrier::TaskControl,
    message::{MapStatus, TaskEndReason},
};

use super::{
    Cluster,
    cluster::{Found, found, shuffles},
    fake::{FakeServer, blocks_of, reply, reply_empty},
    mix,
};
use crate::{
    HashPartitioner, Rdd,
    blocks::protocol::{Item, PartHead, Refusal, push_item},
    rdd::Compute,
};

/// Pairs on the first executor of two; what the second one makes of a partition.
fn parts(cluster: &Cluster) -> Rdd<impl Compute<Item = (u64, i64)> + use<>> {
    let parts = cluster
        .context
        .range(0..40_000, 1, 2)
        .map(|x| (mix(x as u64), x))
        .partition_by(HashPartitioner::new(2));
    let shuffle = &shuffles(&parts.node)[0];
    let binary = shuffle.binary().unwrap().unwrap();
    for map in 0..2 {
        cluster.run_map(0, (shuffle.id, &binary), map).unwrap();
    }
    parts
}

#[derive(Debug, PartialEq)]
struct Failed {
    executor_id: Option<ExecutorId>,
    map_id: bool,
    map_index: Option<u32>,
    reduce_id: u32,
    message: String,
}

#[track_caller]
fn failed<T: std::fmt::Debug>(found: Found<T>) -> Failed {
    match found.map(|(items, _)| items.len()).unwrap_err() {
        TaskEndReason::FetchFailed { executor_id, map_id, map_index, reduce_id, message, .. } => {
            Failed { executor_id, map_id: map_id.is_some(), map_index, reduce_id, message }
        }
        reason => panic!("{reason}"),
    }
}

/// That the first executor's output of a map failed for reducer 1.
#[track_caller]
fn assert_failed<T: std::fmt::Debug>(found: Found<T>, map_index: u32, why: &str) {
    let failed = failed(found);
    assert_eq!((failed.executor_id, failed.map_index), (Some(ExecutorId(0)), Some(map_index)), "{failed:?}");
    assert!(failed.map_id && failed.reduce_id == 1, "{failed:?}");
    let begin = format!("cannot fetch the part for reducer 1 of map output {map_index} of shuffle ");
    assert!(failed.message.starts_with(&begin) && failed.message.contains(why), "{}", failed.message);
}

#[test]
fn an_output_that_is_gone_is_refused_at_once() {
    let cluster = Cluster::start(2, &[("spark.shuffle.io.retryWait", "1h")]);
    let parts = parts(&cluster);
    cluster.executors[0].env.remove_shuffle(shuffles(&parts.node)[0].id);
    assert_failed(cluster.collect_on(1, &parts, 1), 0, "executor 0: it has no such output");
    // One's own as well.
    let own = failed(cluster.collect_on(0, &parts, 1));
    assert!(own.message.contains("executor 0: it has no such output"), "{own:?}");
}

#[test]
fn a_stale_place_does_not_give_another_attempts_output() {
    let cluster = Cluster::start(2, &[]);
    let parts = parts(&cluster);
    cluster.tracker.change(shuffles(&parts.node)[0].id, |statuses| {
        let MapStatus { map_id, .. } = statuses[1].as_mut().unwrap();
        *map_id = TaskId(map_id.0 + 1_000);
    });
    assert_failed(cluster.collect_on(1, &parts, 1), 1, "it has the output of attempt ");
    let own = failed(cluster.collect_on(0, &parts, 1));
    assert!(own.message.contains("it has the output of attempt "), "{own:?}");
}

#[test]
fn mot_004_an_output_that_nobody_has_is_a_failure_without_an_executor() {
    let cluster = Cluster::start(2, &[]);
    let parts = parts(&cluster);
    let shuffle = shuffles(&parts.node)[0].id;
    cluster.tracker.change(shuffle, |statuses| statuses[1] = None);
    let missing = failed(cluster.collect_on(1, &parts, 1));
    let message = format!("Missing an output location for shuffle {shuffle} partition 1");
    assert_eq!(missing, Failed { executor_id: None, map_id: false, map_index: None, reduce_id: 1, message });
    // It is asked again.
    let asked = cluster.tracker.asked.load(SeqCst);
    assert!(failed(cluster.collect_on(1, &parts, 1)).executor_id.is_none());
    assert_eq!(cluster.tracker.asked.load(SeqCst), asked + 1);
    cluster.tracker.statuses.lock().unwrap().clear();
    let message = format!("Missing all output locations for shuffle {shuffle}");
    assert_eq!(failed(cluster.collect_on(1, &parts, 1)).message, message);
}

/// An executor whose outputs are in files.
const IN_FILES: (&str, &str) = ("spark.executor.memory", "256k");

#[test]
fn shuf_013_a_file_that_is_gone_is_a_refusal() {
    let cluster = Cluster::start(2, &[IN_FILES]);
    let parts = parts(&cluster);
    let files = cluster.executors[0].env.local_dirs.files();
    assert_eq!(files.len(), 2);
    files.iter().for_each(|file| fs::remove_file(file).unwrap());
    assert_failed(cluster.collect_on(1, &parts, 1), 0, "executor 0: it cannot read the output: ");
}

#[test]
fn what_is_damaged_is_fetched_once_more_and_then_given_up() {
    let cluster = Cluster::start(2, &[IN_FILES]);
    let parts = parts(&cluster);
    let expected = cluster.collect_on(1, &parts, 1).unwrap().0;
    let flip = || {
        for file in cluster.executors[0].env.local_dirs.files() {
            let mut bytes = fs::read(&file).unwrap();
            // Something of every frame, and not the header.
            (100..bytes.len()).step_by(1_000).for_each(|place| bytes[place] ^= 4);
            fs::write(&file, bytes).unwrap();
        }
    };
    flip();
    let asked = |cluster: &Cluster| cluster.executors[1].remote.requests_to(ExecutorId(0));
    let before = asked(&cluster);
    let damaged = failed(cluster.collect_on(1, &parts, 1));
    assert!(damaged.message.contains(" is damaged: "), "{}", damaged.message);
    assert_eq!((damaged.executor_id, damaged.reduce_id), (Some(ExecutorId(0)), 1));
    assert!(asked(&cluster) >= before + 2);
    flip();
    assert!(cluster.collect_on(1, &parts, 1).unwrap().0 == expected);
}

#[test]
fn an_executor_that_is_lost_ends_the_fetch_at_once() {
    let cluster = Cluster::start(2, &[("spark.shuffle.io.retryWait", "1h")]);
    let parts = parts(&cluster);
    let server = FakeServer::start(&cluster.secret);
    let reducer = &cluster.executors[1];
    reducer.remote.executor_added(ExecutorId(0), server.address());
    std::thread::scope(|scope| {
        let _guard = cluster.guard();
        let waiting = scope.spawn(|| cluster.collect_on(1, &parts, 1));
        let (request, _sender) = server.next();
        assert_eq!(blocks_of(&request), 2);
        reducer.remote.executor_lost(ExecutorId(0), "killed by signal 9 (SIGKILL)");
        assert_failed(waiting.join().unwrap(), 0, "executor 0 is lost: killed by signal 9 (SIGKILL)");
    });
    // Whoever comes later hears it too.
    assert_failed(cluster.collect_on(1, &parts, 1), 0, "executor 0 is lost: killed by signal 9 (SIGKILL)");
    // Another executor may have the id.
    reducer.remote.executor_added(ExecutorId(0), cluster.executors[0].address());
    assert!(cluster.collect_on(1, &parts, 1).is_ok());
}

#[test]
fn a_connection_that_fails_is_made_again_and_only_what_is_missing_is_asked_for() {
    let cluster = Cluster::start(2, &[]);
    let parts = parts(&cluster);
    let server = FakeServer::start(&cluster.secret);
    cluster.executors[1].remote.executor_added(ExecutorId(0), server.address());
    std::thread::scope(|scope| {
        let _guard = cluster.guard();
        let waiting = scope.spawn(|| cluster.collect_on(1, &parts, 1));
        let (request, sender) = server.next();
        // The first block is complete, the second is not.
        let mut stream = Vec::new();
        let head = PartHead { codec: 0, first: 1, count: 1, parts: Vec::new() };
        push_item(&mut stream, &Item::Part(head.clone()));
        push_item(&mut stream, &Item::Part(PartHead { parts: vec![(1_000, 1, 1)], ..head }));
        stream.extend_from_slice(&[0; 100]);
        let mut message = Vec::new();
        super::super::protocol::begin_answer(&mut message, request.id);
        message.extend_from_slice(&stream);
        sender.send(&message).unwrap();
        sender.close();
        let (again, sender) = server.next();
        assert_eq!((blocks_of(&request), blocks_of(&again)), (2, 1));
        reply_empty(&again, &sender);
        assert_eq!(waiting.join().unwrap().unwrap().0, []);
    });
}

#[test]
fn a_server_that_is_gone_is_given_up_after_all_tries() {
    let cluster = Cluster::start(2, &[("spark.shuffle.io.maxRetries", "2")]);
    let parts = parts(&cluster);
    cluster.executors[0].server.close();
    let begun = Instant::now();
    assert_failed(cluster.collect_on(1, &parts, 1), 0, "the connection to executor 0 failed: ");
    assert!(begun.elapsed().as_millis() >= 15, "5 ms and 10 ms between three tries");
}

#[test]
fn what_is_no_answer_ends_the_connection_and_is_asked_for_again() {
    let cluster = Cluster::start(2, &[("spark.shuffle.io.maxRetries", "6")]);
    let parts = parts(&cluster);
    let server = FakeServer::start(&cluster.secret);
    cluster.executors[1].remote.executor_added(ExecutorId(0), server.address());
    let head = PartHead { codec: 0, first: 1, count: 1, parts: Vec::new() };
    let item = |item: Item| {
        let mut stream = Vec::new();
        push_item(&mut stream, &item);
        stream
    };
    let bad = [
        vec![0xff; 40],
        item(Item::Bytes(3)),
        item(Item::Part(PartHead { codec: 99, ..head.clone() })),
        item(Item::Part(PartHead { first: 7, ..head.clone() })),
        item(Item::Part(PartHead { parts: vec![(u64::MAX, 1, 1), (5, 1, 1)], ..head.clone() })),
        // One of two blocks.
        item(Item::Part(head)),
    ];
    std::thread::scope(|scope| {
        let _guard = cluster.guard();
        let waiting = scope.spawn(|| cluster.collect_on(1, &parts, 1));
        for stream in bad {
            let (request, sender) = server.next();
            reply(&request, &sender, &stream);
        }
        let (request, sender) = server.next();
        assert_eq!(blocks_of(&request), 1, "one has come");
        reply_empty(&request, &sender);
        assert_eq!(waiting.join().unwrap().unwrap().0, []);
    });
}

#[test]
fn a_refusal_is_not_asked_for_again() {
    let cluster = Cluster::start(2, &[]);
    let parts = parts(&cluster);
    let server = FakeServer::start(&cluster.secret);
    cluster.executors[1].remote.executor_added(ExecutorId(0), server.address());
    std::thread::scope(|scope| {
        let _guard = cluster.guard();
        let waiting = scope.spawn(|| cluster.collect_on(1, &parts, 1));
        let (request, sender) = server.next();
        let mut stream = Vec::new();
        (0..2).for_each(|_| push_item(&mut stream, &Item::Refused(Refusal::NoOutput)));
        reply(&request, &sender, &stream);
        assert_failed(waiting.join().unwrap(), 0, "executor 0: it has no such output");
    });
    assert!(server.is_quiet());
}

#[test]
fn a_task_that_is_killed_waits_no_more() {
    let cluster = Cluster::start(2, &[]);
    let parts = parts(&cluster);
    let server = FakeServer::start(&cluster.secret);
    cluster.executors[1].remote.executor_added(ExecutorId(0), server.address());
    let task = cluster.collecting(1, &parts, 1);
    let control = Arc::new(TaskControl::new(task.task_id));
    std::thread::scope(|scope| {
        let _guard = cluster.guard();
        let waiting = scope.spawn(|| found::<(u64, i64)>(cluster.run_with(1, &task, &control)));
        let (request, sender) = server.next();
        control.kill("nobody needs it", false);
        let reason = waiting.join().unwrap().unwrap_err();
        assert!(matches!(reason, TaskEndReason::TaskKilled { .. }), "{reason}");
        // An answer that comes late harms nobody.
        reply_empty(&request, &sender);
        let next = scope.spawn(|| cluster.collect_on(1, &parts, 1));
        let (request, sender) = server.next();
        reply_empty(&request, &sender);
        assert_eq!(next.join().unwrap().unwrap().0, []);
    });
    assert_eq!(cluster.executors[1].env.memory.used(), 0);
}

#[test]
fn a_silent_server_is_given_up() {
    let cluster = Cluster::start(2, &[("spark.network.timeout", "1s"), ("spark.shuffle.io.maxRetries", "0")]);
    let parts = parts(&cluster);
    let server = FakeServer::start(&cluster.secret);
    cluster.executors[1].remote.executor_added(ExecutorId(0), server.address());
    assert_failed(
        cluster.collect_on(1, &parts, 1),
        0,
        "the connection to executor 0 failed: nothing came for ",
    );
}

#[test]
fn an_executor_that_nobody_has_heard_of_is_waited_for() {
    let cluster = Cluster::start(2, &[("spark.shuffle.io.retryWait", "5ms")]);
    let parts = parts(&cluster);
    let shuffle = shuffles(&parts.node)[0].id;
    cluster.tracker.change(shuffle, |statuses| {
        statuses.iter_mut().flatten().for_each(|status| status.executor_id = ExecutorId(9));
    });
    let failed = failed(cluster.collect_on(1, &parts, 1));
    assert!(failed.message.contains("it is not known where executor 9 serves its blocks"), "{failed:?}");
    cluster.executors[1].remote.executor_added(ExecutorId(9), cluster.executors[0].address());
    assert!(cluster.collect_on(1, &parts, 1).is_ok());
    assert_ne!(shuffle, ShuffleId(u32::MAX));
}
